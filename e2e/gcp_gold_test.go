//go:build e2e

package e2e

import "testing"

// gcpTerraformCalls is what one `terraform plan -refresh-only` makes in Google
// Cloud's gold world.
const gcpTerraformCalls = 77

const gcpProject = "acme-prod"

func gcpReading() reading {
	return reading{
		shows: []shown{
			{"google_container_cluster", "node_pool", "google_container_node_pool"},
		},
		collections: map[string]string{
			"b":               "google_storage_bucket",
			"firewalls":       "google_compute_firewall",
			"instances":       "google_compute_instance",
			"serviceAccounts": "google_service_account",
		},
		same: []string{"noise_"}, // a link's host and version mean nothing
		silent: map[string]string{
			"instance_stopped": "whether an instance runs is its status, which nobody configures here",
		},
	}
}

func startGCP(t *testing.T, args ...string) *estate {
	t.Helper()
	return startEstate(t, "gcp", "serve.py", args...)
}

func gcpEnvironment(t *testing.T, endpoint string) {
	t.Helper()
	isolate(t, "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "DRIFTMGR_PROVIDERS_GCP_")
	t.Setenv("DRIFTMGR_PROVIDERS_GCP_ENDPOINT", endpoint)
	t.Setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "not-a-token")
}

// TestGCPGold compares driftmgr's verdict with that of Terraform's google provider:
// by the lists of each service alone, with the Cloud Asset Inventory beside them,
// and with the inventory before them.
func TestGCPGold(t *testing.T) {
	e := startGCP(t)
	closed := map[string]string{"DRIFTMGR_PROVIDERS_GCP_ENDPOINT": "http://127.0.0.1:1"}

	t.Run("readers", func(t *testing.T) { everyTypeRead(t, e, 59) })
	t.Run("lists alone", func(t *testing.T) {
		gcpEnvironment(t, e.endpoint)
		t.Run("clean", func(t *testing.T) {
			r, calls := cleanRuns(t, e, closed)
			sameCount(t, r, calls, gcpTerraformCalls)
		})
		gcpReading().mutated(t, e)
	})
	a := newAssetInventory(t, e)
	t.Run("asset inventory beside", func(t *testing.T) {
		gcpEnvironment(t, a.URL)
		t.Run("clean", func(t *testing.T) {
			r, calls := cleanRuns(t, e, closed)
			sameCount(t, r, calls, gcpTerraformCalls)
		})
		t.Run("pages of seven", func(t *testing.T) {
			a.page = 7
			defer func() { a.page = 0 }()
			e.renew(t)
			nothing(t, detect(t, e.state()))
		})
		gcpReading().mutated(t, e)
	})
	t.Run("asset inventory before", func(t *testing.T) {
		gcpEnvironment(t, a.URL)
		t.Setenv("DRIFTMGR_PROVIDERS_GCP_ASSET_INVENTORY", "true")
		t.Run("clean", func(t *testing.T) {
			r, calls := cleanRuns(t, e, closed)
			sameCount(t, r, calls, gcpTerraformCalls)
			if len(calls) > gcpTerraformCalls/2 {
				t.Errorf("%d API calls, at most half of Terraform's %d are wanted", len(calls), gcpTerraformCalls)
			}
		})
		// An inventory that lags may not know of a change yet; it may not tell of one
		// that is over.
		for _, name := range []string{"many", "unmanaged_instance", "iam_member_removed", "subscription_topic_deleted"} {
			t.Run("minutes behind "+name, func(t *testing.T) {
				e.renew(t)
				e.mutate(t, name)
				a.behind = e.world(t)
				defer func() { a.behind = nil }()
				e.renew(t)
				nothing(t, detect(t, e.state()))
			})
		}
		gcpReading().mutated(t, e)
	})
}
