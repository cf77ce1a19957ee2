package gcp

import (
	"testing"

	"google.golang.org/api/storage/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestIPFilter(t *testing.T) {
	tests := map[string]struct {
		listed *storage.BucketIpFilter
		answer string
		want   string
	}{
		"no filter":                 {nil, "", "{}"},
		"one that is switched off":  {&storage.BucketIpFilter{Mode: "Disabled"}, "", "{}"},
		"one that may not be read":  {&storage.BucketIpFilter{Mode: "Enabled"}, `{"ipFilter":{"mode":"Enabled"}}`, `{"ip_filter":[{"mode":"Enabled"}]}`},
		"one that is hidden wholly": {&storage.BucketIpFilter{Mode: "Enabled"}, `{}`, "{}"},
		"one of a network": {
			&storage.BucketIpFilter{Mode: "Enabled"}, `{"ipFilter":{"mode":"Enabled","vpcNetworkSources":[{"network":"n","allowedIpCidrRanges":["r"]}]}}`,
			`{"ip_filter":[{"allow_all_service_agent_access":false,"allow_cross_org_vpcs":false,"mode":"Enabled","public_network_source":null,"vpc_network_sources":[{"allowed_ip_cidr_ranges":["r"],"network":"n"}]}]}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := project(t, byPath{"/storage/v1/b/x": tt.answer})
			a, err := ipFilter(t.Context(), c, item[storage.Bucket]{conn: c, v: &storage.Bucket{Name: "x", IpFilter: tt.listed}})
			if err != nil {
				t.Fatal(err)
			}
			if got := resource.Text(map[string]any(resource.Normalize(a))); got != tt.want && (got != "null" || tt.want != "{}") {
				t.Errorf("read %s, want %s", got, tt.want)
			}
		})
	}
}

func TestBucketsOfServices(t *testing.T) {
	for name, tt := range map[string]struct {
		bucket storage.Bucket
		want   bool
	}{
		"Composer's":  {storage.Bucket{Name: "us-central1-etl-1a2b3c4d-bucket", Labels: map[string]string{"goog-composer-environment": "etl"}}, true},
		"Cloud Build": {storage.Bucket{Name: "acme-prod_cloudbuild"}, true},
		"one's own":   {storage.Bucket{Name: "etl-bucket", Labels: map[string]string{"env": "prod"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := project(t, byPath{})
			if got := servicesBucket(c.project, &tt.bucket); got != tt.want {
				t.Errorf("a service's: %v", got)
			}
		})
	}
}
