package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// configured is an app in a folder of its own with a driftmgr.yaml, and an
// environment of just these variables, as NAME=VALUE.
func configured(t testing.TB, file string, env ...string) (a *app, stderr *bytes.Buffer) {
	t.Helper()
	switch t := t.(type) {
	case *testing.T:
		t.Chdir(t.TempDir())
	case *testing.B:
		t.Chdir(t.TempDir())
	}
	if file != "" {
		if err := os.WriteFile(configFile, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return unconfigured(env...)
}

func unconfigured(env ...string) (a *app, stderr *bytes.Buffer) {
	stderr = &bytes.Buffer{}
	return &app{Streams: Streams{
		Out: &bytes.Buffer{}, Err: stderr,
		Getenv: func(name string) string {
			for _, pair := range env {
				if n, v, _ := strings.Cut(pair, "="); n == name {
					return v
				}
			}
			return ""
		},
		Environ: func() []string { return env },
	}}, stderr
}

// The table and the struct have the same keys with the same types.
func TestConfigKeysAreTheStructs(t *testing.T) {
	fields := map[string]reflect.Type{}
	var walk func(prefix string, s reflect.Type)
	walk = func(prefix string, s reflect.Type) {
		for f := range s.Fields() {
			name := f.Tag.Get("mapstructure")
			switch {
			case name == ",squash":
				walk(prefix, f.Type)
			case !f.IsExported():
			case name == "":
				t.Errorf("%s%s has no mapstructure tag", prefix, f.Name)
			case f.Type.Kind() == reflect.Struct:
				walk(prefix+name+".", f.Type)
			default:
				fields[prefix+name] = f.Type
			}
		}
	}
	walk("", reflect.TypeFor[config]())
	types := map[kind]reflect.Type{
		kindBool: reflect.TypeFor[bool](), kindString: reflect.TypeFor[string](), kindInt: reflect.TypeFor[int](),
		kindDuration: reflect.TypeFor[time.Duration](), kindSize: reflect.TypeFor[string](), kindEnum: reflect.TypeFor[string](),
		kindList: reflect.TypeFor[[]string](), kindMap: reflect.TypeFor[map[string]string](),
	}
	for _, k := range configKeys() {
		if fields[k.name] != types[k.kind] {
			t.Errorf("%s is a %v in the struct; want %v", k.name, fields[k.name], types[k.kind])
		}
		delete(fields, k.name)
	}
	for name := range fields {
		t.Errorf("%s is in the struct and not in the table", name)
	}
}

func TestConfigKeysAreSound(t *testing.T) {
	names, envs, sections := map[string]bool{}, map[string]bool{envPrefix + "CONFIG": true}, map[string]bool{}
	for _, s := range configSections() {
		if parent, _ := cutLast("."+s.name, "."); s.doc == "" || parent != "" && !sections[parent[1:]] {
			t.Errorf("section %s: no doc, or before its parent", s.name)
		}
		sections[s.name] = true
	}
	for _, k := range configKeys() {
		t.Run(k.name, func(t *testing.T) {
			if names[k.name] || envs[k.env()] || sections[k.name] {
				t.Error("is there twice")
			}
			names[k.name], envs[k.env()] = true, true
			if parent, _ := cutLast(k.name, "."); !sections[parent] {
				t.Errorf("section %q is not listed", parent)
			}
			if !strings.HasSuffix(k.doc, ".") || strings.Contains(k.doc, "\n") {
				t.Errorf("doc %q is no sentence", k.doc)
			}
			if k.secret && (k.kind != kindString && k.kind != kindMap || k.def != nil) {
				t.Error("a secret that is neither text nor texts by name, or has a default")
			}
			var node yaml.Node
			if err := yaml.Unmarshal([]byte(yamlValue(k.zero())), &node); err != nil {
				t.Fatal(err)
			}
			if v := fileValue(k, node.Content[0], os.Getenv); v.wrong != nil || !reflect.DeepEqual(v.data, k.zero()) {
				t.Errorf("its default is read as %v, %v", v.data, v.wrong)
			}
			if k.like == "" {
				return
			}
			if err := yaml.Unmarshal([]byte(k.like), &node); err != nil {
				t.Fatal(err)
			}
			if v := fileValue(k, node.Content[0], os.Getenv); v.wrong != nil {
				t.Errorf("its example %s: %v", k.like, v.wrong)
			}
		})
	}
}

// everyKind sets a key of each kind.
const everyKind = `
detect: &d
  unmanaged: false
  depth: list
  type: [aws_vpc, "${TYPE}"]
  timeout: 90s
  parallel: ${PARALLEL:-7}
  max_state_size: 1GiB
providers:
  aws:
    use_iam_role: true
    role_arn: arn:aws:iam::{account}:role/audit
    external_id: 0123
    session_tags: {Cost.Center: "12", team: "${TEAM}"}
    duration: 1h
  azure:
    cloud:
      authority_host: http://127.0.0.1:8080
`

func TestLoadConfig(t *testing.T) {
	a, stderr := configured(t, everyKind, "TYPE=aws_subnet", "TEAM=${NOT_READ_AGAIN}", "DRIFTMGR_PROVIDERS_AWS_SESSION_NAME=env",
		"DRIFTMGR_STATE_STORAGE_AZURE_CLIENT_ID=app", "DRIFTMGR_DETECT_VAR=a=1, b=2", "DRIFTMGR_DETECT_DEPTH=full")
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.StringSlice("region", nil, "")
	flags.String("depth", "full", "")
	if err := flags.Parse([]string{"--region=a,b", "--depth=list"}); err != nil {
		t.Fatal(err)
	}
	got, err := a.loadConfig(flags)
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\n%s", err, stderr)
	}
	got.settings = nil
	b, _ := configured(t, "")
	want, err := b.loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	want.settings = nil
	d := &want.Detect
	d.Unmanaged, d.Depth, d.Types, d.Timeout, d.Parallel, d.MaxStateSize = false, "list", []string{"aws_vpc", "aws_subnet"}, 90*time.Second, 7, "1GiB"
	d.Regions, d.Vars = []string{"a", "b"}, []string{"a=1", "b=2"}
	want.Providers.AWS = awsConfig{
		UseIAMRole: true, RoleARN: "arn:aws:iam::{account}:role/audit", ExternalID: "0123", SessionName: "env",
		SessionTags: map[string]string{"Cost.Center": "12", "team": "${NOT_READ_AGAIN}"}, Duration: time.Hour,
	}
	want.Providers.Azure.Cloud.AuthorityHost = "http://127.0.0.1:8080"
	want.StateStorage.AWS = want.Providers.AWS // sets nothing: the provider's
	want.StateStorage.Azure.ClientID = "app"   // sets something: taken whole
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestConfigDefaults(t *testing.T) {
	a, _ := configured(t, "")
	c, err := a.loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.settings = nil
	want := config{Detect: detectConfig{
		Unmanaged: true, Depth: "full", Types: []string{}, ExcludeTypes: []string{}, Regions: []string{}, Clouds: []string{}, Parallel: 16, MaxStateSize: "128MiB",
		BackendConfig: []string{}, Vars: []string{}, VarFiles: []string{},
	}}
	want.Providers.AWS = awsConfig{SessionName: "driftmgr", SessionTags: map[string]string{}}
	want.StateStorage.AWS = want.Providers.AWS
	want.Providers.Azure.Subscriptions, want.Providers.GCP.Projects = []string{}, []string{}
	want.StateStorage.TFC.Hostname = "app.terraform.io"
	want.Secrets.Backend = "none"
	want.Security.Validation = validationConfig{Enabled: true, Checks: []string{checkPlainText, checkHTTPS, checkAuthentication}}
	want.Logging = loggingConfig{Level: "off", Format: "text"}
	want.Remediation = remediationConfig{
		Dir: ".driftmgr/plans", ApplyEnv: map[string]string{}, Approvals: 1, FourEyes: true, Expiry: 24 * time.Hour, MaxRiskLevel: "medium",
		AllowedAddresses: []string{}, ChangeWindows: []string{}, MaxChanges: 100,
	}
	want.Auto = autoConfig{DryRun: true, ApprovalRequired: true, MaxRiskLevel: "low"}
	want.Audit.File = ".driftmgr/audit.jsonl"
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

// mistake is a file that is refused. hunter2-hunter2 stands for a secret and is
// in no message.
type mistake struct {
	name, file string
	want       string // of config validate; the lines of the file only
	valid      bool   // for the schema, which does not know references and several keys
}

var mistakes = []mistake{
	{name: "unknown key", file: "detect:\n  paraleel: 4\n", want: "driftmgr.yaml:2: detect.paraleel: unknown key: did you mean detect.parallel?"},
	{name: "unknown section", file: "detct:\n  parallel: 4\n", want: "driftmgr.yaml:1: detct: unknown key: did you mean detect?"},
	{name: "in the wrong section", file: "aws:\n  profile: x\n", want: "driftmgr.yaml:1: aws: unknown key: did you mean providers.aws?"},
	{name: "without its section", file: "parallel: 3\n", want: "driftmgr.yaml:1: parallel: unknown key: did you mean detect.parallel?"},
	{name: "with dots", file: "detect.parallel: 3\n", want: "driftmgr.yaml:1: detect.parallel: has a dot in it: indent what is after the dot below what is before it"},
	{name: "in capitals", file: "Detect:\n  depth: list\n", want: "driftmgr.yaml:1: Detect: unknown key: did you mean detect?"},
	{name: "a value for a section", file: "detect: 4\n", want: "driftmgr.yaml:1: detect: is a section: indent its keys below it"},
	{name: "a list at the top", file: "- detect\n", want: "driftmgr.yaml:1: has no keys: begin it with a section, such as detect:"},
	{name: "no int", file: "detect:\n  parallel: many\n", want: `driftmgr.yaml:2: detect.parallel: "many": use a number from 1 to 256`},
	{name: "an int in quotes", file: "detect:\n  parallel: \"4\"\n", want: `driftmgr.yaml:2: detect.parallel: 4: use a number from 1 to 256`},
	{name: "a broken int", file: "detect:\n  parallel: 1.5\n", want: `driftmgr.yaml:2: detect.parallel: 1.5: use a number from 1 to 256`},
	{name: "an int out of range", file: "detect:\n  parallel: 300\n", want: "driftmgr.yaml:2: detect.parallel: 300: use 1 to 256"},
	{name: "no bool", file: "detect:\n  unmanaged: perhaps\n", want: `driftmgr.yaml:2: detect.unmanaged: "perhaps": use true or false`},
	{name: "YAML 1.1's bool", file: "detect:\n  unmanaged: yes\n", want: `driftmgr.yaml:2: detect.unmanaged: "yes": use true or false`},
	{name: "a bool for a text", file: "detect:\n  workspace: true\n", want: "driftmgr.yaml:2: detect.workspace: is true or false where a text is wanted: put it in quotes"},
	{name: "no value of an enum", file: "detect:\n  depth: ful\n", want: `driftmgr.yaml:2: detect.depth: "ful": use full or list: did you mean full?`},
	{name: "no value of a list's enum", file: "security:\n  config_validation:\n    checks: [https]\n", want: `driftmgr.yaml:3: security.config_validation.checks: "https": use no_plain_text_secrets, https_only or strong_authentication`},
	{name: "no duration", file: "detect:\n  timeout: soon\n", want: `driftmgr.yaml:2: detect.timeout: "soon": use a duration with its unit, such as 10m`},
	{name: "a duration without unit", file: "detect:\n  timeout: 5\n", want: "driftmgr.yaml:2: detect.timeout: 5: use a duration with its unit, such as 10m"},
	{name: "a negative duration", file: "detect:\n  timeout: -5m\n", want: `driftmgr.yaml:2: detect.timeout: -5m: use a positive duration, such as 10m`},
	{name: "no size", file: "detect:\n  max_state_size: huge\n", want: `driftmgr.yaml:2: detect.max_state_size: "huge": use a size, such as 512MiB`},
	{name: "a list for a value", file: "detect:\n  depth: [full]\n", want: "driftmgr.yaml:2: detect.depth: is a list: write one value"},
	{name: "keys for a value", file: "detect:\n  depth:\n    full: true\n", want: "driftmgr.yaml:2: detect.depth: has keys below it: write one value"},
	{name: "a value for a list", file: "detect:\n  type: aws_vpc\n", want: `driftmgr.yaml:2: detect.type: is no list: write a list, as in ["aws_iam_*", aws_vpc]`},
	{name: "a list in a list", file: "detect:\n  region: [[a]]\n", want: "driftmgr.yaml:2: detect.region: has more than texts in it: write one text for each, as in [eu-west-1]"},
	{name: "nothing in a list", file: "detect:\n  region: [~]\n", want: `driftmgr.yaml:2: detect.region: has an empty value in it: write "" for an empty text`},
	{name: "a list for a map", file: "providers:\n  aws:\n    session_tags: [a]\n", want: "driftmgr.yaml:3: providers.aws.session_tags: is no map: write one, as in {team: platform}"},
	{name: "a list in a map", file: "providers:\n  aws:\n    session_tags: {a: [b]}\n", want: "driftmgr.yaml:3: providers.aws.session_tags: has more than texts in it: write one text for each, as in {team: platform}"},
	{name: "no URL", file: "providers:\n  aws:\n    endpoint: localhost\n", want: `driftmgr.yaml:3: providers.aws.endpoint: "localhost": use a URL without user and password, such as https://localhost:4566`},
	{name: "a password in a URL", file: "providers:\n  aws:\n    endpoint: https://u:hunter2-hunter2@h\n", want: `driftmgr.yaml:3: providers.aws.endpoint: (secret): use a URL without user and password, such as https://localhost:4566`},
	{name: "plain http for a cloud", file: "providers:\n  azure:\n    cloud:\n      audience: http://example.com\n", want: `driftmgr.yaml:4: providers.azure.cloud.audience: "http://example.com": use an https:// URL without user and password, such as https://management.core.chinacloudapi.cn`},
	{name: "a scheme in a host name", file: "state_storage:\n  tfc:\n    hostname: https://tfe.example.com\n", want: `driftmgr.yaml:3: state_storage.tfc.hostname: "https://tfe.example.com": write it like tfe.example.com`},
	{name: "another placeholder", file: "providers:\n  aws:\n    use_iam_role: true\n    role_arn: arn:aws:iam::{acct}:role/x\n", want: `driftmgr.yaml:4: providers.aws.role_arn: "arn:aws:iam::{acct}:role/x": write it like arn:aws:iam::111122223333:role/driftmgr`},
	{name: "risk without approval", file: "auto_remediation:\n  approval_required: false\n  max_risk_level: high\n", want: "driftmgr.yaml:3: auto_remediation.max_risk_level: high: nothing above low is applied without approvals: use none or low, or approval_required: true", valid: true},
	{name: "no change window", file: "remediation:\n  change_windows: [weekends]\n", want: `driftmgr.yaml:2: remediation.change_windows: change window "weekends": days, times and a zone are wanted; write it like "Mon-Fri 09:00-17:00 Europe/Berlin": without one, plans may be applied at any time`, valid: true},

	{name: "a tab", file: "detect:\n\tdepth: list\n", want: "driftmgr.yaml:2: is indented with a tab: use spaces"},
	{name: "a key twice", file: "detect:\n  depth: list\n  depth: full\n", want: "driftmgr.yaml:3: detect.depth: stands on line 2 already: remove one of them", valid: true},
	{name: "a section twice", file: "detect:\n  depth: list\ndetect:\n  timeout: 1m\n", want: "driftmgr.yaml:3: detect: stands on line 1 already: remove one of them", valid: true},
	{name: "a tag twice", file: "providers:\n  aws:\n    use_iam_role: true\n    role_arn: arn:aws:iam::111122223333:role/x\n    session_tags: {a: b, a: c}\n", want: "driftmgr.yaml:5: providers.aws.session_tags: has a twice: remove one of them", valid: true},
	{name: "two documents", file: "detect:\n  depth: list\n---\ndetect:\n  depth: full\n", want: "driftmgr.yaml:3: has several documents: keep one", valid: true},
	{name: "no YAML", file: "detect:\n  type: [aws_vpc\n", want: "driftmgr.yaml:1: is not YAML: did not find expected ',' or ']': correct it there or on the line before; put a text with special characters in quotes"},
	{name: "a secret like an alias", file: "state_storage:\n  tfc:\n    token: *hunter2-hunter2\n", want: "driftmgr.yaml:3: is not YAML: a value begins with *, and no anchor has that name: put the value in quotes"},
	{name: "a secret like a tag", file: "state_storage:\n  tfc:\n    token: !hunter2-hunter2 x\n", want: "driftmgr.yaml:3: state_storage.tfc.token: begins with !, which is a tag: put it in quotes", valid: true},
	{name: "a list of secrets", file: "state_storage:\n  tfc:\n    token: [hunter2-hunter2]\n", want: "driftmgr.yaml:3: state_storage.tfc.token: is a list: write one value"},
	{name: "a merge of nothing", file: "detect:\n  <<: 4\n", want: "driftmgr.yaml:2: detect: merges what is no section: merge an anchor of a section: <<: *NAME"},
	{name: "a merge of itself", file: "detect: &d\n  <<: *d\n", want: "driftmgr.yaml:2: detect: has too many keys with its aliases: write it shorter", valid: true},

	{name: "an unset variable", file: "detect:\n  workspace: x-${NONE}\n", want: "driftmgr.yaml:2: detect.workspace: refers to the environment variable NONE, which is not set: set it, or write ${NONE:-DEFAULT}", valid: true},
	{name: "a variable that does not fit", file: "detect:\n  parallel: ${HUGE}\n", want: `driftmgr.yaml:2: detect.parallel: "${HUGE}": use 1 to 256`, valid: true},
	{name: "an open reference", file: "state_storage:\n  tfc:\n    token: hunter2-hunter2${NONE\n", want: "driftmgr.yaml:3: state_storage.tfc.token: has ${ without }: " + referenceRemedy, valid: true},
	{name: "a reference in a reference", file: "state_storage:\n  tfc:\n    token: ${A:-${hunter2-hunter2}}\n", want: "driftmgr.yaml:3: state_storage.tfc.token: has a reference within a reference: " + referenceRemedy, valid: true},
	{name: "a reference of no kind", file: "state_storage:\n  tfc:\n    token: ${vault:hunter2-hunter2}\n", want: "driftmgr.yaml:3: state_storage.tfc.token: has a reference of no known kind: " + referenceRemedy, valid: true},
	{name: "no vault", file: "state_storage:\n  tfc:\n    token: ${azure-secret:x}\n", want: "driftmgr.yaml:3: state_storage.tfc.token: has an Azure secret without its vault: " + referenceRemedy, valid: true},
	{name: "no project", file: "state_storage:\n  tfc:\n    token: ${gcp-secret:x}\n", want: "driftmgr.yaml:3: state_storage.tfc.token: has a Google secret without its project: " + referenceRemedy, valid: true},
	{name: "no name", file: "state_storage:\n  tfc:\n    token: \"${secret:}\"\n", want: "driftmgr.yaml:3: state_storage.tfc.token: has a secret reference without a name: " + referenceRemedy, valid: true},
	{name: "a secret without store", file: "state_storage:\n  tfc:\n    token: ${secret:x}\n", want: "driftmgr.yaml:3: state_storage.tfc.token: refers to ${secret:x}, and secrets.backend is none: set it to file, aws, azure or gcp", valid: true},
	{name: "a secret number", file: "detect:\n  parallel: ${secret:x}\n", want: "driftmgr.yaml:2: detect.parallel: refers to a secret, which it cannot: write its value, or refer to a variable: ${NAME}", valid: true},
	{name: "a secret store", file: "secrets:\n  region: ${secret:x}\n", want: "driftmgr.yaml:2: secrets.region: refers to a secret, which it cannot: write its value, or refer to a variable: ${NAME}", valid: true},

	{name: "a role that is not used", file: "providers:\n  aws:\n    role_arn: arn:aws:iam::111122223333:role/audit\n", want: "driftmgr.yaml:3: providers.aws.role_arn: is set without providers.aws.use_iam_role: true: set it to assume the role", valid: true},
	{name: "a role without its name", file: "state_storage:\n  aws:\n    use_iam_role: true\n", want: "driftmgr.yaml:3: state_storage.aws.use_iam_role: is set without state_storage.aws.role_arn: name the role to assume", valid: true},
	{name: "a short session", file: "providers:\n  aws:\n    use_iam_role: true\n    role_arn: arn:aws:iam::111122223333:role/audit\n    duration: 5m\n", want: "driftmgr.yaml:5: providers.aws.duration: 5m0s: use 15m to 12h", valid: true},
	{name: "a state's account", file: "state_storage:\n  aws:\n    use_iam_role: true\n    role_arn: arn:aws:iam::{account}:role/audit\n", want: "driftmgr.yaml:4: state_storage.aws.role_arn: has {account}, which is not known before a state is read: write the account's number", valid: true},
	{name: "web identity and profile", file: "providers:\n  aws:\n    profile: x\n    use_iam_role: true\n    role_arn: arn:aws:iam::111122223333:role/audit\n    web_identity_token_file: t\n", want: "driftmgr.yaml:3: providers.aws.profile: is set besides providers.aws.web_identity_token_file, which takes none: keep one of them", valid: true},
	{name: "two kinds of Azure", file: "providers:\n  azure:\n    use_managed_identity: true\n    use_cli: true\n", want: "driftmgr.yaml:4: providers.azure.use_cli: is set besides providers.azure.use_managed_identity: keep the one kind of credentials to use", valid: true},
	{name: "a certificate's password alone", file: "providers:\n  azure:\n    client_certificate_password: ${A:-}x\n", want: "driftmgr.yaml:3: providers.azure.client_certificate_password: is set without providers.azure.client_certificate_path: name the certificate", valid: true},
	{name: "two kinds of Google", file: "providers:\n  gcp:\n    use_workload_identity: true\n    credentials_file: f\nsecurity: {config_validation: {enabled: false}}\n", want: "driftmgr.yaml:4: providers.gcp.credentials_file: is set besides providers.gcp.use_workload_identity: keep the one kind of credentials to use", valid: true},
	{name: "a workload identity that is not used", file: "providers:\n  gcp:\n    workload_identity_file: f\n", want: "driftmgr.yaml:3: providers.gcp.workload_identity_file: is set without providers.gcp.use_workload_identity: true: set it to use the file", valid: true},
	{name: "a store without folder", file: "secrets:\n  backend: file\n", want: "driftmgr.yaml:2: secrets.backend: is file without secrets.dir: name the folder of the secrets", valid: true},
	{name: "a store without vault", file: "secrets:\n  backend: azure\n", want: "driftmgr.yaml:2: secrets.backend: is azure without secrets.vault: name the vault's URL", valid: true},
	{name: "a store without project", file: "secrets:\n  backend: gcp\n", want: "driftmgr.yaml:2: secrets.backend: is gcp without secrets.project: name the project of the secrets", valid: true},
	{
		name: "several", file: "detect:\n  depth: x\n  timeout: y\ncolour: red\n", want: `driftmgr.yaml:2: detect.depth: "x": use full or list
driftmgr.yaml:3: detect.timeout: "y": use a duration with its unit, such as 10m
driftmgr.yaml:4: colour: unknown key`,
	},
}

func TestConfigMistakes(t *testing.T) {
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			a, stderr := configured(t, m.file, "HUGE=100000")
			_, err := a.loadConfig(nil)
			lines := strings.Split(m.want, "\n")
			want := "configuration " + lines[0]
			if n := len(lines) - 1; n > 0 {
				want += fmt.Sprintf(" (and %d more: driftmgr config validate)", n)
			}
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			cmd := a.configValidateCommand()
			cmd.SetArgs(nil)
			err = cmd.RunE(cmd, nil)
			if got := a.Out.(*bytes.Buffer).String(); err == nil || got != m.want+"\n" {
				t.Errorf("config validate: %v\n%swant\n%s", err, got, m.want)
			}
			if out := fmt.Sprint(err, a.Out, stderr); strings.Contains(out, "hunter2") {
				t.Errorf("the secret is shown: %s", out)
			}
		})
	}
}

// loadedSchema is the schema as config schema prints it.
func loadedSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(configSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile(schemaURL)
}

func TestConfigSchemaFile(t *testing.T) {
	const file = "config.schema.json"
	want := configSchema()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s is not what the keys make of it (%v): go test ./pkg/cli -update", file, err)
	}
	if path := regexp.MustCompile(`/main/pkg/cli/(.*)$`).FindStringSubmatch(schemaURL); path == nil || path[1] != file {
		t.Errorf("the schema's address %s is not that of the file", schemaURL)
	}
}

func TestConfigSchema(t *testing.T) {
	s := loadedSchema(t)
	validate := func(file string) error {
		var doc any
		if err := yaml.Unmarshal([]byte(file), &doc); err != nil {
			return err
		}
		return s.Validate(doc)
	}
	uncommented := regexp.MustCompile(`(?m)^( *)#(\w)`).ReplaceAllString(commentedConfig(), "$1$2")
	var likes strings.Builder
	for _, k := range configKeys() {
		if k.like != "" {
			parts := strings.Split(k.name, ".")
			for _, p := range parts {
				likes.WriteString("{" + p + ": ")
			}
			likes.WriteString(k.like + strings.Repeat("}", len(parts)) + "\n---\n")
		}
	}
	valid := []string{everyKind, commentedConfig(), uncommented, "detect:\nproviders:\n  aws:\n    profile:\n", "detect:\n  timeout: 0\n  max_state_size: 1000\n"}
	for _, file := range append(valid, strings.Split(likes.String(), "---\n")...) {
		if err := validate(file); err != nil {
			t.Errorf("%v\n%s", err, file)
		}
	}
	for _, m := range mistakes {
		if err := validate(m.file); err == nil && !m.valid {
			t.Errorf("%s: the schema takes\n%s", m.name, m.file)
		}
	}

	// The file of config init is what the defaults are, commented out or not.
	for _, file := range []string{commentedConfig(), uncommented} {
		a, stderr := configured(t, file)
		got, err := a.loadConfig(nil)
		if err != nil || stderr.Len() > 0 {
			t.Fatalf("%v\n%s", err, stderr)
		}
		b, _ := configured(t, "")
		want, _ := b.loadConfig(nil)
		got.settings, want.settings = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestInsecure(t *testing.T) {
	const azure = "providers:\n  azure:\n    client_id: a\n    tenant_id: b\n    client_secret: "
	for _, test := range []struct {
		name, file string
		env        []string
		want       []string
	}{
		{"a secret", "state_storage:\n  http:\n    password: hunter2\n", nil, []string{"driftmgr.yaml:3: state_storage.http.password: has a secret in plain text (no_plain_text_secrets): write ${NAME} or ${secret:NAME} in its place"}},
		{"a secret's default", "state_storage:\n  http:\n    password: ${P:-hunter2}\n", nil, []string{"driftmgr.yaml:3: state_storage.http.password: has a secret in plain text (no_plain_text_secrets): write ${NAME} or ${secret:NAME} in its place"}},
		{"a variable", "state_storage:\n  http:\n    password: ${P}\n", []string{"P=hunter2"}, nil},
		{"a secret elsewhere", "detect:\n  backend_config: [\"token=hunter2\", x.tfbackend]\n  var: [a=ghp_hunter2hunter2hunter2hunter2]\n", nil, []string{
			"driftmgr.yaml:2: detect.backend_config: has a secret in plain text (no_plain_text_secrets): write ${NAME} or ${secret:NAME} in its place",
			"driftmgr.yaml:3: detect.var: has a secret in plain text (no_plain_text_secrets): write ${NAME} or ${secret:NAME} in its place",
		}},
		{"a key of a backend", "detect:\n  backend_config: [\"encryption_key=hunter2\", \"key=secrets/prod.tfstate\"]\n", nil, []string{
			"driftmgr.yaml:2: detect.backend_config: has a secret in plain text (no_plain_text_secrets): write ${NAME} or ${secret:NAME} in its place",
		}},
		{"a secret in an object", "detect:\n  var: ['db={name = \"x\", admin_password = \"hunter2\"}', 'at={host = \"secrets.example.com\"}']\n", nil, []string{
			"driftmgr.yaml:2: detect.var: has a secret in plain text (no_plain_text_secrets): write ${NAME} or ${secret:NAME} in its place",
		}},
		{"no secret in an object", "detect:\n  var: ['at={host = \"secrets.example.com\"}']\n  backend_config: [\"endpoints={s3=\\\"https://h:1\\\"}\"]\n", nil, nil},
		{"in the environment", "", []string{"DRIFTMGR_STATE_STORAGE_HTTP_PASSWORD=hunter2"}, nil},
		{"http", "providers:\n  aws:\n    endpoint: http://example.com\n", nil, []string{"driftmgr.yaml:3: providers.aws.endpoint: is reached by plain http (https_only): use https://"}},
		{"http in the environment", "", []string{"DRIFTMGR_PROVIDERS_AWS_ENDPOINT=http://example.com"}, []string{"DRIFTMGR_PROVIDERS_AWS_ENDPOINT: is reached by plain http (https_only): use https://"}},
		{"http of a backend", "detect:\n  backend_config: [\"address=http://example.com\"]\n", nil, []string{"driftmgr.yaml:2: detect.backend_config: is reached by plain http (https_only): use https://"}},
		{"http here", "providers:\n  aws:\n    endpoint: http://localhost:4566\nstate_storage:\n  aws:\n    endpoint: http://[::1]:8500\n", nil, nil},
		{"a client secret", azure + "${S}\n", []string{"S=hunter2"}, []string{"driftmgr.yaml:5: providers.azure.client_secret: is a key that does not expire soon (strong_authentication): use use_workload_identity, use_oidc or use_managed_identity"}},
		{"a key file", "state_storage:\n  gcp:\n    credentials_file: key.json\n", nil, []string{"driftmgr.yaml:3: state_storage.gcp.credentials_file: is a key that does not expire (strong_authentication): use use_workload_identity or impersonate_service_account with the default credentials"}},
		{"an access key", "detect:\n", []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"}, []string{"driftmgr.yaml: providers.aws: uses the long-lived access key of AWS_ACCESS_KEY_ID (strong_authentication): set use_iam_role and role_arn, or use a profile with AWS SSO"}},
		{"an access key without a file", "", []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"}, nil},
		{"an access key and a role", "providers:\n  aws:\n    use_iam_role: true\n    role_arn: arn:aws:iam::111122223333:role/x\n", []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"}, nil},
		{"not looked for", "security:\n  config_validation:\n    enabled: false\nstate_storage:\n  http:\n    password: hunter2\n", nil, nil},
		{"another check", "security:\n  config_validation:\n    checks: [https_only]\nstate_storage:\n  http:\n    password: hunter2\n", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, stderr := configured(t, test.file, test.env...)
			if _, err := a.loadConfig(nil); err != nil {
				t.Fatal(err)
			}
			want := ""
			for _, w := range test.want {
				want += "driftmgr: warning: " + w + "\n"
			}
			if stderr.String() != want {
				t.Errorf("got\n%swant\n%s", stderr, want)
			}

			b, stderr := configured(t, test.file, append(test.env, "DRIFTMGR_SECURITY_CONFIG_VALIDATION_FAIL_ON_INSECURE=true")...)
			_, err := b.loadConfig(nil)
			if (err != nil) != (len(test.want) > 0) || stderr.Len() > 0 {
				t.Errorf("with fail_on_insecure: %v\n%s", err, stderr)
			}
			if err != nil && !strings.Contains(err.Error(), test.want[0]) {
				t.Errorf("got %v\nwant %s", err, test.want[0])
			}
		})
	}
}

func TestUnknownVariables(t *testing.T) {
	a, stderr := configured(t, "", "DRIFTMGR_DETECT_DEPT=3", "DRIFTMGR_CONFIG=", "DRIFTMGR_DETECT_DEPTH=list", "DRIFTMGR_X=", "OTHER=x", "DRIFTMGR_A_B_C_D_E=1")
	if _, err := a.loadConfig(nil); err != nil {
		t.Fatal(err)
	}
	want := `driftmgr: warning: DRIFTMGR_A_B_C_D_E: is no key and has no effect
driftmgr: warning: DRIFTMGR_DETECT_DEPT: is no key and has no effect: did you mean DRIFTMGR_DETECT_DEPTH?
`
	if stderr.String() != want {
		t.Errorf("got\n%swant\n%s", stderr, want)
	}
}

// storeFunc is a store of the tests.
type storeFunc func(name string) (string, error)

func (f storeFunc) Secret(_ context.Context, name string) (string, error) { return f(name) }

func TestResolve(t *testing.T) {
	const file = `
secrets:
  backend: azure
  vault: https://v.vault.azure.net/
providers:
  aws:
    profile: a-${secret:profile}
    external_id: ${azure-secret:other/id}
    use_iam_role: true
    role_arn: arn:aws:iam::111122223333:role/x
    session_tags: {a: b, c: "${gcp-secret:projects/p/secrets/s}"}
  azure:
    client_id: c
    tenant_id: t
    client_secret: ${aws-secret:db#password}
state_storage:
  http:
    username: ${aws-secret:db#user}
    password: ${aws-secret:db#password}
  pg:
    password: ${file:conn}
`
	var asked []string
	open := func(_ context.Context, cloud string, c config) (secretStore, error) {
		asked = append(asked, "open "+cloud)
		if cloud == "azure" && c.Providers.Azure.ClientSecret != "hunter2" {
			t.Errorf("Azure is asked with %q", c.Providers.Azure.ClientSecret)
		}
		return storeFunc(func(name string) (string, error) {
			asked = append(asked, cloud+" "+name)
			if cloud == "aws" {
				return `{"user": "u", "password": "hunter2", "port": 5432}`, nil
			}
			return "of " + name, nil
		}), nil
	}
	file2 := strings.Replace(file, "    profile: a-${secret:profile}\n", "", 1)

	t.Run("a section alone", func(t *testing.T) {
		a, _ := configured(t, file)
		a.openSecrets, asked = open, nil
		c, err := a.loadConfig(nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(asked) > 0 || c.StateStorage.HTTP.Password != "${aws-secret:db#password}" {
			t.Errorf("read without need: %v, %q", asked, c.StateStorage.HTTP.Password)
		}
		if err := os.WriteFile("conn", []byte("hunter2 and more\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := a.resolve(t.Context(), &c, "state_storage.pg"); err != nil {
			t.Fatal(err)
		}
		if len(asked) > 0 || c.StateStorage.PG.Password != "hunter2 and more" {
			t.Errorf("asked %v, got %q", asked, c.StateStorage.PG.Password)
		}
	})
	t.Run("a store that needs itself", func(t *testing.T) {
		a, _ := configured(t, file)
		a.openSecrets = open
		c, err := a.loadConfig(nil)
		if err != nil {
			t.Fatal(err)
		}
		// AWS's credentials are in Azure, and Azure's in AWS.
		err = a.resolve(t.Context(), &c)
		want := "configuration driftmgr.yaml:7: providers.aws.profile: ${secret:profile}: configuration driftmgr.yaml:15: providers.azure.client_secret: ${aws-secret:db#password}: " +
			"configuration driftmgr.yaml:7: providers.aws.profile: ${secret:profile}: is needed to ask the store that has it: write providers.azure without a secret of that store"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
	t.Run("each once", func(t *testing.T) {
		file := strings.Replace(file2, "${azure-secret:other/id}", "x", 1)
		file = strings.Replace(file, "c: \"${gcp-secret:projects/p/secrets/s}\"", "c: d", 1) + "  tfc:\n    token: ${secret:token}\n  consul:\n    token: ${azure-secret:other/t}\n  kubernetes:\n    context: ${gcp-secret:projects/p/secrets/s}\n"
		a, _ := configured(t, file)
		a.openSecrets, asked = open, nil
		c, err := a.loadConfig(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("conn", []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := a.resolve(t.Context(), &c); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"open aws", "aws db", "open azure", "azure https://v.vault.azure.net/token", "azure other/t", "open gcp", "gcp projects/p/secrets/s"}
		if !slices.Equal(asked, want) {
			t.Errorf("asked %q\nwant  %q", asked, want)
		}
		s := c.StateStorage
		if s.HTTP.Username != "u" || s.HTTP.Password != "hunter2" || c.Providers.Azure.ClientSecret != "hunter2" || s.Azure.ClientSecret != "hunter2" ||
			s.TFC.Token != "of https://v.vault.azure.net/token" || s.Kubernetes.Context != "of projects/p/secrets/s" {
			t.Errorf("got %+v", s)
		}
		for _, row := range c.settings.rows(true) {
			if text := fmt.Sprint(row); strings.Contains(text, "hunter2") || strings.Contains(text, "of projects") {
				t.Errorf("config show: %s", text)
			}
		}
	})
	t.Run("errors", func(t *testing.T) {
		for value, want := range map[string]string{
			"${aws-secret:denied}":               "${aws-secret:denied}: access denied: allow secretsmanager:GetSecretValue",
			"${aws-secret:empty}":                "${aws-secret:empty}: is empty: give the secret a value",
			"${aws-secret:text#key}":             "${aws-secret:text#key}: is no JSON object: leave out the # and what follows",
			"${aws-secret:json#none}":            "${aws-secret:json#none}: the secret has no such key: correct what follows the #",
			"${aws-secret:json#list}":            "${aws-secret:json#list}: the secret's key holds no text: name another after the #",
			"${file:none}":                       "${file:none}: file none cannot be read: no such file or directory",
			"${file:.}":                          "${file:.}: file . cannot be read: it is no regular file",
			"${file:large}":                      "${file:large}: file large is larger than 64 KiB: name the file of one secret",
			"${gcp-secret:projects/p/secrets/s}": "${gcp-secret:projects/p/secrets/s}: no project: set GOOGLE_CLOUD_PROJECT",
		} {
			a, stderr := configured(t, "state_storage:\n  tfc:\n    token: "+value+"\n")
			a.openSecrets = func(_ context.Context, cloud string, _ config) (secretStore, error) {
				if cloud == "gcp" {
					return nil, errors.New("no project: set GOOGLE_CLOUD_PROJECT")
				}
				return storeFunc(func(name string) (string, error) {
					return map[string]string{"text": "hunter2", "json": `{"password": "hunter2", "list": ["hunter2"]}`}[name],
						map[string]error{"denied": errors.New("access denied: allow secretsmanager:GetSecretValue")}[name]
				}), nil
			}
			if err := os.WriteFile("large", bytes.Repeat([]byte("hunter2 "), maxSecretSize/8+1), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := a.loadConfig(nil)
			if err != nil {
				t.Fatal(err)
			}
			err = a.resolve(t.Context(), &c)
			if want := "configuration driftmgr.yaml:3: state_storage.tfc.token: " + want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if out := fmt.Sprint(err, stderr, a.Out); strings.Contains(out, "hunter2") {
				t.Errorf("the secret is shown: %s", out)
			}
		}
	})
}

func TestFileStore(t *testing.T) {
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets")
	write := func(name, content string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "outside"), "hunter2", 0o600)
	write(filepath.Join(secrets, "one"), "a b\n\n", 0o600)
	write(filepath.Join(secrets, "windows"), "x\r\n", 0o600)
	write(filepath.Join(secrets, "open"), "x", 0o644)
	write(filepath.Join(secrets, "..data", "token"), "t", 0o600)
	for link, to := range map[string]string{"token": "..data/token", "escape": "../outside"} {
		if err := os.Symlink(to, filepath.Join(secrets, link)); err != nil {
			t.Skip(err)
		}
	}
	for name, want := range map[string]struct{ secret, err, warning string }{
		"one":        {secret: "a b\n"},
		"windows":    {secret: "x"},
		"token":      {secret: "t"},
		"open":       {secret: "x", warning: "secret file " + secrets + "/open can be read by other users: chmod 600 " + secrets + "/open"},
		"none":       {err: "file " + secrets + "/none cannot be read: no such file or directory"},
		"../outside": {err: "file " + dir + "/outside cannot be read: path escapes from parent"},
		"escape":     {err: "file " + secrets + "/escape cannot be read: path escapes from parent"},
		"..data":     {err: "file " + secrets + "/..data cannot be read: it is no regular file"},
	} {
		warning := ""
		secret, err := fileStore{dir: secrets, warn: func(s string) { warning = s }}.Secret(t.Context(), name)
		if secret != want.secret || warning != want.warning || (err != nil || want.err != "") && fmt.Sprint(err) != want.err {
			t.Errorf("%s: %q, %v, %q\nwant %+v", name, secret, err, warning, want)
		}
	}
	if _, err := (fileStore{dir: filepath.Join(dir, "none")}).Secret(t.Context(), "x"); err == nil || err.Error() != "the folder "+dir+"/none of secrets.dir cannot be opened: no such file or directory" {
		t.Error(err)
	}
}

func TestLogger(t *testing.T) {
	log := func(l *slog.Logger) {
		l.Debug("not this")
		l.Warn("call", "operation", "GetObject", "token", "hunter2", "headers", map[string]string{"password": "hunter2"},
			"url", "https://u:hunter2@h/", slog.Group("secret", "value", "hunter2"), "err", errors.New("password=hunter2"), "text", "has s3same-in it")
	}
	a, _ := configured(t, "state_storage:\n  tfc:\n    token: ${file:token}\nlogging:\n  level: warn\n  format: json\n")
	if err := os.WriteFile("token", []byte("s3same"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := a.loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ level, format, file string }{{"off", "text", ""}, {"warn", "text", ""}, {"warn", "json", ""}, {"warn", "text", "log.txt"}} {
		var stderr bytes.Buffer
		c.Logging = loggingConfig{test.level, test.format, test.file}
		l, closer, err := c.logger(&stderr)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.resolve(t.Context(), &c, "state_storage.tfc"); err != nil {
			t.Fatal(err)
		}
		c.Logging = loggingConfig{test.level, test.format, test.file}
		log(l)
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
		out := stderr.String()
		if test.file != "" {
			data, err := os.ReadFile(test.file)
			if err != nil || out != "" {
				t.Errorf("%v, on stderr %q", err, out)
			}
			out = string(data)
		}
		for _, never := range []string{"hunter2", "s3same", "not this"} {
			if strings.Contains(out, never) {
				t.Errorf("%+v: %s", test, out)
			}
		}
		if lines := strings.Count(out, "\n"); lines == 1 != (test.level != "off") || test.level != "off" && strings.Count(out, masked) != 6 {
			t.Errorf("%+v: %s", test, out)
		}
	}
	c.Logging = loggingConfig{"debug", "text", "none/log.txt"}
	if _, _, err := c.logger(nil); err == nil || err.Error() != "logging.file none/log.txt cannot be written: no such file or directory" {
		t.Error(err)
	}
}

func TestParseText(t *testing.T) {
	for s, want := range map[string]text{
		"":                          nil,
		"a $ b $x":                  {{literal: "a $ b $x"}},
		"$${A}":                     {{literal: "${A}"}},
		"${A}":                      {{env: "A"}},
		"a${A:-}b":                  {{literal: "a"}, {env: "A", optional: true}, {literal: "b"}},
		"${A:-b:c}":                 {{env: "A", fallback: "b:c", optional: true}},
		"${secret:a/b}${file:/c#d}": {{secret: &secretRef{"secret", "a/b", ""}}, {secret: &secretRef{"file", "/c#d", ""}}},
		"${secret:-x}":              {{env: "secret", fallback: "x", optional: true}},
		"${aws-secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf#user}": {{secret: &secretRef{"aws-secret", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", "user"}}},
		"${azure-secret:https://v.vault.azure.net/s}":                                       {{secret: &secretRef{"azure-secret", "https://v.vault.azure.net/s", ""}}},
		"${gcp-secret:projects/p/secrets/s/versions/2#k}":                                   {{secret: &secretRef{"gcp-secret", "projects/p/secrets/s/versions/2", "k"}}},
	} {
		if got, err := parseText(s); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v\nwant %+v", s, got, err, want)
		}
	}
}

// What is parsed says the same when it is written again, and an error says
// nothing of the text.
func FuzzParseText(f *testing.F) {
	for _, s := range []string{"", "$${", "a${A:-b}c", "${aws-secret:x#y}", "${file:/a}", "${azure-secret:v/s}", "${", "${}", "${A:-${B}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := parseText(s)
		if err != nil {
			if len(s) > 12 && strings.Contains(err.Error(), s) {
				t.Errorf("%q is in the error %v", s, err)
			}
			return
		}
		expanded, missing := parts.expand(func(string) string { return "$${value" })
		if missing != "" || slices.ContainsFunc(expanded, func(p piece) bool { return p.env != "" }) {
			t.Errorf("%q is expanded to %+v, %q", s, expanded, missing)
		}
		if !strings.Contains(s, "$") && expanded.String() != s {
			t.Errorf("%q becomes %q", s, expanded.String())
		}
	})
}

// FuzzConfig reads any file. A secret in it, well quoted or not, is in no
// message.
func FuzzConfig(f *testing.F) {
	f.Add(everyKind, "hunter2-hunter2")
	for _, m := range mistakes {
		f.Add(m.file, "hunter2-hunter2")
	}
	f.Fuzz(func(t *testing.T, file, secret string) {
		a, _ := unconfigured("A=1")
		s := a.settings(configSource{configFile, []byte(file)}, nil)
		s.all()

		if len(secret) < 12 || strings.ContainsAny(secret, "${}") || strings.Contains(commentedConfig(), secret) {
			return
		}
		quoted := yamlValue(secret)
		if !strings.HasPrefix(quoted, `"`) {
			quoted = fmt.Sprintf("%q", secret)
		}
		for _, value := range []string{quoted, secret} {
			s := a.settings(configSource{configFile, []byte("state_storage:\n  tfc:\n    token: " + value + "\n")}, nil)
			problems, warnings := s.all()
			for _, p := range slices.Concat(problems, warnings) {
				if value == secret && strings.ContainsAny(secret, "\r\n\u0085\u2028\u2029:,[]{}?-&*!|>'\"%@`#") {
					continue // may be keys of its own
				}
				if strings.Contains(p.String(), secret) {
					t.Errorf("%q is in %s", secret, p)
				}
			}
			for _, row := range s.rows(true) {
				if strings.Contains(fmt.Sprint(row), secret) {
					t.Errorf("%q is shown: %v", secret, row)
				}
			}
		}
	})
}
