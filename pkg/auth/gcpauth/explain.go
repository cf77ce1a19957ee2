package gcpauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/compute/metadata"
	"google.golang.org/api/googleapi"
)

// Error says in one line what is wrong with the credentials, or with the way to
// Google Cloud: "PROBLEM; REMEDY". It holds no secret and nothing that a server
// wrote but its codes.
type Error struct {
	// Problem is what is wrong, in lower case.
	Problem string

	// Remedy is what the user can do, in lower case.
	Remedy string

	// Way is true where no request gets to Google Cloud, whatever it asks for.
	Way bool

	// Err is fs.ErrPermission, fs.ErrNotExist or a context's error where it is
	// one.
	Err error
}

// Error returns the one line.
func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.Problem
	}
	return e.Problem + "; " + e.Remedy
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

const login = "run: gcloud auth application-default login"

// Explain says what an error of Google Cloud's libraries means: of getting a
// token, of the connection, of an API that refused. nil stays nil.
func Explain(err error) *Error {
	if err == nil {
		return nil
	}
	for _, explain := range []func(error) *Error{explained, ended, ofMetadata, ofConnection, ofToken, ofLibrary, ofAPI} {
		if e := explain(err); e != nil {
			return e
		}
	}
	// Its text may hold whatever a server has answered.
	return &Error{Problem: "Google Cloud cannot be used", Remedy: "check the credentials: gcloud auth application-default print-access-token"}
}

func explained(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

func ended(err error) *Error {
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			return &Error{Problem: "ended before Google Cloud answered: " + cause.Error(), Err: cause}
		}
	}
	return nil
}

// ofMetadata explains errors of the metadata server of a virtual machine or
// cluster.
func ofMetadata(err error) *Error {
	const remedy = "check that a service account is attached to this machine, or " + login
	var undefined metadata.NotDefinedError
	var status *metadata.Error
	switch {
	case errors.As(err, &undefined):
		return &Error{Problem: "the metadata server knows no service account", Remedy: remedy}
	case errors.As(err, &status):
		return &Error{Problem: fmt.Sprintf("the metadata server answers with HTTP %d", status.Code), Remedy: remedy}
	}
	if u := request(err); u != nil && strings.Contains(u.Path, "/computeMetadata/") {
		return &Error{Problem: "the metadata server cannot be reached", Remedy: "check GCE_METADATA_HOST and the network, or " + login}
	}
	return nil
}

// request returns the URL of the request that failed first: the one for a token
// is made within that for which the token is. nil where there is none.
func request(err error) *url.URL {
	var target *url.URL
	for e := (*url.Error)(nil); errors.As(err, &e); err = e.Err {
		if u, err := url.Parse(e.URL); err == nil {
			target = u
		}
	}
	return target
}

// ofConnection explains what kept a request from being answered.
func ofConnection(err error) *Error {
	host := "Google Cloud"
	if u := request(err); u != nil && u.Host != "" {
		host = u.Host
	}
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		dns      *net.DNSError
		netError *net.OpError
	)
	switch {
	case errors.As(err, &name):
		return &Error{Problem: "the TLS certificate of " + host + " is for another host", Remedy: "check the endpoint, and the proxy between", Way: true}
	case errors.As(err, &unknown), errors.As(err, &invalid), errors.As(err, &verify):
		return &Error{Problem: "the TLS certificate of " + host + " is not trusted", Remedy: "add its authority to the system's, or name a file with it in SSL_CERT_FILE; check the clock", Way: true}
	case errors.As(err, &record):
		return &Error{Problem: host + " does not speak TLS", Remedy: "check the endpoint and the proxy", Way: true}
	case errors.As(err, &dns):
		return &Error{Problem: "the address of " + host + " is not found", Remedy: "check the name, the network and the proxy (HTTPS_PROXY)", Way: true}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Problem: host + " breaks off its answers", Remedy: "check the network and the proxy (HTTPS_PROXY)", Way: true}
	case errors.As(err, &netError):
		return &Error{Problem: host + " cannot be reached", Remedy: "check the network and the proxy (HTTPS_PROXY)", Way: true}
	}
	return nil
}

// status matches the errors of the token service and of IAM, which are text only:
// "impersonate: status code 403: {…}".
var status = regexp.MustCompile(`(?s)(impersonate|credentials): status code (\d{3}): (.*)`)

// ofToken explains why there is no token.
func ofToken(err error) *Error {
	var e *auth.Error
	if errors.As(err, &e) && e.Response != nil {
		return ofTokenEndpoint(e.Response.StatusCode, e.Body)
	}
	m := status.FindStringSubmatch(err.Error())
	if m == nil {
		return nil
	}
	code, err := strconv.Atoi(m[2])
	if err != nil {
		return nil
	}
	body := []byte(m[3])
	oauth, description := oauthError(body)
	switch {
	case oauth == "" && code == http.StatusForbidden:
		role := "roles/iam.serviceAccountTokenCreator"
		if m[1] == "credentials" {
			role += " (a workload identity: roles/iam.workloadIdentityUser)"
		}
		return &Error{
			Problem: "the service account may not be impersonated by these credentials",
			Remedy:  "grant them " + role + " on it, and enable iamcredentials.googleapis.com",
			Err:     fs.ErrPermission,
		}
	case oauth == "" && code == http.StatusNotFound:
		return &Error{Problem: "the service account to impersonate does not exist", Remedy: "check its e-mail address", Err: fs.ErrPermission}
	case oauth == "" && code == http.StatusUnauthorized:
		return expired()
	case oauth == "invalid_grant" && m[1] == "credentials":
		problem := "the token of the workload is refused"
		if strings.Contains(description, "expired") || strings.Contains(description, "stale") {
			problem = "the token of the workload has expired"
		}
		return &Error{Problem: problem, Remedy: "check its issuer, audience and attribute condition against the workload identity provider", Err: fs.ErrPermission}
	}
	return ofTokenEndpoint(code, body)
}

// ofTokenEndpoint explains an answer of RFC 6749, section 5.2.
func ofTokenEndpoint(status int, body []byte) *Error {
	code, description := oauthError(body)
	switch {
	case strings.Contains(description, "short-lived token") || strings.Contains(description, "reasonable timeframe"):
		return &Error{Problem: "the clock of this machine is wrong, as Google Cloud sees it", Remedy: "set it: a token is valid for an hour at most", Err: fs.ErrPermission}
	case strings.Contains(description, "Invalid JWT Signature"):
		return &Error{Problem: "the key of the service account is not valid any more", Remedy: "make a new one: gcloud iam service-accounts keys create", Err: fs.ErrPermission}
	case code == "invalid_grant" && strings.Contains(description, "account not found"):
		return &Error{Problem: "the service account of the key does not exist any more", Remedy: "name the key of another one", Err: fs.ErrPermission}
	case code == "invalid_grant" || code == "invalid_rapt":
		return &Error{Problem: "the credentials have expired or were revoked", Remedy: login, Err: fs.ErrPermission}
	case code == "invalid_scope":
		return &Error{Problem: "the credentials may not ask for the scopes", Remedy: "check the scopes that are configured", Err: fs.ErrPermission}
	case status >= 500:
		return &Error{Problem: fmt.Sprintf("the token service answers with HTTP %d", status), Remedy: "try again later"}
	}
	problem := fmt.Sprintf("the token service answers with HTTP %d", status)
	if code != "" {
		problem += " (" + code + ")"
	}
	return &Error{Problem: problem, Remedy: "check the credentials", Err: fs.ErrPermission}
}

// oauthError returns the code, where it is a known kind of word, and the
// description, which is only for looking into.
func oauthError(body []byte) (code, description string) {
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Error) > 40 || strings.Trim(answer.Error, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "", ""
	}
	return answer.Error, answer.Description
}

// ofLibrary explains what the libraries say in words only.
func ofLibrary(err error) *Error {
	text := err.Error()
	for _, known := range []struct{ words, problem, remedy string }{
		{"could not find default credentials", "no Google Cloud credentials were found", login + ", or set GOOGLE_APPLICATION_CREDENTIALS"},
		{"executables need to be explicitly allowed", "the workload identity configuration names a program, which is not run", "set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 if you have written the configuration yourself"},
		{"executable command failed", "the program of the workload identity configuration has failed", "run it by hand"},
		{"failed to open credential file", "the file with the workload's token cannot be opened", "check credential_source.file in the workload identity configuration"},
		{"subject_token_field_name not found", "the file with the workload's token has not the field for it", "check credential_source.format in the workload identity configuration"},
		{"failed to parse private key", "the private key of the service account cannot be read", "give the key file as Google Cloud wrote it"},
		{"does not match the universe domain", "the credentials are for another cloud", "set universe_domain to theirs"},
	} {
		if strings.Contains(text, known.words) {
			return &Error{Problem: known.problem, Remedy: known.remedy}
		}
	}
	return nil
}

// ofAPI explains the refusals that every API has in common
// (https://docs.cloud.google.com/apis/design/errors).
func ofAPI(err error) *Error {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return nil
	}
	switch {
	case api.Code == http.StatusUnauthorized:
		return expired()
	case api.Code == http.StatusForbidden && strings.Contains(api.Body, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
		return &Error{Problem: "the token has not the scope for it", Remedy: "give the machine or the token the scope " + ScopeCloudPlatform}
	case api.Code == http.StatusForbidden && (strings.Contains(api.Body, "SERVICE_DISABLED") || strings.Contains(api.Body, "accessNotConfigured")):
		return &Error{Problem: "the API is not enabled in the project", Remedy: "enable it (gcloud services enable), or set the quota project to one that has it"}
	case api.Code == http.StatusForbidden:
		return &Error{Problem: "the credentials may not do it", Remedy: "grant them a role that allows it", Err: fs.ErrPermission}
	case api.Code == http.StatusTooManyRequests:
		return &Error{Problem: "Google Cloud asks for fewer requests (HTTP 429)", Remedy: "try again later"}
	}
	return &Error{Problem: fmt.Sprintf("Google Cloud answers with HTTP %d", api.Code), Remedy: "try again later"}
}

func expired() *Error {
	return &Error{Problem: "the token has expired or was revoked", Remedy: "get a new one: gcloud auth print-access-token, or " + login, Err: fs.ErrPermission}
}
