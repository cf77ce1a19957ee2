package pg

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/driftmgr/driftmgr/pkg/state"
)

func TestReference(t *testing.T) {
	cleanEnv(t)
	for _, tt := range []struct {
		name, ref string
		env       []string
		want      string // the source's name, or the error
	}{
		{"whole", "pg://ann@db.example:5433/tf?schema=s&workspace=prod", nil, "pg://ann@db.example:5433/tf?schema=s&workspace=prod"},
		{"defaults", "pg://db.example/tf", nil, "pg://terraform@db.example:5432/tf?schema=terraform_remote_state&workspace=default"},
		{"as Terraform's conn_str", "postgres://ann@db.example/tf?sslmode=verify-full", nil, "pg://ann@db.example:5432/tf?schema=terraform_remote_state&workspace=default"},
		{"the other name of it", "postgresql://ann@db.example/tf", nil, "pg://ann@db.example:5432/tf?schema=terraform_remote_state&workspace=default"},
		{"upper case", "PG://ann@db.example/tf", nil, "pg://ann@db.example:5432/tf?schema=terraform_remote_state&workspace=default"},
		{"table of OpenTofu", "pg://ann@db.example/tf?table=t", nil, "pg://ann@db.example:5432/tf?schema=terraform_remote_state&table=t&workspace=default"},
		{"environment", "pg://", []string{"PGHOST", "h", "PGPORT", "1", "PGDATABASE", "d", "PG_SCHEMA_NAME", "s", "PG_TABLE_NAME", "t"}, "pg://terraform@h:1/d?schema=s&table=t&workspace=default"},
		{"the reference before the environment", "pg://g/?schema=x", []string{"PGHOST", "h", "PGDATABASE", "d", "PG_SCHEMA_NAME", "s"}, "pg://terraform@g:5432/d?schema=x&workspace=default"},
		{"no host", "pg:///tf", nil, "pg://terraform@localhost:5432/tf?schema=terraform_remote_state&workspace=default"},
		{"no database", "pg://ann@h", nil, "pg://ann@h:5432/ann?schema=terraform_remote_state&workspace=default"},
		{"socket", "pg://ann@/tf?host=/var/run/postgresql&port=5433", nil, "pg://ann@/tf?host=/var/run/postgresql&port=5433&schema=terraform_remote_state&workspace=default"},
		{"several servers", "pg://ann@a,b:5433/tf?sslmode=prefer", nil, "pg://ann@a:5432,b:5433/tf?schema=terraform_remote_state&workspace=default"},
		{"servers and a socket", "pg://ann@a,b:5433/tf?host=a,/tmp", nil, "pg://ann@/tf?host=a,/tmp&port=5432,5433&schema=terraform_remote_state&workspace=default"},
		{"IPv6", "pg://ann@[::1]:5433/tf", nil, "pg://ann@[::1]:5433/tf?schema=terraform_remote_state&workspace=default"},
		{"names that are escaped", "pg://a%40b@h/t%2Ff?schema=a+b&workspace=x%26y", nil, "pg://a%40b@h:5432/t%2Ff?schema=a%20b&workspace=x%26y"},

		{"password", "pg://ann:t0psecret@h/tf", nil, "state pg://***@h/tf: holds a password; leave it out, and set PGPASSWORD or write it into ~/.pgpass"},
		{"password with a question mark", "pg://ann:t0?psecret@h/tf", nil, "state pg://***: has an @ behind a ?; leave passwords out, set PGPASSWORD or write them into ~/.pgpass, and write an @ in a parameter as %40"},
		{"number and question mark in the password", "pg://ann:12?psecret@h/tf", nil, "state pg://***: has an @ behind a ?; leave passwords out, set PGPASSWORD or write them into ~/.pgpass, and write an @ in a parameter as %40"},
		{"password with an @ as a parameter", "pg://h:x/tf?password=t0p@psecret", nil, "state pg://***: has an @ behind a ?; leave passwords out, set PGPASSWORD or write them into ~/.pgpass, and write an @ in a parameter as %40"},
		{"password with an @ as a parameter, without a database", "pg://h?password=t0p@psecret", nil, "state pg://***: has an @ behind a ?; leave passwords out, set PGPASSWORD or write them into ~/.pgpass, and write an @ in a parameter as %40"},
		{"password as a parameter, without a database", "pg://h?password=t0psecret", nil, "state pg://h: holds a password; leave it out, and set PGPASSWORD or PGSSLPASSWORD"},
		{"password with a slash", "pg://ann:t0p/secret@h/tf", nil, "state pg://***@h/tf: is not a valid reference; write it as pg://USER@HOST:PORT/DATABASE?schema=SCHEMA&workspace=WORKSPACE"},
		{"password with a number and a slash", "pg://ann:70/psecret@h/tf", nil, "state pg://***@h/tf: is not a valid reference; write it as pg://USER@HOST:PORT/DATABASE?schema=SCHEMA&workspace=WORKSPACE"},
		{"password as a parameter", "pg://h/tf?password=t0psecret", nil, "state pg://h/tf: holds a password; leave it out, and set PGPASSWORD or PGSSLPASSWORD"},
		{"misspelt parameter", "pg://h/tf?worksapce=prod", nil, `state pg://h/tf: has the unknown parameter "worksapce"; use schema, table, workspace or one of libpq's, such as sslmode`},
		{"parameter twice", "pg://h/tf?workspace=a&workspace=b", nil, "state pg://h/tf: names no or more than one workspace; name one"},
		{"parameter without a value", "pg://h/tf?schema=", nil, "state pg://h/tf: names no or more than one schema; name one"},
		{"bad escape", "pg://h/tf?schema=%zz", nil, "state pg://h/tf: has parameters that cannot be read; write special characters as % and their code"},
		{"bad port", "pg://ann@h:99999/tf", nil, "state pg://ann@h:99999/tf?schema=terraform_remote_state&workspace=default: the connection to PostgreSQL is not described in a way that can be understood; write it as postgres://USER@HOST:PORT/DATABASE and check PGHOST, PGPORT and the other PG variables"},
		{"missing certificate", "pg://ann@h/tf?sslmode=verify-full&sslrootcert=/no/where", nil, "state pg://ann@h/tf?schema=terraform_remote_state&workspace=default: /no/where cannot be read; check sslrootcert, sslcert, sslkey and service, and give this user read access"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			found, err := New(Options{})[0].Parse(t.Context(), tt.ref)
			got := ""
			switch {
			case err != nil:
				got = err.Error()
			case len(found) == 1:
				got = found[0].String()
				again, err := New(Options{})[0].Parse(t.Context(), got)
				if err != nil || again[0].String() != got {
					t.Errorf("the name %q is that of %v, %v", got, again, err)
				}
			}
			if got != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

func TestConfigure(t *testing.T) {
	cleanEnv(t)
	for _, tt := range []struct {
		name      string
		attrs     map[string]any
		env       []string
		workspace string
		want      string
		password  string
	}{
		{"URL", map[string]any{"conn_str": "postgres://ann:t0psecret@db.example/tf?sslmode=disable"}, nil, "default",
			"pg://ann@db.example:5432/tf?schema=terraform_remote_state&workspace=default", "t0psecret"},
		{"keywords", map[string]any{"conn_str": "user=ann password='t0psecret' host=db.example dbname=tf"}, nil, "",
			"pg://ann@db.example:5432/tf?schema=terraform_remote_state&workspace=default", "t0psecret"},
		{"schema and workspace", map[string]any{"conn_str": "postgres://db.example/tf", "schema_name": "s", "skip_schema_creation": true}, nil, "prod",
			"pg://terraform@db.example:5432/tf?schema=s&workspace=prod", ""},
		{"workspace that looks like a pattern", map[string]any{"conn_str": "postgres://db.example/tf"}, nil, "*",
			"pg://terraform@db.example:5432/tf?schema=terraform_remote_state&workspace=*", ""},
		{"table of OpenTofu", map[string]any{"conn_str": "postgres://db.example/tf", "table_name": "t"}, nil, "",
			"pg://terraform@db.example:5432/tf?schema=terraform_remote_state&table=t&workspace=default", ""},
		{"environment", nil, []string{"PG_CONN_STR", "postgres://db.example/tf", "PG_SCHEMA_NAME", "s", "PGPASSWORD", "t0psecret"}, "",
			"pg://terraform@db.example:5432/tf?schema=s&workspace=default", "t0psecret"},
		{"libpq's variables only", nil, []string{"PGHOST", "h", "PGDATABASE", "d"}, "", "pg://terraform@h:5432/d?schema=terraform_remote_state&workspace=default", ""},
		{"no host", map[string]any{"conn_str": "postgres:///tf?sslmode=disable"}, nil, "", "pg://terraform@localhost:5432/tf?schema=terraform_remote_state&workspace=default", ""},

		{"what is no text", map[string]any{"conn_str": float64(1)}, nil, "", "state dir: the pg backend's conn_str is not text; see https://developer.hashicorp.com/terraform/language/backend/pg", ""},
		{"what cannot be read", map[string]any{"conn_str": "postgres://ann:t0psecret@h:t0psecret/"}, nil, "",
			"state dir: the connection to PostgreSQL is not described in a way that can be understood; write it as postgres://USER@HOST:PORT/DATABASE and check PGHOST, PGPORT and the other PG variables", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			found, err := New(Options{})[0].Configure(t.Context(), state.Block{Type: "pg", Attrs: tt.attrs, Workspace: tt.workspace, Dir: "dir"})
			got, password := "", ""
			switch {
			case err != nil:
				got = err.Error()
			case len(found) == 1:
				got, password = found[0].String(), found[0].(*source).config.Password
			}
			if got != tt.want || password != tt.password {
				t.Errorf("got  %v with the password %q\nwant %v with %q", got, password, tt.want, tt.password)
			}
		})
	}
}

// TestConnection proves what every session is: read-only, in UTF-8, and
// encrypted unless the user says otherwise.
func TestConnection(t *testing.T) {
	cleanEnv(t)
	for _, tt := range []struct {
		name, connString string
		env              []string
		encrypted        bool
		fallbacks        int
	}{
		{"nothing said", "", nil, true, 0},
		{"URL", "postgres://ann@h/tf", nil, true, 0},
		{"URL with other parameters", "postgres://ann@h/tf?application_name=x", nil, true, 0},
		{"URL with a question mark in the password", "postgres://ann:a?b@h/tf", nil, true, 0},
		{"keywords", "host=h", nil, true, 0},
		{"disabled in the URL", "postgres://ann@h/tf?sslmode=disable", nil, false, 0},
		{"disabled by keyword", "host=h sslmode=disable", nil, false, 0},
		{"disabled by the environment", "postgres://ann@h/tf", []string{"PGSSLMODE", "disable"}, false, 0},
		{"preferred", "postgres://ann@h/tf?sslmode=prefer", nil, true, 1},
		{"parameters that would allow to write", "postgres://ann@h/tf?default_transaction_read_only=off", nil, true, 0},
		{"parameters of Terraform's driver", "postgres://ann@h/tf?binary_parameters=yes&fallback_application_name=x", nil, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			c, err := connection("x", tt.connString, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if (c.TLSConfig != nil) != tt.encrypted || len(c.Fallbacks) != tt.fallbacks {
				t.Errorf("TLS %v with %d other ways; want %v with %d", c.TLSConfig != nil, len(c.Fallbacks), tt.encrypted, tt.fallbacks)
			}
			if c.RuntimeParams["default_transaction_read_only"] != "on" || c.RuntimeParams["client_encoding"] != "UTF8" || c.RuntimeParams["binary_parameters"] != "" {
				t.Errorf("parameters %v", c.RuntimeParams)
			}
			if c.ConnectTimeout != 15*time.Second {
				t.Errorf("connect timeout %v", c.ConnectTimeout)
			}
		})
	}
	c, err := connection("x", "postgres://ann:other@h/tf?connect_timeout=3", Options{Password: "own"})
	if err != nil || c.Password != "own" || c.ConnectTimeout != 3*time.Second {
		t.Errorf("password %q, timeout %v, %v; want what the options and the string say", c.Password, c.ConnectTimeout, err)
	}
}

// TestAnswers has a line for each error that a server reports before the first
// query; those after it are tested against PostgreSQL.
func TestAnswers(t *testing.T) {
	cleanEnv(t)
	for _, tt := range []struct {
		name, code, message string
		password            string
		want                string
		is                  error
	}{
		{"wrong password", "28P01", `password authentication failed for user "terraform" t0psecret`, "x", "the server does not take the password of the user terraform; check PGPASSWORD or ~/.pgpass", fs.ErrPermission},
		{"no password", "28P01", "", "", "the server asks for the password of the user terraform; set PGPASSWORD or write it into ~/.pgpass", fs.ErrPermission},
		{"TLS required", "28000", `no pg_hba.conf entry for host "::1", user "terraform", database "tf", no encryption`, "", "the server does not let the user terraform in without TLS; say sslmode=require, or verify-full, in the reference or as PGSSLMODE", fs.ErrPermission},
		{"unknown user", "28000", `role "terraform" does not exist`, "", "the server does not let the user terraform in; check the user, the database and the server's pg_hba.conf", fs.ErrPermission},
		{"missing database", "3D000", "", "", "there is no such database on the server; check the database's name", fs.ErrNotExist},
		{"no permission to connect", "42501", `permission denied for database "tf"`, "", `the user terraform may not connect to the database; have an administrator run: grant connect on database "tf" to "terraform"`, fs.ErrPermission},
		{"no connection left", "53300", "", "", "the server has no connection left; try again later, or read fewer states at once", nil},
		{"starting", "57P03", "", "", "the server is starting or shutting down; try again in a minute", nil},
		{"pooler", "08P01", "unsupported startup parameter: default_transaction_read_only", "", "the pooler in front of the server does not let default_transaction_read_only through, without which driftmgr does not connect; name the server itself, or add the parameter to PgBouncer's ignore_startup_parameters", nil},
		{"something else", "XX000", "t0psecret", "", "the server reports the error XX000; look it up in https://www.postgresql.org/docs/current/errcodes-appendix.html and in the server's log", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &answering{answer: &pgproto3.ErrorResponse{Severity: "FATAL", Code: tt.code, Message: tt.message}}
			s.start(t)
			ref := "pg://terraform@" + s.address + "/tf?schema=s&workspace=default"
			t.Setenv("PGSSLMODE", "disable")
			t.Setenv("PGPASSWORD", tt.password)
			found, err := New(Options{})[0].Parse(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			_, err = found[0].Open(t.Context())
			if got := problem(err); got != tt.want || !strings.HasPrefix(err.Error(), "state "+ref+": ") {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
			if _, lockErr := found[0].(state.Locked).Lock(t.Context()); problem(lockErr) != tt.want {
				t.Errorf("lock: %v", lockErr)
			}
			if _, err := New(Options{})[0].Parse(t.Context(), strings.Replace(ref, "default", "*", 1)); problem(err) != tt.want {
				t.Errorf("pattern: %v", err)
			}
		})
	}
}

func TestConnections(t *testing.T) {
	cleanEnv(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()

	plain := &answering{}
	plain.start(t)
	web := httptest.NewUnstartedServer(nil)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	encrypted := &answering{certs: web.TLS.Certificates}
	encrypted.start(t)
	_, port, _ := net.SplitHostPort(encrypted.address)
	dir := t.TempDir()

	for _, tt := range []struct{ name, ref, want string }{
		{"nobody there", "pg://" + closed + "/tf", "nothing listens on " + closed + "; check host and port and that the server runs"},
		{"no socket", "pg:///tf?host=" + dir, "nothing listens on " + net.JoinHostPort(dir, "5432") + "; check host and port and that the server runs"},
		{"unknown host", "pg://db.invalid/tf", "the host db.invalid does not exist; check the reference, PGHOST and the name server"},
		{"server without TLS", "pg://" + plain.address + "/tf", "the server has no TLS, without which passwords and states can be read on the way; turn TLS on there, or say sslmode=disable, in the reference or as PGSSLMODE, if that is meant"},
		{"unknown authority", "pg://" + encrypted.address + "/tf?sslmode=verify-full", "the certificate of " + encrypted.address + " is signed by an authority that is not known here; name the authority's certificate: sslrootcert=FILE or PGSSLROOTCERT"},
		{"certificate of another name", "pg://localhost:" + port + "/tf?sslmode=verify-full&sslrootcert=" + pemFile(t, web), "the certificate of localhost:" + port + " is for another name; name the server as its certificate does, or have it made for this name"},
		{"another kind of server", "pg://" + web.Listener.Addr().String() + "/tf?sslmode=disable", "the connection to " + web.Listener.Addr().String() + " was lost or is none to PostgreSQL; check host and port and the server's log, and try again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := New(Options{})[0].Parse(t.Context(), tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			s := found[0].(*source)
			s.config.LookupFunc = func(_ context.Context, host string) ([]string, error) {
				if host == "db.invalid" {
					return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
				}
				return []string{"127.0.0.1"}, nil
			}
			_, err = s.Open(t.Context())
			if got := problem(err); got != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

// TestSilentServer proves that a server which says nothing is not waited for.
func TestSilentServer(t *testing.T) {
	cleanEnv(t)
	t.Setenv("PGSSLMODE", "disable")
	s := &answering{}
	s.start(t)
	ref := "pg://" + s.address + "/tf"
	found, err := New(Options{})[0].Parse(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := found[0].Open(ctx); !errors.Is(err, context.DeadlineExceeded) || problem(err) != "was not opened: context deadline exceeded" {
		t.Errorf("ended context: %v", err)
	}
	found[0].(*source).config.ConnectTimeout = 30 * time.Millisecond
	want := s.address + " did not answer in time; check the network, host and port, and try again"
	if _, err := found[0].Open(t.Context()); problem(err) != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestEndedContext(t *testing.T) {
	cleanEnv(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := New(Options{})[0]
	if _, err := b.Parse(ctx, "pg://ann:t0psecret@h/"); !errors.Is(err, context.Canceled) || problem(err) != "was not opened: context canceled" {
		t.Errorf("parse: %v", err)
	}
	if _, err := b.Configure(ctx, state.Block{Type: "pg", Dir: "dir"}); !errors.Is(err, context.Canceled) {
		t.Errorf("configure: %v", err)
	}
}

func TestSchemes(t *testing.T) {
	var schemes []string
	for _, b := range New(Options{}) {
		schemes = append(schemes, b.Scheme())
	}
	if got := strings.Join(schemes, " "); got != "pg postgres postgresql" {
		t.Errorf("schemes %s", got)
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"pg://ann@h:1/tf?schema=s&workspace=w", "postgres://[::1],b:2/x?host=/tmp&sslmode=disable", "pg://a:b@c", "pg:///?workspace=%2a"} {
		f.Add(s)
	}
	f.Setenv("PGSSLMODE", "disable")
	f.Setenv("PGUSER", "terraform")
	f.Fuzz(func(t *testing.T, ref string) {
		if strings.Contains(ref, "passfile") || strings.Contains(ref, "service") {
			return // files of this machine
		}
		r, err := parseReference("pg://" + ref)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		config, err := connection(r.name, r.connString, Options{})
		if err != nil {
			return
		}
		first := name(config, r.schema, r.table, r.workspace)
		if config.RuntimeParams[readOnly] != "on" {
			t.Errorf("%q may write", ref)
		}
		if config.User == "" || strings.ContainsAny(config.Host+config.Database, ",\x00") {
			return // what libpq cannot express either
		}
		r, err = parseReference(first)
		if err != nil {
			t.Fatalf("%q is named %q: %v", ref, first, err)
		}
		config, err = connection(r.name, r.connString, Options{})
		if err != nil {
			t.Fatalf("%q is named %q: %v", ref, first, err)
		}
		if again := name(config, r.schema, r.table, r.workspace); again != first {
			t.Errorf("%q is named %q, and that %q", ref, first, again)
		}
	})
}

func pemFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, encode(s.Certificate().Raw), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
