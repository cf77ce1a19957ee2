package gcp

import "testing"

func TestOfGKE(t *testing.T) {
	for _, tc := range []struct {
		name, description string
		want              bool
	}{
		{"gke-main-3f1c2b7a-vms", "", true},
		{"gke-3f1c2b7a-ipv6-all", "", true},
		{"gkegw1-l7-prod-vpc-global", "", true},
		{"gkemcg1-store-external-http-a5et3e3itxsv", "", true},
		{"gsmrsvd-rzpa7sugpfgdc5rx7tnx4r-web", "", true},
		{"k8s2-um-x1c2b7a9-default-web-0f1c2b7a", "", true},
		{"k8s1-3f1c2b7a-default-web-80-0f1c2b7a", "", true},
		{"k8s-be-30080--0f1c2b7a9d3e4f50", "", true},
		{"k8s-ig--0f1c2b7a9d3e4f50", "", true},
		{"k8s-um-a-namespace-and-the-name-of-an-ingress-that-is-cut--0f1", "", true},
		{"k8s-fw-l7--0f1c2b7a9d3e4f50", "", true},
		{"k8s-0f1c2b7a9d3e4f50-node-http-hc", "", true},
		{"k8s-fw-a0f1c2b7a9d3e4f500f1c2b7a9d3e4f5", "", true},
		{"a0f1c2b7a9d3e4f500f1c2b7a9d3e4f5", "", true},
		{"web", `{"kubernetes.io/service-name":"default/web"}`, true},
		{"web", "The site", false},
		{"gke-allow-all", "", false},
		{"k8s-api", "", false},
		{"k8s-fw-allow-all", "", false},
		{"allow-all", "", false},
	} {
		if got := ofGKE(tc.name, tc.description); got != tc.want {
			t.Errorf("ofGKE(%q, %q) = %t", tc.name, tc.description, got)
		}
	}
}
