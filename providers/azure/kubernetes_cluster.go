package azure

import (
	"context"
	"encoding/base64"
	"iter"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v8"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// managedClusters embed their node pools. Their list says no credentials.
func managedClusters() collection[armcontainerservice.ManagedCluster] {
	return list("Microsoft.ContainerService/managedClusters", armcontainerservice.NewManagedClustersClient,
		(*armcontainerservice.ManagedClustersClient).NewListPager,
		func(p armcontainerservice.ManagedClustersClientListResponse) []*armcontainerservice.ManagedCluster {
			return p.Value
		})
}

// cluster is a cluster and the one of its pools that is declared inside it, which
// the API does not tell from the others.
type cluster struct {
	*armcontainerservice.ManagedCluster
	pool *armcontainerservice.ManagedClusterAgentPoolProfile
}

func clusters() source[*cluster] {
	from := managedClusters().all()
	return source[*cluster]{actions: from.actions, items: func(ctx context.Context, c *conn, q provider.Query, name string) iter.Seq2[*cluster, error] {
		return func(yield func(*cluster, error) bool) {
			pools := map[string]string{}
			for _, m := range q.Held("azurerm_kubernetes_cluster") {
				pools[m.Key.ID] = m.Attrs.Block("default_node_pool").String("name")
			}
			for v, err := range from.items(ctx, c, q, name) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(&cluster{v, defaultPool(v, pools[fold(value(v.ID))])}, nil) {
					return
				}
			}
		}
	}}
}

// defaultPool is the pool of a name, else the first that runs the cluster's own
// services.
func defaultPool(v *armcontainerservice.ManagedCluster, name string) *armcontainerservice.ManagedClusterAgentPoolProfile {
	pools := value(v.Properties).AgentPoolProfiles
	i := slices.IndexFunc(pools, func(p *armcontainerservice.ManagedClusterAgentPoolProfile) bool {
		return name != "" && value(p.Name) == name
	})
	if i < 0 {
		i = slices.IndexFunc(pools, func(p *armcontainerservice.ManagedClusterAgentPoolProfile) bool {
			return value(p.Mode) == armcontainerservice.AgentPoolModeSystem
		})
	}
	if i < 0 {
		return nil
	}
	return pools[i]
}

// upgradesItself is true where the cluster moves to newer versions of Kubernetes
// without anybody's doing.
func upgradesItself(v *armcontainerservice.ManagedCluster) bool {
	switch value(value(value(v.Properties).AutoUpgradeProfile).UpgradeChannel) {
	case "", armcontainerservice.UpgradeChannelNone, armcontainerservice.UpgradeChannelNodeImage:
		return false
	}
	return true
}

var kubernetesCluster = define(clusters(), provider.Spec[*conn, *cluster]{
	Name: "azurerm_kubernetes_cluster",
	Attrs: func(v *cluster) resource.Attrs {
		p, identity := value(v.Properties), value(v.Identity)
		upgrades, access, security := value(p.AutoUpgradeProfile), value(p.APIServerAccessProfile), value(p.SecurityProfile)
		channel := upgrades.UpgradeChannel
		if value(channel) == armcontainerservice.UpgradeChannelNone {
			channel = nil
		}
		a := resource.Attrs{
			"name":                                v.Name,
			"resource_group_name":                 segment(value(v.ID), "resourceGroups"),
			"location":                            location(v.Location),
			"ai_toolchain_operator_enabled":       value(p.AiToolchainOperatorProfile).Enabled,
			"api_server_access_profile":           apiServerAccess(p.APIServerAccessProfile),
			"api_server_authorized_ip_ranges":     access.AuthorizedIPRanges,
			"auto_scaler_profile":                 autoScalerProfile(p.AutoScalerProfile),
			"automatic_channel_upgrade":           channel,
			"automatic_upgrade_channel":           channel,
			"cost_analysis_enabled":               value(value(p.MetricsProfile).CostAnalysis).Enabled,
			"custom_ca_trust_certificates_base64": encoded(security.CustomCATrustCertificates),
			"disk_encryption_set_id":              p.DiskEncryptionSetID,
			"dns_prefix":                          p.DNSPrefix,
			"dns_prefix_private_cluster":          p.FqdnSubdomain,
			"edge_zone":                           location(value(v.ExtendedLocation).Name),
			"http_proxy_config":                   httpProxy(p.HTTPProxyConfig),
			"identity":                            managedIdentity(identity.Type, identity.UserAssignedIdentities),
			"kubelet_identity":                    kubeletIdentity(p.IdentityProfile["kubeletidentity"]),
			"linux_profile":                       linuxProfile(p.LinuxProfile),
			"local_account_disabled":              p.DisableLocalAccounts,
			"network_profile":                     networkProfile(p.NetworkProfile),
			"node_os_channel_upgrade":             upgrades.NodeOSUpgradeChannel,
			"node_os_upgrade_channel":             upgrades.NodeOSUpgradeChannel,
			"node_resource_group":                 p.NodeResourceGroup,
			"oidc_issuer_enabled":                 value(p.OidcIssuerProfile).Enabled,
			"private_cluster_enabled":             access.EnablePrivateCluster,
			"private_cluster_public_fqdn_enabled": access.EnablePrivateClusterPublicFQDN,
			"private_dns_zone_id":                 access.PrivateDNSZone,
			"role_based_access_control_enabled":   p.EnableRBAC,
			"run_command_enabled":                 !value(access.DisableRunCommand),
			"service_mesh_profile":                serviceMesh(p.ServiceMeshProfile),
			"service_principal":                   servicePrincipal(p.ServicePrincipalProfile),
			"sku_tier":                            value(v.SKU).Tier,
			"support_plan":                        p.SupportPlan,
			"windows_profile":                     windowsProfile(p.WindowsProfile),
			"workload_identity_enabled":           value(security.WorkloadIdentity).Enabled,
			"tags":                                v.Tags,

			"azure_active_directory_role_based_access_control": directoryAccess(p.AADProfile),
			"bootstrap_profile":           bootstrap(p.BootstrapProfile),
			"key_management_service":      keyManagement(security.AzureKeyVaultKms),
			"microsoft_defender":          defender(security.Defender),
			"monitor_metrics":             monitorMetrics(p.AzureMonitorProfile),
			"node_provisioning_profile":   nodeProvisioning(p.NodeProvisioningProfile),
			"storage_profile":             storageDrivers(p.StorageProfile),
			"upgrade_override":            upgradeOverride(p.UpgradeSettings),
			"web_app_routing":             webAppRouting(p.IngressProfile),
			"workload_autoscaler_profile": workloadAutoscaler(p.WorkloadAutoScalerProfile),
		}
		if cleaner := security.ImageCleaner; cleaner != nil {
			a["image_cleaner_enabled"] = cleaner.Enabled
			if cleaner.IntervalHours != nil {
				a["image_cleaner_interval_hours"] = cleaner.IntervalHours
			}
		}
		if !upgradesItself(v.ManagedCluster) {
			a["kubernetes_version"] = p.KubernetesVersion
		}
		if v.pool != nil {
			a["default_node_pool"] = []any{defaultNodePool(v)}
		}
		addons(a, p.AddonProfiles)
		return a
	},
	Details: []provider.Detail[*conn, *cluster]{maintenanceWindows()},
	Fit:     toldOnce(map[string]string{"api_server_authorized_ip_ranges": "api_server_access_profile"}),
	Rules:   kubernetesClusterRules(),
	Former: []string{
		"api_server_authorized_ip_ranges", "automatic_channel_upgrade", "node_os_channel_upgrade",
		// with arguments of other names
		"api_server_access_profile", "azure_active_directory_role_based_access_control", "default_node_pool", "network_profile",
	},
})

func kubernetesClusterRules() map[string]resource.Rule {
	rules := map[string]resource.Rule{
		"resource_group_name":               resource.Fold(),
		"node_resource_group":               resource.Fold(),
		"api_server_authorized_ip_ranges":   resource.Unordered(),
		"auto_scaler_profile":               whereSet(), // there as soon as a pool of its own scales itself
		"bootstrap_profile":                 noneWhere(map[string]any{"artifact_source": "Direct"}),
		"monitor_metrics":                   present(),
		"node_os_channel_upgrade":           unlessUnset(), // version 3 reads it only where it is configured
		"node_os_upgrade_channel":           resource.Default("NodeImage"),
		"node_provisioning_profile":         noneWhere(map[string]any{"mode": "Manual", "default_node_pools": "Auto"}),
		"private_dns_zone_id":               resource.Fold(),
		"role_based_access_control_enabled": resource.Default(true),
		"sku_tier":                          resource.CanonString(canonClusterTier).WithDefault("Free"),
		"support_plan":                      resource.Default("KubernetesOfficial"),
		"upgrade_override.effective_until":  sameTime(),

		// The provider writes of it what was configured, the API what there is.
		"storage_profile": noneUnlessSet(map[string]any{
			"blob_driver_enabled": false, "disk_driver_enabled": true, "file_driver_enabled": true, "snapshot_controller_enabled": true,
		}),

		"auto_scaler_profile.daemonset_eviction_for_occupied_nodes_enabled":       resource.Default(true),
		"auto_scaler_profile.skip_nodes_with_local_storage":                       resource.Default(true),
		"auto_scaler_profile.skip_nodes_with_system_pods":                         resource.Default(true),
		"azure_active_directory_role_based_access_control.admin_group_object_ids": resource.Unordered(),
		"key_management_service.key_vault_network_access":                         resource.Default("Public"),
		"network_profile.load_balancer_sku":                                       resource.Fold(),
		"network_profile.network_data_plane":                                      resource.Default("azure"),
		"network_profile.network_plugin_mode":                                     resource.Fold(),
		"network_profile.load_balancer_profile.backend_pool_type":                 resource.Default("NodeIPConfiguration"),
		"web_app_routing":                          canonBlocks(listedZones),
		"web_app_routing.default_nginx_controller": resource.Default("AnnotationControlled"),
	}
	for path, rule := range nodePoolRules() {
		rules["default_node_pool."+path] = rule
	}
	for path, rule := range maintenanceWindowRules() {
		rules[path] = rule
	}
	return rules
}

// canonClusterTier knows the name that a tier had until the beginning of 2023.
func canonClusterTier(tier string) string {
	if tier == "Paid" {
		return "Standard"
	}
	return tier
}

// listedZones brings the one zone of older states into the list, which they leave
// empty then.
func listedZones(routing map[string]any) {
	if id := routing["dns_zone_id"]; !resource.Empty(id) {
		routing["dns_zone_ids"] = []any{id}
	}
	delete(routing, "dns_zone_id")
}

func encoded(all [][]byte) []string {
	out := []string{}
	for _, b := range all {
		out = append(out, base64.StdEncoding.EncodeToString(b))
	}
	return out
}

func apiServerAccess(p *armcontainerservice.ManagedClusterAPIServerAccessProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"authorized_ip_ranges":                p.AuthorizedIPRanges,
		"subnet_id":                           p.SubnetID,
		"virtual_network_integration_enabled": p.EnableVnetIntegration,
		"vnet_integration_enabled":            p.EnableVnetIntegration,
	}}
}

// httpProxy leaves out the certificate, which the provider treats as a secret.
func httpProxy(p *armcontainerservice.ManagedClusterHTTPProxyConfig) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"http_proxy": p.HTTPProxy, "https_proxy": p.HTTPSProxy, "no_proxy": p.NoProxy}}
}

func kubeletIdentity(i *armcontainerservice.UserAssignedIdentity) []any {
	if i == nil {
		return nil
	}
	return []any{map[string]any{"client_id": i.ClientID, "object_id": i.ObjectID, "user_assigned_identity_id": i.ResourceID}}
}

func linuxProfile(p *armcontainerservice.LinuxProfile) []any {
	if p == nil {
		return nil
	}
	keys := []any{}
	for _, k := range value(p.SSH).PublicKeys {
		keys = append(keys, map[string]any{"key_data": k.KeyData})
	}
	return []any{map[string]any{"admin_username": p.AdminUsername, "ssh_key": keys}}
}

func windowsProfile(p *armcontainerservice.ManagedClusterWindowsProfile) []any {
	if p == nil {
		return nil
	}
	license := p.LicenseType
	if value(license) == armcontainerservice.LicenseTypeNone {
		license = nil
	}
	var gmsa []any
	if g := p.GmsaProfile; g != nil {
		gmsa = []any{map[string]any{"dns_server": g.DNSServer, "root_domain": g.RootDomainName}}
	}
	return []any{map[string]any{"admin_username": p.AdminUsername, "gmsa": gmsa, "license": license}}
}

func servicePrincipal(p *armcontainerservice.ManagedClusterServicePrincipalProfile) []any {
	if p == nil || strings.EqualFold(value(p.ClientID), "msi") { // its identity is a managed one
		return nil
	}
	return []any{map[string]any{"client_id": p.ClientID}}
}

func directoryAccess(p *armcontainerservice.ManagedClusterAADProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"admin_group_object_ids": p.AdminGroupObjectIDs,
		"azure_rbac_enabled":     p.EnableAzureRBAC,
		"managed":                p.Managed,
		"tenant_id":              p.TenantID,
	}}
}

func bootstrap(p *armcontainerservice.ManagedClusterBootstrapProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"artifact_source": p.ArtifactSource, "container_registry_id": p.ContainerRegistryID}}
}

func keyManagement(k *armcontainerservice.AzureKeyVaultKms) []any {
	if !value(value(k).Enabled) {
		return nil
	}
	return []any{map[string]any{"key_vault_key_id": k.KeyID, "key_vault_network_access": k.KeyVaultNetworkAccess}}
}

func defender(d *armcontainerservice.ManagedClusterSecurityProfileDefender) []any {
	if !value(value(value(d).SecurityMonitoring).Enabled) {
		return nil
	}
	return []any{map[string]any{"log_analytics_workspace_id": d.LogAnalyticsWorkspaceResourceID}}
}

func monitorMetrics(p *armcontainerservice.ManagedClusterAzureMonitorProfile) []any {
	metrics := value(value(p).Metrics)
	if !value(metrics.Enabled) {
		return nil
	}
	state := value(metrics.KubeStateMetrics)
	return []any{map[string]any{"annotations_allowed": state.MetricAnnotationsAllowList, "labels_allowed": state.MetricLabelsAllowlist}}
}

func nodeProvisioning(p *armcontainerservice.ManagedClusterNodeProvisioningProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"mode": p.Mode, "default_node_pools": p.DefaultNodePools}}
}

func storageDrivers(p *armcontainerservice.ManagedClusterStorageProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"blob_driver_enabled":         value(p.BlobCSIDriver).Enabled,
		"disk_driver_enabled":         value(p.DiskCSIDriver).Enabled,
		"file_driver_enabled":         value(p.FileCSIDriver).Enabled,
		"snapshot_controller_enabled": value(p.SnapshotController).Enabled,
	}}
}

func upgradeOverride(s *armcontainerservice.ClusterUpgradeSettings) []any {
	o := value(s).OverrideSettings
	if o == nil {
		return nil
	}
	return []any{map[string]any{"effective_until": o.Until, "force_upgrade_enabled": o.ForceUpgrade}}
}

func webAppRouting(p *armcontainerservice.ManagedClusterIngressProfile) []any {
	r := value(p).WebAppRouting
	if r == nil || r.Enabled != nil && !*r.Enabled {
		return nil
	}
	return []any{map[string]any{
		"default_nginx_controller": value(r.Nginx).DefaultIngressControllerType,
		"dns_zone_ids":             r.DNSZoneResourceIDs,
	}}
}

func workloadAutoscaler(p *armcontainerservice.ManagedClusterWorkloadAutoScalerProfile) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"keda_enabled":                    value(p.Keda).Enabled,
		"vertical_pod_autoscaler_enabled": value(p.VerticalPodAutoscaler).Enabled,
	}}
}

func serviceMesh(p *armcontainerservice.ServiceMeshProfile) []any {
	if value(value(p).Mode) != armcontainerservice.ServiceMeshModeIstio {
		return nil
	}
	istio := value(p.Istio)
	block := map[string]any{
		"mode":                             p.Mode,
		"revisions":                        istio.Revisions,
		"certificate_authority":            nil,
		"external_ingress_gateway_enabled": nil,
		"internal_ingress_gateway_enabled": nil,
	}
	for _, g := range value(istio.Components).IngressGateways {
		name := "internal_ingress_gateway_enabled"
		if value(g.Mode) == armcontainerservice.IstioIngressGatewayModeExternal {
			name = "external_ingress_gateway_enabled"
		}
		block[name] = g.Enabled
	}
	if ca := value(istio.CertificateAuthority).Plugin; ca != nil {
		block["certificate_authority"] = []any{map[string]any{
			"cert_chain_object_name": ca.CertChainObjectName,
			"cert_object_name":       ca.CertObjectName,
			"key_object_name":        ca.KeyObjectName,
			"key_vault_id":           ca.KeyVaultID,
			"root_cert_object_name":  ca.RootCertObjectName,
		}}
	}
	return []any{block}
}
