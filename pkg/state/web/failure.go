package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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
	e := &state.Error{Source: name}
	var refused *refusal
	if errors.As(err, &refused) {
		e.Problem, e.Remedy = refused.problem, refused.remedy
		return e
	}
	host := hostPort(s.address.url)
	why, problem := state.WhySilent(err, host)
	e.Problem, e.Remedy = problem, remedies[why]
	if why == state.Lost {
		e.Problem = host + " could not be asked"
		if cause := harmless(err); cause != "" {
			e.Problem += ": " + cause
		}
	}
	return e
}

// remedies are what to do where a server gives no answer.
var remedies = map[state.Silence]string{
	state.Lost:             "check the address and the proxy, and try again",
	state.NoHost:           "check the address and the name server",
	state.NotListening:     "check the address and that the server runs",
	state.UnknownAuthority: "set client_ca_certificate_pem or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM to the authority's certificate, or state_storage.http.ca_file to its file",
	state.OtherName:        "name the server as its certificate does, or have it made for this name",
	state.Expired:          "have it renewed, and check this machine's clock",
	state.BadCertificate:   "have it made anew for a web server",
	state.NoTLS:            "check the port, or write http:// if that is meant",
	state.Refused:          "set client_certificate_pem and client_private_key_pem if it asks for a certificate",
	state.TimedOut:         "check the network and the address, and try again",
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
