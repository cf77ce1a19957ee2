package tfc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// fail makes the one line of what a request ended with. status is that of the
// answer, 0 where there was none. Neither the text of an answer nor the URL of a
// request is in it: both can hold secrets.
func fail(name, host string, err error, status int) error {
	if e := (*state.Error)(nil); errors.As(err, &e) {
		return &state.Error{Source: name, Problem: e.Problem, Remedy: e.Remedy, Err: e.Err}
	}
	e := &state.Error{Source: name}
	var busy tooManyRequests
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		e.Problem, e.Err = "was not opened: "+context.Canceled.Error(), context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.Problem, e.Err = "was not opened: "+context.DeadlineExceeded.Error(), context.DeadlineExceeded
	case errors.Is(err, errRedirect):
		e.Problem, e.Remedy = host+" redirects to another host, which driftmgr does not follow with a token", "name the host that it redirects to"
	case errors.As(err, &busy):
		e.Problem, e.Remedy = host+" "+busy.Error(), "try again later"
	case errors.As(err, &cert):
		e.Problem, e.Remedy = certificate(host, cert), "add the authority that signed it to this machine's, or set SSL_CERT_FILE"
	case errors.Is(err, tfe.ErrResourceNotFound):
		return fail(name, host, answered(host, http.StatusNotFound), 0)
	case status >= 300:
		return fail(name, host, answered(host, status), 0)
	case status != 0:
		e.Problem, e.Remedy = host+" answers with what is not a document of the API", "check the host"
	default:
		e.Problem, e.Remedy = host+" cannot be reached: "+cause(err), "check the host and the network"
	}
	return e
}

// fail is as the function, for what an account asked for.
func (c *conn) fail(name string, err error, status int) error {
	if errors.Is(err, tfe.ErrUnauthorized) || status == http.StatusUnauthorized {
		return &state.Error{
			Source:  name,
			Problem: c.host + " does not accept the token from " + c.from + " (HTTP 401)",
			Remedy:  "renew it: terraform login " + c.host,
			Err:     fs.ErrPermission,
		}
	}
	return fail(name, c.host, err, status)
}

// cause is the text of an error of the network without the request's URL.
func cause(err error) string {
	for {
		u := (*url.Error)(nil)
		if !errors.As(err, &u) {
			return err.Error()
		}
		err = u.Err
	}
}

func certificate(host string, err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return host + " has a certificate that this machine does not trust"
	case errors.As(err, &name):
		return host + " has a certificate of another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return host + " has a certificate that has expired, or is not valid yet"
	}
	return host + " has a certificate that is not valid"
}

const readStates = "let the token's user or team read the workspace's state versions"

// answered says what an answer means that is no success. Its Source is the
// caller's to set.
func answered(host string, status int) *state.Error {
	e := &state.Error{Remedy: "try again"}
	code := fmt.Sprintf(" (HTTP %d)", status)
	switch status {
	case http.StatusForbidden:
		e.Problem = host + " lets this token not read it" + code
		e.Remedy = readStates
		e.Err = fs.ErrPermission
	case http.StatusNotFound:
		e.Problem = "does not exist, or this token may not see it" + code
		e.Remedy = "check the names of organization and workspace, and which of them the token's user or team can read"
		e.Err = fs.ErrNotExist
	case http.StatusConflict, http.StatusLocked:
		e.Problem = host + " lets nobody read it right now, it is locked" + code
		e.Remedy = "try again when the run that holds the lock has ended"
	default:
		e.Problem = fmt.Sprintf("%s answers %d %s", host, status, http.StatusText(status))
		if status < 500 {
			e.Remedy = "check the host"
		}
	}
	return e
}
