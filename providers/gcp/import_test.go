package gcp

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// imports are the documented forms of import ids, by type, each with the id of one
// resource of the type's fixture. Forms: the section "Import" of the type's page in
// website/docs/r of github.com/hashicorp/terraform-provider-google, " or " between
// two. That of the regional instance groups is the importer's: the page has only the
// name, to which the provider adds its own region.
var imports = map[string][2]string{
	"google_artifact_registry_repository":                   {"projects/{{project}}/locations/{{location}}/repositories/{{repository_id}}", "projects/acme-prod/locations/europe-west1/repositories/all"},
	"google_bigquery_dataset":                               {"projects/{{project}}/datasets/{{dataset_id}}", "projects/acme-prod/datasets/analytics"},
	"google_bigquery_table":                                 {"projects/{{project}}/datasets/{{dataset_id}}/tables/{{table_id}}", "projects/acme-prod/datasets/analytics/tables/events"},
	"google_cloud_run_v2_service":                           {"projects/{{project}}/locations/{{location}}/services/{{name}}", "projects/acme-prod/locations/europe-west1/services/shop"},
	"google_cloud_run_v2_service_iam_binding":               {"projects/{{project}}/locations/{{location}}/services/{{name}} {{role}}", "projects/acme-prod/locations/us-central1/services/api roles/run.invoker"},
	"google_cloud_run_v2_service_iam_member":                {"projects/{{project}}/locations/{{location}}/services/{{name}} {{role}} {{member}}", "projects/acme-prod/locations/us-central1/services/api roles/run.invoker allUsers"},
	"google_cloud_scheduler_job":                            {"projects/{{project}}/locations/{{region}}/jobs/{{name}}", "projects/acme-prod/locations/europe-west1/jobs/report"},
	"google_cloud_tasks_queue":                              {"projects/{{project}}/locations/{{location}}/queues/{{name}}", "projects/acme-prod/locations/europe-west1/queues/push"},
	"google_compute_address":                                {"projects/{{project}}/regions/{{region}}/addresses/{{name}}", "projects/acme-prod/regions/us-central1/addresses/by-hand"},
	"google_compute_attached_disk":                          {"projects/{{project}}/zones/{{zone}}/instances/{{instance.name}}/{{disk.name}}", "projects/acme-prod/zones/us-central1-a/instances/app-1/app-data"},
	"google_compute_backend_bucket":                         {"projects/{{project}}/global/backendBuckets/{{name}}", "projects/acme-prod/global/backendBuckets/assets-backend"},
	"google_compute_backend_service":                        {"projects/{{project}}/global/backendServices/{{name}}", "projects/acme-prod/global/backendServices/mesh-backend"},
	"google_compute_disk":                                   {"projects/{{project}}/zones/{{zone}}/disks/{{name}}", "projects/acme-prod/zones/us-central1-b/disks/sealed"},
	"google_compute_disk_resource_policy_attachment":        {"projects/{{project}}/zones/{{zone}}/disks/{{disk}}/{{name}}", "projects/acme-prod/zones/us-central1-a/disks/db-data/daily-snapshots"},
	"google_compute_firewall":                               {"projects/{{project}}/global/firewalls/{{name}}", "projects/acme-prod/global/firewalls/allow-app"},
	"google_compute_forwarding_rule":                        {"projects/{{project}}/regions/{{region}}/forwardingRules/{{name}}", "projects/acme-prod/regions/europe-west1/forwardingRules/by-hand"},
	"google_compute_global_address":                         {"projects/{{project}}/global/addresses/{{name}}", "projects/acme-prod/global/addresses/lb-ip"},
	"google_compute_global_forwarding_rule":                 {"projects/{{project}}/global/forwardingRules/{{name}}", "projects/acme-prod/global/forwardingRules/mesh"},
	"google_compute_health_check":                           {"projects/{{project}}/global/healthChecks/{{name}}", "projects/acme-prod/global/healthChecks/hc-grpc"},
	"google_compute_image":                                  {"projects/{{project}}/global/images/{{name}}", "projects/acme-prod/global/images/golden-v1"},
	"google_compute_instance":                               {"projects/{{project}}/zones/{{zone}}/instances/{{name}}", "projects/acme-prod/zones/us-central1-a/instances/app-1"},
	"google_compute_instance_group_manager":                 {"projects/{{project}}/zones/{{zone}}/instanceGroupManagers/{{name}}", "projects/acme-prod/zones/us-central1-a/instanceGroupManagers/scaled"},
	"google_compute_instance_template":                      {"projects/{{project}}/global/instanceTemplates/{{name}}", "projects/acme-prod/global/instanceTemplates/batch-20260220090203004500000001"},
	"google_compute_network":                                {"projects/{{project}}/global/networks/{{name}}", "projects/acme-prod/global/networks/legacy"},
	"google_compute_region_backend_service":                 {"projects/{{project}}/regions/{{region}}/backendServices/{{name}}", "projects/acme-prod/regions/us-central1/backendServices/ha"},
	"google_compute_region_disk":                            {"projects/{{project}}/regions/{{region}}/disks/{{name}}", "projects/acme-prod/regions/us-central1/disks/shared"},
	"google_compute_region_disk_resource_policy_attachment": {"projects/{{project}}/regions/{{region}}/disks/{{disk}}/{{name}}", "projects/acme-prod/regions/us-central1/disks/db-1/daily-snapshots"},
	"google_compute_region_health_check":                    {"projects/{{project}}/regions/{{region}}/healthChecks/{{name}}", "projects/acme-prod/regions/us-central1/healthChecks/hc-http"},
	"google_compute_region_instance_group_manager":          {"projects/{{project}}/regions/{{region}}/instanceGroupManagers/{{name}}", "projects/acme-prod/regions/us-central1/instanceGroupManagers/front"},
	"google_compute_region_instance_template":               {"projects/{{project}}/regions/{{region}}/instanceTemplates/{{name}}", "projects/acme-prod/regions/us-central1/instanceTemplates/batch-regional"},
	"google_compute_region_target_http_proxy":               {"projects/{{project}}/regions/{{region}}/targetHttpProxies/{{name}}", "projects/acme-prod/regions/us-central1/targetHttpProxies/mesh"},
	"google_compute_region_target_https_proxy":              {"projects/{{project}}/regions/{{region}}/targetHttpsProxies/{{name}}", "projects/acme-prod/regions/us-central1/targetHttpsProxies/managed-certs"},
	"google_compute_region_url_map":                         {"projects/{{project}}/regions/{{region}}/urlMaps/{{name}}", "projects/acme-prod/regions/us-central1/urlMaps/to-https"},
	"google_compute_resource_policy":                        {"projects/{{project}}/regions/{{region}}/resourcePolicies/{{name}}", "projects/acme-prod/regions/us-central1/resourcePolicies/close"},
	"google_compute_resource_policy_attachment":             {"projects/{{project}}/zones/{{zone}}/instances/{{instance}}/{{name}}", "projects/acme-prod/zones/us-central1-a/instances/db-1/office-hours"},
	"google_compute_route":                                  {"projects/{{project}}/global/routes/{{name}}", "projects/acme-prod/global/routes/to-internet"},
	"google_compute_router":                                 {"projects/{{project}}/regions/{{region}}/routers/{{name}}", "projects/acme-prod/regions/europe-west1/routers/by-hand"},
	"google_compute_router_nat":                             {"projects/{{project}}/regions/{{region}}/routers/{{router}}/{{name}}", "projects/acme-prod/regions/us-central1/routers/prod-router/prod-nat"},
	"google_compute_router_nat_address":                     {"projects/{{project}}/regions/{{region}}/routers/{{router}}/{{router_nat}}", "projects/acme-prod/regions/us-central1/routers/prod-router/prod-nat"},
	"google_compute_security_policy":                        {"projects/{{project}}/global/securityPolicies/{{name}}", "projects/acme-prod/global/securityPolicies/edge"},
	"google_compute_security_policy_rule":                   {"projects/{{project}}/global/securityPolicies/{{security_policy}}/priority/{{priority}}", "projects/acme-prod/global/securityPolicies/edge/priority/1000"},
	"google_compute_snapshot":                               {"projects/{{project}}/global/snapshots/{{name}}", "projects/acme-prod/global/snapshots/app-data-base"},
	"google_compute_ssl_policy":                             {"projects/{{project}}/global/sslPolicies/{{name}}", "projects/acme-prod/global/sslPolicies/modern"},
	"google_compute_subnetwork":                             {"projects/{{project}}/regions/{{region}}/subnetworks/{{name}}", "projects/acme-prod/regions/europe-west1/subnetworks/proxy-europe-west1"},
	"google_compute_target_http_proxy":                      {"projects/{{project}}/global/targetHttpProxies/{{name}}", "projects/acme-prod/global/targetHttpProxies/mesh"},
	"google_compute_target_https_proxy":                     {"projects/{{project}}/global/targetHttpsProxies/{{name}}", "projects/acme-prod/global/targetHttpsProxies/managed-certs"},
	"google_compute_url_map":                                {"projects/{{project}}/global/urlMaps/{{name}}", "projects/acme-prod/global/urlMaps/cached"},
	"google_container_cluster":                              {"projects/{{project_id}}/locations/{{location}}/clusters/{{cluster_id}}", "projects/acme-prod/locations/europe-west1/clusters/prod"},
	"google_container_node_pool":                            {"{{project_id}}/{{location}}/{{cluster_id}}/{{pool_id}}", "acme-prod/europe-west1/prod/fixed"},
	"google_dns_managed_zone":                               {"projects/{{project}}/managedZones/{{name}}", "projects/acme-prod/managedZones/acme-example"},
	"google_dns_record_set":                                 {"projects/{{project}}/managedZones/{{zone}}/rrsets/{{name}}/{{type}}", "projects/acme-prod/managedZones/acme-example/rrsets/*.acme.example./CNAME"},
	"google_filestore_instance":                             {"projects/{{project}}/locations/{{location}}/instances/{{name}}", "projects/acme-prod/locations/us-central1-a/instances/share"},
	"google_kms_crypto_key":                                 {"projects/{{project}}/locations/{{location}}/keyRings/{{key_ring}}/cryptoKeys/{{name}}", "projects/acme-prod/locations/global/keyRings/signing/cryptoKeys/release"},
	"google_kms_crypto_key_iam_binding":                     {"{{project_id}}/{{location}}/{{key_ring_name}}/{{crypto_key_name}} {{role}}", "acme-prod/us-central1/main/data roles/cloudkms.cryptoKeyEncrypterDecrypter"},
	"google_kms_crypto_key_iam_member":                      {"{{project_id}}/{{location}}/{{key_ring_name}}/{{crypto_key_name}} {{role}} {{member}}", "acme-prod/us-central1/main/data roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:app-runtime@acme-prod.iam.gserviceaccount.com"},
	"google_kms_key_ring":                                   {"projects/{{project}}/locations/{{location}}/keyRings/{{name}}", "projects/acme-prod/locations/global/keyRings/signing"},
	"google_logging_project_sink":                           {"projects/{{project_id}}/sinks/{{name}}", "projects/acme-prod/sinks/audit"},
	"google_monitoring_alert_policy":                        {"projects/{{project}}/alertPolicies/{{name}}", "projects/acme-prod/alertPolicies/5683295239594112276"},
	"google_monitoring_notification_channel":                {"projects/{{project}}/notificationChannels/{{channel_id}}", "projects/acme-prod/notificationChannels/3469960856374460498"},
	"google_project_iam_binding":                            {"{{project_id}} {{role}}", "acme-prod projects/acme-prod/roles/bucketReader"},
	"google_project_iam_custom_role":                        {"projects/{{project}}/roles/{{role_id}}", "projects/acme-prod/roles/bucketReader"},
	"google_project_iam_member":                             {"{{project_id}} {{role}} {{member}}", "acme-prod projects/acme-prod/roles/bucketReader domain:acme.example"},
	"google_project_service":                                {"{{project_id}}/{{service}}", "acme-prod/run.googleapis.com"},
	"google_pubsub_subscription":                            {"projects/{{project}}/subscriptions/{{name}}", "projects/acme-prod/subscriptions/orders-files"},
	"google_pubsub_topic":                                   {"projects/{{project}}/topics/{{name}}", "projects/acme-prod/topics/events"},
	"google_pubsub_topic_iam_binding":                       {"projects/{{project}}/topics/{{topic}} {{role}}", "projects/acme-prod/topics/orders roles/pubsub.publisher"},
	"google_pubsub_topic_iam_member":                        {"projects/{{project}}/topics/{{topic}} {{role}} {{member}}", "projects/acme-prod/topics/orders roles/pubsub.publisher serviceAccount:app-runtime@acme-prod.iam.gserviceaccount.com"},
	"google_redis_instance":                                 {"projects/{{project}}/locations/{{region}}/instances/{{name}}", "projects/acme-prod/locations/europe-west1/instances/sessions"},
	"google_secret_manager_secret":                          {"projects/{{project}}/secrets/{{secret_id}}", "projects/acme-prod/secrets/api-key"},
	"google_secret_manager_secret_iam_binding":              {"projects/{{project}}/secrets/{{secret_id}} {{role}}", "projects/acme-prod/secrets/db-password roles/secretmanager.viewer until summer"},
	"google_secret_manager_secret_iam_member":               {"projects/{{project}}/secrets/{{secret_id}} {{role}} {{member}}", "projects/acme-prod/secrets/db-password roles/secretmanager.viewer group:ops@acme.example until summer"},
	"google_secret_manager_secret_version":                  {"projects/{{project}}/secrets/{{secret_id}}/versions/{{version}}", "projects/acme-prod/secrets/api-key/versions/1"},
	"google_service_account":                                {"projects/{{project_id}}/serviceAccounts/{{email}}", "projects/acme-prod/serviceAccounts/app-runtime@acme-prod.iam.gserviceaccount.com"},
	"google_service_account_iam_binding":                    {"projects/{{project_id}}/serviceAccounts/{{service_account_email}} {{role}}", "projects/acme-prod/serviceAccounts/app-runtime@acme-prod.iam.gserviceaccount.com roles/iam.serviceAccountUser"},
	"google_service_account_iam_member":                     {"projects/{{project_id}}/serviceAccounts/{{service_account_email}} {{role}} {{member}}", "projects/acme-prod/serviceAccounts/app-runtime@acme-prod.iam.gserviceaccount.com roles/iam.serviceAccountUser serviceAccount:ci-deploy@acme-prod.iam.gserviceaccount.com"},
	"google_sql_database":                                   {"projects/{{project}}/instances/{{instance}}/databases/{{name}}", "projects/acme-prod/instances/main-pg/databases/app"},
	"google_sql_database_instance":                          {"projects/{{project}}/instances/{{name}}", "projects/acme-prod/instances/main-pg"},
	"google_sql_user":                                       {"{{project_id}}/{{instance}}/{{host}}/{{name}} or {{project_id}}/{{instance}}/{{name}}", "acme-prod/shop-mysql/10.0.0.5/shop"},
	"google_storage_bucket":                                 {"{{project_id}}/{{bucket}}", "acme-prod/acme-prod-archive"},
	"google_storage_bucket_iam_binding":                     {"b/{{bucket}} {{role}}", "b/acme-prod-assets roles/storage.objectViewer"},
	"google_storage_bucket_iam_member":                      {"b/{{bucket}} {{role}} {{member}}", "b/acme-prod-assets roles/storage.objectAdmin serviceAccount:ci-deploy@acme-prod.iam.gserviceaccount.com until summer"},
}

// noImport are the types and the fixtures' resources that cannot be imported, with
// the reason. Every type of types.go has an importer.
var noImport = map[string]string{
	"google_project_iam_member projects/acme-prod/projects/acme-prod/roles/bucketReader/deleted:serviceAccount:gone@acme-prod.iam.gserviceaccount.com?uid=115302718846920174433": "the provider refuses principals that were deleted",
}

func TestImportIDs(t *testing.T) {
	known := map[string]bool{}
	for _, k := range kinds() {
		known[k.Name] = true
		t.Run(k.Name, func(t *testing.T) {
			want, ok := imports[k.Name]
			if !ok {
				if noImport[k.Name] == "" {
					t.Fatal("neither a documented import id nor a reason why there is none")
				}
				return
			}
			ids := map[string]string{}
			for _, r := range ofFixture(t, k.Name) {
				id := k.ImportID(&r)
				if never := noImport[k.Name+" "+r.Key.ID] != ""; never || id == "" {
					if id != "" || !never {
						t.Errorf("%s is imported as %q", r.Key.ID, id)
					}
					continue
				}
				if form := documented(want[0], r.Attrs.Block("condition") != nil); !form.MatchString(id) {
					t.Errorf("%s is imported as %q, documented is %s", r.Key.ID, id, want[0])
				}
				if other := ids[id]; other != "" {
					t.Errorf("%s and %s are both imported as %q", other, r.Key.ID, id)
				}
				ids[id] = r.Key.ID
			}
			if ids[want[1]] == "" {
				t.Errorf("no resource is imported as %q: %q", want[1], ids)
			}
		})
	}
	for name := range imports {
		if !known[name] {
			t.Errorf("%s is none of types.go", name)
		}
	}
}

// ofFixture returns the resources that a type's fixture says are read.
func ofFixture(t *testing.T, name string) []resource.Resource {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		ID    string         `json:"id"`
		Attrs resource.Attrs `json:"attrs"`
	}
	for _, f := range archive.Files {
		if f.Name == "want.json" {
			if err := json.Unmarshal(f.Data, &want); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out []resource.Resource
	for _, w := range want {
		out = append(out, resource.Resource{Key: resource.Key{Type: name, Account: "acme-prod", ID: w.ID}, Attrs: w.Attrs})
	}
	return out
}

// documented makes a pattern of a documented form. The title of a condition comes
// last.
func documented(form string, condition bool) *regexp.Regexp {
	var forms []string
	for f := range strings.SplitSeq(form, " or ") {
		if condition {
			f += " {{title}}"
		}
		f = regexp.MustCompile(`\\{\\{(role|member)\\}\\}`).ReplaceAllLiteralString(regexp.QuoteMeta(f), `\S+`)
		f = strings.ReplaceAll(f, `\{\{title\}\}`, `\S.*`)
		forms = append(forms, regexp.MustCompile(`\\{\\{.+?\\}\\}`).ReplaceAllLiteralString(f, `[^/\s]+`))
	}
	return regexp.MustCompile("^(" + strings.Join(forms, "|") + ")$")
}

func TestImportIDsOfOddNames(t *testing.T) {
	type A = resource.Attrs
	condition := func(title string) []any { return []any{map[string]any{"title": title, "expression": "e"}} }
	tests := map[string]struct {
		of    resource.Type
		id    string
		attrs A
		want  string
	}{
		"a router called nats in a project called nats": {
			computeRouterNat.Type.Type, "projects/nats/regions/r/routers/nats/nats/nats", nil,
			"projects/nats/regions/r/routers/nats/nats",
		},
		"a service of a project of a domain": {
			projectService.Type.Type, "projects/acme.example:p/services/run.googleapis.com", nil,
			"acme.example:p/run.googleapis.com",
		},
		"a record's case": {
			dnsRecordSet.Type.Type, "projects/p/managedZones/z/rrsets/www.acme.example./A",
			A{"project": "p", "managed_zone": "z", "name": "WWW.acme.example.", "type": "A"},
			"projects/p/managedZones/z/rrsets/WWW.acme.example./A",
		},
		"a record of a delegated reverse zone": {
			dnsRecordSet.Type.Type, "projects/p/managedZones/z/rrsets/1.0/25.2.0.192.in-addr.arpa./PTR",
			A{"project": "p", "managed_zone": "z", "name": "1.0/25.2.0.192.in-addr.arpa.", "type": "PTR"}, "",
		},
		"a database with a slash": {sqlDatabase.Type.Type, "projects/p/instances/i/databases/a/b", nil, ""},
		"a user of PostgreSQL": {
			sqlUser.Type.Type, "projects/p/instances/i/users/ann@acme.example/",
			A{"name": "ann@acme.example", "host": "", "type": "CLOUD_IAM_USER"}, "p/i/ann@acme.example",
		},
		"a user of MySQL of any host": {
			sqlUser.Type.Type, "projects/p/instances/i/users/u/", A{"name": "u", "host": "%", "type": ""}, "p/i/%/u",
		},
		"a user of a host with a mask": {
			sqlUser.Type.Type, "projects/p/instances/i/users/u/10.0.0.0/255.0.0.0",
			A{"name": "u", "host": "10.0.0.0/255.0.0.0", "type": ""}, "p/i/10.0.0.0/255.0.0.0/u",
		},
		"a group of MySQL": {
			sqlUser.Type.Type, "projects/p/instances/i/users/devs@acme.example/",
			A{"name": "devs@acme.example", "host": "%", "type": "CLOUD_IAM_GROUP"}, "p/i/%/devs@acme.example",
		},
		"a user of MySQL with an @": {
			sqlUser.Type.Type, "projects/p/instances/i/users/u@x/h", A{"name": "u@x", "host": "h", "type": ""}, "",
		},
		"a user with a slash": {
			sqlUser.Type.Type, "projects/p/instances/i/users/h/u/", A{"name": "h/u", "host": "", "type": ""}, "",
		},
		"a member's case": {
			pubsubTopicIAM.members().Type.Type, "projects/p/topics/t/roles/r/user:ann@acme.example",
			A{"role": "roles/r", "member": "user:Ann@acme.example", "condition": nil}, "projects/p/topics/t roles/r user:Ann@acme.example",
		},
		"a member with a space": {
			pubsubTopicIAM.members().Type.Type, "projects/p/topics/t/roles/r/principalSet://x/attribute.team/a b",
			A{"role": "roles/r", "member": "principalSet://x/attribute.team/a b"}, "",
		},
		"a condition": {
			projectIAM.bindings().Type.Type, "projects/p/roles/r/until summer//e",
			A{"role": "roles/r", "condition": condition("until summer")}, "p roles/r until summer",
		},
		"a condition with two spaces": {
			projectIAM.bindings().Type.Type, "projects/p/roles/r/until  summer//e",
			A{"role": "roles/r", "condition": condition("until  summer")}, "",
		},
		"a condition without a title": {
			projectIAM.bindings().Type.Type, "projects/p/roles/r///e", A{"role": "roles/r", "condition": condition("")}, "",
		},
		"a grant without a role": {projectIAM.bindings().Type.Type, "projects/p/roles/r", A{}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := resource.Resource{Key: resource.Key{Type: tt.of.Name, ID: tt.id}, Attrs: tt.attrs}
			if got := tt.of.ImportID(&r); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
