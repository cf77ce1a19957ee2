package azure

import "testing"

// The halves of an association's id are the objects' own, in any case.
func TestAssociationOfTwo(t *testing.T) {
	const group = "/subscriptions/" + sub1 + "/resourceGroups/rg/providers/Microsoft.Network"
	const gateway, ip = group + "/natGateways/ng", group + "/publicIPAddresses/"
	w := newWorld(t)
	w.on("/subscriptions/"+sub1+"/providers/Microsoft.Network/natGateways", listed(map[string]any{
		"id": "/subscriptions/" + sub1 + "/resourceGroups/RG/providers/Microsoft.Network/natGateways/ng", "name": "ng",
		"properties": map[string]any{"publicIpAddresses": []any{map[string]any{"id": ip + "here"}, map[string]any{"id": ip + "shadow"}}},
	}))
	const typ = "azurerm_nat_gateway_public_ip_association"
	r := w.look(t, true, nil, held("azurerm_nat_gateway", gateway), held(typ, gateway+"|"+ip+"here"), held(typ, gateway+"|"+ip+"gone"))
	r.tells(t, "missing "+typ+".gone", "unmanaged /subscriptions/"+sub1+"/resourceGroups/RG/providers/Microsoft.Network/natGateways/ng|"+ip+"shadow")
}
