// Package pg is the backend of states in a PostgreSQL database, as Terraform's pg
// backend keeps them: one row of <schema>.states for each workspace.
package pg

import (
	"context"
	"fmt"
	"os"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Options are what driftmgr itself is configured with.
type Options struct {
	// Password wins over a connection string's, PGPASSWORD and ~/.pgpass.
	Password string
}

// New returns the backends of the schemes pg, postgres and postgresql, which are
// one. All take the block `pg`: any of them may be asked.
//
// A reference is
//
//	pg://[USER@]HOST[:PORT]/DATABASE[?schema=SCHEMA&workspace=WORKSPACE]
//
// with table=TABLE where OpenTofu's table_name is set, and the parameters of
// libpq's connection strings that are no secrets, sslmode=disable for one
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
// WORKSPACE may be a pattern; * is every workspace of the schema. What a
// reference leaves out comes from the process's environment: PGHOST, PGUSER and
// the others of libpq, PG_SCHEMA_NAME, PG_TABLE_NAME. As with Terraform, a server
// without TLS is refused unless sslmode says otherwise.
//
// A source's name is the reference with all that tells one state from another
// and nothing else: where it is read with other parameters it is the same state.
func New(o Options) []state.Backend {
	return []state.Backend{
		&backend{scheme: "pg", options: o},
		&backend{scheme: "postgres", options: o},
		&backend{scheme: "postgresql", options: o},
	}
}

type backend struct {
	scheme  string
	options Options
}

func (b *backend) Scheme() string { return b.scheme }

// Parse implements state.Backend.
func (b *backend) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(state.Masked(ref), err)
	}
	p, err := parseReference(ref)
	if err != nil {
		return nil, err
	}
	config, err := connection(p.name, p.connString, b.options)
	if err != nil {
		return nil, err
	}
	s := &source{config: config, schema: p.schema, table: p.table, workspace: p.workspace}
	if !state.IsPattern(p.workspace) {
		return []state.Source{s}, nil
	}
	return s.matching(ctx)
}

// Blocks implements state.Backend.
func (*backend) Blocks() []string { return []string{"pg"} }

// Configure implements state.Backend. Arguments, variables and defaults are those
// of Terraform (https://developer.hashicorp.com/terraform/language/backend/pg)
// and OpenTofu (https://opentofu.org/docs/language/settings/backends/pg/).
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(block.Dir, err)
	}
	var wrong string
	argument := func(name, env, fallback string) string {
		if v, ok := block.Attrs[name]; ok {
			s, isText := v.(string)
			if !isText {
				wrong = name
			}
			return s
		}
		return variable(env, fallback)
	}
	connString := argument("conn_str", "PG_CONN_STR", "")
	s := &source{
		schema:    argument("schema_name", "PG_SCHEMA_NAME", defaultSchema),
		table:     argument("table_name", "PG_TABLE_NAME", defaultTable),
		workspace: block.Workspace,
	}
	if s.workspace == "" {
		s.workspace = defaultWorkspace
	}
	if wrong != "" {
		return nil, &state.Error{Source: block.Dir, Problem: fmt.Sprintf("the pg backend's %s is not text", wrong), Remedy: "see https://developer.hashicorp.com/terraform/language/backend/pg"}
	}
	config, err := connection(block.Dir, connString, b.options)
	if err != nil {
		return nil, err
	}
	s.config = config
	return []state.Source{s}, nil
}

// What Terraform and OpenTofu take where nothing else is said.
const (
	defaultSchema    = "terraform_remote_state"
	defaultTable     = "states"
	defaultWorkspace = "default"
)

func variable(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}
