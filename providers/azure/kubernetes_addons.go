package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// addon is one of a cluster's add-ons. The API returns its name and those of its
// settings in any case.
type addon struct {
	enabled bool
	config  map[string]*string
}

func addonOf(profiles map[string]*armcontainerservice.ManagedClusterAddonProfile, name string) addon {
	for k, p := range profiles {
		if strings.EqualFold(k, name) && p != nil {
			return addon{value(p.Enabled), p.Config}
		}
	}
	return addon{}
}

func (a addon) setting(name string) *string {
	for k, v := range a.config {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

// is reports whether a setting is switched on.
func (a addon) is(name string) bool {
	v := strings.ToLower(value(a.setting(name)))
	return v != "" && v != "false"
}

// addons adds to a what of the add-ons are attributes of the cluster.
func addons(a resource.Attrs, profiles map[string]*armcontainerservice.ManagedClusterAddonProfile) {
	block := func(name string, attrs func(addon) map[string]any) []any {
		on := addonOf(profiles, name)
		if !on.enabled {
			return nil
		}
		return []any{attrs(on)}
	}
	a["azure_policy_enabled"] = addonOf(profiles, "azurepolicy").enabled
	a["http_application_routing_enabled"] = addonOf(profiles, "httpApplicationRouting").enabled
	a["open_service_mesh_enabled"] = addonOf(profiles, "openServiceMesh").enabled
	a["aci_connector_linux"] = block("aciConnectorLinux", func(on addon) map[string]any {
		return map[string]any{"subnet_name": on.setting("SubnetName")}
	})
	a["confidential_computing"] = block("ACCSGXDevicePlugin", func(on addon) map[string]any {
		return map[string]any{"sgx_quote_helper_enabled": on.is("ACCSGXQuoteHelperEnabled")}
	})
	a["ingress_application_gateway"] = block("ingressApplicationGateway", func(on addon) map[string]any {
		return map[string]any{
			"gateway_id":   on.setting("applicationGatewayId"),
			"gateway_name": on.setting("applicationGatewayName"),
			"subnet_cidr":  on.setting("subnetCIDR"),
			"subnet_id":    on.setting("subnetId"),
		}
	})
	a["key_vault_secrets_provider"] = block("azureKeyvaultSecretsProvider", func(on addon) map[string]any {
		return map[string]any{
			"secret_rotation_enabled":  value(on.setting("enableSecretRotation")) != "false",
			"secret_rotation_interval": on.setting("rotationPollInterval"),
		}
	})
	a["oms_agent"] = block("omsagent", func(on addon) map[string]any {
		return map[string]any{
			"log_analytics_workspace_id":      on.setting("logAnalyticsWorkspaceResourceID"),
			"msi_auth_for_monitoring_enabled": on.is("useAADAuth"),
		}
	})
}
