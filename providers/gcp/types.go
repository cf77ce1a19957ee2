package gcp

// kinds lists what can be read, in the order of the documentation.
func kinds() []kind {
	return []kind{
		computeAddress,
		computeBackendBucket,
		computeBackendService,
		computeDisk,
		computeFirewall,
		computeForwardingRule,
		computeGlobalAddress,
		computeGlobalForwardingRule,
		computeHealthCheck,
		computeNetwork,
		computeRegionBackendService,
		computeRegionHealthCheck,
		computeRegionTargetHTTPProxy,
		computeRegionTargetHTTPSProxy,
		computeRegionURLMap,
		computeRoute,
		computeRouter,
		computeRouterNat,
		computeRouterNatAddress,
		computeSubnetwork,
		computeTargetHTTPProxy,
		computeTargetHTTPSProxy,
		computeURLMap,
		pubsubTopic,
	}
}
