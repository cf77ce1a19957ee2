package azure

import "github.com/driftmgr/driftmgr/pkg/provider"

// Types lists every resource type that the provider reads, one a line, in the
// alphabet's order within a service. The listing of whatever there is comes last.
func Types() []provider.Type {
	return []provider.Type{
		// Resource Manager
		resourceGroup,

		// DNS
		dnsAAAARecord,
		dnsARecord,
		dnsCAARecord,
		dnsCNAMERecord,
		dnsMXRecord,
		dnsNSRecord,
		dnsPTRRecord,
		dnsSRVRecord,
		dnsTXTRecord,
		dnsZone,
		privateDNSAAAARecord,
		privateDNSARecord,
		privateDNSCNAMERecord,
		privateDNSMXRecord,
		privateDNSPTRRecord,
		privateDNSSRVRecord,
		privateDNSTXTRecord,
		privateDNSZone,
		privateDNSZoneVirtualNetworkLink,

		// Load balancers
		lb,
		lbBackendAddressPool,
		lbNatRule,
		lbOutboundRule,
		lbProbe,
		lbRule,

		// App Service
		linuxFunctionApp,
		linuxWebApp,
		servicePlan,
		windowsFunctionApp,
		windowsWebApp,

		// Authorization
		roleAssignment,
		roleDefinition,

		// Key Vault
		keyVault,
		keyVaultAccessPolicy,

		// Networks
		natGateway,
		natGatewayPublicIPAssociation,
		natGatewayPublicIPPrefixAssociation,
		networkInterface,
		networkInterfaceBackendAddressPoolAssociation,
		networkInterfaceSecurityGroupAssociation,
		privateEndpoint,
		publicIP,
		publicIPPrefix,
		route,
		routeTable,
		subnet,
		subnetNatGatewayAssociation,
		subnetNetworkSecurityGroupAssociation,
		subnetRouteTableAssociation,
		virtualNetwork,
		virtualNetworkPeering,

		// Network security groups
		networkSecurityGroup,
		networkSecurityRule,

		// SQL
		mssqlDatabase,
		mssqlFirewallRule,
		mssqlServer,

		// Storage
		storageAccount,
		storageAccountCustomerManagedKey,
		storageAccountNetworkRules,
		storageContainer,

		// Databases
		cosmosdbAccount,
		mysqlFlexibleServer,
		postgresqlFlexibleServer,

		// Caches
		redisCache,

		// Messages
		eventhub,
		eventhubNamespace,
		servicebusNamespace,
		servicebusNamespaceCustomerManagedKey,
		servicebusQueue,
		servicebusTopic,

		// Observation
		applicationInsights,
		logAnalyticsWorkspace,
		monitorActionGroup,
		monitorMetricAlert,
		// Compute
		availabilitySet,
		linuxVirtualMachine,
		linuxVirtualMachineScaleSet,
		managedDisk,
		virtualMachineDataDiskAttachment,
		windowsVirtualMachine,
		windowsVirtualMachineScaleSet,

		// Containers
		containerRegistry,
		kubernetesCluster,
		kubernetesClusterNodePool,

		// Identities
		userAssignedIdentity,

		whatever(),
	}
}
