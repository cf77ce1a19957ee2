package azure

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func zoneID(kind, name string) string {
	return "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Network/" + kind + "/" + name
}

// However many kinds of records the states hold, a zone is read once; a record that
// nobody manages is told of in the zones that somebody does.
func TestRecordsOfAZone(t *testing.T) {
	for kind, list := range map[string]string{"dnsZones": "/recordsets", "privateDnsZones": "/ALL"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			ours, nobodys := zoneID(kind, "ours.example"), zoneID(kind, "nobodys.example")
			w.on("/subscriptions/"+sub1+"/providers/Microsoft.Network/"+kind, listed(thing(ours)))
			w.on(ours+list, listed(thing(ours+"/A/www"), thing(ours+"/TXT/www"), thing(ours+"/MX/shadow"), thing(ours+"/SOA/@")))
			w.on(nobodys+list, listed(thing(nobodys+"/A/www"), thing(nobodys+"/A/shadow")))
			zone, record := "azurerm_dns_zone", "azurerm_dns_"
			if kind == "privateDnsZones" {
				zone, record = "azurerm_private_dns_zone", "azurerm_private_dns_"
			}

			r := w.look(t, true, nil,
				held(zone, ours), held(record+"a_record", ours+"/A/www"), held(record+"txt_record", ours+"/TXT/www"), held(record+"cname_record", ours+"/CNAME/www"),
				held(record+"a_record", nobodys+"/A/www"))
			r.tells(t, "missing "+record+"cname_record.www", "unmanaged "+ours+"/MX/shadow")
			if n := w.count("GET " + ours + list); n != 1 {
				t.Errorf("the zone was read %d times: %q", n, w.calls)
			}
		})
	}
}

// Without the zone's records nothing is known of any of them.
func TestRecordsDenied(t *testing.T) {
	w := newWorld(t)
	zone := zoneID("dnsZones", "ours.example")
	w.on(zone+"/recordsets", refuse(403, "AuthorizationFailed"))
	r := w.look(t, false, nil, held("azurerm_dns_a_record", zone+"/A/www"), held("azurerm_dns_mx_record", zone+"/MX/@"))
	r.tells(t, "unchecked azurerm_dns_a_record.www", "unchecked azurerm_dns_mx_record.@")
}

func TestRecordsOfAZoneThatIsGone(t *testing.T) {
	w := newWorld(t)
	zone := zoneID("dnsZones", "gone.example")
	w.on(zone+"/recordsets", refuse(404, "ParentResourceNotFound"))
	w.look(t, false, nil, held("azurerm_dns_a_record", zone+"/A/www")).tells(t, "missing azurerm_dns_a_record.www")
}

// A database server inside of a network writes its own address into its zone.
func TestRecordsOfServers(t *testing.T) {
	record := func(zone, name string) map[string]any {
		r := thing(zone + "/A/" + name)
		r["properties"] = map[string]any{"aRecords": []any{map[string]any{"ipv4Address": "10.0.0.4"}}}
		return r
	}
	w := newWorld(t)
	servers, endpoints := zoneID("privateDnsZones", "app.private.postgres.database.azure.com"), zoneID("privateDnsZones", "privatelink.postgres.database.azure.com")
	w.on(servers+"/ALL", listed(record(servers, "c0ffee123456")))
	w.on(endpoints+"/ALL", listed(record(endpoints, "ours"), record(endpoints, "byhand")))
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Network/privateDnsZones", listed(thing(servers), thing(endpoints)))
	zones := []resource.Managed{held("azurerm_private_dns_zone", servers), held("azurerm_private_dns_zone", endpoints)}
	w.look(t, true, nil, append(zones, held("azurerm_private_dns_a_record", endpoints+"/A/ours"))...).tells(t, "unmanaged "+endpoints+"/A/byhand")
	// Who manages no record is not told of any.
	w.look(t, true, nil, zones...).tells(t)
}
