package gcpauth

import (
	"cmp"
	"strings"
)

// Check says what is wrong with the options, as far as that can be seen on this
// machine: it reads the credentials file and calls nobody. Its error is an
// *Error.
func (o Options) Check() error {
	if err := o.checkKinds(); err != nil {
		return err
	}
	if err := o.checkImpersonation(); err != nil {
		return err
	}
	_, err := o.configuration()
	return err
}

// checkKinds refuses two answers to the same question.
func (o Options) checkKinds() error {
	var given []string
	for _, s := range []struct{ name, value string }{
		{"access_token", o.AccessToken},
		{"credentials_file", o.CredentialsFile},
		{"credentials_json", o.CredentialsJSON},
		{"workload_identity_file", o.WorkloadIdentityFile},
	} {
		if s.value != "" {
			given = append(given, s.name)
		}
	}
	switch {
	case len(given) > 1:
		return &Error{
			Problem: strings.Join(given[:len(given)-1], ", ") + " and " + given[len(given)-1] + " are both set",
			Remedy:  "keep the one that is to be used",
		}
	case o.UseWorkloadIdentity && o.AccessToken != "":
		return &Error{
			Problem: "use_workload_identity and access_token are both set",
			Remedy:  "keep the one that is to be used",
		}
	case !o.UseWorkloadIdentity && o.WorkloadIdentityFile != "":
		return &Error{
			Problem: "workload_identity_file is set and use_workload_identity is not",
			Remedy:  "set use_workload_identity: true, or remove workload_identity_file",
		}
	}
	return nil
}

func (o Options) checkImpersonation() error {
	if o.ImpersonateServiceAccount == "" {
		if len(o.Delegates) > 0 {
			return &Error{
				Problem: "delegates are set and no service account to impersonate",
				Remedy:  "set impersonate_service_account, or remove the delegates",
			}
		}
		return nil
	}
	for _, account := range append([]string{o.ImpersonateServiceAccount}, o.Delegates...) {
		if !isServiceAccount(account) {
			return &Error{
				Problem: display(account) + " is not a service account",
				Remedy:  "name it by its e-mail address: NAME@PROJECT.iam.gserviceaccount.com",
			}
		}
	}
	return nil
}

// isServiceAccount reports whether a service account can be called so: by its
// e-mail address or its unique number. It becomes a part of a URL.
func isServiceAccount(s string) bool {
	if strings.Trim(s, "0123456789") == "" {
		return s != ""
	}
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && domain != "" && !strings.ContainsAny(s, "/?#%: \t\r\n") && !strings.Contains(domain, "@")
}

// display is a path or a name as it is shown. What cannot be one may be a secret
// that was put in its place.
func display(s string) string {
	if len(s) > 255 || strings.ContainsAny(s, "\r\n{\"") {
		return "(a value that is no name)"
	}
	return cmp.Or(s, `""`)
}
