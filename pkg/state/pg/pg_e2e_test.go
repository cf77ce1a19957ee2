//go:build e2e

package pg

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

// TestPostgreSQL reads from a PostgreSQL that was made for it, with TLS, as a
// user that may do no more than to read.
func TestPostgreSQL(t *testing.T) {
	cleanEnv(t)
	s := startPostgreSQL(t)
	t.Run("conformance", s.conformance)
	t.Run("writes are refused", s.writes)
	t.Run("errors", s.errors)
	t.Run("workspaces", s.workspaces)
	t.Run("lock that says little", s.lock)
	t.Run("lock of a workspace with a large id", s.largeKey)
	t.Run("database that is not in UTF-8", s.encoding)
}

const (
	reader   = "reader"
	password = "h0rse battery"
)

// ref is the reference of a workspace as the reader reads it.
func (s *postgreSQL) ref(workspace string) string {
	return fmt.Sprintf("pg://%s@127.0.0.1:%d/tf?schema=terraform_remote_state&workspace=%s", reader, s.port, workspace)
}

func (s *postgreSQL) conformance(t *testing.T) {
	s.asReader(t)
	s.admin(t, "tf", "grant pg_read_all_stats to "+reader)
	t.Cleanup(func() { s.admin(t, "tf", "revoke pg_read_all_stats from "+reader) })
	put := func(t *testing.T, name string, content []byte) string {
		c := s.connect(t, "tf", "postgres")
		// as Terraform does
		_, err := c.ExecParams(context.Background(), `insert into terraform_remote_state.states (name, data) values ($1, $2)
			on conflict (name) do update set data = $2 where states.name = $1`, [][]byte{[]byte(name), content}, nil, nil, nil).Close()
		if err != nil {
			t.Fatal(err)
		}
		return s.ref(name)
	}
	statetest.Run(t, statetest.Store{
		Backend: New(Options{})[0],
		Text:    true,
		Ref:     s.ref,
		Put:     put,
		Dump: func(t *testing.T) map[string]string {
			s.onlyReads(t)
			dump := make(map[string]string)
			for _, row := range s.admin(t, "tf", `select name, concat_ws(' ', id, xmin, md5(data)) from terraform_remote_state.states
				union all select concat_ws(' ', 'lock', pid, classid, objid), mode from pg_locks where locktype = 'advisory'
				union all select 'next id', last_value::text from global_states_id_seq`) {
				dump[string(row[0])] = string(row[1])
			}
			return dump
		},
		Deny: func(t *testing.T, _ string) bool {
			s.admin(t, "tf", "revoke select on terraform_remote_state.states from "+reader)
			t.Cleanup(func() { s.admin(t, "tf", "grant select on terraform_remote_state.states to "+reader) })
			return true
		},
		Block: func(name string) state.Block {
			return state.Block{Type: "pg", Workspace: name, Dir: "/code", Attrs: map[string]any{
				"conn_str": fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/tf", reader, "h0rse%20battery", s.port),
			}}
		},
		Lock: func(_ *testing.T, name string) state.Lock {
			c := s.connect(t, "tf", "ann") // as long as the suite runs
			return s.take(t, c, "terraform_remote_state", name)
		},
		Pattern: func(prefix string) string { return s.ref(prefix + "*") },
	})
	if !s.heard {
		t.Error("the server's log has nothing of the reader")
	}
	s.admin(t, "tf", "delete from terraform_remote_state.states")
}

// take locks a workspace as Terraform does, and returns the lock as who may see
// everything sees it.
func (s *postgreSQL) take(t *testing.T, c *pgconn.PgConn, schema, workspace string) state.Lock {
	t.Helper()
	rows := run(t, c, fmt.Sprintf("select states.id, pg_try_advisory_lock(states.id), pg_try_advisory_lock(-1) from %s.states where states.name = '%s'", schema, workspace))
	if len(rows) != 1 || string(rows[0][1]) != "t" {
		t.Fatalf("cannot lock %s: %q", workspace, rows)
	}
	run(t, c, "select pg_advisory_unlock(-1)")
	rows = run(t, c, `select usename, to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') from pg_stat_activity where pid = pg_backend_pid()`)
	since, err := time.Parse("2006-01-02 15:04:05.999999", string(rows[0][1]))
	if err != nil {
		t.Fatal(err)
	}
	return state.Lock{Who: string(rows[0][0]) + "@127.0.0.1", Since: since}
}

// writes proves that a session refuses to write, even for a user who may and in
// a transaction that is not driftmgr's.
func (s *postgreSQL) writes(t *testing.T) {
	for _, connString := range []string{
		fmt.Sprintf("postgres://ann:h0rse%%20battery@127.0.0.1:%d/tf?sslmode=disable", s.port),
		fmt.Sprintf("postgres://ann:h0rse%%20battery@127.0.0.1:%d/tf?sslmode=disable&default_transaction_read_only=off&options=-c%%20default_transaction_read_only%%3Doff", s.port),
	} {
		config, err := connection("x", connString, Options{})
		if err != nil {
			t.Fatal(err)
		}
		src := &source{config: config, schema: "terraform_remote_state", table: "states", workspace: "w"}
		for _, sql := range []string{
			"insert into terraform_remote_state.states (name, data) values ('x', 'y')",
			"update terraform_remote_state.states set data = ''",
			"delete from terraform_remote_state.states",
			"create table terraform_remote_state.x (y int)",
			"drop table terraform_remote_state.states",
			"select nextval('global_states_id_seq')",
		} {
			tx, err := src.begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, inside := tx.conn.Exec(t.Context(), sql).ReadAll()
			_, _ = tx.conn.Exec(t.Context(), "rollback").ReadAll()
			_, outside := tx.conn.Exec(t.Context(), sql).ReadAll()
			tx.end()
			for where, err := range map[string]error{"in the transaction": inside, "after it": outside} {
				var answer *pgconn.PgError
				if !errors.As(err, &answer) || answer.Code != "25006" {
					t.Errorf("%s, %s: %v; want read_only_sql_transaction", sql, where, err)
				}
			}
		}
	}
}

func (s *postgreSQL) errors(t *testing.T) {
	s.asReader(t)
	s.admin(t, "tf", "insert into terraform_remote_state.states (name, data) values ('default', '{}'), ('prod', '{}'), ('hollow', null)")
	s.admin(t, "tf", "create schema closed; create table closed.states (id bigint, name text, data text); create schema odd; create table odd.states (x int); grant usage on schema odd to "+reader+"; grant select on odd.states to "+reader+
		"; create schema bare; grant usage on schema bare to "+reader)
	at := func(rest string) string { return fmt.Sprintf("pg://%s@127.0.0.1:%d/%s", reader, s.port, rest) }
	for _, tt := range []struct {
		name, ref string
		env       []string
		want      string
		is        error
	}{
		{"missing database", at("nowhere?schema=s&workspace=w"), nil, "there is no such database on the server; check the database's name", fs.ErrNotExist},
		{"missing schema", at("tf?schema=none&workspace=default"), nil, "the schema none does not exist or has no table states; name a schema that has one: closed, odd, terraform_remote_state", fs.ErrNotExist},
		{"missing table", at("tf?schema=bare&workspace=default"), nil, "the schema bare does not exist or has no table states; name a schema that has one: closed, odd, terraform_remote_state", fs.ErrNotExist},
		{"another table", at("tf?schema=odd&workspace=default"), nil, `"odd"."states" is not a table of Terraform's states: it lacks a column; check the schema and the table`, nil},
		{"missing workspace", at("tf?schema=terraform_remote_state&workspace=dev"), nil, "the schema terraform_remote_state has no workspace dev; name one that it has: default, hollow, prod", fs.ErrNotExist},
		{"workspace without a state", at("tf?schema=terraform_remote_state&workspace=hollow"), nil, "the workspace hollow is there, but has no state; check that Terraform has written it", fs.ErrNotExist},
		{"schema without permission", at("tf?schema=closed&workspace=default"), nil, `the user reader may not read "closed"."states"; have an administrator run: grant usage on schema "closed" to "reader"; grant select on "closed"."states" to "reader"`, fs.ErrPermission},
		{"wrong password", at("tf?schema=s&workspace=w"), []string{"PGPASSWORD", "t0psecret"}, "the server does not take the password of the user reader; check PGPASSWORD or ~/.pgpass", fs.ErrPermission},
		{"no TLS where it is required", fmt.Sprintf("pg://encrypted@127.0.0.1:%d/tf?schema=s&workspace=w", s.port), []string{"PGSSLMODE", "disable"}, "the server does not let the user encrypted in without TLS; say sslmode=require, or verify-full, in the reference or as PGSSLMODE", fs.ErrPermission},
		{"unknown authority", at("tf?schema=s&workspace=w"), []string{"PGSSLMODE", "verify-full", "PGSSLROOTCERT", ""}, fmt.Sprintf("the certificate of 127.0.0.1:%d", s.port) + " is signed by an authority that is not known here; name the authority's certificate: sslrootcert=FILE or PGSSLROOTCERT", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := 0; i < len(tt.env); i += 2 {
				t.Setenv(tt.env[i], tt.env[i+1])
			}
			found, err := New(Options{})[0].Parse(t.Context(), tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			_, err = found[0].Open(t.Context())
			if got := problem(err); got != tt.want || !strings.HasPrefix(err.Error(), "state "+tt.ref+": ") {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
		})
	}
}

func (s *postgreSQL) workspaces(t *testing.T) {
	s.asReader(t)
	s.admin(t, "tf", `create schema fleet; create table fleet.states (id serial primary key, name text unique, data text);
		insert into fleet.states (name, data) values ('prod-b', '{}'), ('default', '{}'), ('prod-a', '{}'), ('a/b', '{}'), ('', '{}');
		grant usage on schema fleet to `+reader+"; grant select on fleet.states to "+reader)
	for pattern, want := range map[string]string{
		"*":               " a/b default prod-a prod-b",
		"prod-*":          "prod-a prod-b",
		"%7Bdefault,x%7D": "default",
		"**":              " a/b default prod-a prod-b",
		"prod-%5Ba%5D":    "prod-a",
		"none*":           "",
	} {
		found, err := New(Options{})[0].Parse(t.Context(), fmt.Sprintf("pg://%s@127.0.0.1:%d/tf?schema=fleet&workspace=%s", reader, s.port, pattern))
		var names []string
		for _, src := range found {
			names = append(names, src.(*source).workspace)
			r, err := src.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if data, _ := io.ReadAll(r); string(data) != "{}" {
				t.Errorf("%s: %q", src, data)
			}
		}
		if got := strings.Join(names, " "); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", pattern, got, err, want)
		}
	}
	// a row whose name is null is no workspace
	s.admin(t, "tf", "insert into fleet.states (name, data) values (null, '{}')")
	if found, err := New(Options{})[0].Parse(t.Context(), fmt.Sprintf("pg://%s@127.0.0.1:%d/tf?schema=fleet&workspace=*", reader, s.port)); err != nil || len(found) != 5 {
		t.Errorf("found %v, %v", found, err)
	}
}

// lock reads it as a user who may not see what others do.
func (s *postgreSQL) lock(t *testing.T) {
	s.asReader(t)
	s.admin(t, "tf", "insert into terraform_remote_state.states (name, data) values ('busy', '{}'), ('free', '{}')")
	s.take(t, s.connect(t, "tf", "ann"), "terraform_remote_state", "busy")
	for workspace, want := range map[string]string{"busy": "locked by ann", "free": "<nil>", "none": "<nil>"} {
		found, err := New(Options{})[0].Parse(t.Context(), s.ref(workspace))
		if err != nil {
			t.Fatal(err)
		}
		lock, err := found[0].(state.Locked).Lock(t.Context())
		got := "<nil>"
		if lock != nil {
			got = lock.String()
		}
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", workspace, got, err, want)
		}
	}
	// the same key in another database is another lock
	c := s.connect(t, "postgres", "ann")
	rows := s.admin(t, "tf", "select id from terraform_remote_state.states where name = 'free'")
	run(t, c, "select pg_try_advisory_lock("+string(rows[0][0])+")")
	found, _ := New(Options{})[0].Parse(t.Context(), s.ref("free"))
	if lock, err := found[0].(state.Locked).Lock(t.Context()); lock != nil || err != nil {
		t.Errorf("lock in another database: %v, %v", lock, err)
	}
}

// largeKey locks a key of which both halves count.
func (s *postgreSQL) largeKey(t *testing.T) {
	s.asReader(t)
	s.admin(t, "tf", "insert into terraform_remote_state.states (id, name, data) values (-9007199254740993, 'large', '{}')")
	s.take(t, s.connect(t, "tf", "ann"), "terraform_remote_state", "large")
	found, err := New(Options{})[0].Parse(t.Context(), s.ref("large"))
	if err != nil {
		t.Fatal(err)
	}
	if lock, err := found[0].(state.Locked).Lock(t.Context()); lock == nil || err != nil {
		t.Errorf("lock %v, %v", lock, err)
	}
}

// encoding reads what a database in Latin-1 holds as Terraform does, in UTF-8.
func (s *postgreSQL) encoding(t *testing.T) {
	s.asReader(t)
	s.admin(t, "postgres", "create database latin encoding 'LATIN1' locale 'C' template template0")
	s.admin(t, "latin", `create schema terraform_remote_state; create table terraform_remote_state.states (id bigint, name text, data text);
		insert into terraform_remote_state.states values (1, 'default', chr(233)); grant usage on schema terraform_remote_state to `+reader+`; grant select on terraform_remote_state.states to `+reader)
	found, err := New(Options{})[0].Parse(t.Context(), fmt.Sprintf("pg://%s@127.0.0.1:%d/latin", reader, s.port))
	if err != nil {
		t.Fatal(err)
	}
	r, err := found[0].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(r); string(data) != "é" || err != nil {
		t.Errorf("read %q, %v", data, err)
	}
}

// postgreSQL is a server of its own.
type postgreSQL struct {
	port    int
	sockets string
	log     string
	ca      string
	heard   bool // the log has the reader
}

// asReader makes the environment that of somebody who reads.
func (s *postgreSQL) asReader(t *testing.T) {
	t.Helper()
	t.Setenv("PGPASSWORD", password)
	t.Setenv("PGSSLMODE", "verify-full")
	t.Setenv("PGSSLROOTCERT", s.ca)
}

// connect is for the test's own wishes, which may write.
func (s *postgreSQL) connect(t *testing.T, database, user string) *pgconn.PgConn {
	t.Helper()
	connString := fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", s.sockets, s.port, user, database)
	if user != "postgres" {
		connString = fmt.Sprintf("host=127.0.0.1 port=%d user=%s password='%s' dbname=%s sslmode=disable", s.port, user, password, database)
	}
	c, err := pgconn.Connect(context.Background(), connString)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// admin runs SQL as the superuser and returns the last result.
func (s *postgreSQL) admin(t *testing.T, database, sql string) [][][]byte {
	t.Helper()
	c := s.connect(t, database, "postgres")
	defer c.Close(context.Background())
	return run(t, c, sql)
}

func run(t *testing.T, c *pgconn.PgConn, sql string) [][][]byte {
	t.Helper()
	results, err := c.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(results) == 0 {
		return nil
	}
	return results[len(results)-1].Rows
}

// onlyReads proves that the reader has sent nothing else to the server.
func (s *postgreSQL) onlyReads(t *testing.T) {
	t.Helper()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(log), "\n") {
		said, ok := strings.CutPrefix(line, reader+"|LOG:  ")
		if !ok {
			continue
		}
		kind, sql, _ := strings.Cut(said, ": ")
		verb, _, _ := strings.Cut(sql, " ")
		if !slices.Contains([]string{"statement", "execute <unnamed>"}, kind) || !slices.Contains([]string{"begin", "rollback", "select"}, verb) {
			t.Errorf("the server got: %s", line)
		}
	}
	// Only a log that has the reader proves something, at the end of the suite.
	s.heard = strings.Contains(string(log), "\n"+reader+"|LOG:  ")
}

// startPostgreSQL starts one for the rest of the test.
func startPostgreSQL(t *testing.T) *postgreSQL {
	t.Helper()
	initdb, postgres := binary(t, "initdb"), binary(t, "postgres")
	dir, err := os.MkdirTemp("", "driftmgr-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	owner := unprivileged(t)
	s := &postgreSQL{port: freePort(t), sockets: dir, log: filepath.Join(dir, "log"), ca: filepath.Join(dir, "server.crt")}
	makeCertificate(t, s.ca, filepath.Join(dir, "server.key"))
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if owner != nil {
		for _, path := range []string{dir, data, s.ca, filepath.Join(dir, "server.key")} {
			if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}

	init := exec.Command(initdb, "-D", data, "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
	init.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	init.Dir, init.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TZ=UTC"}
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	hba := "local all postgres trust\nhostssl all encrypted 127.0.0.1/32 scram-sha-256\nhostnossl all encrypted 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n"
	hba = strings.Replace(hba, "hostnossl all encrypted 127.0.0.1/32 reject\nhost all all", "host all reader,ann", 1)
	if err := os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte(hba), 0o644); err != nil {
		t.Fatal(err)
	}

	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	server := exec.Command(postgres, "-D", data, "-k", dir, "-p", strconv.Itoa(s.port), "-h", "127.0.0.1",
		"-c", "fsync=off", "-c", "log_statement=all", "-c", "log_line_prefix=%u|", "-c", "logging_collector=off", "-c", "log_min_messages=warning",
		"-c", "ssl=on", "-c", "ssl_cert_file="+s.ca, "-c", "ssl_key_file="+filepath.Join(dir, "server.key"), "-c", "shared_buffers=16MB")
	server.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	server.Dir, server.Env, server.Stdout, server.Stderr = dir, init.Env, log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = server.Wait()
	})
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		c, err := pgconn.Connect(t.Context(), fmt.Sprintf("host=%s port=%d user=postgres dbname=postgres", dir, s.port))
		if err == nil {
			_ = c.Close(t.Context())
			break
		}
		if time.Since(start) > time.Minute {
			out, _ := os.ReadFile(s.log)
			t.Fatalf("postgres does not start: %v\n%s", err, out)
		}
	}
	for _, user := range []string{reader, "ann", "encrypted"} {
		s.admin(t, "postgres", fmt.Sprintf("create role %s login password '%s'", user, password))
	}
	s.admin(t, "postgres", "create database tf")
	// as Terraform does
	s.admin(t, "tf", `create schema terraform_remote_state;
		create sequence public.global_states_id_seq as bigint;
		create table terraform_remote_state.states (id bigint not null default nextval('public.global_states_id_seq') primary key, name text unique, data text);
		create unique index states_by_name on terraform_remote_state.states (name);
		grant usage on schema terraform_remote_state to `+reader+`, ann; grant select on terraform_remote_state.states to `+reader+`;
		grant all on terraform_remote_state.states to ann; grant all on sequence public.global_states_id_seq to ann`)
	return s
}

// binary finds a program of PostgreSQL, which Debian does not put on PATH.
func binary(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		t.Fatalf("the tests of the backend pg need PostgreSQL's %s on PATH or in /usr/lib/postgresql: apt-get install postgresql", name)
	}
	return found[len(found)-1]
}

// unprivileged is whom the server runs as: it refuses root. Nil for who is not.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatalf("PostgreSQL does not run as root, and there is no user postgres or nobody: %v", err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// makeCertificate writes a self-signed one for 127.0.0.1.
func makeCertificate(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{certFile: encode(der), keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
