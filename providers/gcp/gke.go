package gcp

import (
	"regexp"
	"strings"
)

// gkeNames are the names that GKE, its Ingress, Gateway and Service controllers
// give to firewalls and to the parts of load balancers: they hold the hash of a
// cluster or the id of a service.
// Source: https://docs.cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules,
// the naming schemes of github.com/kubernetes/ingress-gce
var gkeNames = regexp.MustCompile(strings.Join([]string{
	`^gke-(.+-)?[0-9a-f]{8}-`,          // gke-CLUSTER-HASH-vms
	`^gke(gw|mcg|mcs)[0-9]-|^gsmrsvd-`, // gateways, fleets and meshes
	`^mcrt-[0-9a-f]{8}-`,               // a ManagedCertificate
	`^k8s[0-9]-`,                       // k8s2-CLUSTER-NAMESPACE-NAME-HASH
	`^k8s-(be|fw|fws|ig|rm|ssl|tp|tps|um)-(.*-)?-[0-9a-f]`, // k8s-be-30080--CLUSTER
	`^k8s-[0-9a-f]{16}-`,                        // k8s-CLUSTER-node-http-hc
	`^(k8s-fw-|k8s-)?a[0-9a-f]{31}(-hc|-ilb)?$`, // k8s-fw-SERVICE
}, "|"))

// ofGKE reports whether GKE made something by itself: nobody is to manage it.
func ofGKE(name, description string) bool {
	return gkeNames.MatchString(name) ||
		strings.Contains(description, "kubernetes.io/") || strings.Contains(description, "networking.gke.io/")
}
