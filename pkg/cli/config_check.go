package cli

import (
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/remediate"
)

// finding is what a rule over several keys says of one.
type finding struct {
	key string
	flaw
}

// check refuses what no single value shows: keys that need or exclude others.
func (c config) check(own func(section string) bool) []finding {
	var all []finding
	for _, section := range []struct {
		name string
		aws  *awsConfig
		az   *azureConfig
		gcp  *gcpConfig
	}{
		{"providers.aws", &c.Providers.AWS, nil, nil},
		{"providers.azure", nil, &c.Providers.Azure.azureConfig, nil},
		{"providers.gcp", nil, nil, &c.Providers.GCP.gcpConfig},
		{"state_storage.aws", &c.StateStorage.AWS, nil, nil},
		{"state_storage.azure", nil, &c.StateStorage.Azure, nil},
		{"state_storage.gcp", nil, nil, &c.StateStorage.GCP},
	} {
		if !own(section.name) {
			continue
		}
		switch {
		case section.aws != nil:
			all = append(all, section.aws.check(section.name)...)
		case section.az != nil:
			all = append(all, section.az.check(section.name)...)
		case section.gcp != nil:
			all = append(all, section.gcp.check(section.name)...)
		}
	}
	all = append(all, c.Remediation.check()...)
	all = append(all, c.Auto.check()...)
	return append(all, c.Secrets.check()...)
}

func (c remediationConfig) check() []finding {
	for _, text := range c.ChangeWindows {
		if _, err := remediate.ParseWindow(text); err != nil {
			return []finding{{"remediation.change_windows", flaw{err.Error(), "without one, plans may be applied at any time"}}}
		}
	}
	return nil
}

func (c autoConfig) check() []finding {
	if !c.ApprovalRequired && remediate.Risk(c.MaxRiskLevel).Exceeds(remediate.Low) {
		return []finding{{"auto_remediation.max_risk_level", flaw{c.MaxRiskLevel + ": nothing above low is applied without approvals", "use none or low, or approval_required: true"}}}
	}
	return nil
}

// set is a key of a section and whether it says something.
type set struct {
	key string
	set bool
}

// together tells of keys that have no effect without another.
func together(section, with, remedy string, given bool, keys ...set) []finding {
	var all []finding
	for _, k := range keys {
		if k.set && !given {
			all = append(all, finding{section + "." + k.key, flaw{"is set without " + section + "." + with, remedy}})
		}
	}
	return all
}

// oneOf tells of the second of several keys that exclude each other.
func oneOf(section string, keys ...set) []finding {
	first := ""
	for _, k := range keys {
		switch {
		case !k.set:
		case first == "":
			first = k.key
		default:
			return []finding{{section + "." + k.key, flaw{"is set besides " + section + "." + first, "keep the one kind of credentials to use"}}}
		}
	}
	return nil
}

func (c awsConfig) check(section string) []finding {
	all := together(section, "role_arn", "name the role to assume", c.RoleARN != "", set{"use_iam_role", c.UseIAMRole})
	all = append(all, together(section, "use_iam_role: true", "set it to assume the role", c.UseIAMRole,
		set{"role_arn", c.RoleARN != ""},
		set{"external_id", c.ExternalID != ""},
		set{"session_tags", len(c.SessionTags) > 0},
		set{"duration", c.Duration != 0},
		set{"web_identity_token_file", c.WebIdentityTokenFile != ""},
	)...)
	if c.WebIdentityTokenFile != "" {
		for _, k := range []set{{"profile", c.Profile != ""}, {"external_id", c.ExternalID != ""}, {"session_tags", len(c.SessionTags) > 0}} {
			if k.set {
				all = append(all, finding{section + "." + k.key, flaw{"is set besides " + section + ".web_identity_token_file, which takes none", "keep one of them"}})
			}
		}
	}
	if c.Duration != 0 && (c.Duration < 15*time.Minute || c.Duration > 12*time.Hour) {
		all = append(all, finding{section + ".duration", flaw{c.Duration.String(), "use 15m to 12h"}})
	}
	if strings.HasPrefix(section, "state_storage.") && strings.Contains(c.RoleARN, "{account}") {
		all = append(all, finding{section + ".role_arn", flaw{"has {account}, which is not known before a state is read", "write the account's number"}})
	}
	return all
}

func (c azureConfig) check(section string) []finding {
	all := oneOf(section,
		set{"use_managed_identity", c.UseManagedIdentity},
		set{"use_workload_identity", c.UseWorkloadIdentity},
		set{"use_oidc", c.UseOIDC},
		set{"use_cli", c.UseCLI},
		set{"client_secret", c.ClientSecret != ""},
		set{"client_certificate_path", c.ClientCertificatePath != ""},
	)
	for _, need := range []struct {
		key   string
		given bool
	}{{"client_id", c.ClientID != ""}, {"tenant_id", c.TenantID != ""}} {
		all = append(all, together(section, need.key, "name the application and its tenant", need.given,
			set{"client_secret", c.ClientSecret != ""}, set{"client_certificate_path", c.ClientCertificatePath != ""})...)
	}
	return append(all, together(section, "client_certificate_path", "name the certificate", c.ClientCertificatePath != "",
		set{"client_certificate_password", c.ClientCertificatePassword != ""})...)
}

func (c gcpConfig) check(section string) []finding {
	all := oneOf(section, set{"use_workload_identity", c.UseWorkloadIdentity}, set{"credentials_file", c.CredentialsFile != ""})
	return append(all, together(section, "use_workload_identity: true", "set it to use the file", c.UseWorkloadIdentity,
		set{"workload_identity_file", c.WorkloadIdentityFile != ""})...)
}

func (c secretsConfig) check() []finding {
	for _, need := range []struct {
		backend, key, remedy string
		given                bool
	}{
		{"file", "dir", "name the folder of the secrets", c.Dir != ""},
		{"azure", "vault", "name the vault's URL", c.Vault != ""},
		{"gcp", "project", "name the project of the secrets", c.Project != ""},
	} {
		if c.Backend == need.backend && !need.given {
			return []finding{{"secrets.backend", flaw{"is " + need.backend + " without secrets." + need.key, need.remedy}}}
		}
	}
	return nil
}
