package gcp

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestMeaning(t *testing.T) {
	canon := func(r resource.Rule) func(any) any { return r.Canon }
	block := func(kv ...any) []any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return []any{m}
	}
	tests := []struct {
		name string
		of   func(any) any
		a, b any
		same bool
	}{
		{"a day in seconds", canon(sameDuration()), "86400s", "1d", true},
		{"a day in hours", canon(sameDuration()), "24h0m0s", "86400s", true},
		{"two durations", canon(sameDuration()), "60s", "61s", false},
		{"no duration", canon(sameDuration()), "soon", "soon", true},

		{"a block of defaults", canon(noBlock(map[string]any{"mode": "OFF"})), block("mode", "OFF", "on", false), block("mode", "", "on", nil), true},
		{"a block that says something", canon(noBlock(map[string]any{"mode": "OFF"})), block("mode", "ON"), block("mode", "OFF"), false},

		{"text in pieces", recordData, `"v=DKIM1; p=ab" "cd"`, `"v=DKIM1; p=abcd"`, true},
		{"text without quotes", recordData, `v=spf1`, `"v=spf1"`, true},
		{"the case of text", recordData, `"Key"`, `"key"`, false},
		{"a host name", recordData, "10 Mail.acme.example.", "10 mail.acme.example", true},
		{"an IPv6 address", recordData, "2001:0db8::0:1", "2001:db8::1", true},
		{"two addresses", recordData, "192.0.2.1", "192.0.2.2", false},

		{"columns in another order", canon(resource.CanonString(canonSchema)), `[{"name":"a","type":"STRING"},{"name":"b","type":"INT64"}]`, `[{"type":"INTEGER","name":"b","mode":"NULLABLE"},{"name":"a","type":"string","policyTags":{"names":[]}}]`, true},
		{"a column that must be there", canon(resource.CanonString(canonSchema)), `[{"name":"a","type":"STRING"}]`, `[{"name":"a","type":"STRING","mode":"REQUIRED"}]`, false},
		{"an inner column", canon(resource.CanonString(canonSchema)), `[{"name":"a","type":"RECORD","fields":[{"name":"b","type":"BOOL"}]}]`, `[{"name":"a","type":"STRUCT","fields":[{"name":"b","type":"BOOLEAN"}]}]`, true},
		{"an inner column's type", canon(resource.CanonString(canonSchema)), `[{"name":"a","type":"RECORD","fields":[{"name":"b","type":"BOOL"}]}]`, `[{"name":"a","type":"RECORD","fields":[{"name":"b","type":"STRING"}]}]`, false},
		{"no columns", canon(resource.CanonString(canonSchema)), "null", "[]", true},

		{"a connection's two names", canon(connectionID()), "acme.US.c", "projects/acme/locations/us/connections/c", true},
		{"two connections", canon(connectionID()), "acme.us.c", "acme.us.d", false},

		{"the order of a recurrence", canon(recurrence()), "FREQ=WEEKLY;BYDAY=SU", "BYDAY=SU;FREQ=WEEKLY", true},
		{"a basic role", canon(resource.CanonString(datasetRole)), "READER", "roles/bigquery.dataViewer", true},
		{"a secret label", canon(withoutSecrets()), map[string]any{"url": "https://x?auth_token=a"}, map[string]any{"url": "https://x?auth_token=b", "password": "c"}, true},
		{"another address", canon(withoutSecrets()), map[string]any{"url": "https://x"}, map[string]any{"url": "https://y"}, false},
		{"a header of the service", ownHeaders, map[string]any{"Accept": "x"}, map[string]any{"Accept": "x", "User-Agent": "Google-Cloud-Scheduler", "authorization": "y"}, true},
		{"a header of one's own", ownHeaders, map[string]any{"Accept": "x"}, map[string]any{"Accept": "y"}, false},
		{"a taint of GKE", ownTaints, []any{}, block("key", "nvidia.com/gpu", "value", "present"), true},
		{"a taint of one's own", ownTaints, []any{}, block("key", "dedicated"), false},
		{"a mark of a revision", canon(cloudRunV2Service.Rules["template.labels"]), map[string]any{"env": "prod"}, map[string]any{"env": "prod", "client.knative.dev/nonce": "x"}, true},
		{"a label of a revision", canon(cloudRunV2Service.Rules["template.labels"]), map[string]any{"env": "prod"}, map[string]any{"env": "dev"}, false},
		{"networks that let nobody in", restricted, []any{}, block("cidr_blocks", nil), false},
		{"networks", restricted, block("cidr_blocks", "x"), block("cidr_blocks", "x"), true},
		{"a restriction that restricts nothing", restrictions, block("default_kms_key_name", "k", "google_managed_encryption_enforcement_config", nil), block("default_kms_key_name", "k", "google_managed_encryption_enforcement_config", block("restriction_mode", "NotRestricted")), true},
		{"a restriction", restrictions, block("google_managed_encryption_enforcement_config", nil), block("google_managed_encryption_enforcement_config", block("restriction_mode", "FullyRestricted")), false},
		{"a pool of auto-provisioning", ownPools, []any{}, block("name", "nap-1"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if a, b := resource.Text(tt.of(tt.a)), resource.Text(tt.of(tt.b)); (a == b) != tt.same {
				t.Errorf("%s and %s: same is %v", a, b, a == b)
			}
		})
	}
}

func TestMinorVersionOf8(t *testing.T) {
	tests := map[[2]string]bool{
		{"MYSQL_8_0", "MYSQL_8_0_40"}:    true,
		{"MYSQL_8_0_37", "MYSQL_8_0_40"}: true,
		{"MYSQL_8_0_40", "MYSQL_8_0_37"}: false,
		{"MYSQL_8_0", "MYSQL_8_4"}:       false,
		{"POSTGRES_15", "POSTGRES_16"}:   false,
	}
	for versions, want := range tests {
		if got := minorVersionOf8(versions[0], versions[1]); got != want {
			t.Errorf("%v: %v", versions, got)
		}
	}
}

func TestSameReplica(t *testing.T) {
	tests := map[[2]string]bool{
		{"acme-prod:main", "main"}:            true,
		{"main", "acme-prod:main"}:            true,
		{"acme-prod:main", "acme-prod:other"}: false,
		{"main", "domain"}:                    false,
		{"main", ""}:                          false,
	}
	for names, want := range tests {
		if got := sameReplica(names[0], names[1]); got != want {
			t.Errorf("%v: %v", names, got)
		}
	}
}
