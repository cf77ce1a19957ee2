package web

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// answered is the line of an answer that is no state. It says nothing of its
// body, which may hold anything.
func (s *source) answered(resp *http.Response) error {
	code := resp.StatusCode
	status := "HTTP " + strconv.Itoa(code)
	if text := http.StatusText(code); text != "" {
		status += " " + text
	}
	e := &state.Error{Source: s.String()}
	switch {
	case code == http.StatusNoContent, code == http.StatusNotFound, code == http.StatusGone:
		e.Problem = "there is no state at this address (" + status + ")"
		e.Remedy = "check the address"
		if s.access.username == "" {
			e.Remedy += ", and set TF_HTTP_USERNAME and TF_HTTP_PASSWORD if the server hides states from who has not signed in, as GitLab does"
		}
		e.Err = fs.ErrNotExist
	case code == http.StatusUnauthorized && s.access.username == "":
		e.Problem = "the server asks for a user and a password (" + status + ")"
		e.Remedy = "set TF_HTTP_USERNAME and TF_HTTP_PASSWORD, and TF_HTTP_ADDRESS, if it is set, to this host"
		e.Err = fs.ErrPermission
	case code == http.StatusUnauthorized:
		e.Problem = "the server does not take the user and the password (" + status + ")"
		e.Remedy = "check TF_HTTP_USERNAME and TF_HTTP_PASSWORD, and that a token has not expired"
		e.Err = fs.ErrPermission
	case code == http.StatusForbidden:
		e.Problem = "may not be read by this user (" + status + ")"
		e.Remedy = "give the user, or its token, read access to the state"
		e.Err = fs.ErrPermission
	case code == http.StatusLocked:
		e.Problem = "the server does not hand the state out while it is locked (" + status + ")"
		e.Remedy = "try again when what holds the lock has ended"
	case code == http.StatusTooManyRequests || retryAfter(resp) > 0:
		e.Problem = "the server asks for fewer requests (" + status + ")"
		e.Remedy = "try again later"
		if after := retryAfter(resp); after > 0 {
			e.Remedy = "try again in " + after.String()
		}
	case code >= 500:
		e.Problem = "the server failed (" + status + ")"
		e.Remedy = "try again later, and look into the server's log if it goes on"
	case code >= 300 && code < 400:
		e.Problem = "the server answers with a redirect that leads nowhere (" + status + ")"
		e.Remedy = "check the address, or ask who runs the server"
	default:
		e.Problem = "the server answers with something else than a state (" + status + ")"
		e.Remedy = "check the address"
	}
	return e
}

// fail is the line of a request that got no answer.
func (s *source) fail(ctx context.Context, err error) error {
	name := s.String()
	if ctxErr := ctx.Err(); ctxErr != nil {
		return state.Ended(name, ctxErr)
	}
	host := hostPort(s.address.url)
	e := &state.Error{Source: name}
	var (
		refused   *refusal
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		remote    *net.OpError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &refused):
		e.Problem, e.Remedy = refused.problem, refused.remedy
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Problem = "the host " + dns.Name + " does not exist"
		e.Remedy = "check the address and the name server"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Problem = "nothing listens on " + host
		e.Remedy = "check the address and that the server runs"
	case errors.As(err, &authority):
		e.Problem = "the certificate of " + host + " is signed by an authority that is not known here"
		e.Remedy = "set client_ca_certificate_pem or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM to the authority's certificate"
	case errors.As(err, &hostname):
		e.Problem = "the certificate of " + host + " is for another name"
		e.Remedy = "name the server as its certificate does, or have it made for this name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Problem = "the certificate of " + host + " has expired or is not valid yet"
		e.Remedy = "have it renewed, and check this machine's clock"
	case errors.As(err, &invalid):
		e.Problem = "the certificate of " + host + " cannot be used for this"
		e.Remedy = "have it made anew for a web server"
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Problem = host + " speaks http, not https"
		e.Remedy = "check the port, or write http:// if that is meant"
	case errors.As(err, &remote) && remote.Op == "remote error": // an alert of TLS
		e.Problem = host + " refuses the connection: " + remote.Err.Error()
		e.Remedy = "set client_certificate_pem and client_private_key_pem if it asks for a certificate"
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Problem = host + " did not answer in time"
		e.Remedy = "check the network and the address, and try again"
	default:
		e.Problem = host + " could not be asked"
		if cause := harmless(err); cause != "" {
			e.Problem += ": " + cause
		}
		e.Remedy = "check the address and the proxy, and try again"
	}
	return e
}

// harmless is the text of a cause where it can hold neither a URL, which may
// have credentials, nor what the server sent, which net/http quotes.
func harmless(err error) string {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	text, _, _ := strings.Cut(err.Error(), `"`)
	if strings.Contains(text, "://") || strings.Contains(text, "@") {
		return ""
	}
	return strings.TrimRight(text, ": ")
}
