package azure

import "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"

// scaleSetInterfaces are what the set's machines are attached with.
func scaleSetInterfaces(all []*armcompute.VirtualMachineScaleSetNetworkConfiguration) []any {
	out := []any{}
	for _, n := range all {
		p := value(n.Properties)
		mode, sku := p.AuxiliaryMode, p.AuxiliarySKU
		if value(mode) == armcompute.NetworkInterfaceAuxiliaryModeNone {
			mode = nil
		}
		if value(sku) == armcompute.NetworkInterfaceAuxiliarySKUNone {
			sku = nil
		}
		out = append(out, map[string]any{
			"name":                           n.Name,
			"accelerated_networking_enabled": p.EnableAcceleratedNetworking,
			"auxiliary_mode":                 mode,
			"auxiliary_sku":                  sku,
			"dns_servers":                    value(p.DNSSettings).DNSServers,
			"enable_accelerated_networking":  p.EnableAcceleratedNetworking,
			"enable_ip_forwarding":           p.EnableIPForwarding,
			"ip_configuration":               scaleSetIPConfigurations(p.IPConfigurations),
			"ip_forwarding_enabled":          p.EnableIPForwarding,
			"network_security_group_id":      value(p.NetworkSecurityGroup).ID,
			"primary":                        p.Primary,
		})
	}
	return out
}

func scaleSetIPConfigurations(all []*armcompute.VirtualMachineScaleSetIPConfiguration) []any {
	out := []any{}
	for _, i := range all {
		p := value(i.Properties)
		out = append(out, map[string]any{
			"name": i.Name,
			"application_gateway_backend_address_pool_ids": subResourceIDs(p.ApplicationGatewayBackendAddressPools),
			"application_security_group_ids":               subResourceIDs(p.ApplicationSecurityGroups),
			"load_balancer_backend_address_pool_ids":       subResourceIDs(p.LoadBalancerBackendAddressPools),
			"load_balancer_inbound_nat_rules_ids":          subResourceIDs(p.LoadBalancerInboundNatPools),
			"primary":                                      p.Primary,
			"public_ip_address":                            scaleSetPublicIP(p.PublicIPAddressConfiguration),
			"subnet_id":                                    value(p.Subnet).ID,
			"version":                                      p.PrivateIPAddressVersion,
		})
	}
	return out
}

func scaleSetPublicIP(c *armcompute.VirtualMachineScaleSetPublicIPAddressConfiguration) []any {
	if c == nil {
		return nil
	}
	p, tags := value(c.Properties), []any{}
	for _, t := range p.IPTags {
		tags = append(tags, map[string]any{"tag": t.Tag, "type": t.IPTagType})
	}
	return []any{map[string]any{
		"name":                    c.Name,
		"domain_name_label":       value(p.DNSSettings).DomainNameLabel,
		"idle_timeout_in_minutes": p.IdleTimeoutInMinutes,
		"ip_tag":                  tags,
		"public_ip_prefix_id":     value(p.PublicIPPrefix).ID,
		"version":                 p.PublicIPAddressVersion,
	}}
}

func subResourceIDs(all []*armcompute.SubResource) []*string {
	out := []*string{}
	for _, r := range all {
		out = append(out, r.ID)
	}
	return out
}
