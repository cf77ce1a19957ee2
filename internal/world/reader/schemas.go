package reader

import "github.com/driftmgr/driftmgr/pkg/schema"

// Schemas are the schemas of terraform-provider-world's types, and of no others:
// for who compares or writes an inventory without the binary's embedded ones.
func Schemas() *schema.Schemas {
	return schema.New(map[string]map[string][2]string{
		"world_server": {
			"id":             {"string", "C"},
			"name":           {"string", "R"},
			"size":           {"string", "OC"},
			"tags":           {"map(string)", "O"},
			"password":       {"string", "OS"},
			"ip":             {"string", "C"},
			"token":          {"string", "CS"},
			"disks":          {"list(object(object))", "O"},
			"disks.size":     {"number", "R"},
			"disks.kind":     {"string", "OC"},
			"network":        {"object(object)", "O"},
			"network.subnet": {"string", "R"},
			"network.public": {"bool", "O"},
			"rules":          {"set(object(object))", "O"},
			"rules.port":     {"number", "R"},
			"rules.cidr":     {"string", "R"},
		},
		"world_record": {
			"id":    {"string", "C"},
			"name":  {"string", "R"},
			"value": {"string", "R"},
			"ttl":   {"number", "O"},
		},
		"world_bucket": {
			"id":         {"string", "C"},
			"name":       {"string", "R"},
			"versioning": {"bool", "O"},
		},
	})
}
