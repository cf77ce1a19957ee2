package consul

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"github.com/hashicorp/consul/api"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// brokenOff reports whether an answer, or the connection, ended before its end.
func brokenOff(err error) bool {
	var syntax *json.SyntaxError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.As(err, &syntax)
}

// notConsul is the line of a server whose answers lack Consul's index, which
// Consul always gives.
func (s *source) notConsul() error {
	return &state.Error{Source: s.String(), Problem: s.server() + " does not answer as Consul does", Remedy: "check the address and its port"}
}

func (s *source) server() string {
	if s.connection.socket != "" {
		return s.connection.socket
	}
	return s.connection.address
}

// fail is the line of a request that failed. It says nothing of what the server
// wrote.
func (s *source) fail(ctx context.Context, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return state.Ended(s.String(), ctxErr)
	}
	var status api.StatusError
	if errors.As(err, &status) {
		return s.answered(status)
	}
	e := &state.Error{Source: s.String()}
	var refused *refusal
	if errors.As(err, &refused) {
		e.Problem, e.Remedy = refused.problem, refused.remedy
		return e
	}
	why, problem := state.WhySilent(err, s.server())
	e.Problem, e.Remedy = problem, remedies[why]
	if why == state.Lost {
		e.Problem = "the answer of " + s.server() + " broke off or is none of Consul's"
	}
	return e
}

// remedies are what to do where Consul gives no answer.
var remedies = map[state.Silence]string{
	state.Lost:             "check the address and its port, and try again",
	state.NoHost:           "check the address, CONSUL_HTTP_ADDR and the name server",
	state.NotListening:     "check the address and its port, which is 8500 unless Consul is told otherwise",
	state.UnknownAuthority: "name the authority's certificate: ca_file or CONSUL_CACERT",
	state.OtherName:        "name Consul as its certificate does, or set CONSUL_TLS_SERVER_NAME",
	state.Expired:          "have it renewed, and check this machine's clock",
	state.BadCertificate:   "have it made anew for a server",
	state.NoTLS:            "check the port, or leave out scheme=https",
	state.Refused:          "set cert_file and key_file, or CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY, if it asks for a certificate",
	state.TimedOut:         "check the network and the address, and try again",
}

// answered is the line of an error that Consul, or who stands before it, reports.
func (s *source) answered(status api.StatusError) error {
	e := &state.Error{Source: s.String()}
	code := "HTTP " + strconv.Itoa(status.Code)
	switch {
	case strings.Contains(status.Body, "ACL not found"):
		e.Problem = "Consul does not know the token (" + code + ")"
		e.Remedy = "set CONSUL_HTTP_TOKEN or access_token to one that is valid in this datacenter"
		e.Err = fs.ErrPermission
	case status.Code == http.StatusForbidden, strings.Contains(status.Body, "Permission denied"):
		e.Problem = "may not be read with this token (" + code + ")"
		e.Remedy = fmt.Sprintf(`give the token's policy key_prefix %q { policy = "read" }`, s.key)
		if s.connection.anonymous() {
			e.Problem = "may not be read without a token (" + code + ")"
			e.Remedy = "set CONSUL_HTTP_TOKEN or access_token"
		}
		e.Err = fs.ErrPermission
	case status.Code == http.StatusUnauthorized:
		e.Problem = "who stands before Consul asks for a user and a password, or does not take them (" + code + ")"
		e.Remedy = "set CONSUL_HTTP_AUTH or http_auth to USER:PASSWORD"
		e.Err = fs.ErrPermission
	case strings.Contains(status.Body, "No path to datacenter"):
		e.Problem = fmt.Sprintf("Consul knows no datacenter %s (%s)", s.connection.datacenter, code)
		e.Remedy = "check dc or datacenter: consul catalog datacenters"
	case strings.Contains(status.Body, "No cluster leader"):
		e.Problem = "Consul has no leader (" + code + ")"
		e.Remedy = "try again in a minute, and look into Consul's log if it goes on"
	case strings.Contains(status.Body, "HTTP request to an HTTPS server"):
		e.Problem = s.server() + " speaks https, not http"
		e.Remedy = "say scheme=https in the reference or the block, or set CONSUL_HTTP_SSL=true"
	case status.Code == http.StatusTooManyRequests:
		e.Problem = "Consul asks for fewer requests (" + code + ")"
		e.Remedy = "try again later"
	case status.Code >= 500:
		e.Problem = "Consul failed (" + code + ")"
		e.Remedy = "try again later, and look into Consul's log if it goes on"
	default:
		e.Problem = s.server() + " does not answer as Consul does (" + code + ")"
		e.Remedy = "check the address and its port"
	}
	return e
}
