package pg

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// reference is what a reference says.
type reference struct {
	name                     string // as it may be shown
	connString               string // postgres://…, without password
	schema, table, workspace string
}

// connParameters are those of libpq that may stand in a reference. That nothing
// else may keeps a misspelt `workspace` from being another workspace.
var connParameters = []string{
	"application_name", "channel_binding", "connect_timeout", "dbname", "host", "krbspn", "krbsrvname", "passfile", "port",
	"require_auth", "service", "sslcert", "sslcertmode", "sslkey", "sslmode", "sslnegotiation", "sslrootcert", "sslsni",
	"target_session_attrs", "user",
}

// parseReference reads a reference. Its error, an *Error, shows nothing that
// could be a password.
func parseReference(ref string) (reference, error) {
	name := state.Masked(ref)
	fail := func(problem, remedy string) (reference, error) {
		return reference{}, &state.Error{Source: name, Problem: problem, Remedy: remedy}
	}
	_, rest, _ := strings.Cut(ref, "://")
	place, query, _ := strings.Cut(rest, "?")
	user := ""
	if i := strings.IndexAny(place, "@/"); i >= 0 && place[i] == '@' {
		user, place = place[:i+1], place[i+1:]
	}
	switch {
	case strings.Contains(query, "@"): // in parameters, or in what was meant as a password before them
		return fail("has an @ behind a ?", "leave passwords out, set PGPASSWORD or write them into ~/.pgpass, and write an @ in a parameter as %40")
	case strings.Contains(user, ":"):
		return fail("holds a password", "leave it out, and set PGPASSWORD or write it into ~/.pgpass")
	}
	if !validPlace(place) {
		return fail("is not a valid reference", "write it as pg://USER@HOST:PORT/DATABASE?schema=SCHEMA&workspace=WORKSPACE")
	}
	name = "pg://" + user + place
	values, err := url.ParseQuery(query)
	if err != nil {
		return fail("has parameters that cannot be read", "write special characters as % and their code")
	}
	r := reference{
		schema:    variable("PG_SCHEMA_NAME", defaultSchema),
		table:     variable("PG_TABLE_NAME", defaultTable),
		workspace: defaultWorkspace,
	}
	for parameter, v := range values {
		own := map[string]*string{"schema": &r.schema, "table": &r.table, "workspace": &r.workspace}[parameter]
		switch {
		case own != nil && (len(v) > 1 || v[0] == ""):
			return fail("names no or more than one "+parameter, "name one")
		case own != nil:
			*own = v[0]
			values.Del(parameter)
		case parameter == "password" || parameter == "sslpassword":
			return fail("holds a password", "leave it out, and set PGPASSWORD or PGSSLPASSWORD")
		case !slices.Contains(connParameters, parameter):
			return fail(fmt.Sprintf("has the unknown parameter %q", parameter), "use schema, table, workspace or one of libpq's, such as sslmode")
		}
	}
	r.name = name + "?schema=" + escape(r.schema) + "&workspace=" + escape(r.workspace)
	r.connString = "postgres://" + user + place
	if len(values) > 0 {
		// In libpq's URIs a + is a +.
		r.connString += "?" + strings.ReplaceAll(values.Encode(), "+", "%20")
	}
	return r, nil
}

// validPlace reports whether what follows the user is hosts with ports that are
// numbers, and a database: what is left of a password that was not escaped is
// none of that.
func validPlace(place string) bool {
	authority, database, _ := strings.Cut(place, "/")
	if strings.ContainsAny(database, "@/") {
		return false
	}
	for host := range strings.SplitSeq(authority, ",") {
		if strings.HasPrefix(host, "[") {
			_, host, _ = strings.Cut(host, "]")
		}
		if _, port, _ := strings.Cut(host, ":"); strings.Trim(port, "0123456789") != "" {
			return false
		}
	}
	return !strings.Contains(authority, "@")
}

// name is the canonical reference of a workspace.
func name(c *pgconn.Config, schema, table, workspace string) string {
	var place, files, ports []string
	for _, server := range servers(c) {
		port := strconv.Itoa(int(server.Port))
		ports = append(ports, port)
		files = append(files, escape(server.Host))
		host := segment(server.Host)
		if strings.Contains(server.Host, ":") {
			host = "[" + server.Host + "]"
		}
		place = append(place, host+":"+port)
	}
	var parameters []string
	// A socket's directory cannot stand where hosts do.
	if sockets := strings.Contains(strings.Join(files, ""), "/"); sockets {
		place = nil
		parameters = append(parameters, "host="+strings.Join(files, ","))
		if p := strings.Join(ports, ","); p != "5432" {
			parameters = append(parameters, "port="+p)
		}
	}
	user, database := "", c.Database
	if c.User != "" {
		user = segment(c.User) + "@"
	}
	if database == "" {
		database = c.User // as the server takes it
	}
	parameters = append(parameters, "schema="+escape(schema))
	if table != defaultTable {
		parameters = append(parameters, "table="+escape(table))
	}
	parameters = append(parameters, "workspace="+escape(workspace))
	return "pg://" + user + strings.Join(place, ",") + "/" + segment(database) + "?" + strings.Join(parameters, "&")
}

// servers are those that are tried, in their order. Of each, TLS aside.
func servers(c *pgconn.Config) []pgconn.FallbackConfig {
	all := []pgconn.FallbackConfig{{Host: c.Host, Port: c.Port}}
	for _, f := range c.Fallbacks {
		server := pgconn.FallbackConfig{Host: f.Host, Port: f.Port}
		if !slices.Contains(all, server) { // sslmode=prefer tries each twice
			all = append(all, server)
		}
	}
	return all
}

// segment writes text as one part of a path.
func segment(text string) string { return strings.ReplaceAll(escape(text), "/", "%2F") }

// escape writes text so that parseReference and libpq read it back, and leaves
// what people write in patterns and paths as it is.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/*,", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
