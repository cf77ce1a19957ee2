package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func networkInterfaces() collection[armnetwork.Interface] {
	return list("Microsoft.Network/networkInterfaces", armnetwork.NewInterfacesClient, (*armnetwork.InterfacesClient).NewListAllPager,
		func(p armnetwork.InterfacesClientListAllResponse) []*armnetwork.Interface { return p.Value })
}

var networkInterface = define(networkInterfaces().all(), provider.Spec[*conn, *armnetwork.Interface]{
	Name: "azurerm_network_interface",
	// That of a private endpoint or link comes and goes with it.
	Default: func(v *armnetwork.Interface) bool {
		p := value(v.Properties)
		return p.PrivateEndpoint != nil || p.PrivateLinkService != nil
	},
	Attrs: func(v *armnetwork.Interface) resource.Attrs {
		p := value(v.Properties)
		configs := []any{}
		for _, c := range p.IPConfigurations {
			configs = append(configs, interfaceIPConfiguration(c))
		}
		return resource.Attrs{
			"name":                           v.Name,
			"resource_group_name":            segment(value(v.ID), "resourceGroups"),
			"location":                       location(v.Location),
			"accelerated_networking_enabled": p.EnableAcceleratedNetworking,
			"auxiliary_mode":                 notNone(p.AuxiliaryMode),
			"auxiliary_sku":                  notNone(p.AuxiliarySKU),
			"dns_servers":                    value(p.DNSSettings).DNSServers,
			"edge_zone":                      location(value(v.ExtendedLocation).Name),
			"enable_accelerated_networking":  p.EnableAcceleratedNetworking,
			"enable_ip_forwarding":           p.EnableIPForwarding,
			"internal_dns_name_label":        value(p.DNSSettings).InternalDNSNameLabel,
			"ip_configuration":               configs,
			"ip_forwarding_enabled":          p.EnableIPForwarding,
			"mac_address":                    p.MacAddress,
			"tags":                           v.Tags,
			"virtual_machine_id":             value(p.VirtualMachine).ID,
		}
	},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"ip_configuration":    resource.Keyed("name"),
	},
	Former: []string{"enable_accelerated_networking", "enable_ip_forwarding"},
})

func interfaceIPConfiguration(v *armnetwork.InterfaceIPConfiguration) map[string]any {
	p := value(v.Properties)
	config := map[string]any{
		"name":    v.Name,
		"primary": p.Primary,
		"gateway_load_balancer_frontend_ip_configuration_id": value(p.GatewayLoadBalancer).ID,
		"private_ip_address_allocation":                      p.PrivateIPAllocationMethod,
		"private_ip_address_version":                         p.PrivateIPAddressVersion,
		"public_ip_address_id":                               value(p.PublicIPAddress).ID,
		"subnet_id":                                          value(p.Subnet).ID,
	}
	if isStatic(p.PrivateIPAllocationMethod) {
		config["private_ip_address"] = p.PrivateIPAddress
	}
	return config
}

// isStatic is true where somebody chose the address, and not Azure.
func isStatic(method *armnetwork.IPAllocationMethod) bool {
	return strings.EqualFold(string(value(method)), string(armnetwork.IPAllocationMethodStatic))
}

// notNone is for the settings that the provider leaves empty where Azure writes
// None.
func notNone[S ~string](setting *S) string {
	if v := string(value(setting)); v != "None" {
		return v
	}
	return ""
}
