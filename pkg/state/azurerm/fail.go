package azurerm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// fail makes the one line of an error. What a server sent and a request's URL, which
// can have a SAS token in it, stay out.
func fail(name string, p place, err error) error {
	e := &state.Error{Source: name}
	var own *state.Error
	var refused *refusedError
	var login *loginError
	var lookup *lookupError
	var response *azcore.ResponseError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.Err = ended(err)
		e.Problem, e.Remedy = "was not read: "+e.Err.Error(), "run it again"
	case errors.As(err, &refused):
		e.Problem, e.Remedy = refused.Error(), "report this as a bug"
	case errors.Is(err, errKey):
		e.Problem, e.Remedy = errKey.Error(), "copy access_key or ARM_ACCESS_KEY whole"
	case errors.Is(err, errNoResource):
		e.Problem, e.Remedy = errNoResource.Error(), "set both, or leave it out and let driftmgr read azurerm://…?endpoint=URL"
	case errors.As(err, &login):
		e.Problem, e.Remedy = login.Error(), "correct the credential in driftmgr's configuration, the block or the environment (ARM_*)"
	case errors.As(err, &lookup):
		failLookup(e, lookup.err)
	case errors.As(err, &response) && isBlobEndpoint(response, p):
		failResponse(e, p, response)
	default:
		failRequest(e, p, err)
	}
	return e
}

func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return context.DeadlineExceeded
}

// brokeOff is that a download ended early.
func brokeOff(name string, err error) error {
	e := &state.Error{Source: name, Problem: "the download broke off before its end", Remedy: "check the network, and run it again", Err: io.ErrUnexpectedEOF}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		e.Err = ended(err)
		e.Problem = "was not read to its end: " + e.Err.Error()
	}
	return e
}

// isBlobEndpoint reports whether it was the account that answered, not somebody who
// was asked for a token.
func isBlobEndpoint(r *azcore.ResponseError, p place) bool {
	u, err := url.Parse(p.endpoint)
	return err == nil && (r.RawResponse == nil || r.RawResponse.Request == nil || r.RawResponse.Request.URL.Host == u.Host)
}

// failLookup is for lookup_blob_endpoint.
func failLookup(e *state.Error, err error) {
	var response *azcore.ResponseError
	switch {
	case errors.Is(err, errNoEndpoint):
		e.Problem, e.Remedy = errNoEndpoint.Error(), "check storage_account_name, or give driftmgr the reference azurerm://…?endpoint=URL"
	case errors.As(err, &response) && response.StatusCode == http.StatusNotFound:
		e.Problem, e.Remedy = "the storage account does not exist in this subscription and resource group", "check subscription_id, resource_group_name and storage_account_name"
		e.Err = fs.ErrNotExist
	case errors.As(err, &response) && response.StatusCode == http.StatusForbidden:
		e.Problem, e.Remedy = "lookup_blob_endpoint may not read the storage account", "give the identity the role Reader on it, or give driftmgr the reference azurerm://…?endpoint=URL"
		e.Err = fs.ErrPermission
	default:
		problem, remedy, _ := strings.Cut(azureauth.Explain(err), "; ")
		e.Problem, e.Remedy = "lookup_blob_endpoint failed: "+problem, remedy
	}
}

// failRequest is for what no answer of the account is: the network, and the tokens.
func failRequest(e *state.Error, p place, err error) {
	u, parseErr := url.Parse(p.endpoint)
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var request *url.Error
	toAccount := false
	if errors.As(err, &request) && parseErr == nil {
		to, err := url.Parse(request.URL)
		toAccount = err == nil && to.Host == u.Host
	}
	switch {
	case toAccount && errors.As(err, &dns) && dns.IsNotFound:
		e.Problem = fmt.Sprintf("storage account %s does not exist: there is no host %s", p.account, u.Hostname())
		e.Remedy = "check storage_account_name; for another cloud set environment, for a private endpoint ?endpoint=URL"
		e.Err = fs.ErrNotExist
	case toAccount && errors.As(err, &certificate):
		e.Problem = "the certificate of " + u.Hostname() + " is not trusted"
		e.Remedy = "name its authority's file in SSL_CERT_FILE, or check the proxy"
	case toAccount:
		e.Problem = u.Hostname() + " cannot be reached"
		e.Remedy = "check the network, the proxy and the account's firewall"
	default:
		problem, remedy, _ := strings.Cut(azureauth.Explain(err), "; ")
		e.Problem, e.Remedy = "Azure gives no token: "+problem, remedy
	}
}

// failResponse says what the account's refusal means
// (https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes).
func failResponse(e *state.Error, p place, r *azcore.ResponseError) {
	code := ""
	if regexp.MustCompile(`^[A-Za-z]{1,60}$`).MatchString(r.ErrorCode) {
		code = " " + r.ErrorCode
	}
	answer := fmt.Sprintf("HTTP status %d%s", r.StatusCode, code)
	switch bloberror.Code(r.ErrorCode) {
	case bloberror.ContainerNotFound, bloberror.ContainerBeingDeleted, bloberror.ContainerDisabled:
		e.Problem, e.Remedy, e.Err = "container "+p.container+" does not exist", "check container_name and the account", fs.ErrNotExist
		return
	case bloberror.AccountIsDisabled:
		e.Problem, e.Remedy, e.Err = "storage account "+p.account+" is disabled", "enable it, or its subscription", fs.ErrPermission
		return
	case bloberror.BlobArchived, bloberror.BlobBeingRehydrated:
		e.Problem, e.Remedy = "is in the archive tier and cannot be read", "rehydrate the blob to the hot tier"
		return
	}
	switch {
	case r.StatusCode == http.StatusNotFound && r.ErrorCode != "": // without a code it is not Azure that says so
		e.Problem, e.Remedy, e.Err = "does not exist", "check the key and the workspace, and that it has been applied", fs.ErrNotExist
	case r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusForbidden || r.ErrorCode == "InvalidAuthenticationInfo":
		e.Err = fs.ErrPermission
		e.Problem, e.Remedy = denied(p, r, answer)
	case r.ErrorCode == "PublicAccessNotPermitted":
		e.Problem, e.Remedy, e.Err = "may not be read without a credential", "set ARM_ACCESS_KEY or ARM_SAS_TOKEN, or run az login", fs.ErrPermission
	case 300 <= r.StatusCode && r.StatusCode < 400:
		e.Problem = "the endpoint redirects to " + target(r)
		e.Remedy = "driftmgr sends credentials to no other host: check the endpoint and the proxy, or name the account's own endpoint with ?endpoint=URL"
	case r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusServiceUnavailable:
		e.Problem, e.Remedy = "the account is too busy ("+answer+") and stays so when asked again", "run it again later"
	case r.StatusCode >= http.StatusInternalServerError:
		e.Problem, e.Remedy = "the account keeps answering "+answer, "run it again later"
	default:
		e.Problem, e.Remedy = "the account answers "+answer, "check the snapshot, the version and the endpoint"
	}
}

// denied says why the account did not let driftmgr in, and what lets it in.
func denied(p place, r *azcore.ResponseError, answer string) (problem, remedy string) {
	code := bloberror.Code(r.ErrorCode)
	switch {
	case r.ErrorCode == "KeyBasedAuthenticationNotPermitted":
		return "the account allows no access keys (" + answer + ")", "unset access_key and ARM_ACCESS_KEY, sign in with Entra ID, and give the identity the role Storage Blob Data Reader"
	case p.login.key != "" && code == bloberror.AuthorizationFailure:
		return "the account does not let this machine in (" + answer + ")", "allow its network in the account's firewall"
	case p.login.key != "":
		return "the access key is not one of the account's (" + answer + ")", "set access_key or ARM_ACCESS_KEY to one that is, and check the clock"
	case p.login.sas != "":
		if at, ok := expired(p.login.sas, r); ok {
			return "the SAS token has expired at " + at.UTC().Format(time.RFC3339), "set sas_token or ARM_SAS_TOKEN to a new one"
		}
		return "the SAS token does not allow it (" + answer + ")", "set sas_token or ARM_SAS_TOKEN to one for this container that may read and list blobs"
	case r.StatusCode == http.StatusUnauthorized || code == bloberror.AuthenticationFailed || r.ErrorCode == "InvalidAuthenticationInfo":
		return "the account does not accept the token (" + answer + ")", "check tenant_id: it has to be the tenant of the account's subscription"
	case code == bloberror.AuthorizationFailure:
		return "the account does not let this identity or machine in (" + answer + ")", "allow its network in the account's firewall, and give the identity the role Storage Blob Data Reader on the container, or set access_key or ARM_ACCESS_KEY"
	}
	return "this identity may not read blobs (" + answer + ")", "give it the role Storage Blob Data Reader on the container (Owner and Contributor are not enough), or set access_key or ARM_ACCESS_KEY"
}

// expired compares the end of a SAS token with the clock of the account.
func expired(sas string, r *azcore.ResponseError) (time.Time, bool) {
	values, err := url.ParseQuery(sas)
	if err != nil || r.RawResponse == nil {
		return time.Time{}, false
	}
	now, err := http.ParseTime(r.RawResponse.Header.Get("Date"))
	if err != nil {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if at, err := time.Parse(layout, values.Get("se")); err == nil {
			return at, at.Before(now)
		}
	}
	return time.Time{}, false
}

// target is the host that an answer points to.
func target(r *azcore.ResponseError) string {
	if r.RawResponse != nil {
		if to, err := r.RawResponse.Location(); err == nil && to.Host != "" {
			return to.Host
		}
	}
	return "another place"
}
