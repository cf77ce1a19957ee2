package pg

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// undefinedTable and the other codes are those of
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
const undefinedTable = "42P01"

// fail is the line of a connection or a query that failed. It says nothing that
// the server wrote but the error's code.
func (s *source) fail(ctx context.Context, err error) error {
	name := s.String()
	if ctxErr := ctx.Err(); ctxErr != nil {
		return state.Ended(name, ctxErr)
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return s.answered(answer)
	}
	var addresses []string
	for _, server := range servers(s.config) {
		addresses = append(addresses, net.JoinHostPort(server.Host, strconv.Itoa(int(server.Port))))
	}
	server := strings.Join(addresses, ", ")
	e := &state.Error{Source: name}
	if strings.Contains(err.Error(), "server refused TLS connection") {
		e.Problem = "the server has no TLS, without which passwords and states can be read on the way"
		e.Remedy = "turn TLS on there, or say sslmode=disable, in the reference or as PGSSLMODE, if that is meant"
		return e
	}
	why, problem := state.WhySilent(err, server)
	if why == state.Lost && pgconn.Timeout(err) {
		why, problem = state.TimedOut, server+" did not answer in time"
	}
	e.Problem, e.Remedy = problem, remedies[why]
	if why == state.Lost {
		e.Problem = "the connection to " + server + " was lost or is none to PostgreSQL"
	}
	return e
}

// remedies are what to do where PostgreSQL gives no answer.
var remedies = map[state.Silence]string{
	state.Lost:             "check host and port and the server's log, and try again",
	state.NoHost:           "check the reference, PGHOST and the name server",
	state.NotListening:     "check host and port and that the server runs",
	state.UnknownAuthority: "name the authority's certificate: sslrootcert=FILE or PGSSLROOTCERT",
	state.OtherName:        "name the server as its certificate does, or have it made for this name",
	state.Expired:          "have it renewed, and check this machine's clock",
	state.BadCertificate:   "have it made anew for a server",
	state.NoTLS:            "check host and port",
	state.Refused:          "check sslmode, sslcert and sslkey",
	state.TimedOut:         "check the network, host and port, and try again",
}

// answered is the line of an error that the server reports.
func (s *source) answered(answer *pgconn.PgError) error {
	e := &state.Error{Source: s.String()}
	user := s.config.User
	switch code := answer.Code; {
	case code == "28P01":
		e.Problem = "the server does not take the password of the user " + user
		e.Remedy = "check PGPASSWORD or ~/.pgpass"
		if s.config.Password == "" {
			e.Problem = "the server asks for the password of the user " + user
			e.Remedy = "set PGPASSWORD or write it into ~/.pgpass"
		}
		e.Err = fs.ErrPermission
	case code == "28000" && (strings.Contains(answer.Message, "no encryption") || strings.Contains(answer.Message, "SSL off")):
		e.Problem = "the server does not let the user " + user + " in without TLS"
		e.Remedy = "say sslmode=require, or verify-full, in the reference or as PGSSLMODE"
		e.Err = fs.ErrPermission
	case code == "28000":
		e.Problem = "the server does not let the user " + user + " in"
		e.Remedy = "check the user, the database and the server's pg_hba.conf"
		e.Err = fs.ErrPermission
	case code == "3D000":
		e.Problem = "there is no such database on the server"
		e.Remedy = "check the database's name"
		e.Err = fs.ErrNotExist
	case code == "42501" && strings.Contains(answer.Message, "database"):
		e.Problem = "the user " + user + " may not connect to the database"
		e.Remedy = "have an administrator run: grant connect on database " + quote(s.config.Database) + " to " + quote(user)
		e.Err = fs.ErrPermission
	case code == "42501":
		e.Problem = "the user " + user + " may not read " + s.relation()
		e.Remedy = "have an administrator run: grant usage on schema " + quote(s.schema) + " to " + quote(user) + "; grant select on " + s.relation() + " to " + quote(user)
		e.Err = fs.ErrPermission
	case code == "42703":
		e.Problem = s.relation() + " is not a table of Terraform's states: it lacks a column"
		e.Remedy = "check the schema and the table"
	case code == "53300":
		e.Problem = "the server has no connection left"
		e.Remedy = "try again later, or read fewer states at once"
	case code == "57P03":
		e.Problem = "the server is starting or shutting down"
		e.Remedy = "try again in a minute"
	case strings.Contains(answer.Message, readOnly): // PgBouncer: unsupported startup parameter
		e.Problem = "the pooler in front of the server does not let " + readOnly + " through, without which driftmgr does not connect"
		e.Remedy = "name the server itself, or add the parameter to PgBouncer's ignore_startup_parameters"
	default:
		e.Problem = "the server reports the error " + code
		e.Remedy = "look it up in https://www.postgresql.org/docs/current/errcodes-appendix.html and in the server's log"
	}
	return e
}
