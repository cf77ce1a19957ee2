package remediate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/remediate/code"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// Request is what a plan is made of.
type Request struct {
	Report *drift.Report
	Choice Choice

	// Modules has the root module of each state by its name in the report; a state
	// without one has no code at hand.
	Modules map[string]Module

	// Into is the state that what nobody manages is imported into; empty for none.
	Into string

	// Provider names the provider configuration of Into with which a finding is
	// imported: "aws.west", "" for the default one. It is false where Into has none
	// for the finding's place. Nil is the default one for all.
	Provider func(drift.Finding) (string, bool)

	// Ordered reports whether the order of a collection counts, by its type and its
	// path without indices. Nil knows of none.
	Ordered func(typ, path string) bool

	// Open opens a root module.
	Open func(context.Context, Module) (*terraform.Root, error)

	// ID, Created, Author, Driftmgr and Inventory: see Manifest.
	ID, Author, Driftmgr, Inventory string
	Created                         time.Time

	// Show is told what is done, one line at a time; nil tells nobody.
	Show func(string)
}

// Module is a root module with a state.
type Module struct {
	Dir       string
	Workspace string

	// VarFiles are the -var-file arguments, the winning one last.
	VarFiles []string

	// Tofu says that it is OpenTofu's.
	Tofu bool
}

// Build asks Terraform what the proposals do, and makes a plan of it. It changes
// nothing: plans are made without a lock, and where code is to be edited in a copy of
// the module. What Terraform cannot plan is left, with the reason. An error is about
// the machine, or ctx's.
func Build(ctx context.Context, r Request) (*Draft, error) {
	work, err := os.MkdirTemp("", "driftmgr-remediate-") // for this user only
	if err != nil {
		return nil, fmt.Errorf("make a folder to plan in: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	b := &builder{Request: r, work: work, named: map[string]bool{}}
	b.draft.Contents = map[string][]byte{}
	b.draft.Manifest = Manifest{
		FormatVersion: FormatVersion,
		ID:            r.ID,
		Created:       r.Created.UTC().Truncate(time.Second),
		Author:        r.Author,
		Driftmgr:      r.Driftmgr,
		Inventory:     r.Inventory,
		Risk:          NoRisk,
		States:        []State{},
	}
	bySource := map[string][]Proposal{}
	for _, p := range Propose(r.Report, r.Choice) {
		switch source := b.source(&p); {
		case p.Left != "":
			b.leave(p, p.Left, b.withoutCode(p)...)
		default:
			bySource[source] = append(bySource[source], p)
		}
	}
	for _, source := range sortedKeys(bySource) {
		if err := b.state(ctx, source, bySource[source]); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	for _, s := range b.draft.Manifest.Steps() {
		b.draft.Manifest.Risk = highest(b.draft.Manifest.Risk, s.Risk)
	}
	return &b.draft, nil
}

type builder struct {
	Request
	work  string
	draft Draft
	named map[string]bool // addresses of import blocks that are hints
}

func (b *builder) show(format string, args ...any) {
	if b.Show != nil {
		b.Show(fmt.Sprintf(format, args...))
	}
}

func (b *builder) leave(p Proposal, reason string, hints ...string) {
	if p.Finding.Kind == drift.Unmanaged {
		p.Finding.Address = "" // one that it would have got
	}
	b.draft.Manifest.Left = append(b.draft.Manifest.Left, Left{p.Finding, p.Strategy, reason, hints})
}

// withoutCode is the import block of what is to be imported and for which no code is
// at hand: whoever has the code can paste it.
func (b *builder) withoutCode(p Proposal) []string {
	if p.Strategy != Import || p.Finding.ImportID == "" {
		return nil
	}
	address := code.Name(p.Finding.Type, p.Finding.ImportID, func(address string) bool { return b.named[address] })
	b.named[address] = true
	return []string{importBlock(address, "", p)}
}

// source is the state that a proposal is about. It says in p why there is none.
func (b *builder) source(p *Proposal) string {
	source := p.Finding.Source
	if p.Finding.Kind == drift.Unmanaged {
		source = b.Into
		if source == "" && p.Left == "" {
			p.Left = "no state is named to import it into: use --into DIRECTORY"
		}
	}
	if _, ok := b.Modules[source]; !ok && p.Left == "" {
		p.Left = "the code of " + source + " is not at hand: name the directory that it is in, in place of the state"
	}
	return source
}

// state plans what is to be done about one state. What cannot be planned is left.
func (b *builder) state(ctx context.Context, source string, proposals []Proposal) error {
	// Terraform refuses the second of two plans of one state, so that one of the two
	// modes has to wait.
	now, later := split(proposals)
	for _, p := range later {
		b.leave(p, fmt.Sprintf("%s takes a plan of its own, as Terraform plans it refresh-only: plan again with --strategy %s once this plan is applied", p.Strategy, p.Strategy))
	}
	m := b.Modules[source]
	root, err := b.Open(ctx, m)
	if err == nil {
		var s *planner
		if s, err = b.planner(ctx, source, m, root); err == nil {
			err = s.plan(ctx, now)
		}
	}
	if err != nil && ctx.Err() == nil {
		for _, p := range now {
			b.leave(p, "Terraform could not plan it: "+err.Error())
		}
		return nil
	}
	return err
}

func split(proposals []Proposal) (now, later []Proposal) {
	normal := slices.ContainsFunc(proposals, func(p Proposal) bool { return p.Strategy.mode() == Normal })
	for _, p := range proposals {
		if normal && p.Strategy.mode() == RefreshOnly {
			later = append(later, p)
		} else {
			now = append(now, p)
		}
	}
	return now, later
}

// planner plans what is done about one state.
type planner struct {
	*builder
	State
	root   *terraform.Root
	files  code.Files // of the module, as they are
	edited code.Files // those that differ or are new
	taken  map[string]bool
	prefix string // of file names in the plan and in work
	hints  map[string][]string
	saved  *terraform.Planned

	imported *terraform.Planned // of the imports alone
	adopted  map[string]bool    // the addresses of which the code then says what the cloud has
}

func (b *builder) planner(ctx context.Context, source string, m Module, root *terraform.Root) (*planner, error) {
	before, err := root.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	s := &planner{builder: b, root: root, edited: code.Files{}, taken: map[string]bool{}, adopted: map[string]bool{}, hints: map[string][]string{}}
	s.prefix = fmt.Sprintf("state-%d", len(b.draft.Manifest.States)+1)
	s.State = State{Source: source, Dir: m.Dir, Workspace: root.Workspace(), Lineage: before.Lineage, Serial: before.Serial}
	s.Terraform, s.Version = root.Product()
	s.Saved = s.prefix + "/terraform.tfplan"
	if s.files, err = readModule(m.Dir); err != nil {
		return nil, err
	}
	return s, nil
}

// maxCode bounds one file of code, in bytes.
const maxCode = 16 << 20

// isCode reports whether a file of a module is one that Terraform reads as code.
func isCode(name string) bool {
	ends := []string{".tf", ".tofu", ".tfvars", ".tf.json", ".tofu.json", ".tfvars.json"}
	return !strings.HasPrefix(name, ".") && slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}

// readModule reads the files of a module that say something.
func readModule(dir string) (code.Files, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the code: %w", err)
	}
	files := code.Files{}
	for _, e := range entries {
		name := e.Name()
		if !isCode(name) {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxCode {
			continue // Terraform says what is wrong with it, if it reads it
		}
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("read the code: %w", err)
		}
	}
	return files, nil
}

// plan plans the proposals, all of one mode, and adds the state to the plan.
func (s *planner) plan(ctx context.Context, proposals []Proposal) error {
	s.show("planning in %s", s.Dir)
	s.Mode = proposals[0].Strategy.mode()
	var err error
	if s.Mode == Normal {
		proposals, err = s.planNormal(ctx, proposals)
	} else {
		proposals, err = s.planRefresh(ctx, proposals)
	}
	if err != nil || len(proposals) == 0 {
		return err
	}
	s.steps(proposals)
	if len(s.Steps) == 0 {
		return nil
	}
	data, err := os.ReadFile(s.workFile("plan"))
	if err != nil {
		return fmt.Errorf("read the saved plan: %w", err)
	}
	s.draft.Contents[s.Saved] = data
	for _, name := range sortedKeys(s.edited) {
		e := Edit{Path: name, After: s.prefix + "/files/" + name}
		if old, ok := s.files[name]; ok {
			e.Before = Digest(old)
		}
		e.Diff = code.Diff(name, s.files[name], s.edited[name])
		s.draft.Contents[e.After] = s.edited[name]
		s.Edits = append(s.Edits, e)
	}
	s.draft.Manifest.States = append(s.draft.Manifest.States, s.State)
	return nil
}

func (s *planner) workFile(name string) string { return filepath.Join(s.work, s.prefix+"-"+name) }

// terraform plans with the edits as they are now.
func (s *planner) terraform(ctx context.Context, out string, req terraform.PlanRequest, files code.Files) (*terraform.Planned, error) {
	req.Out = s.workFile(out)
	req.Files = files
	return s.root.Plan(ctx, req)
}

// planNormal saves the plan of what changes the cloud, imports included. It returns
// what the plan is about, and leaves the rest.
func (s *planner) planNormal(ctx context.Context, proposals []Proposal) ([]Proposal, error) {
	var targets []string
	var imports []Proposal
	for i, p := range proposals {
		if p.Strategy != Import {
			targets = append(targets, p.Finding.Address)
			continue
		}
		address := code.Name(p.Finding.Type, p.Finding.ImportID, s.isTaken)
		s.taken[address] = true
		if _, ok := s.provider(p); !ok {
			s.leave(p, fmt.Sprintf("%s has no provider configuration for account %s, region %s: add one, or name another --into", s.Dir, p.Finding.Account, p.Finding.Region), importBlock(address, "", p))
			continue
		}
		proposals[i].Finding.Address = address
		imports = append(imports, proposals[i])
	}
	rest := slices.DeleteFunc(slices.Clone(proposals), func(p Proposal) bool { return p.Strategy == Import })
	imports, err := s.generate(ctx, imports)
	if err != nil {
		return nil, err
	}
	for _, p := range imports {
		targets = append(targets, p.Finding.Address)
	}
	if len(targets) == 0 {
		return nil, nil
	}
	s.Targets = targets
	if len(rest) == 0 {
		s.saved = s.imported // the plan of the imports is all of it
		return imports, os.Rename(s.workFile("import"), s.workFile("plan"))
	}
	s.saved, err = s.terraform(ctx, "plan", terraform.PlanRequest{Targets: targets}, s.edited)
	return append(rest, imports...), err
}

func (s *planner) provider(p Proposal) (string, bool) {
	if s.Provider == nil {
		return "", true
	}
	return s.Provider(p.Finding)
}

func importBlock(address, provider string, p Proposal) string {
	return string(code.ImportBlocks([]code.Import{{Address: address, ID: p.Finding.ImportID, Provider: provider}}))
}

// importHint is the block that the plan would have had.
func (s *planner) importHint(p Proposal) string {
	provider, _ := s.provider(p)
	return importBlock(p.Finding.Address, provider, p)
}

func (s *planner) isTaken(address string) bool {
	_, _, inCode := s.files.Find(address)
	return inCode || s.taken[address]
}

// topLevel is the argument that a path is in.
func topLevel(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}
