package gcp

import (
	"net/netip"
	"regexp"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeSubnetwork = define(spec[compute.Subnetwork]{
	Name:    "google_compute_subnetwork",
	Asset:   "compute.googleapis.com/Subnetwork",
	Actions: []string{"compute.subnetworks.list"},
	List:    inAll("subnetworks"),
	Default: func(it item[compute.Subnetwork]) bool { return ofAutoMode(it.v) || gkeSubnets.MatchString(it.v.Name) },
	Fields: fields{
		"subnetwork_id": field{from: "id", keep: true},
		"params":        skip(),
	},
	Rules: map[string]resource.Rule{
		"subnetwork_id":        resource.Identity(),
		"internal_ipv6_prefix": resource.CIDR(),
		"external_ipv6_prefix": resource.CIDR(),
		"purpose": resource.CanonString(func(s string) string {
			return strings.TrimSuffix(s, "_RFC_1918") // the older name of PRIVATE
		}).WithDefault("PRIVATE"),
		"stack_type":              resource.Default("IPV4_ONLY"),
		"reserved_internal_range": internalRange(),
		"secondary_ip_range.reserved_internal_range": internalRange(),
	},
	Map: func(it item[compute.Subnetwork], a resource.Attrs) {
		logs := it.v.LogConfig
		if logs == nil || !logs.Enable {
			a["log_config"] = nil
			return
		}
		// The API remembers the fields of a mode that is no longer chosen.
		if block, ok := a["log_config"].([]any); ok && logs.Metadata != "CUSTOM_METADATA" {
			block[0].(map[string]any)["metadata_fields"] = nil
		}
	},
})

// gkeSubnets are those that GKE makes for a cluster: for its private endpoint, and
// for its nodes where it was asked to.
var gkeSubnets = regexp.MustCompile(`^gke-.+(-pe-subnet|-subnet-[0-9a-f]{8})$`)

// ofAutoMode reports whether Google made a subnetwork: those of a network in auto
// mode have its name, and their addresses from one block.
// Source: https://docs.cloud.google.com/vpc/docs/subnets#ip-ranges
func ofAutoMode(s *compute.Subnetwork) bool {
	auto := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 128}), 9)
	p, err := netip.ParsePrefix(s.IpCidrRange)
	return err == nil && s.Name == base(s.Network) && auto.Contains(p.Addr())
}

// internalRange is for links to the internal ranges of Network Connectivity, which
// the provider writes without a scheme and a version.
func internalRange() resource.Rule {
	return resource.CanonString(func(s string) string {
		return link(strings.TrimPrefix(s, "networkconnectivity.googleapis.com/"))
	})
}
