package azure

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/servicebus/armservicebus"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func busQueues() source[*armservicebus.SBQueue] {
	return under(busNamespaces(), []string{"azurerm_servicebus_namespace"}, "Microsoft.ServiceBus/namespaces/queues", armservicebus.NewQueuesClient,
		func(c *armservicebus.QueuesClient, ns *arm.ResourceID) *runtime.Pager[armservicebus.QueuesClientListByNamespaceResponse] {
			return c.NewListByNamespacePager(ns.ResourceGroupName, ns.Name, nil)
		},
		func(p armservicebus.QueuesClientListByNamespaceResponse) []*armservicebus.SBQueue { return p.Value })
}

var servicebusQueue = define(busQueues(), provider.Spec[*conn, *armservicebus.SBQueue]{
	Name: "azurerm_servicebus_queue",
	Attrs: func(v *armservicebus.SBQueue) resource.Attrs {
		p := value(v.Properties)
		return resource.Attrs{
			"name":                                    v.Name,
			"namespace_id":                            busNamespaceOf(v.ID),
			"auto_delete_on_idle":                     p.AutoDeleteOnIdle,
			"batched_operations_enabled":              p.EnableBatchedOperations,
			"dead_lettering_on_message_expiration":    p.DeadLetteringOnMessageExpiration,
			"default_message_ttl":                     p.DefaultMessageTimeToLive,
			"duplicate_detection_history_time_window": p.DuplicateDetectionHistoryTimeWindow,
			"enable_batched_operations":               p.EnableBatchedOperations,
			"enable_express":                          p.EnableExpress,
			"enable_partitioning":                     p.EnablePartitioning,
			"express_enabled":                         p.EnableExpress,
			"forward_dead_lettered_messages_to":       p.ForwardDeadLetteredMessagesTo,
			"forward_to":                              p.ForwardTo,
			"lock_duration":                           p.LockDuration,
			"max_delivery_count":                      p.MaxDeliveryCount,
			"max_message_size_in_kilobytes":           p.MaxMessageSizeInKilobytes,
			"partitioning_enabled":                    p.EnablePartitioning,
			"requires_duplicate_detection":            p.RequiresDuplicateDetection,
			"requires_session":                        p.RequiresSession,
			"status":                                  p.Status,
		}
	},
	Details: []provider.Detail[*conn, *armservicebus.SBQueue]{{
		Action: "Microsoft.ServiceBus/namespaces/read",
		Paths:  []string{"max_size_in_megabytes"},
		Read: func(ctx context.Context, c *conn, v *armservicebus.SBQueue) (resource.Attrs, error) {
			p := value(v.Properties)
			return busEntitySize(ctx, c, v.ID, p.MaxSizeInMegabytes, value(p.EnablePartitioning))
		},
	}},
	Rules: map[string]resource.Rule{
		"auto_delete_on_idle":                     isoDuration(),
		"default_message_ttl":                     isoDuration(),
		"duplicate_detection_history_time_window": isoDuration().WithDefault("PT10M"),
		"lock_duration":                           isoDuration().WithDefault("PT1M"),
		"status":                                  resource.Default("Active"),
	},
	Former:  []string{"enable_batched_operations", "enable_express", "enable_partitioning"},
	ChildOf: []resource.ChildOf{{Parent: "azurerm_servicebus_namespace", Ref: "namespace_id", ParentID: fold}},
})

func busNamespaceOf(id *string) string {
	of, _ := cut(value(id), "Microsoft.ServiceBus/namespaces")
	return of
}

// busPartitions are those of an entity that is partitioned by itself, whose size
// Azure tells of all of them and Terraform of one. In a premium namespace it is the
// namespace that is partitioned.
const busPartitions = 16

// busEntitySize needs the namespace, of which a run has the list, for the few that
// are partitioned.
func busEntitySize(ctx context.Context, c *conn, id *string, megabytes *int32, partitioned bool) (resource.Attrs, error) {
	if megabytes == nil {
		return nil, nil
	}
	size := *megabytes
	if partitioned {
		a := busNamespaces().read(ctx, c)
		if a.err != nil {
			return nil, a.err
		}
		of := fold(busNamespaceOf(id))
		for _, ns := range a.items {
			if fold(value(ns.ID)) == of && value(value(ns.SKU).Name) != armservicebus.SKUNamePremium {
				size /= busPartitions
			}
		}
	}
	return resource.Attrs{"max_size_in_megabytes": size}, nil
}
