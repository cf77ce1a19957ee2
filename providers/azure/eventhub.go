package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/eventhub/armeventhub"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func eventhubs() source[*armeventhub.Eventhub] {
	return under(eventhubNamespaces(), []string{"azurerm_eventhub_namespace"}, "Microsoft.EventHub/namespaces/eventhubs", armeventhub.NewEventHubsClient,
		func(c *armeventhub.EventHubsClient, ns *arm.ResourceID) *runtime.Pager[armeventhub.EventHubsClientListByNamespaceResponse] {
			return c.NewListByNamespacePager(ns.ResourceGroupName, ns.Name, nil)
		},
		func(p armeventhub.EventHubsClientListByNamespaceResponse) []*armeventhub.Eventhub { return p.Value })
}

var eventhub = define(eventhubs(), provider.Spec[*conn, *armeventhub.Eventhub]{
	Name: "azurerm_eventhub",
	Attrs: func(v *armeventhub.Eventhub) resource.Attrs {
		p := value(v.Properties)
		namespace, _ := cut(value(v.ID), "Microsoft.EventHub/namespaces")
		retention := value(p.RetentionDescription)
		a := resource.Attrs{
			"name":                v.Name,
			"capture_description": captureDescription(p.CaptureDescription),
			"namespace_id":        namespace,
			"namespace_name":      segment(value(v.ID), "namespaces"),
			"partition_count":     p.PartitionCount,
			"partition_ids":       p.PartitionIDs,
			"resource_group_name": segment(value(v.ID), "resourceGroups"),
			"status":              p.Status,
		}
		// A hub that compacts has no retention in days, whatever the API says.
		if retention.TombstoneRetentionTimeInHours == nil {
			a["message_retention"] = p.MessageRetentionInDays
		}
		// Versions of the API before the description leave it out.
		if p.RetentionDescription != nil {
			a["retention_description"] = retentionDescription(retention)
		}
		return a
	},
	Rules: map[string]resource.Rule{
		"capture_description.interval_in_seconds":                     resource.Default(300),
		"capture_description.size_limit_in_bytes":                     resource.Default(314572800),
		"capture_description.destination.storage_authentication_type": resource.Default("StorageSAS"),
		"namespace_name":      resource.Fold(),
		"resource_group_name": resource.Fold(),
		"status":              resource.Default("Active"),
	},
	Former:  []string{"namespace_name", "resource_group_name"},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_eventhub_namespace", Ref: "namespace_id", ParentID: fold}},
})

func retentionDescription(r armeventhub.RetentionDescription) []any {
	block := map[string]any{"cleanup_policy": r.CleanupPolicy}
	switch value(r.CleanupPolicy) {
	case armeventhub.CleanupPolicyRetentionDescriptionDelete:
		block["retention_time_in_hours"] = r.RetentionTimeInHours
	case armeventhub.CleanupPolicyRetentionDescriptionCompact:
		block["tombstone_retention_time_in_hours"] = r.TombstoneRetentionTimeInHours
	}
	return []any{block}
}

func captureDescription(c *armeventhub.CaptureDescription) []any {
	if c == nil {
		return nil
	}
	block := map[string]any{
		"enabled":             c.Enabled,
		"encoding":            c.Encoding,
		"interval_in_seconds": c.IntervalInSeconds,
		"size_limit_in_bytes": c.SizeLimitInBytes,
		"skip_empty_archives": c.SkipEmptyArchives,
	}
	if d := c.Destination; d != nil {
		p := value(d.Properties)
		identity := value(d.Identity)
		block["destination"] = []any{map[string]any{
			"archive_name_format":         p.ArchiveNameFormat,
			"blob_container_name":         p.BlobContainer,
			"name":                        d.Name,
			"storage_account_id":          p.StorageAccountResourceID,
			"storage_authentication_id":   identity.UserAssignedIdentity,
			"storage_authentication_type": identity.Type,
		}}
	}
	return []any{block}
}
