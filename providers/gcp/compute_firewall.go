package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeFirewall = define(spec[compute.Firewall]{
	Name:    "google_compute_firewall",
	Asset:   "compute.googleapis.com/Firewall",
	Actions: []string{"compute.firewalls.list"},
	List:    global("firewalls"),
	// Those of the network that comes with a project, and of GKE and its load
	// balancers.
	Default: func(it item[compute.Firewall]) bool {
		return base(it.v.Network) == "default" && hasPrefix(it.v.Name, "default-allow-") || hasPrefix(it.v.Name, "gke-", "k8s-")
	},
	Fields: fields{
		"allow":          from("allowed"),
		"deny":           from("denied"),
		"allow.protocol": from("IPProtocol").lower(),
		"deny.protocol":  from("IPProtocol").lower(),
		"params":         skip(),
	},
	// The block says that there is logging; the API that there is none.
	Map: func(it item[compute.Firewall], a resource.Attrs) {
		if it.v.LogConfig == nil || !it.v.LogConfig.Enable {
			a["log_config"] = nil
		}
	},
})
