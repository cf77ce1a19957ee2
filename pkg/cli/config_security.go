package cli

import (
	"regexp"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The checks of security.config_validation.
const (
	// A secret stands in the file itself: the value of a secret key, the default of
	// a variable there, or what looks like a secret anywhere.
	checkPlainText = "no_plain_text_secrets"

	// An endpoint is plain http and not on this machine.
	checkHTTPS = "https_only"

	// A key that does not expire is used where the cloud can do without: an Azure
	// client secret, a Google credentials file, and AWS access keys of a user
	// (AWS_ACCESS_KEY_ID begins with AKIA) with neither role nor profile.
	checkAuthentication = "strong_authentication"
)

// insecure lists what the configured checks find. Without a file and settings of
// their own there is nothing to find but the keys of AWS.
func (s *settings) insecure(c config) []problem {
	if !c.Security.Validation.Enabled {
		return nil
	}
	checks := c.Security.Validation.Checks
	var all []problem
	for _, k := range s.keys {
		v := s.value(k.name)
		if _, inherited := s.inherits(k.name); inherited || v.kind == fromDefault {
			continue
		}
		add := func(check string, f flaw) {
			if slices.Contains(checks, check) {
				f.problem += " (" + check + ")"
				all = append(all, problem{v.place, k.name, f})
			}
		}
		if v.kind == fromFile && v.plain && k.showsSecret(v.data) {
			add(checkPlainText, flaw{"has a secret in plain text", "write ${NAME} or ${secret:NAME} in its place"})
		}
		if k.reachesInPlain(v.data) {
			add(checkHTTPS, flaw{"is reached by plain http", "use https://"})
		}
		if f, weak := s.weak(k.name, v); weak {
			add(checkAuthentication, f)
		}
	}
	if s.staticKeys(c) && slices.Contains(checks, checkAuthentication) {
		all = append(all, problem{place{kind: fromFile, name: s.file}, "providers.aws", flaw{
			"uses the long-lived access key of AWS_ACCESS_KEY_ID (" + checkAuthentication + ")",
			"set use_iam_role and role_arn, or use a profile with AWS SSO",
		}})
	}
	return all
}

// texts lists the parts of a value that are texts, as they are written.
func texts(data any) []string {
	switch data := asWritten(data).(type) {
	case string:
		return []string{data}
	case []string:
		return data
	case map[string]string:
		var list []string
		for name, value := range data {
			list = append(list, name+"="+value)
		}
		slices.Sort(list)
		return list
	}
	return nil
}

// showsSecret reports whether a value is, or looks like, a secret.
func (k configKey) showsSecret(data any) bool {
	return slices.ContainsFunc(texts(data), k.hides)
}

// hides reports whether a text of the key is never shown. An item NAME=VALUE is a
// secret if its name says so, or a name within an object that the value is.
func (k configKey) hides(s string) bool {
	if k.secret || resource.SecretValue(s) {
		return s != ""
	}
	name, value, isPair := strings.Cut(s, "=")
	if !isPair || value == "" || k.kind != kindList && k.kind != kindMap {
		return false
	}
	return secretArgument(name) || slices.ContainsFunc(inner.FindAllStringSubmatch(value, -1), func(m []string) bool { return secretArgument(m[1]) })
}

// inner finds the names in an object of Terraform's or JSON's.
var inner = regexp.MustCompile(`[{,\n]\s*"?([A-Za-z0-9_-]+)"?\s*[=:]`)

// secretArgument reports whether the value of a variable or of a backend's
// argument is a secret. Two of the backends' keys are called by no word for one.
func secretArgument(name string) bool {
	return resource.SecretName(name) || name == "encryption_key" || name == "sse_customer_key"
}

// reachesInPlain reports whether an endpoint is plain http to another machine.
func (k configKey) reachesInPlain(data any) bool {
	return slices.ContainsFunc(texts(data), func(s string) bool {
		if k.kind == kindList {
			_, s, _ = strings.Cut(s, "=")
		}
		return !k.secret && plainHTTP(strings.Trim(s, `"`))
	})
}

func (s *settings) weak(key string, v value) (flaw, bool) {
	_, last := cutLast(key, ".")
	if data, ok := asWritten(v.data).(string); !ok || data == "" {
		return flaw{}, false
	}
	switch last {
	case "client_secret":
		return flaw{"is a key that does not expire soon", "use use_workload_identity, use_oidc or use_managed_identity"}, true
	case "credentials_file":
		return flaw{"is a key that does not expire", "use use_workload_identity or impersonate_service_account with the default credentials"}, true
	}
	return flaw{}, false
}

// staticKeys reports whether a file leaves AWS to a user's access key.
func (s *settings) staticKeys(c config) bool {
	aws := c.Providers.AWS
	return s.file != "" && !aws.UseIAMRole && aws.Profile == "" && strings.HasPrefix(s.getenv("AWS_ACCESS_KEY_ID"), "AKIA")
}
