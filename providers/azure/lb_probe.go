package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var lbProbe = define(
	within(loadBalancers(), loadBalancerType+"/probes",
		func(v *armnetwork.LoadBalancer) []*armnetwork.Probe { return value(v.Properties).Probes }),
	provider.Spec[*conn, *armnetwork.Probe]{
		Name: "azurerm_lb_probe",
		Attrs: func(v *armnetwork.Probe) resource.Attrs {
			p := value(v.Properties)
			return resource.Attrs{
				"name":                v.Name,
				"loadbalancer_id":     loadBalancerOf(v.ID),
				"interval_in_seconds": p.IntervalInSeconds,
				"number_of_probes":    p.NumberOfProbes,
				"port":                p.Port,
				"probe_threshold":     p.ProbeThreshold,
				"protocol":            p.Protocol,
				"request_path":        p.RequestPath,
			}
		},
		Rules:   map[string]resource.Rule{"protocol": resource.Fold()},
		ChildOf: ofLoadBalancer(),
	},
)
