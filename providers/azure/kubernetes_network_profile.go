package azure

import (
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"
)

// networkProfile leaves out the addresses that the cluster has at the moment.
func networkProfile(p *armcontainerservice.NetworkProfile) []any {
	if p == nil {
		return nil
	}
	policy := p.NetworkPolicy
	if value(policy) == armcontainerservice.NetworkPolicyNone {
		policy = nil
	}
	var ebpf any // of version 3
	if value(p.NetworkDataplane) == armcontainerservice.NetworkDataplaneCilium {
		ebpf = p.NetworkDataplane
	}
	return []any{map[string]any{
		"advanced_networking":   advancedNetworking(p.AdvancedNetworking),
		"dns_service_ip":        p.DNSServiceIP,
		"ebpf_data_plane":       ebpf,
		"ip_versions":           p.IPFamilies,
		"load_balancer_profile": loadBalancerProfile(p.LoadBalancerProfile),
		"load_balancer_sku":     p.LoadBalancerSKU,
		"nat_gateway_profile":   natGatewayProfile(p.NatGatewayProfile),
		"network_data_plane":    p.NetworkDataplane,
		"network_mode":          p.NetworkMode,
		"network_plugin":        p.NetworkPlugin,
		"network_plugin_mode":   p.NetworkPluginMode,
		"network_policy":        policy,
		"outbound_type":         p.OutboundType,
		"pod_cidr":              p.PodCidr,
		"pod_cidrs":             p.PodCidrs,
		"service_cidr":          p.ServiceCidr,
		"service_cidrs":         p.ServiceCidrs,
	}}
}

func advancedNetworking(a *armcontainerservice.AdvancedNetworking) []any {
	if !value(value(a).Enabled) {
		return nil
	}
	return []any{map[string]any{"observability_enabled": value(a.Observability).Enabled, "security_enabled": value(a.Security).Enabled}}
}

func loadBalancerProfile(p *armcontainerservice.ManagedClusterLoadBalancerProfile) []any {
	if p == nil {
		return nil
	}
	managed := value(p.ManagedOutboundIPs)
	return []any{map[string]any{
		"backend_pool_type":           p.BackendPoolType,
		"idle_timeout_in_minutes":     p.IdleTimeoutInMinutes,
		"managed_outbound_ip_count":   managed.Count,
		"managed_outbound_ipv6_count": managed.CountIPv6,
		"outbound_ip_address_ids":     referenceIDs(value(p.OutboundIPs).PublicIPs),
		"outbound_ip_prefix_ids":      referenceIDs(value(p.OutboundIPPrefixes).PublicIPPrefixes),
		"outbound_ports_allocated":    p.AllocatedOutboundPorts,
	}}
}

func natGatewayProfile(p *armcontainerservice.ManagedClusterNATGatewayProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"idle_timeout_in_minutes":   p.IdleTimeoutInMinutes,
		"managed_outbound_ip_count": value(p.ManagedOutboundIPProfile).Count,
	}}
}

func referenceIDs(all []*armcontainerservice.ResourceReference) []*string {
	out := []*string{}
	for _, r := range all {
		out = append(out, r.ID)
	}
	return out
}
