package gcp

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// TestSameMeaning compares values of one attribute that the provider, or the
// documentation of the API, takes for the same, and others beside them.
func TestSameMeaning(t *testing.T) {
	block := func(name string, v any) any { return []any{map[string]any{name: v}} }
	for name, tc := range map[string]struct {
		kind         kind
		path         string
		state, cloud any
		same         bool
	}{
		"the default port":             {computeHealthCheck, "http_health_check", block("port", 0.0), block("port", 80.0), true},
		"another port":                 {computeHealthCheck, "http_health_check", block("port", 0.0), block("port", 8080.0), false},
		"no proxy header":              {computeHealthCheck, "tcp_health_check", block("proxy_header", ""), block("proxy_header", "NONE"), true},
		"the default MTU":              {computeNetwork, "mtu", 0.0, 1460.0, true},
		"another MTU":                  {computeNetwork, "mtu", 1460.0, 8896.0, false},
		"a range of one port":          {computeForwardingRule, "port_range", "80", "80-80", true},
		"a longer range":               {computeForwardingRule, "port_range", "80", "80-81", false},
		"an IPv6 address":              {computeGlobalForwardingRule, "ip_address", "2001:db8::1", "2001:db8:0:0:0:0:0:1/96", true},
		"an address by its link":       {computeForwardingRule, "ip_address", "https://www.googleapis.com/compute/v1/projects/p/regions/r/addresses/a", "projects/p/regions/r/addresses/a", true},
		"another length of a prefix":   {computeForwardingRule, "ip_address", "2001:db8::/64", "2001:db8::/96", false},
		"another address":              {computeForwardingRule, "ip_address", "192.0.2.1", "192.0.2.2", false},
		"an older name of a purpose":   {computeSubnetwork, "purpose", "PRIVATE_RFC_1918", "PRIVATE", true},
		"an internal range, as stored": {computeSubnetwork, "reserved_internal_range", "networkconnectivity.googleapis.com/projects/p/locations/global/internalRanges/r", "https://networkconnectivity.googleapis.com/v1/projects/p/locations/global/internalRanges/r", true},
		"another internal range":       {computeSubnetwork, "reserved_internal_range", "networkconnectivity.googleapis.com/projects/p/locations/global/internalRanges/r", "https://networkconnectivity.googleapis.com/v1/projects/p/locations/global/internalRanges/s", false},
		"an IPv6 source range":         {computeFirewall, "source_ranges", []any{"2001:db8::/32"}, []any{"2001:0db8:0::/32"}, true},
		"an order of ports":            {computeFirewall, "allow", []any{map[string]any{"protocol": "tcp", "ports": []any{"80", "443"}}}, []any{map[string]any{"protocol": "tcp", "ports": []any{"443", "80"}}}, false},
		"an order of protocols":        {computeFirewall, "allow", []any{map[string]any{"protocol": "tcp"}, map[string]any{"protocol": "icmp"}}, []any{map[string]any{"protocol": "icmp"}, map[string]any{"protocol": "tcp"}}, true},
		"the default type of a NAT":    {computeRouterNat, "type", "PUBLIC", "", true},
		"no address type":              {computeGlobalAddress, "address_type", "EXTERNAL", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			state := resource.Attrs{"id": "projects/p/global/x/y", tc.path: tc.state}
			key := resource.Key{Type: tc.kind.Name, Account: "p", ID: "y"}
			found := drift.Compare(
				[]resource.Managed{{Key: key, Attrs: state}},
				&inventory.Inventory{
					Resources: []resource.Resource{{Key: key, Attrs: resource.Attrs{tc.path: tc.cloud}}},
					Coverage:  []inventory.Coverage{{Type: tc.kind.Name, Account: "p", Complete: true}},
				},
				drift.Options{Types: map[string]resource.Type{tc.kind.Name: tc.kind.Type.Type}, Schemas: schema.Embedded()},
			).Summary
			if found.Changed+found.InSync != 1 || (found.InSync == 1) != tc.same {
				t.Errorf("%v and %v: %+v", tc.state, tc.cloud, found)
			}
		})
	}
}
