// Package gcpauth says to Google Cloud who driftmgr is. It makes the credentials
// that Options describe, and no others: what was configured and does not work is
// an error, never a reason to try something else.
package gcpauth

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"
)

// OAuth 2.0 scopes
// (https://developers.google.com/identity/protocols/oauth2/scopes).
const (
	// ScopeReadOnly lets data of the services that know it be read, Cloud Storage
	// among them (https://docs.cloud.google.com/storage/docs/oauth-scopes).
	ScopeReadOnly = "https://www.googleapis.com/auth/cloud-platform.read-only"

	// ScopeCloudPlatform leaves it to IAM what may be done. Secret Manager and the
	// making of other accounts' tokens know no narrower one.
	ScopeCloudPlatform = "https://www.googleapis.com/auth/cloud-platform"
)

// Options say which credentials are used. The zero value stands for the
// application default credentials
// (https://docs.cloud.google.com/docs/authentication/application-default-credentials).
// Printed, they name the kind and hold no secret.
type Options struct {
	// CredentialsFile is the path of a credentials file: a service account's key,
	// a user's, a workload identity's or an impersonation's.
	CredentialsFile string

	// CredentialsJSON is the content of such a file. Secret.
	CredentialsJSON string

	// AccessToken is used as it is until it expires. Secret.
	AccessToken string

	// UseWorkloadIdentity allows an external_account configuration only: the one
	// in WorkloadIdentityFile, or CredentialsFile, or CredentialsJSON, or where
	// none of them is set in the file that GOOGLE_APPLICATION_CREDENTIALS names.
	UseWorkloadIdentity bool

	// WorkloadIdentityFile is the path of the configuration that `gcloud iam
	// workload-identity-pools create-cred-config` writes.
	WorkloadIdentityFile string

	// ImpersonateServiceAccount is the e-mail address of the service account whose
	// tokens are used. Those above only ask for them.
	ImpersonateServiceAccount string

	// Delegates are the service accounts between the two, each of which may make
	// tokens of the next.
	Delegates []string

	// Scopes restrict the tokens: ScopeReadOnly where there are none.
	Scopes []string

	// QuotaProject is the project that pays for the calls, where it is not that of
	// the credentials.
	QuotaProject string

	// UniverseDomain is the domain of the cloud: googleapis.com where it is empty.
	UniverseDomain string

	// HTTP makes the requests, those for tokens included. nil stands for the
	// library's own. The metadata server is never asked through it.
	HTTP *http.Client
}

// kind is one way to say who one is.
type kind int

const (
	applicationDefault kind = iota
	accessToken
	credentialsFile
	credentialsJSON
	workloadIdentity
)

// kind is the configured one. Check has found it to be the only one.
func (o Options) kind() kind {
	switch {
	case o.UseWorkloadIdentity:
		return workloadIdentity
	case o.AccessToken != "":
		return accessToken
	case o.CredentialsFile != "":
		return credentialsFile
	case o.CredentialsJSON != "":
		return credentialsJSON
	}
	return applicationDefault
}

func (o Options) scopes() []string {
	if len(o.Scopes) == 0 {
		return []string{ScopeReadOnly}
	}
	return o.Scopes
}

// universe is the domain of the cloud.
func (o Options) universe() string { return cmp.Or(o.UniverseDomain, "googleapis.com") }

// String names the credentials and tells none of them: "an access token,
// impersonating reader@p.iam.gserviceaccount.com".
func (o Options) String() string {
	var b strings.Builder
	switch o.kind() {
	case workloadIdentity:
		b.WriteString("workload identity")
		if file := cmp.Or(o.WorkloadIdentityFile, o.CredentialsFile); file != "" {
			b.WriteString(" of " + display(file))
		}
	case accessToken:
		b.WriteString("an access token")
	case credentialsFile:
		b.WriteString("the credentials file " + display(o.CredentialsFile))
	case credentialsJSON:
		b.WriteString("credentials given as JSON")
	case applicationDefault:
		b.WriteString("application default credentials")
	}
	if o.ImpersonateServiceAccount != "" {
		b.WriteString(", impersonating " + o.ImpersonateServiceAccount)
	}
	return b.String()
}

// GoString is String: %#v tells no secret either.
func (o Options) GoString() string { return o.String() }

// LogValue is String.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }
