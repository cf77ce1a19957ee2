package azure

import (
	"cmp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func storageAccounts() collection[armstorage.Account] {
	return list("Microsoft.Storage/storageAccounts", armstorage.NewAccountsClient, (*armstorage.AccountsClient).NewListPager,
		func(p armstorage.AccountsClientListResponse) []*armstorage.Account { return p.Value })
}

// The keys of an account are not read: they are secrets, and a POST returns them.
// Neither are the queues' properties and the static website, which only the
// account's own endpoints tell.
var storageAccount = define(storageAccounts().all(), provider.Spec[*conn, *armstorage.Account]{
	Name: "azurerm_storage_account",
	Attrs: func(v *armstorage.Account) resource.Attrs {
		p := value(v.Properties)
		e := value(p.Encryption)
		services := value(e.Services)
		tier, replication, billing := storageSKU(value(v.SKU))
		a := resource.Attrs{
			"name":                              v.Name,
			"resource_group_name":               segment(value(v.ID), "resourceGroups"),
			"location":                          location(v.Location),
			"access_tier":                       p.AccessTier,
			"account_kind":                      v.Kind,
			"account_replication_type":          replication,
			"account_tier":                      tier,
			"allowed_copy_scope":                p.AllowedCopyScope,
			"azure_files_authentication":        filesAuthentication(p.AzureFilesIdentityBasedAuthentication),
			"custom_domain":                     storageDomain(p.CustomDomain),
			"customer_managed_key":              storageKey(e),
			"default_to_oauth_authentication":   p.DefaultToOAuthAuthentication,
			"dns_endpoint_type":                 p.DNSEndpointType,
			"edge_zone":                         location(value(v.ExtendedLocation).Name),
			"enable_https_traffic_only":         p.EnableHTTPSTrafficOnly,
			"https_traffic_only_enabled":        p.EnableHTTPSTrafficOnly,
			"identity":                          storageIdentity(v.Identity),
			"immutability_policy":               storageImmutability(value(p.ImmutableStorageWithVersioning).ImmutabilityPolicy),
			"infrastructure_encryption_enabled": e.RequireInfrastructureEncryption,
			"is_hns_enabled":                    p.IsHnsEnabled,
			"large_file_share_enabled":          isEnabled(p.LargeFileSharesState),
			"local_user_enabled":                p.IsLocalUserEnabled,
			"min_tls_version":                   cmp.Or(value(p.MinimumTLSVersion), armstorage.MinimumTLSVersionTLS10),
			"network_rules":                     storageNetworkRules(p.NetworkRuleSet),
			"nfsv3_enabled":                     p.EnableNfsV3,
			"provisioned_billing_model_version": billing,
			"public_network_access_enabled":     value(p.PublicNetworkAccess) != armstorage.PublicNetworkAccessDisabled,
			"queue_encryption_key_type":         value(services.Queue).KeyType,
			"routing":                           storageRouting(p.RoutingPreference),
			"sas_policy":                        sasPolicy(p.SasPolicy),
			"sftp_enabled":                      p.IsSftpEnabled,
			"shared_access_key_enabled":         p.AllowSharedKeyAccess,
			"table_encryption_key_type":         value(services.Table).KeyType,
			"tags":                              v.Tags,
		}
		// What null means depends on when the account was made.
		if p.AllowBlobPublicAccess != nil {
			a["allow_nested_items_to_be_public"] = p.AllowBlobPublicAccess
		}
		if p.AllowCrossTenantReplication != nil {
			a["cross_tenant_replication_enabled"] = p.AllowCrossTenantReplication
		}
		return a
	},
	Details: []provider.Detail[*conn, *armstorage.Account]{
		{Action: "Microsoft.Storage/storageAccounts/blobServices/read", Paths: []string{"blob_properties"}, Read: blobProperties},
		{Action: "Microsoft.Storage/storageAccounts/fileServices/read", Paths: []string{"share_properties"}, Read: shareProperties},
	},
	Rules: map[string]resource.Rule{
		"resource_group_name": resource.Fold(),
		"azure_files_authentication.default_share_level_permission": resource.Default("None"),
		"customer_managed_key.key_vault_key_id":                     unlessUnset(), // versions 3 and 4 have another name for a managed HSM's
		"dns_endpoint_type":                                         resource.Default("Standard"),
		"local_user_enabled":                                        resource.Default(true),
		"network_rules":                                             {Same: bothOpen},
		"network_rules.bypass":                                      resource.Fold(),
		"network_rules.ip_rules":                                    ipRules(),
		"network_rules.private_link_access":                         scannerless(),
		"queue_encryption_key_type":                                 resource.Default("Service"),
		"shared_access_key_enabled":                                 resource.Default(true),
		"table_encryption_key_type":                                 resource.Default("Service"),
	},
	Former: []string{"enable_https_traffic_only"},
})

// storageSKU takes Standard_LRS and PremiumV2_ZRS apart.
func storageSKU(sku armstorage.SKU) (tier, replication, billing string) {
	tier, replication, _ = strings.Cut(string(value(sku.Name)), "_")
	if of := string(value(sku.Tier)); of != "" {
		tier, billing = of, strings.TrimPrefix(tier, of)
	}
	return tier, replication, billing
}

func storageIdentity(i *armstorage.Identity) []any {
	if i == nil {
		return nil
	}
	return managedIdentity(i.Type, i.UserAssignedIdentities)
}

func storageKey(e armstorage.Encryption) []any {
	if value(e.KeySource) != armstorage.KeySourceMicrosoftKeyvault {
		return nil
	}
	return []any{map[string]any{
		"key_vault_key_id":          storageKeyID(value(e.KeyVaultProperties)),
		"user_assigned_identity_id": value(e.EncryptionIdentity).EncryptionUserAssignedIdentity,
	}}
}

// storageKeyID is the URL of the key that an account is encrypted with, without a
// version where the account takes the latest.
func storageKeyID(k armstorage.KeyVaultProperties) string {
	id := strings.TrimSuffix(value(k.KeyVaultURI), "/") + "/keys/" + value(k.KeyName)
	if version := value(k.KeyVersion); version != "" {
		id += "/" + version
	}
	return id
}

func storageDomain(d *armstorage.CustomDomain) []any {
	if d == nil || value(d.Name) == "" {
		return nil
	}
	return []any{map[string]any{"name": d.Name}} // use_subdomain is never returned
}

func storageImmutability(p *armstorage.AccountImmutabilityPolicyProperties) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{
		"allow_protected_append_writes": p.AllowProtectedAppendWrites,
		"period_since_creation_in_days": p.ImmutabilityPeriodSinceCreationInDays,
		"state":                         p.State,
	}}
}

func storageRouting(r *armstorage.RoutingPreference) []any {
	if r == nil {
		return nil
	}
	return []any{map[string]any{
		"choice":                      r.RoutingChoice,
		"publish_internet_endpoints":  r.PublishInternetEndpoints,
		"publish_microsoft_endpoints": r.PublishMicrosoftEndpoints,
	}}
}

func sasPolicy(p *armstorage.SasPolicy) []any {
	if p == nil {
		return nil
	}
	return []any{map[string]any{"expiration_action": p.ExpirationAction, "expiration_period": p.SasExpirationPeriod}}
}

func filesAuthentication(a *armstorage.AzureFilesIdentityBasedAuthentication) []any {
	if a == nil || value(a.DirectoryServiceOptions) == armstorage.DirectoryServiceOptionsNone {
		return nil
	}
	var directory []any
	if d := a.ActiveDirectoryProperties; d != nil {
		directory = []any{map[string]any{
			"domain_guid":         d.DomainGUID,
			"domain_name":         d.DomainName,
			"domain_sid":          d.DomainSid,
			"forest_name":         d.ForestName,
			"netbios_domain_name": d.NetBiosDomainName,
			"storage_sid":         d.AzureStorageSid,
		}}
	}
	return []any{map[string]any{
		"active_directory":               directory,
		"default_share_level_permission": a.DefaultSharePermission,
		"directory_type":                 a.DirectoryServiceOptions,
	}}
}
