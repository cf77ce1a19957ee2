package gcp

// kinds lists what can be read, in the order of the documentation.
func kinds() []kind {
	return []kind{
		computeDisk,
		computeFirewall,
		pubsubTopic,
	}
}
