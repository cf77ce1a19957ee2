package pg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// source is a state.Source and a state.Locked.
type source struct {
	config                   *pgconn.Config
	schema, table, workspace string
}

func (s *source) String() string { return name(s.config, s.schema, s.table, s.workspace) }

// Open implements state.Source. It reads the whole state, as PostgreSQL sends a
// value in one piece.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	t, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer t.end()
	rows, err := t.query("select data from "+s.relation()+" where name = $1", s.workspace)
	if err != nil {
		return nil, err
	}
	switch {
	case len(rows) == 0:
		return nil, t.missing()
	case rows[0][0] == nil:
		return nil, &state.Error{
			Source:  s.String(),
			Problem: fmt.Sprintf("the workspace %s is there, but has no state", s.workspace),
			Remedy:  "check that Terraform has written it",
			Err:     fs.ErrNotExist,
		}
	}
	return io.NopCloser(bytes.NewReader(rows[0][0])), nil
}

// Lock implements state.Locked. Terraform holds the advisory lock whose key is the
// row's id for as long as it works
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/pg/client.go);
// the key's halves are classid and objid
// (https://www.postgresql.org/docs/current/view-pg-locks.html). PostgreSQL does
// not know since when: Since is when the holder connected. Only a superuser and
// members of pg_read_all_stats see that of other users, and from where.
func (s *source) Lock(ctx context.Context) (*state.Lock, error) {
	t, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer t.end()
	rows, err := t.query(`select a.usename, host(a.client_addr), to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
		from `+s.relation()+` s
		join pg_catalog.pg_locks l on l.locktype = 'advisory' and l.objsubid = 1 and l.granted
			and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
			and l.classid::bigint = (s.id::bigint >> 32) & 4294967295 and l.objid::bigint = s.id::bigint & 4294967295
		left join pg_catalog.pg_stat_activity a on a.pid = l.pid
		where s.name = $1
		order by a.backend_start limit 1`, s.workspace)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	lock := &state.Lock{Who: string(rows[0][0])}
	if address := string(rows[0][1]); address != "" {
		lock.Who += "@" + address
	}
	if since, err := time.Parse(time.RFC3339Nano, string(rows[0][2])); err == nil {
		lock.Since = since.UTC()
	}
	return lock, nil
}

// matching returns the sources of the workspaces that s, whose workspace is a
// pattern, stands for. The pattern * has those with a slash, too.
func (s *source) matching(ctx context.Context) ([]state.Source, error) {
	pattern, err := state.ParsePattern(s.String(), s.workspace)
	if err != nil {
		return nil, err
	}
	t, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer t.end()
	workspaces, err := t.workspaces()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, w := range workspaces {
		if s.workspace == "*" || pattern.Match(w) {
			names = append(names, w)
		}
	}
	return pattern.Sources(names, func(workspace string) state.Source {
		one := *s
		one.workspace = workspace
		return &one
	})
}

// relation is the table's name in SQL.
func (s *source) relation() string { return quote(s.schema) + "." + quote(s.table) }

func quote(identifier string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(identifier, "\x00", ""), `"`, `""`) + `"`
}

// transaction is one that cannot write, in a session that cannot either. It sees
// the database as it was when it began.
type transaction struct {
	ctx  context.Context
	s    *source
	conn *pgconn.PgConn
}

func (s *source) begin(ctx context.Context) (*transaction, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	conn, err := pgconn.ConnectConfig(ctx, s.config)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	t := &transaction{ctx, s, conn}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only").ReadAll(); err != nil {
		t.end()
		return nil, s.fail(ctx, err)
	}
	return t, nil
}

// end closes the connection, and so ends the transaction.
func (t *transaction) end() { _ = t.conn.Close(t.ctx) }

// query returns the rows of a query; what is null is nil.
func (t *transaction) query(sql string, arguments ...string) ([][][]byte, error) {
	values := make([][]byte, len(arguments))
	for i, a := range arguments {
		values[i] = []byte(a)
	}
	result := t.conn.ExecParams(t.ctx, sql, values, nil, nil, nil).Read()
	if result.Err == nil {
		return result.Rows, nil
	}
	var answer *pgconn.PgError
	if errors.As(result.Err, &answer) && answer.Code == undefinedTable {
		return nil, t.noTable()
	}
	return nil, t.s.fail(t.ctx, result.Err)
}

// workspaces returns their names, in order.
func (t *transaction) workspaces() ([]string, error) {
	rows, err := t.query("select name from " + t.s.relation() + " where name is not null order by name")
	if err != nil {
		return nil, err
	}
	return column(rows), nil
}

func column(rows [][][]byte) []string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = string(row[0])
	}
	return names
}

// missing is the line of a workspace that is not there. It names those that are.
func (t *transaction) missing() error {
	e := &state.Error{
		Source:  t.s.String(),
		Problem: fmt.Sprintf("the schema %s has no workspace %s", t.s.schema, t.s.workspace),
		Remedy:  "check the database and the schema, and that Terraform has written this state",
		Err:     fs.ErrNotExist,
	}
	if names, err := t.workspaces(); err == nil && len(names) > 0 {
		e.Remedy = "name one that it has: " + some(names)
	}
	return e
}

// noTable is the line of a table that is not there. It names the schemas that
// have one.
func (t *transaction) noTable() error {
	e := &state.Error{
		Source:  t.s.String(),
		Problem: fmt.Sprintf("the schema %s does not exist or has no table %s", t.s.schema, t.s.table),
		Remedy:  "check the database and the schema",
		Err:     fs.ErrNotExist,
	}
	// The transaction has failed; the session's default is as read-only.
	if _, err := t.conn.Exec(t.ctx, "rollback").ReadAll(); err != nil {
		return e
	}
	rows, err := t.query("select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relname = $1 and c.relkind in ('r', 'p', 'v', 'm') order by 1", t.s.table)
	if err == nil && len(rows) > 0 {
		e.Remedy = "name a schema that has one: " + some(column(rows))
	}
	return e
}

// some lists names, the first of them where they are many.
func some(names []string) string {
	const most = 10
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}
