package pg

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// connectTimeout is for each server where the connection string says nothing.
const connectTimeout = 15 * time.Second

// readOnly makes every transaction of a session one that cannot write
// (https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY).
const readOnly = "default_transaction_read_only"

// connection reads a connection string, a URL or libpq's keywords and values, and
// the process's environment. source is what an error is about; it shows nothing
// of the string.
func connection(source, connString string, o Options) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(withDefaults(connString))
	if err != nil {
		e := &state.Error{Source: source, Problem: "the connection to PostgreSQL is not described in a way that can be understood", Remedy: "write it as postgres://USER@HOST:PORT/DATABASE and check PGHOST, PGPORT and the other PG variables"}
		var file *fs.PathError
		if errors.As(err, &file) {
			e.Problem, e.Remedy = file.Path+" cannot be read", "check sslrootcert, sslcert, sslkey and service, and give this user read access"
		}
		return nil, e
	}
	if o.Password != "" {
		config.Password = o.Password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	// Terraform's driver knows these, which are none of the server's.
	for _, own := range []string{"fallback_application_name", "binary_parameters", "disable_prepared_binary_result"} {
		delete(config.RuntimeParams, own)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "driftmgr"
	}
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams[readOnly] = "on"
	return config, nil
}

// withDefaults puts the defaults of Terraform's driver before what a connection
// string says; pgconn's are others (https://pkg.go.dev/github.com/lib/pq). What
// comes later wins.
func withDefaults(connString string) string {
	if os.Getenv("PGSERVICE") != "" || strings.Contains(connString, "service=") {
		return connString
	}
	scheme, rest, isURL := strings.Cut(connString, "://")
	isURL = isURL && (scheme == "postgres" || scheme == "postgresql")
	var defaults []string
	if os.Getenv("PGSSLMODE") == "" {
		defaults = append(defaults, "sslmode=require")
	}
	authority := rest
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		authority = rest[i+1:]
	}
	if hostless := authority == "" || strings.HasPrefix(authority, "/") || strings.HasPrefix(authority, "?"); os.Getenv("PGHOST") == "" && (!isURL || hostless) {
		defaults = append(defaults, "host=localhost")
	}
	if !isURL {
		return strings.Join(append(defaults, connString), " ")
	}
	if len(defaults) == 0 {
		return connString
	}
	place, query, ok := strings.Cut(authority, "?")
	if ok {
		defaults = append(defaults, query)
	}
	return scheme + "://" + rest[:len(rest)-len(authority)] + place + "?" + strings.Join(defaults, "&")
}
