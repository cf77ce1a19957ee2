package azure

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/servicebus/armservicebus"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// never is the longest duration that .NET has.
const never = "P10675199DT2H48M5.4775807S"

func busTopics() source[*armservicebus.SBTopic] {
	return under(busNamespaces(), []string{"azurerm_servicebus_namespace"}, "Microsoft.ServiceBus/namespaces/topics", armservicebus.NewTopicsClient,
		func(c *armservicebus.TopicsClient, ns *arm.ResourceID) *runtime.Pager[armservicebus.TopicsClientListByNamespaceResponse] {
			return c.NewListByNamespacePager(ns.ResourceGroupName, ns.Name, nil)
		},
		func(p armservicebus.TopicsClientListByNamespaceResponse) []*armservicebus.SBTopic { return p.Value })
}

var servicebusTopic = define(ifHeld(busTopics()), provider.Spec[*conn, *armservicebus.SBTopic]{
	Name: "azurerm_servicebus_topic",
	Attrs: func(v *armservicebus.SBTopic) resource.Attrs {
		p := value(v.Properties)
		a := resource.Attrs{
			"name":                          v.Name,
			"namespace_id":                  busNamespaceOf(v.ID),
			"auto_delete_on_idle":           p.AutoDeleteOnIdle,
			"batched_operations_enabled":    p.EnableBatchedOperations,
			"default_message_ttl":           p.DefaultMessageTimeToLive,
			"enable_batched_operations":     p.EnableBatchedOperations,
			"enable_express":                p.EnableExpress,
			"enable_partitioning":           p.EnablePartitioning,
			"express_enabled":               p.EnableExpress,
			"max_message_size_in_kilobytes": p.MaxMessageSizeInKilobytes,
			"partitioning_enabled":          p.EnablePartitioning,
			"requires_duplicate_detection":  p.RequiresDuplicateDetection,
			"status":                        p.Status,
			"support_ordering":              p.SupportOrdering,
		}
		if window := value(p.DuplicateDetectionHistoryTimeWindow); window != "" {
			a["duplicate_detection_history_time_window"] = window
		}
		return a
	},
	Details: []provider.Detail[*conn, *armservicebus.SBTopic]{{
		Action: "Microsoft.ServiceBus/namespaces/read",
		Paths:  []string{"max_size_in_megabytes"},
		Read: func(ctx context.Context, c *conn, v *armservicebus.SBTopic) (resource.Attrs, error) {
			p := value(v.Properties)
			return busEntitySize(ctx, c, v.ID, p.MaxSizeInMegabytes, value(p.EnablePartitioning))
		},
	}},
	Rules: map[string]resource.Rule{
		"auto_delete_on_idle":                     isoDuration().WithDefault(never),
		"default_message_ttl":                     isoDuration().WithDefault(never),
		"duplicate_detection_history_time_window": isoDuration().WithDefault("PT10M"),
		"status": resource.Default("Active"),
	},
	Former:  []string{"enable_batched_operations", "enable_express", "enable_partitioning"},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_servicebus_namespace", Ref: "namespace_id", ParentID: fold}},
})
