package gcp

import (
	"context"
	"encoding/json"
	"iter"
	"net/netip"
	"strings"

	"google.golang.org/api/dns/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// inManagedZone says that a zone shows nothing of its records.
func inManagedZone() resource.ChildOf {
	return resource.ChildOf{Parent: "google_dns_managed_zone", Ref: "managed_zone", ParentOf: managedZoneOf}
}

// managedZoneOf is the join key of the zone that a record's attributes name.
func managedZoneOf(a resource.Attrs) string {
	if a.String("managed_zone") == "" {
		return ""
	}
	return "projects/" + a.String("project") + "/managedZones/" + base(a.String("managed_zone"))
}

var dnsRecordSet = define(spec[dns.ResourceRecordSet]{
	Name:    "google_dns_record_set",
	Asset:   "dns.googleapis.com/ResourceRecordSet",
	Actions: []string{"dns.resourceRecordSets.list", "dns.managedZones.list"},
	List:    dnsRecords(),
	ID: func(it item[dns.ResourceRecordSet]) string {
		return it.parent + "/rrsets/" + recordName(it.v.Name) + "/" + it.v.Type
	},
	StateIDs: func(a resource.Attrs) []string {
		zone := managedZoneOf(a)
		if zone == "" {
			return nil
		}
		return []string{zone + "/rrsets/" + recordName(a.String("name")) + "/" + a.String("type")}
	},
	Import: recordImport,
	// The records that every zone comes with.
	Default: func(it item[dns.ResourceRecordSet]) bool {
		return it.v.Type == "SOA" || it.v.Type == "NS" && it.v.Name == apexOf(it.conn, it.parent, "")
	},
	ChildOf: []resource.ChildOf{inManagedZone()},
	Fields: fields{
		"routing_policy.wrr":                                           from("wrr.items"),
		"routing_policy.geo":                                           from("geo.items"),
		"routing_policy.enable_geo_fencing":                            from("geo.enableFencing"),
		"routing_policy.primary_backup.primary":                        from("primaryTargets"),
		"routing_policy.primary_backup.backup_geo":                     from("backupGeoTargets.items"),
		"routing_policy.primary_backup.enable_geo_fencing_for_backups": from("backupGeoTargets.enableFencing"),
		"routing_policy.primary_backup.trickle_ratio":                  from("trickleTraffic"),
	},
	Map: func(it item[dns.ResourceRecordSet], a resource.Attrs) { a["managed_zone"] = base(it.parent) },
	Rules: func() map[string]resource.Rule {
		balancers := []string{
			"routing_policy.wrr.health_checked_targets.",
			"routing_policy.geo.health_checked_targets.",
			"routing_policy.primary_backup.primary.",
			"routing_policy.primary_backup.backup_geo.health_checked_targets.",
		}
		data := resource.Rule{Canon: recordData, Unordered: true}
		rules := map[string]resource.Rule{
			"name":                       dnsName(),
			"rrdatas":                    data,
			"routing_policy.wrr.rrdatas": data,
			"routing_policy.geo.rrdatas": data,
			"routing_policy.primary_backup.backup_geo.rrdatas": data,
			"routing_policy.geo":                       resource.Keyed("location"),
			"routing_policy.primary_backup.backup_geo": resource.Keyed("location"),
		}
		for _, at := range balancers {
			rules[at+"internal_load_balancers.load_balancer_type"] = resource.Default("none")
			rules[at+"external_endpoints"] = resource.Unordered()
		}
		return rules
	}(),
})

func dnsRecords() lister {
	return withApex(perParent("google_dns_record_set", inManagedZone(), keysOf(managedZones(), managedZoneID), func(zone string) listing {
		return listing{path: "dns/v1/" + zone + "/rrsets", key: "rrsets", limit: 1000}
	}))
}

// recordName is a name as join keys have it.
func recordName(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".") + "." }

// recordImport is the join key with the name as Cloud DNS writes it. The importer
// takes no name with a slash, which a delegated reverse zone has.
func recordImport(r *resource.Resource) string {
	name := r.Attrs.String("name")
	if name == "" || strings.Contains(name, "/") {
		return ""
	}
	return managedZoneOf(r.Attrs) + "/rrsets/" + name + "/" + r.Attrs.String("type")
}

// apexOf returns the name of a zone, which it takes from the first who says it.
func apexOf(c *conn, zone, name string) string {
	apex, _ := provider.Once(&c.memo, "apex "+zone, func() (string, error) { return name, nil })
	return apex
}

// withApex learns the name of each zone from its SOA record before it yields the
// zone's records.
func withApex(records lister) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			var zone []object
			flush := func() bool {
				for _, o := range zone {
					if !yield(o, nil) {
						return false
					}
				}
				zone = nil
				return true
			}
			for o, err := range records(ctx, c, q) {
				if (err != nil || len(zone) > 0 && zone[0].parent != o.parent) && !flush() {
					return
				}
				if err != nil {
					yield(o, err)
					return
				}
				var record struct{ Name, Type string }
				if json.Unmarshal(o.body, &record) == nil && record.Type == "SOA" {
					apexOf(c, o.parent, record.Name)
				}
				zone = append(zone, o)
			}
			flush()
		}
	}
}

// recordData gives one form to a record's data: case and the last dot of host
// names, the notation of IPv6 addresses, and how text is quoted and cut into
// pieces mean nothing.
func recordData(v any) any {
	s, ok := v.(string)
	switch {
	case !ok:
		return v
	case strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) && len(s) > 1:
		return strings.ReplaceAll(s[1:len(s)-1], `" "`, "")
	case strings.HasSuffix(s, "."):
		return strings.TrimSuffix(strings.ToLower(s), ".")
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.String()
	}
	return s
}
