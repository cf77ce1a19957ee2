package gcp

import (
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeTargetHTTPSProxy = define(spec[compute.TargetHttpsProxy]{
	Name:    "google_compute_target_https_proxy",
	Asset:   "compute.googleapis.com/TargetHttpsProxy",
	Actions: []string{"compute.targetHttpsProxies.list"},
	List:    everywhere("targetHttpsProxies"),
	Confirm: "compute.targetHttpsProxies.get",
	Keep:    func(it item[compute.TargetHttpsProxy]) bool { return it.v.Region == "" },
	Default: func(it item[compute.TargetHttpsProxy]) bool { return ofGKE(it.v.Name, it.v.Description) },
	Fields: fields{
		"proxy_id":                         field{from: "id", keep: true},
		"certificate_manager_certificates": from("sslCertificates"),
		"quic_override":                    field{}.orElse("NONE"),
	},
	Rules: map[string]resource.Rule{"proxy_id": resource.Identity()},
	Map:   certificatesOf,
})

// certificatesOf takes the certificates, which the API has in one list, for those
// of Compute or of the Certificate Manager: they are never mixed.
func certificatesOf(it item[compute.TargetHttpsProxy], a resource.Attrs) {
	other := "certificate_manager_certificates"
	if c := it.v.SslCertificates; len(c) > 0 && strings.Contains(c[0], "//certificatemanager.") {
		other = "ssl_certificates"
	}
	a[other] = nil
}
