package cli

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/remediate"
)

// kind is what the value of a key is, and which Go type it has in config.
type kind string

const (
	kindBool     kind = "bool"     // bool
	kindString   kind = "string"   // string
	kindInt      kind = "int"      // int
	kindDuration kind = "duration" // time.Duration, not negative
	kindSize     kind = "size"     // string that humanize.ParseBytes takes
	kindEnum     kind = "enum"     // string, one of values
	kindList     kind = "list"     // []string
	kindMap      kind = "map"      // map[string]string
)

// configKey is one thing that can be configured. The table of them is the only
// place that knows the keys: defaults, environment variables, validation, the
// schema, config init and config show derive from it. The struct config repeats
// their names, and a test compares both.
type configKey struct {
	name   string // with dots, as in detect.depth
	kind   kind
	def    any    // nil: the kind's zero value
	doc    string // one line
	secret bool

	// values are those of an enum, the items of a list, or the only one of a bool.
	values []string

	// min and max bound an int, where they are not both 0.
	min, max int

	url urlRule

	// form is what a text has to match, and like an example of one that does.
	form *regexp.Regexp
	like string
}

// urlRule says whether a text is a URL.
type urlRule int

const (
	noURL urlRule = iota
	anyURL
	secureURL // https, or http to this machine
)

// zero is the default of a key that names none.
func (k configKey) zero() any {
	if k.def != nil {
		return k.def
	}
	switch k.kind {
	case kindBool:
		return false
	case kindInt:
		return 0
	case kindDuration:
		return time.Duration(0)
	case kindList:
		return []string{}
	case kindMap:
		return map[string]string{}
	}
	return ""
}

const envPrefix = "DRIFTMGR_"

// env is the key's environment variable.
func (k configKey) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// flagKey is the key behind a flag of detect and inventory.
func flagKey(flag string) string { return "detect." + strings.ReplaceAll(flag, "-", "_") }

// section is a key that has others below it.
type section struct{ name, doc string }

// configSections lists every section before those below it.
func configSections() []section {
	return []section{
		{"detect", "What detect and inventory read and how; each key is also a flag."},
		{"providers", "Credentials for each cloud."},
		{"providers.aws", "Without any key, the AWS SDK's default chain: environment, profile, SSO, instance role."},
		{"providers.azure", "Without any key, the ARM_ variables of Terraform's provider, then the SDK's default chain."},
		{"providers.azure.cloud", "The endpoints of a sovereign or private cloud: https, or http to this machine."},
		{"providers.gcp", "Without any key, the GOOGLE_ variables of Terraform's provider, then the application default credentials."},
		{"state_storage", "Credentials for reading states. A section without any key set is that of the provider; one with a key is taken whole."},
		{"state_storage.aws", "For s3://, in place of providers.aws, with the same keys; role_arn without {account}."},
		{"state_storage.azure", "For azurerm://, in place of providers.azure, with the same keys."},
		{"state_storage.azure.cloud", "The endpoints of a sovereign or private cloud: https, or http to this machine."},
		{"state_storage.gcp", "For gs://, in place of providers.gcp, with the same keys."},
		{"state_storage.http", "For http:// and https://, GitLab's states included."},
		{"state_storage.tfc", "For tfc://: HCP Terraform and Terraform Enterprise."},
		{"state_storage.consul", "For consul://."},
		{"state_storage.pg", "For pg://."},
		{"state_storage.kubernetes", "For kubernetes://."},
		{"secrets", "Where ${secret:NAME} is read from, in any text of this file."},
		{"security", "What is said about a configuration that works but is careless."},
		{"security.config_validation", "Findings are warnings, or errors with fail_on_insecure."},
		{"logging", "Messages for finding out what went wrong; secrets are masked in them."},
		{"remediation", "Plans that lead back from drift: where they are kept, and what has to hold before one is applied."},
		{"auto_remediation", "What driftmgr remediate auto does without anybody's approval."},
		{"audit", "The log of every plan, approval, rejection and apply."},
	}
}

// configKeys lists every key, in the order of configSections.
func configKeys() []configKey {
	return slices.Concat(
		below("detect", detectKeys()),
		below("providers.aws", awsKeys()),
		below("providers.azure", append(azurePlaces(), azureKeys()...)),
		below("providers.gcp", append(gcpPlaces(), gcpKeys()...)),
		below("state_storage.aws", awsKeys()),
		below("state_storage.azure", azureKeys()),
		below("state_storage.gcp", gcpKeys()),
		below("state_storage", stateKeys()),
		below("secrets", secretsKeys()),
		below("security.config_validation", validationKeys()),
		below("logging", loggingKeys()),
		below("remediation", remediationKeys()),
		below("auto_remediation", autoKeys()),
		below("audit", auditKeys()),
	)
}

func below(section string, keys []configKey) []configKey {
	for i := range keys {
		keys[i].name = section + "." + keys[i].name
	}
	return keys
}

func detectKeys() []configKey {
	return []configKey{
		{name: "unmanaged", kind: kindBool, def: true, doc: "Also tell what no given state manages."},
		{name: "depth", kind: kindEnum, values: []string{"full", "list"}, def: "full", doc: "list: no call per resource, fewer attributes compared."},
		{name: "type", kind: kindList, doc: "Only types that match one of these patterns.", like: `["aws_iam_*", aws_vpc]`},
		{name: "exclude_type", kind: kindList, doc: "No types that match one of these patterns.", like: `["aws_iam_*"]`},
		{name: "region", kind: kindList, doc: "Only these regions; without one, those of the states.", like: "[eu-west-1]"},
		{name: "cloud", kind: kindList, doc: "The clouds to read; without one, those that the states are in.", like: "[aws, azure, gcp]"},
		{name: "timeout", kind: kindDuration, doc: "Stop reading after this time, the rest is unchecked; 0s: no limit.", like: "10m"},
		{name: "parallel", kind: kindInt, def: 16, min: 1, max: 256, doc: "API calls under way at once."},
		{name: "max_state_size", kind: kindSize, def: "128MiB", doc: "Refuse a larger state."},
		{name: "recursive", kind: kindBool, doc: "Find every root module below the named folder."},
		{name: "backend_config", kind: kindList, doc: "What terraform init -backend-config is given: files, or name=value.", like: "[prod.tfbackend]"},
		{name: "var", kind: kindList, doc: "Values of variables that the backend or provider blocks use.", like: `["env=prod"]`},
		{name: "var_file", kind: kindList, doc: "Files with values of variables.", like: "[prod.tfvars]"},
		{name: "workspace", kind: kindString, doc: "The workspace whose state is read; without one, the selected one."},
	}
}

func awsKeys() []configKey {
	return []configKey{
		{name: "profile", kind: kindString, doc: "The profile of the AWS CLI's configuration."},
		{name: "region", kind: kindString, doc: "The region to ask where nothing else names one.", like: "eu-west-1"},
		{name: "use_iam_role", kind: kindBool, doc: "Assume role_arn. Nothing else is used if that fails."},
		{
			name: "role_arn", kind: kindString, doc: "The role to assume; {account} stands for the account that a resource is in.",
			form: regexp.MustCompile(`^arn:[a-z0-9-]+:iam::([0-9]{12}|\{account\}):role/[^\s{}]*(\{account\}[^\s{}]*)*$`),
			like: "arn:aws:iam::111122223333:role/driftmgr",
		},
		{name: "external_id", kind: kindString, doc: "The external id, if the role's trust policy asks for one."},
		{name: "session_name", kind: kindString, def: "driftmgr", doc: "The name of the role's session, as CloudTrail shows it."},
		{name: "session_tags", kind: kindMap, doc: "Tags of the role's session.", like: "{team: platform}"},
		{name: "duration", kind: kindDuration, doc: "How long the role's session lasts, 15m to 12h; 0s: AWS decides.", like: "1h"},
		{name: "web_identity_token_file", kind: kindString, doc: "The file with the OIDC token to assume the role with."},
		{name: "endpoint", kind: kindString, url: anyURL, doc: "The endpoint of every AWS service, for emulators and private endpoints.", like: "https://localhost:4566"},
	}
}

// azurePlaces and gcpPlaces are the keys that reading states has no use for.
func azurePlaces() []configKey {
	return []configKey{
		{name: "subscriptions", kind: kindList, doc: "Subscriptions to look at beside those of the states.", like: "[00000000-0000-0000-0000-000000000000]"},
	}
}

func gcpPlaces() []configKey {
	return []configKey{
		{name: "project", kind: kindString, doc: "The project to look at where nothing else names one.", like: "my-project"},
		{name: "projects", kind: kindList, doc: "Projects to look at beside those of the states.", like: "[my-project]"},
		{name: "asset_inventory", kind: kindBool, doc: "Ask a service only about types on which the Cloud Asset Inventory, which may be minutes behind, and the states differ: far fewer calls."},
	}
}

func azureKeys() []configKey {
	return []configKey{
		{name: "use_managed_identity", kind: kindBool, doc: "The managed identity of this machine; client_id names one of several."},
		{name: "client_id", kind: kindString, doc: "The application or managed identity."},
		{name: "tenant_id", kind: kindString, doc: "The tenant of the application."},
		{name: "subscription_id", kind: kindString, doc: "The subscription to ask where nothing else names one."},
		{name: "client_secret", kind: kindString, secret: true, doc: "The application's secret."},
		{name: "client_certificate_path", kind: kindString, doc: "The application's certificate with its private key, as PEM or PKCS#12."},
		{name: "client_certificate_password", kind: kindString, secret: true, doc: "The password of the certificate."},
		{name: "use_workload_identity", kind: kindBool, doc: "The workload identity of this Kubernetes pod."},
		{name: "use_oidc", kind: kindBool, doc: "The OIDC token of this CI job."},
		{name: "use_cli", kind: kindBool, doc: "The account of the Azure CLI."},
		{name: "cloud.resource_manager", kind: kindString, url: secureURL, doc: "The Resource Manager's endpoint.", like: "https://management.chinacloudapi.cn"},
		{name: "cloud.authority_host", kind: kindString, url: secureURL, doc: "The endpoint that issues tokens.", like: "https://login.chinacloudapi.cn"},
		{name: "cloud.audience", kind: kindString, url: secureURL, doc: "The audience of the Resource Manager's tokens.", like: "https://management.core.chinacloudapi.cn"},
	}
}

func gcpKeys() []configKey {
	return []configKey{
		{name: "use_workload_identity", kind: kindBool, doc: "Workload identity federation."},
		{name: "workload_identity_file", kind: kindString, doc: "The external_account file of the workload identity."},
		{name: "credentials_file", kind: kindString, doc: "A service account's key or an authorized user's file."},
		{name: "impersonate_service_account", kind: kindString, doc: "The service account to act as.", like: "driftmgr@my-project.iam.gserviceaccount.com"},
		{name: "quota_project", kind: kindString, doc: "The project that the calls are counted for."},
		{name: "endpoint", kind: kindString, url: anyURL, doc: "The endpoint of every service, for emulators and private endpoints.", like: "https://localhost:4443"},
	}
}

func stateKeys() []configKey {
	return []configKey{
		{name: "http.username", kind: kindString, doc: "The user of basic authentication."},
		{name: "http.password", kind: kindString, secret: true, doc: "The password or access token of basic authentication."},
		{name: "http.host", kind: kindString, doc: "The only host that gets them; without one, every host that a state is read from.", like: "gitlab.example.com"},
		{name: "http.ca_file", kind: kindString, doc: "Certificates to trust instead of the system's, as PEM."},
		{
			name: "tfc.hostname", kind: kindString, def: "app.terraform.io", doc: "The host of Terraform Enterprise or HCP Terraform.",
			form: regexp.MustCompile(`^[A-Za-z0-9._-]+(:[0-9]+)?$`), like: "tfe.example.com",
		},
		{name: "tfc.token", kind: kindString, secret: true, doc: "The API token; without one, TF_TOKEN_* or the credentials file of terraform login."},
		{name: "consul.token", kind: kindString, secret: true, doc: "The ACL token; without one, CONSUL_HTTP_TOKEN."},
		{name: "consul.host", kind: kindString, doc: "The only host that gets it; without one, every host that a state is read from.", like: "consul.example.com:8501"},
		{name: "pg.password", kind: kindString, secret: true, doc: "The password; without one, PGPASSWORD or ~/.pgpass."},
		{name: "kubernetes.config_path", kind: kindString, doc: "The kubeconfig; without one, KUBE_CONFIG_PATH or the pod's own."},
		{name: "kubernetes.context", kind: kindString, doc: "The kubeconfig's context; without one, the current one."},
	}
}

func secretsKeys() []configKey {
	return []configKey{
		{name: "backend", kind: kindEnum, values: []string{"none", "file", "aws", "azure", "gcp"}, def: "none", doc: "The store behind ${secret:NAME}."},
		{name: "region", kind: kindString, doc: "The region of AWS Secrets Manager.", like: "eu-west-1"},
		{name: "vault", kind: kindString, url: secureURL, doc: "The URL of the Azure Key Vault.", like: "https://my-vault.vault.azure.net"},
		{name: "project", kind: kindString, doc: "The project of Google Secret Manager."},
		{name: "dir", kind: kindString, doc: "The folder with one file for each secret.", like: "/run/secrets"},
	}
}

func validationKeys() []configKey {
	checks := []string{checkPlainText, checkHTTPS, checkAuthentication}
	return []configKey{
		{name: "enabled", kind: kindBool, def: true, doc: "Look for what is insecure."},
		{name: "fail_on_insecure", kind: kindBool, doc: "What is insecure is an error, before anything is read."},
		{name: "checks", kind: kindList, values: checks, def: checks, doc: "What to look for."},
	}
}

func loggingKeys() []configKey {
	return []configKey{
		{name: "level", kind: kindEnum, values: []string{"debug", "info", "warn", "error", "off"}, def: "off", doc: "The least important messages to write."},
		{name: "format", kind: kindEnum, values: []string{"text", "json"}, def: "text", doc: "How a message is written."},
		{name: "file", kind: kindString, doc: "The file to append to; without one, stderr.", like: "driftmgr.log"},
	}
}

func riskLevels() []string {
	var names []string
	for _, r := range remediate.Risks() {
		names = append(names, string(r))
	}
	return names
}

func remediationKeys() []configKey {
	return []configKey{
		{name: "dir", kind: kindString, def: ".driftmgr/plans", doc: "The folder of plans. They hold whole states: keep it to yourself."},
		{name: "terraform", kind: kindString, doc: "The binary to run; without one, terraform or tofu on PATH.", like: "/opt/terraform/1.11.4/terraform"},
		{name: "apply_env", kind: kindMap, secret: true, doc: "Environment variables of Terraform when it applies: the credentials that may write.", like: "{AWS_PROFILE: deploy}"},
		{name: "signing_key", kind: kindString, doc: "The SSH key to sign plans and approvals with: a file, or a .pub whose key is in the agent.", like: "~/.ssh/id_ed25519.pub"},
		{name: "allowed_signers", kind: kindString, doc: "Whose approvals count: a file as for ssh-keygen and git.", like: ".driftmgr/allowed_signers"},
		{name: "revoked_keys", kind: kindString, doc: "Whose approvals count no longer: a list of public keys, or a KRL.", like: ".driftmgr/revoked_keys"},
		{name: "approvals", kind: kindInt, def: 1, min: 1, max: 100, doc: "How many people have to approve a plan."},
		{name: "four_eyes", kind: kindBool, def: true, doc: "Who made a plan does not approve it; where no signature says who that was, one more has to."},
		{name: "expiry", kind: kindDuration, def: 24 * time.Hour, doc: "How old a plan and an approval may be; 0s: without end."},
		{name: "max_risk_level", kind: kindEnum, values: riskLevels(), def: "medium", doc: "The highest risk of a step; high is what destroys or replaces."},
		{name: "allowed_addresses", kind: kindList, doc: "Only these resources may be changed; * stands for anything.", like: `["module.app.*", "aws_s3_bucket.logs"]`},
		{name: "change_windows", kind: kindList, doc: "When plans may be applied; without one, always.", like: `["Mon-Fri 09:00-17:00 Europe/Berlin"]`},
		{name: "max_changes", kind: kindInt, def: 100, min: 0, max: 1000000, doc: "The most resources that a plan may change; 0: any number."},
	}
}

func autoKeys() []configKey {
	return []configKey{
		{name: "enabled", kind: kindBool, doc: "Let driftmgr remediate auto do anything at all."},
		{name: "dry_run", kind: kindBool, def: true, doc: "Show what would be planned, and write nothing."},
		{name: "approval_required", kind: kindBool, def: true, doc: "Only plan; false: also apply what max_risk_level allows."},
		{name: "max_risk_level", kind: kindEnum, values: riskLevels(), def: "low", doc: "The highest risk of what is applied; without approvals none or low."},
	}
}

func auditKeys() []configKey {
	return []configKey{
		{name: "file", kind: kindString, def: ".driftmgr/audit.jsonl", doc: "The file to append to."},
		{
			name: "syslog", kind: kindString, doc: "Also send each line to syslog: local, or a server.",
			form: regexp.MustCompile(`^(local|(udp|tcp)://.+:[0-9]+)$`), like: "tcp://logs.example.com:601",
		},
	}
}
