package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// config is what can be configured. Flags win over the environment (DRIFTMGR_ and
// the key in capitals, dots as underscores), that over the file, that over the
// defaults. configKeys has the keys with their defaults and what they mean.
type config struct {
	Detect    detectConfig `mapstructure:"detect"`
	Providers struct {
		AWS   awsConfig `mapstructure:"aws"`
		Azure struct {
			azureConfig   `mapstructure:",squash"`
			Subscriptions []string `mapstructure:"subscriptions"`
		} `mapstructure:"azure"`
		GCP struct {
			gcpConfig      `mapstructure:",squash"`
			Project        string   `mapstructure:"project"`
			Projects       []string `mapstructure:"projects"`
			AssetInventory bool     `mapstructure:"asset_inventory"`
		} `mapstructure:"gcp"`
	} `mapstructure:"providers"`

	// StateStorage has the credentials for reading states: those of the provider
	// where its section sets none.
	StateStorage struct {
		AWS        awsConfig        `mapstructure:"aws"`
		Azure      azureConfig      `mapstructure:"azure"`
		GCP        gcpConfig        `mapstructure:"gcp"`
		HTTP       httpConfig       `mapstructure:"http"`
		TFC        tfcConfig        `mapstructure:"tfc"`
		Consul     consulConfig     `mapstructure:"consul"`
		PG         pgConfig         `mapstructure:"pg"`
		Kubernetes kubernetesConfig `mapstructure:"kubernetes"`
	} `mapstructure:"state_storage"`

	Secrets  secretsConfig `mapstructure:"secrets"`
	Security struct {
		Validation validationConfig `mapstructure:"config_validation"`
	} `mapstructure:"security"`
	Logging     loggingConfig     `mapstructure:"logging"`
	Remediation remediationConfig `mapstructure:"remediation"`
	Auto        autoConfig        `mapstructure:"auto_remediation"`
	Audit       auditConfig       `mapstructure:"audit"`

	// settings is what it was made of; nil in a config that was not loaded.
	settings *settings
}

// detectConfig has the flags of detect and inventory.
type detectConfig struct {
	Unmanaged     bool          `mapstructure:"unmanaged"`
	Depth         string        `mapstructure:"depth"`
	Types         []string      `mapstructure:"type"`
	ExcludeTypes  []string      `mapstructure:"exclude_type"`
	Regions       []string      `mapstructure:"region"`
	Clouds        []string      `mapstructure:"cloud"`
	Timeout       time.Duration `mapstructure:"timeout"`
	Parallel      int           `mapstructure:"parallel"`
	MaxStateSize  string        `mapstructure:"max_state_size"`
	Recursive     bool          `mapstructure:"recursive"`
	BackendConfig []string      `mapstructure:"backend_config"`
	Vars          []string      `mapstructure:"var"`
	VarFiles      []string      `mapstructure:"var_file"`
	Workspace     string        `mapstructure:"workspace"`
}

// awsConfig is how to reach AWS; empty means the SDK's default chain.
type awsConfig struct {
	Profile              string            `mapstructure:"profile"`
	Region               string            `mapstructure:"region"`
	UseIAMRole           bool              `mapstructure:"use_iam_role"`
	RoleARN              string            `mapstructure:"role_arn"` // may hold {account}
	ExternalID           string            `mapstructure:"external_id"`
	SessionName          string            `mapstructure:"session_name"`
	SessionTags          map[string]string `mapstructure:"session_tags"`
	Duration             time.Duration     `mapstructure:"duration"`
	WebIdentityTokenFile string            `mapstructure:"web_identity_token_file"`
	Endpoint             string            `mapstructure:"endpoint"`
}

// azureConfig is how to reach Azure; at most one kind of credentials is set.
type azureConfig struct {
	UseManagedIdentity        bool   `mapstructure:"use_managed_identity"`
	ClientID                  string `mapstructure:"client_id"`
	TenantID                  string `mapstructure:"tenant_id"`
	SubscriptionID            string `mapstructure:"subscription_id"`
	ClientSecret              string `mapstructure:"client_secret"`
	ClientCertificatePath     string `mapstructure:"client_certificate_path"`
	ClientCertificatePassword string `mapstructure:"client_certificate_password"`
	UseWorkloadIdentity       bool   `mapstructure:"use_workload_identity"`
	UseOIDC                   bool   `mapstructure:"use_oidc"`
	UseCLI                    bool   `mapstructure:"use_cli"`
	Cloud                     struct {
		ResourceManager string `mapstructure:"resource_manager"`
		AuthorityHost   string `mapstructure:"authority_host"`
		Audience        string `mapstructure:"audience"`
	} `mapstructure:"cloud"`
}

// gcpConfig is how to reach Google Cloud; at most one kind of credentials is set.
type gcpConfig struct {
	UseWorkloadIdentity       bool   `mapstructure:"use_workload_identity"`
	WorkloadIdentityFile      string `mapstructure:"workload_identity_file"`
	CredentialsFile           string `mapstructure:"credentials_file"`
	ImpersonateServiceAccount string `mapstructure:"impersonate_service_account"`
	QuotaProject              string `mapstructure:"quota_project"`
	Endpoint                  string `mapstructure:"endpoint"`
}

type httpConfig struct {
	Username string `mapstructure:"username"`
	Password string `mapstructure:"password"`
	Host     string `mapstructure:"host"`
	CAFile   string `mapstructure:"ca_file"`
}

type tfcConfig struct {
	Hostname string `mapstructure:"hostname"`
	Token    string `mapstructure:"token"`
}

type consulConfig struct {
	Token string `mapstructure:"token"`
	Host  string `mapstructure:"host"`
}

type pgConfig struct {
	Password string `mapstructure:"password"`
}

type kubernetesConfig struct {
	ConfigPath string `mapstructure:"config_path"`
	Context    string `mapstructure:"context"`
}

type secretsConfig struct {
	Backend string `mapstructure:"backend"`
	Region  string `mapstructure:"region"`
	Vault   string `mapstructure:"vault"`
	Project string `mapstructure:"project"`
	Dir     string `mapstructure:"dir"`
}

type validationConfig struct {
	Enabled        bool     `mapstructure:"enabled"`
	FailOnInsecure bool     `mapstructure:"fail_on_insecure"`
	Checks         []string `mapstructure:"checks"`
}

type loggingConfig struct {
	Level  string `mapstructure:"level"`
	Format string `mapstructure:"format"`
	File   string `mapstructure:"file"`
}

// remediationConfig is where plans are, who may approve them, and what has to hold
// before one is applied.
type remediationConfig struct {
	Dir              string            `mapstructure:"dir"`
	Terraform        string            `mapstructure:"terraform"`
	ApplyEnv         map[string]string `mapstructure:"apply_env"`
	SigningKey       string            `mapstructure:"signing_key"`
	AllowedSigners   string            `mapstructure:"allowed_signers"`
	RevokedKeys      string            `mapstructure:"revoked_keys"`
	Approvals        int               `mapstructure:"approvals"`
	FourEyes         bool              `mapstructure:"four_eyes"`
	Expiry           time.Duration     `mapstructure:"expiry"`
	MaxRiskLevel     string            `mapstructure:"max_risk_level"`
	AllowedAddresses []string          `mapstructure:"allowed_addresses"`
	ChangeWindows    []string          `mapstructure:"change_windows"`
	MaxChanges       int               `mapstructure:"max_changes"`
}

type auditConfig struct {
	File   string `mapstructure:"file"`
	Syslog string `mapstructure:"syslog"`
}

// autoConfig is what may be done about drift without anybody's approval.
type autoConfig struct {
	Enabled          bool   `mapstructure:"enabled"`
	DryRun           bool   `mapstructure:"dry_run"`
	ApprovalRequired bool   `mapstructure:"approval_required"`
	MaxRiskLevel     string `mapstructure:"max_risk_level"`
}

// loadConfig merges the four sources; flags are those of the command. What is
// insecure or has no effect is told on stderr. Secrets are not read yet: see
// resolve.
func (a *app) loadConfig(flags *pflag.FlagSet) (config, error) {
	source, err := readConfigFile(a.configName())
	if err != nil {
		return config{}, err
	}
	s := a.settings(source, flags)
	c, problems, warnings := s.judge()
	for _, w := range warnings {
		_, _ = fmt.Fprintln(a.Err, "driftmgr: warning: "+w.String())
	}
	if len(problems) > 0 {
		return config{}, problems[0].err(len(problems) - 1)
	}
	return c, nil
}

// configName is the file that the user names, if any.
func (a *app) configName() string {
	if a.root.configFile != "" {
		return a.root.configFile
	}
	return a.Getenv(envPrefix + "CONFIG")
}

// settings are the values of every key with their places.
type settings struct {
	keys   []configKey
	byName map[string]configKey
	file   string // empty: there is none

	// layers has what each source says of a key, the strongest last. The default
	// is always the first.
	layers map[string][]value
	owned  map[string]bool // the sections with a key that is set

	form     []problem // of the file, whatever its values are
	warnings []problem
	getenv   func(string) string
	resolver resolver
}

// settings reads the four sources.
func (a *app) settings(source configSource, flags *pflag.FlagSet) *settings {
	s := &settings{
		keys:     configKeys(),
		byName:   map[string]configKey{},
		file:     source.name,
		layers:   map[string][]value{},
		owned:    map[string]bool{},
		getenv:   a.Getenv,
		resolver: resolver{read: map[secretRef]string{}, stores: map[string]secretStore{}},
	}
	for _, k := range s.keys {
		s.byName[k.name] = k
		s.layers[k.name] = []value{{place: place{kind: fromDefault}, data: k.zero()}}
	}
	add := func(k configKey, p place, v value) {
		v.place = p
		s.layers[k.name] = append(s.layers[k.name], v)
		for section := k.name; strings.Contains(section, "."); {
			section, _ = cutLast(section, ".")
			s.owned[section] = true
		}
	}
	var entries []entry
	entries, s.form = parseConfig(source, s.keys)
	for _, e := range entries {
		if n := target(e.value); n == nil || !isNull(n) {
			k := s.byName[e.name]
			add(k, place{fromFile, source.name, e.line}, fileValue(k, e.value, a.Getenv))
		}
	}
	for _, k := range s.keys {
		if env := a.Getenv(k.env()); env != "" {
			add(k, place{kind: fromEnvironment, name: k.env()}, textValue(k, env))
		}
	}
	s.warnings = a.unknownVariables(s.keys)
	if flags != nil {
		flags.VisitAll(func(f *pflag.Flag) {
			k, ok := s.byName[flagKey(f.Name)]
			if !ok || !f.Changed {
				return
			}
			p := place{kind: fromFlag, name: f.Name}
			if list, ok := f.Value.(pflag.SliceValue); ok {
				add(k, p, value{data: list.GetSlice()})
			} else {
				add(k, p, textValue(k, f.Value.String()))
			}
		})
	}
	return s
}

// unknownVariables warns of variables that look like keys and are none.
func (a *app) unknownVariables(keys []configKey) []problem {
	if a.Environ == nil {
		return nil
	}
	known := map[string]any{"CONFIG": nil}
	for _, k := range keys {
		known[strings.TrimPrefix(k.env(), envPrefix)] = nil
	}
	var unknown []problem
	for _, pair := range a.Environ() {
		name, text, _ := strings.Cut(pair, "=")
		key, ours := strings.CutPrefix(name, envPrefix)
		if _, ok := known[key]; ours && !ok && text != "" {
			unknown = append(unknown, problem{place{kind: fromEnvironment, name: oneWord(name)}, "", flaw{"is no key and has no effect" + didYouMean(key, known, envPrefix), ""}})
		}
	}
	slices.SortFunc(unknown, func(a, b problem) int { return strings.Compare(a.name, b.name) })
	return unknown
}

// value is what counts of a key: what its strongest source says. A section of
// state_storage that sets nothing has the values of the provider.
func (s *settings) value(key string) value {
	layers := s.layers[key]
	if provider, ok := s.inherits(key); ok {
		layers = s.layers[provider]
	}
	return layers[len(layers)-1]
}

// inherits names the provider's key that stands for one of state_storage.
func (s *settings) inherits(key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, "state_storage.")
	cloud, _, _ := strings.Cut(rest, ".")
	provider := "providers." + rest
	_, known := s.byName[provider]
	return provider, ok && known && !s.own("state_storage."+cloud)
}

// own reports whether a key of the section is set by anybody.
func (s *settings) own(section string) bool { return s.owned[section] }

// judge returns the configuration with what is wrong with it, and with what is
// only to be told. What a stronger source replaces is not judged.
func (s *settings) judge() (c config, problems, warnings []problem) {
	problems = slices.Clone(s.form)
	for _, k := range s.keys {
		if _, inherited := s.inherits(k.name); inherited {
			continue
		}
		if v := s.value(k.name); v.wrong != nil {
			problems = append(problems, problem{v.place, k.name, *v.wrong})
		}
	}
	warnings = s.warnings
	if len(problems) == 0 {
		c = s.config()
		for _, f := range c.check(s.own) {
			problems = append(problems, problem{s.value(f.key).place, f.key, f.flaw})
		}
		problems = append(problems, s.unreadable(c.Secrets)...)
		insecure := s.insecure(c)
		if c.Security.Validation.FailOnInsecure {
			problems = append(problems, insecure...)
		} else {
			warnings = append(slices.Clone(warnings), insecure...)
		}
	}
	sortProblems(problems)
	sortProblems(warnings)
	return c, problems, warnings
}

// config fills the struct. Where secrets are not read, it has their references.
func (s *settings) config() config {
	v := viper.New()
	for _, k := range s.keys {
		v.Set(k.name, asWritten(s.value(k.name).data))
	}
	c := config{settings: s}
	if err := v.UnmarshalExact(&c); err != nil {
		panic("driftmgr: the table of keys and the struct config differ: " + err.Error())
	}
	return c
}

// asWritten turns what refers to secrets into plain values.
func asWritten(data any) any {
	switch data := data.(type) {
	case text:
		return data.String()
	case []text:
		list := []string{}
		for _, t := range data {
			list = append(list, t.String())
		}
		return list
	case map[string]text:
		m := map[string]string{}
		for name, t := range data {
			m[name] = t.String()
		}
		return m
	}
	return data
}
