package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// config is what can be configured. Flags win over the environment (DRIFTMGR_ and
// the key in capitals, dots as underscores), that over the file, that over the
// defaults.
type config struct {
	Detect    detectConfig `mapstructure:"detect"`
	Providers struct {
		AWS awsConfig `mapstructure:"aws"`
	} `mapstructure:"providers"`
}

// detectConfig has the flags of detect and inventory.
type detectConfig struct {
	Unmanaged    bool          `mapstructure:"unmanaged"`
	Depth        string        `mapstructure:"depth"`
	Types        []string      `mapstructure:"type"`
	ExcludeTypes []string      `mapstructure:"exclude_type"`
	Regions      []string      `mapstructure:"region"`
	Timeout      time.Duration `mapstructure:"timeout"`
	Parallel     int           `mapstructure:"parallel"`
	MaxStateSize string        `mapstructure:"max_state_size"`
}

// awsConfig is how to reach AWS; empty means the SDK's default chain.
type awsConfig struct {
	Profile     string `mapstructure:"profile"`
	UseIAMRole  bool   `mapstructure:"use_iam_role"`
	RoleARN     string `mapstructure:"role_arn"`
	ExternalID  string `mapstructure:"external_id"`
	SessionName string `mapstructure:"session_name"`
	Endpoint    string `mapstructure:"endpoint"`
}

// configFile is read from the working directory where no other is named.
const configFile = "driftmgr.yaml"

func defaults() map[string]any {
	return map[string]any{
		"detect.unmanaged":           true,
		"detect.depth":               "full",
		"detect.type":                []string{},
		"detect.exclude_type":        []string{},
		"detect.region":              []string{},
		"detect.timeout":             "0s",
		"detect.parallel":            16,
		"detect.max_state_size":      "128MiB",
		"providers.aws.profile":      "",
		"providers.aws.use_iam_role": false,
		"providers.aws.role_arn":     "",
		"providers.aws.external_id":  "",
		"providers.aws.session_name": "driftmgr",
		"providers.aws.endpoint":     "",
	}
}

// configKey is the key behind a flag of detect and inventory.
func configKey(flag string) string { return "detect." + strings.ReplaceAll(flag, "-", "_") }

// loadConfig merges the four sources. flags are those of the command.
func (a *app) loadConfig(flags *pflag.FlagSet) (config, error) {
	var c config
	v := viper.NewWithOptions(viper.ExperimentalBindStruct())
	known := defaults()
	for key, value := range known {
		v.SetDefault(key, value)
		if env := a.Getenv("DRIFTMGR_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))); env != "" {
			v.Set(key, env)
		}
	}
	name := a.root.configFile
	if name == "" {
		name = a.Getenv("DRIFTMGR_CONFIG")
	}
	named := name != ""
	if !named {
		name = configFile
	}
	file := viper.New()
	file.SetConfigFile(name)
	file.SetConfigType("yaml")
	if err := file.ReadInConfig(); err != nil && (named || !errors.Is(err, fs.ErrNotExist)) {
		return c, fmt.Errorf("configuration %s: %w", name, err)
	}
	for _, key := range file.AllKeys() {
		value := file.Get(key)
		switch _, ok := known[key]; {
		case ok && value != nil:
			v.SetDefault(key, value)
		case ok, value == nil && isSection(key, known): // says nothing
		case isSection(key, known):
			return c, fmt.Errorf("configuration %s: %s is a section: indent its keys below it", name, key)
		default:
			return c, fmt.Errorf("configuration %s: unknown key %s%s", name, key, didYouMean(key, known, ""))
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if _, ok := known[configKey(f.Name)]; ok && f.Changed {
			if list, ok := f.Value.(pflag.SliceValue); ok {
				v.Set(configKey(f.Name), list.GetSlice())
			} else {
				v.Set(configKey(f.Name), f.Value.String())
			}
		}
	})
	if err := v.Unmarshal(&c); err != nil {
		return c, fmt.Errorf("configuration: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return c, c.check()
}

// check refuses what no type can.
func (c config) check() error {
	if d := c.Detect.Depth; d != "full" && d != "list" {
		return fmt.Errorf("depth %q: use full or list", d)
	}
	if c.Detect.Parallel < 1 || c.Detect.Parallel > 256 {
		return fmt.Errorf("parallel %d: use 1 to 256", c.Detect.Parallel)
	}
	if c.Detect.Timeout < 0 {
		return fmt.Errorf("timeout %s: use a positive duration, such as 10m", c.Detect.Timeout)
	}
	aws := c.Providers.AWS
	if aws.UseIAMRole && aws.RoleARN == "" {
		return errors.New("providers.aws.use_iam_role is set without providers.aws.role_arn: name the role to assume")
	}
	if !aws.UseIAMRole && aws.RoleARN != "" {
		return errors.New("providers.aws.role_arn is set without providers.aws.use_iam_role: true: set it to assume the role")
	}
	return nil
}

// isSection reports whether known keys begin with key.
func isSection(key string, known map[string]any) bool {
	for k := range known {
		if strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

// didYouMean names the known key that is nearest to one that is not, with a
// prefix.
func didYouMean(key string, known map[string]any, prefix string) string {
	best, least := "", len(key)/2+1
	for k := range known {
		if d := levenshtein.ComputeDistance(key, k); d < least || d == least && k < best {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + prefix + best + "?"
}
