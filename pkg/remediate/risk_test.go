package remediate

import (
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// Real types with real attributes of AWS, Azure and Google.
func TestAssess(t *testing.T) {
	const (
		net     = "network exposure"
		who     = "identity and access"
		lost    = "data may be lost"
		gone    = "data is lost with it"
		guarded = "touches what keeps data safe"
	)
	update, create, remove, replace := []string{"update"}, []string{"create"}, []string{"delete"}, []string{"delete", "create"}
	tests := []struct {
		name    string
		typ     string
		actions []string
		before  string
		after   string
		risk    Risk
		reasons []string // besides that of the action
	}{
		{"nothing", "aws_instance", []string{"no-op"}, `{"ami":"a"}`, `{"ami":"a"}`, NoRisk, nil},
		{"tags only", "aws_instance", update, `{"tags":{"a":"1"},"tags_all":{"a":"1"}}`, `{"tags":{"a":"2"},"tags_all":{"a":"2"}}`, Low, nil},
		{"tags of what exposes", "aws_security_group", update, `{"tags":{"a":"1"}}`, `{"tags":{"a":"2"}}`, Low, nil},
		{"tags of a role", "aws_iam_role", update, `{"tags_all":{}}`, `{"tags_all":{"a":"2"}}`, Low, nil},
		{"labels", "google_storage_bucket", update, `{"labels":{"a":"1"},"effective_labels":{"a":"1"},"terraform_labels":{"a":"1"}}`, `{"labels":{"a":"2"},"effective_labels":{"a":"2"},"terraform_labels":{"a":"2"}}`, Low, nil},
		{"description", "aws_security_group_rule", update, `{"description":"a"}`, `{"description":"b"}`, Low, nil},
		{"tags of Google's machines are for firewalls", "google_compute_instance", update, `{"tags":["web"]}`, `{"tags":["web","ssh"]}`, Medium, []string{net}},
		{"size of a machine", "aws_instance", update, `{"instance_type":"t3.micro"}`, `{"instance_type":"t3.large"}`, Low, nil},
		{"memory of a function", "aws_lambda_function", update, `{"memory_size":128,"timeout":3}`, `{"memory_size":256,"timeout":5}`, Low, nil},
		{"size of a machine of Azure", "azurerm_linux_virtual_machine", update, `{"size":"Standard_B1s"}`, `{"size":"Standard_B2s"}`, Low, nil},
		{"machine of Google", "google_compute_instance", update, `{"machine_type":"e2-small"}`, `{"machine_type":"e2-medium"}`, Low, nil},
		{"out of the state", "aws_instance", []string{"forget"}, `{"ami":"a"}`, ``, Low, nil},

		{"replaced", "aws_security_group_rule", replace, `{"from_port":80}`, `{"from_port":443}`, High, []string{net}},
		{"replaced, created first", "aws_iam_role", []string{"create", "delete"}, `{"name":"a"}`, `{"name":"b"}`, High, []string{who}},
		{"replaced machine", "aws_instance", replace, `{"ami":"a"}`, `{"ami":"b"}`, High, []string{gone}},
		{"destroyed database", "aws_db_instance", remove, `{"engine":"postgres"}`, ``, High, []string{gone}},
		{"destroyed table of routes", "aws_route_table", remove, `{"vpc_id":"v"}`, ``, High, []string{net}},
		{"destroyed policy of a bucket", "aws_s3_bucket_policy", remove, `{"policy":"{}"}`, ``, High, []string{who}},
		{"created", "aws_sqs_queue", create, ``, `{"name":"a"}`, Medium, nil},
		{"created database", "aws_db_instance", create, ``, `{"backup_retention_period":7,"allocated_storage":10}`, Medium, nil},
		{"created rule of expiry", "aws_s3_bucket_lifecycle_configuration", create, ``, `{"rule":[{"expiration":[{"days":30}]}]}`, High, []string{lost}},

		{"rule of a security group", "aws_security_group_rule", update, `{"protocol":"tcp"}`, `{"protocol":"-1"}`, Medium, []string{net}},
		{"new rule of a security group", "aws_vpc_security_group_ingress_rule", update, `{"to_port":80}`, `{"to_port":22}`, Medium, []string{net}},
		{"rules in a security group", "aws_security_group", update, `{"ingress":[]}`, `{"ingress":[{"cidr_blocks":["0.0.0.0/0"]}]}`, Medium, []string{net}},
		{"rule of Azure's security group", "azurerm_network_security_rule", update, `{"access":"Deny"}`, `{"access":"Allow"}`, Medium, []string{net}},
		{"priority of that rule", "azurerm_network_security_rule", update, `{"priority":100}`, `{"priority":90}`, Medium, []string{net}},
		{"Azure's security group", "azurerm_network_security_group", update, `{"security_rule":[{"priority":1}]}`, `{"security_rule":[{"priority":2}]}`, Medium, []string{net}},
		{"Google's firewall", "google_compute_firewall", update, `{"disabled":false}`, `{"disabled":true}`, Medium, []string{net}},
		{"Google's security policy", "google_compute_security_policy", update, `{"rule":[{"action":"deny(403)"}]}`, `{"rule":[{"action":"allow"}]}`, Medium, []string{net, who}},
		{"groups of a machine", "aws_instance", update, `{"vpc_security_group_ids":["a"]}`, `{"vpc_security_group_ids":["b"]}`, Medium, []string{net}},
		{"public database", "aws_db_instance", update, `{"publicly_accessible":false}`, `{"publicly_accessible":true}`, Medium, []string{net}},
		{"public bucket", "aws_s3_bucket_public_access_block", update, `{"block_public_acls":true}`, `{"block_public_acls":false}`, Medium, []string{net}},
		{"load balancer within", "aws_lb", replace, `{"internal":true}`, `{"internal":false}`, High, []string{net}},
		{"cluster's networks", "aws_eks_cluster", update, `{"vpc_config":[{"public_access_cidrs":["10.0.0.0/8"]}]}`, `{"vpc_config":[{"public_access_cidrs":["0.0.0.0/0"]}]}`, Medium, []string{net}},
		{"Azure cluster's networks", "azurerm_kubernetes_cluster", update, `{"api_server_access_profile":[{"authorized_ip_ranges":["10.0.0.0/8"]}]}`, `{"api_server_access_profile":[{"authorized_ip_ranges":["0.0.0.0/0"]}]}`, Medium, []string{net}},
		{"Google database's networks", "google_sql_database_instance", update, `{"settings":[{"ip_configuration":[{"authorized_networks":[{"value":"10.0.0.0/8"}]}]}]}`, `{"settings":[{"ip_configuration":[{"authorized_networks":[{"value":"0.0.0.0/0"}]}]}]}`, Medium, []string{net}},
		{"Google machine's address", "google_compute_instance", update, `{"network_interface":[{"access_config":[]}]}`, `{"network_interface":[{"access_config":[{"network_tier":"PREMIUM"}]}]}`, Medium, []string{net}},
		{"storage account's network", "azurerm_storage_account", update, `{"public_network_access_enabled":false}`, `{"public_network_access_enabled":true}`, Medium, []string{net}},
		{"storage account's default", "azurerm_storage_account", update, `{"network_rules":[{"default_action":"Deny"}]}`, `{"network_rules":[{"default_action":"Allow"}]}`, Medium, []string{net}},
		{"vault's network", "azurerm_key_vault", update, `{"network_acls":[{"default_action":"Deny"}]}`, `{"network_acls":[{"default_action":"Allow"}]}`, Medium, []string{net}},
		{"transport", "azurerm_storage_account", update, `{"min_tls_version":"TLS1_2"}`, `{"min_tls_version":"TLS1_0"}`, Medium, []string{net}},
		{"addresses of a web firewall", "aws_wafv2_ip_set", update, `{"addresses":["a"]}`, `{"addresses":["b"]}`, Medium, []string{net}},
		{"name server", "google_dns_record_set", update, `{"rrdatas":["a"]}`, `{"rrdatas":["b"]}`, Medium, []string{net}},
		{"elastic address", "aws_eip_association", replace, `{"instance_id":"a"}`, `{"instance_id":"b"}`, High, []string{net}},
		{"VPN", "aws_vpn_connection", update, `{"tunnel1_phase1_dh_group_numbers":[1]}`, `{"tunnel1_phase1_dh_group_numbers":[2]}`, Medium, []string{net}},

		{"policy", "aws_iam_policy", update, `{"policy":"{}"}`, `{"policy":"{\"a\":1}"}`, Medium, []string{who}},
		{"role's trust", "aws_iam_role", update, `{"assume_role_policy":"{}"}`, `{"assume_role_policy":"{\"a\":1}"}`, Medium, []string{who}},
		{"machine's role", "aws_instance", update, `{"iam_instance_profile":"a"}`, `{"iam_instance_profile":"b"}`, Medium, []string{who}},
		{"machine's metadata", "aws_instance", update, `{"metadata_options":[{"http_tokens":"required"}]}`, `{"metadata_options":[{"http_tokens":"optional"}]}`, Medium, []string{who}},
		{"function's role", "aws_lambda_function", update, `{"role":"a"}`, `{"role":"b"}`, Medium, []string{who}},
		{"function that anybody calls", "aws_lambda_function_url", update, `{"authorization_type":"AWS_IAM"}`, `{"authorization_type":"NONE"}`, Medium, []string{who}},
		{"function's permission", "aws_lambda_permission", replace, `{"principal":"a"}`, `{"principal":"*"}`, High, []string{who}},
		{"key's policy", "aws_kms_key", update, `{"policy":"{}"}`, `{"policy":"{\"a\":1}"}`, Medium, []string{who}},
		{"password", "aws_db_instance", update, `{"password":"a"}`, `{"password":"b"}`, Medium, []string{who}},
		{"database's user", "aws_db_instance", update, `{"iam_database_authentication_enabled":true}`, `{"iam_database_authentication_enabled":false}`, Medium, []string{who}},
		{"assignment of Azure", "azurerm_role_assignment", replace, `{"scope":"a"}`, `{"scope":"b"}`, High, []string{who}},
		{"identity of Azure", "azurerm_linux_web_app", update, `{"identity":[{"type":"SystemAssigned"}]}`, `{"identity":[{"type":"UserAssigned"}]}`, Medium, []string{who}},
		{"group of Azure", "azuread_group", update, `{"display_name":"a"}`, `{"display_name":"b"}`, Medium, []string{who}},
		{"binding of Google", "google_project_iam_binding", update, `{"members":["user:a"]}`, `{"members":["allUsers"]}`, Medium, []string{who}},
		{"members in a binding", "google_storage_bucket_iam_policy", update, `{"policy_data":"{}"}`, `{"policy_data":"{\"a\":1}"}`, Medium, []string{who}},
		{"access of a data set", "google_bigquery_dataset", update, `{"access":[{"domain":"a"}]}`, `{"access":[{"domain":"b"}]}`, Medium, []string{who}},
		{"role within", "google_bigquery_dataset", update, `{"x":[{"role":"a"}]}`, `{"x":[{"role":"b"}]}`, Medium, []string{who}},
		{"scopes of Google's machine", "google_compute_instance", update, `{"service_account":[{"scopes":["a"]}]}`, `{"service_account":[{"scopes":["b"]}]}`, Medium, []string{who}},
		{"Google bucket's access", "google_storage_bucket", update, `{"uniform_bucket_level_access":true}`, `{"uniform_bucket_level_access":false}`, Medium, []string{who}},

		{"shorter backups", "aws_db_instance", update, `{"backup_retention_period":7}`, `{"backup_retention_period":1}`, High, []string{lost}},
		{"no more backups", "aws_db_instance", update, `{"backup_retention_period":7}`, `{"backup_retention_period":0}`, High, []string{lost}},
		{"longer backups", "aws_db_instance", update, `{"backup_retention_period":1}`, `{"backup_retention_period":7}`, Low, nil},
		{"logs that never expired", "aws_cloudwatch_log_group", update, `{"retention_in_days":0}`, `{"retention_in_days":7}`, High, []string{lost}},
		{"logs that had no retention", "aws_cloudwatch_log_group", update, `{"retention_in_days":null}`, `{"retention_in_days":7}`, High, []string{lost}},
		{"Google's messages", "google_pubsub_subscription", update, `{"message_retention_duration":"600s"}`, `{"message_retention_duration":"60s"}`, High, []string{lost}},
		{"queue's messages", "aws_sqs_queue", update, `{"message_retention_seconds":345600}`, `{"message_retention_seconds":60}`, High, []string{lost}},
		{"rule of expiry", "google_storage_bucket", update, `{"lifecycle_rule":[]}`, `{"lifecycle_rule":[{"condition":[{"age":1}]}]}`, High, []string{lost}},
		{"expiry of a bucket", "aws_s3_bucket_lifecycle_configuration", update, `{"rule":[{"expiration":[{"days":30}]}]}`, `{"rule":[{"expiration":[{"days":3}]}]}`, High, []string{lost}},
		{"later expiry of a bucket", "aws_s3_bucket_lifecycle_configuration", update, `{"rule":[{"expiration":[{"days":3}]}]}`, `{"rule":[{"expiration":[{"days":30}]}]}`, Low, nil},
		{"images that go", "aws_ecr_lifecycle_policy", update, `{"policy":"{}"}`, `{"policy":"{\"a\":1}"}`, High, []string{who, lost}},
		{"blobs that go", "azurerm_storage_management_policy", update, `{"rule":[{"enabled":false}]}`, `{"rule":[{"enabled":true}]}`, High, []string{who, lost}},
		{"time to live", "aws_dynamodb_table", update, `{"ttl":[{"enabled":false}]}`, `{"ttl":[{"enabled":true}]}`, High, []string{lost}},
		{"disk that shrinks", "azurerm_managed_disk", update, `{"disk_size_gb":20}`, `{"disk_size_gb":10}`, High, []string{lost}},
		{"disk that grows", "aws_ebs_volume", update, `{"size":10}`, `{"size":20}`, Low, nil},
		{"versions", "aws_s3_bucket_versioning", update, `{"versioning_configuration":[{"status":"Enabled"}]}`, `{"versioning_configuration":[{"status":"Suspended"}]}`, Medium, []string{guarded}},
		{"Google's versions", "google_storage_bucket", update, `{"versioning":[{"enabled":true}]}`, `{"versioning":[{"enabled":false}]}`, Medium, []string{guarded}},
		{"protection", "aws_db_instance", update, `{"deletion_protection":true}`, `{"deletion_protection":false}`, Medium, []string{guarded}},
		{"last snapshot", "aws_db_instance", update, `{"skip_final_snapshot":false}`, `{"skip_final_snapshot":true}`, Medium, []string{guarded}},
		{"recovery", "aws_dynamodb_table", update, `{"point_in_time_recovery":[{"enabled":true}]}`, `{"point_in_time_recovery":[{"enabled":false}]}`, Medium, []string{guarded}},
		{"Azure's recovery", "azurerm_key_vault", update, `{"purge_protection_enabled":true}`, `{"purge_protection_enabled":false}`, Medium, []string{guarded}},
		{"Google's backups", "google_sql_database_instance", update, `{"settings":[{"backup_configuration":[{"enabled":true}]}]}`, `{"settings":[{"backup_configuration":[{"enabled":false}]}]}`, Medium, []string{guarded}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := terraform.Change{Type: tt.typ, Actions: tt.actions, Before: value(t, tt.before), After: value(t, tt.after)}
			risk, reasons := assess(c, changesOf(c))
			first := map[string]string{
				"update": "changes it in place", "create": "creates the resource", "delete": "destroys the resource", "forget": "takes it out of the state",
				"delete create": "replaces the resource", "create delete": "replaces the resource",
			}[strings.Join(tt.actions, " ")]
			want := tt.reasons
			if first != "" {
				want = append([]string{first}, want...)
			}
			if risk != tt.risk || !slices.Equal(reasons, want) {
				t.Errorf("got  %s %q\nwant %s %q", risk, reasons, tt.risk, want)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	for _, typ := range strings.Fields(`
		aws_db_instance aws_rds_cluster aws_s3_bucket aws_s3_object aws_dynamodb_table aws_dynamodb_table_item aws_ebs_volume aws_ebs_snapshot aws_efs_file_system
		aws_kms_key aws_secretsmanager_secret aws_secretsmanager_secret_version aws_ssm_parameter aws_sqs_queue aws_sns_topic aws_kinesis_stream aws_msk_cluster aws_mq_broker
		aws_cloudwatch_log_group aws_ecr_repository aws_redshift_cluster aws_docdb_cluster aws_neptune_cluster aws_opensearch_domain aws_elasticache_replication_group
		aws_backup_vault aws_glacier_vault aws_ami aws_instance aws_cognito_user_pool aws_cloudformation_stack aws_keyspaces_table aws_fsx_lustre_file_system
		azurerm_mssql_server azurerm_mssql_database azurerm_postgresql_flexible_server azurerm_mysql_flexible_server azurerm_mariadb_server azurerm_cosmosdb_account
		azurerm_storage_account azurerm_storage_container azurerm_storage_blob azurerm_storage_share azurerm_managed_disk azurerm_snapshot azurerm_key_vault azurerm_key_vault_key
		azurerm_key_vault_secret azurerm_servicebus_queue azurerm_servicebus_namespace azurerm_eventhub azurerm_log_analytics_workspace azurerm_recovery_services_vault
		azurerm_container_registry azurerm_app_configuration azurerm_linux_virtual_machine azurerm_windows_virtual_machine azurerm_resource_group azurerm_redis_cache azurerm_netapp_volume
		google_sql_database_instance google_sql_database google_storage_bucket google_storage_bucket_object google_bigquery_dataset google_bigquery_table google_bigtable_instance
		google_spanner_database google_compute_disk google_compute_snapshot google_compute_image google_compute_instance google_filestore_instance google_firestore_database
		google_alloydb_cluster google_kms_crypto_key google_secret_manager_secret google_pubsub_topic google_pubsub_subscription google_redis_instance
		google_artifact_registry_repository google_project kubernetes_namespace kubernetes_persistent_volume
		`) {
		if !holds(typ) {
			t.Errorf("%s holds data", typ)
		}
	}
	for _, typ := range strings.Fields(`
		aws_vpc aws_subnet aws_route_table aws_route_table_association aws_ec2_transit_gateway_route_table aws_security_group aws_security_group_rule aws_iam_role aws_iam_policy
		aws_s3_bucket_policy aws_s3_bucket_public_access_block aws_s3_bucket_versioning aws_s3_bucket_acl aws_s3_bucket_notification aws_s3_bucket_lifecycle_configuration
		aws_s3_bucket_server_side_encryption_configuration aws_s3_bucket_ownership_controls aws_db_subnet_group aws_db_parameter_group aws_db_option_group aws_db_event_subscription
		aws_db_proxy aws_kms_alias aws_kms_grant aws_sns_topic_policy aws_sns_topic_subscription aws_sqs_queue_policy aws_ecr_lifecycle_policy aws_ecr_repository_policy
		aws_volume_attachment aws_secretsmanager_secret_policy aws_secretsmanager_secret_rotation aws_backup_plan aws_backup_selection aws_cloudwatch_log_subscription_filter
		aws_cloudwatch_log_metric_filter aws_elasticache_subnet_group aws_elasticache_parameter_group aws_ram_resource_share aws_lb aws_lambda_function aws_launch_template
		azurerm_storage_account_network_rules azurerm_mssql_firewall_rule azurerm_key_vault_access_policy azurerm_virtual_network azurerm_route_table azurerm_role_assignment
		azurerm_virtual_machine_data_disk_attachment azurerm_network_security_group azurerm_management_lock
		google_storage_bucket_iam_member google_storage_bucket_iam_binding google_storage_bucket_acl google_storage_bucket_access_control google_sql_user google_compute_firewall
		google_compute_instance_template google_compute_attached_disk_attachment google_kms_crypto_key_iam_member google_bigquery_dataset_iam_policy google_project_iam_member
		random_password null_resource terraform_data
		`) {
		if holds(typ) {
			t.Errorf("%s holds no data", typ)
		}
	}
}

func TestRisks(t *testing.T) {
	all := Risks()
	if !slices.Equal(all, []Risk{NoRisk, Low, Medium, High}) {
		t.Fatalf("%v", all)
	}
	for i, r := range all {
		for j, limit := range all {
			if got := r.Exceeds(limit); got != (i > j) {
				t.Errorf("%s exceeds %s: %v", r, limit, got)
			}
		}
		if !r.Exceeds("") || !Risk("huge").Exceeds(r) || !Risk("").Exceeds(r) {
			t.Errorf("%s and what is no risk", r)
		}
	}
	for _, tt := range []struct {
		risks []Risk
		want  Risk
	}{{nil, NoRisk}, {[]Risk{Low, High, Medium}, High}, {[]Risk{NoRisk, Low}, Low}} {
		if got := highest(tt.risks...); got != tt.want {
			t.Errorf("highest of %v: %s", tt.risks, got)
		}
	}
}

// A change of the state alone is judged by what it takes for right.
func TestRiskOfState(t *testing.T) {
	tests := []struct {
		name string
		step Step
		want Risk
		why  string
	}{
		{"gone", Step{Type: "aws_db_instance", Actions: []string{"delete"}}, Low, "takes it out of the state"},
		{"size", Step{Type: "aws_instance", Actions: []string{"update"}, Changes: []Change{{Path: "instance_type"}}}, Low, "takes the change for right"},
		{"rule", Step{Type: "aws_security_group", Actions: []string{"update"}, Changes: []Change{{Path: "ingress[0].cidr_blocks"}}}, Medium, "network exposure"},
		{"policy", Step{Type: "aws_sqs_queue", Actions: []string{"update"}, Changes: []Change{{Path: "policy"}}}, Medium, "identity and access"},
		{"backups", Step{Type: "aws_db_instance", Actions: []string{"update"}, Changes: []Change{{Path: "backup_retention_period", Before: 7.0, After: 1.0}}}, Low, "takes the change for right"},
	}
	for _, tt := range tests {
		risk, reasons := ofState(tt.step)
		if risk != tt.want || !slices.Equal(reasons, []string{tt.why}) {
			t.Errorf("%s: %s %q, want %s %q", tt.name, risk, reasons, tt.want, tt.why)
		}
	}
}
