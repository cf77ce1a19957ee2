package remediate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/remediate/code"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// generate makes the code of imports. What Terraform cannot import or write code for
// is left, and takes nothing from the rest. It returns what is imported.
func (s *planner) generate(ctx context.Context, imports []Proposal) ([]Proposal, error) {
	if len(imports) == 0 {
		return nil, nil
	}
	g := &generation{planner: s, name: s.importFile(), imports: imports}
	if err := g.make(ctx); err != nil {
		return nil, err
	}
	if len(g.imports) > 0 {
		s.edited[g.name], s.imported = g.file, g.planned
	}
	return g.imports, nil
}

// make makes the code, and halves the imports where it is not told of which of them an
// error is. An error is ctx's.
func (g *generation) make(ctx context.Context) error {
	steps := []func(context.Context) error{g.write, g.accept, g.keep}
	err := g.each(ctx, steps)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	n := len(g.imports)
	if n == 1 {
		g.leave(g.imports[0], err.Error())
		g.imports = nil
		return nil
	}
	first := &generation{planner: g.planner, name: g.name, imports: g.imports[: n/2 : n/2]}
	second := &generation{planner: g.planner, name: g.name, imports: g.imports[n/2:]}
	if err := first.make(ctx); err != nil {
		return err
	}
	if err := second.make(ctx); err != nil {
		return err
	}
	g.imports = slices.Concat(first.imports, second.imports)
	g.file = slices.Concat(first.file, []byte("\n"), second.file)
	if len(second.imports) == 0 {
		g.file, g.planned = first.file, first.planned
	}
	if len(first.imports) == 0 {
		g.file, g.planned = second.file, second.planned
	}
	if err := g.each(ctx, steps[1:]); err != nil && ctx.Err() == nil {
		for _, p := range g.imports {
			g.leave(p, err.Error())
		}
		g.imports = nil
	}
	return ctx.Err()
}

func (g *generation) each(ctx context.Context, steps []func(context.Context) error) error {
	for _, step := range steps {
		if len(g.imports) == 0 {
			return nil
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *planner) importFile() string {
	for i := 1; ; i++ {
		name := "imported.tf"
		if i > 1 {
			name = fmt.Sprintf("imported_%d.tf", i)
		}
		if _, err := os.Lstat(filepath.Join(s.Dir, name)); errors.Is(err, os.ErrNotExist) {
			return name
		}
	}
}

// generation is the making of a file with import blocks and the code of what they
// import.
type generation struct {
	*planner
	name    string
	imports []Proposal // less and less
	file    []byte
	planned *terraform.Planned
}

// leave leaves an import, and takes it out of the file.
func (g *generation) leave(p Proposal, why string) {
	address, hint := p.Finding.Address, g.importHint(p)
	p.Finding.Address = "" // it has none now, and is called by its type and id
	g.planner.leave(p, "Terraform could not import it: "+why, append([]string{hint}, g.hints[address]...)...)
	delete(g.hints, address)
}

// drop leaves the imports of which it is told why, by address.
func (g *generation) drop(why map[string]string) error {
	g.imports = slices.DeleteFunc(slices.Clone(g.imports), func(p Proposal) bool {
		reason, is := why[p.Finding.Address]
		if is {
			g.leave(p, reason)
		}
		return is
	})
	var err error
	g.file, err = code.Without(g.file, sortedKeys(why))
	return err
}

// blamed tells by address what of an error is about one of the imports.
func (g *generation) blamed(err error) map[string]string {
	why := map[string]string{}
	for _, d := range terraform.Diagnostics(err) {
		for _, p := range g.imports {
			address := p.Finding.Address
			quoted := d.Address == "" && strings.Contains(d.Summary+d.Detail, `"`+address+`"`)
			if g.about(d) != address && !quoted {
				continue
			}
			// Each of several arguments may be told to be in the same fault.
			text := d.Plain()
			if _, rest, ok := strings.Cut(text, `": `); !ok || !strings.Contains(why[address], rest) {
				why[address] = strings.TrimPrefix(why[address]+"; "+text, "; ")
			}
		}
	}
	return why
}

// about is the address of the resource that an error is about: what is missing in a
// block is told by its place alone.
func (g *generation) about(d terraform.Diagnostic) string {
	if d.Address == "" && filepath.Base(d.File) == g.name {
		return code.ResourceAt(g.file, d.Start)
	}
	return d.Address
}

// plan plans the imports with the file as it is.
func (g *generation) plan(ctx context.Context, file []byte, generate string) (*terraform.Planned, error) {
	var targets []string
	for _, p := range g.imports {
		targets = append(targets, p.Finding.Address)
	}
	return g.terraform(ctx, "import", terraform.PlanRequest{Targets: targets, Generate: generate}, code.Files{g.name: file})
}

// write lets Terraform write the code. It may not be valid.
func (g *generation) write(ctx context.Context) error {
	out := g.workFile("generated.tf")
	for len(g.imports) > 0 {
		var blocks []code.Import
		for _, p := range g.imports {
			provider, _ := g.provider(p)
			blocks = append(blocks, code.Import{Address: p.Finding.Address, ID: p.Finding.ImportID, Provider: provider})
		}
		header := code.ImportBlocks(blocks)
		if err := os.Remove(out); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		_, failed := g.plan(ctx, header, out)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		raw, err := os.ReadFile(out)
		if err != nil && failed == nil {
			return errNoCode
		}
		clean, hints, err := code.Generated(raw)
		if err != nil {
			return err
		}
		written := code.Resources(clean)
		all, why := g.blamed(failed), map[string]string{}
		for _, p := range g.imports {
			address := p.Finding.Address
			if reason, is := all[address]; is && !slices.Contains(written, address) {
				why[address] = reason
			}
		}
		if len(why) == 0 && len(written) < len(g.imports) {
			if failed == nil {
				failed = errNoCode
			}
			return failed
		}
		if len(why) > 0 {
			if err := g.drop(why); err != nil {
				return err
			}
			continue
		}
		for _, h := range hints {
			g.hints[h.Address] = append(g.hints[h.Address], h.Text)
		}
		g.file = slices.Concat(header, []byte("\n"), clean)
		return nil
	}
	return nil
}

var errNoCode = errors.New("no code was written for it")

// rounds bounds how often code is pruned: each round takes an argument at least out of
// each block that has a fault.
const rounds = 12

// accept prunes the code until Terraform takes it and replaces nothing with it.
func (g *generation) accept(ctx context.Context) error {
	for round := 0; len(g.imports) > 0; round++ {
		planned, err := g.plan(ctx, g.file, "")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			g.planned = planned
			why := g.destroyed()
			if len(why) == 0 {
				return nil
			}
			if err := g.drop(why); err != nil {
				return err
			}
			continue
		}
		why := g.blamed(err)
		if len(why) == 0 {
			return err
		}
		var stuck []string
		if round < rounds {
			if stuck, err = g.prune(err); err != nil {
				return err
			}
			for address := range why {
				if !slices.Contains(stuck, address) {
					delete(why, address)
				}
			}
		}
		if err := g.drop(why); err != nil {
			return err
		}
	}
	return nil
}

func (g *generation) prune(err error) (stuck []string, _ error) {
	var faults []code.Fault
	for _, d := range terraform.Diagnostics(err) {
		f := code.Fault{Address: g.about(d), Start: -1, End: -1, Summary: d.Summary, Detail: d.Detail}
		if filepath.Base(d.File) == g.name {
			f.Start, f.End = d.Start, d.End
		}
		faults = append(faults, f)
	}
	pruned, hints, stuck, err := code.Prune(g.file, faults)
	if err != nil {
		return nil, err
	}
	g.file = pruned
	for _, h := range hints {
		g.hints[h.Address] = append(g.hints[h.Address], h.Path+": "+h.Text)
	}
	return stuck, nil
}

// destroyed are the imports that Terraform would destroy with the code as it is.
func (g *generation) destroyed() map[string]string {
	why := map[string]string{}
	for _, c := range g.planned.Changes {
		if c.Imported == "" || !c.Has("delete") {
			continue
		}
		var paths []string
		for _, ch := range changesOf(c) {
			if ch.Replaces {
				paths = append(paths, ch.Path)
			}
		}
		why[c.Address] = "with the code that Terraform writes for it it would be replaced, for " + strings.Join(paths, ", ")
	}
	return why
}

// keep makes Terraform leave alone what the code leaves out: an import must not wipe
// out a secret, or anything else that the cloud has.
func (g *generation) keep(ctx context.Context) error {
	kept := altered(g.planned)
	if len(kept) == 0 {
		return nil
	}
	for address, names := range kept {
		g.hints[address] = append(g.hints[address], fmt.Sprintf("%s: the code leaves it out, and ignore_changes keeps it as it is", strings.Join(names, ", ")))
	}
	var err error
	if g.file, err = code.Ignore(g.file, kept); err != nil {
		return err
	}
	if g.planned, err = g.plan(ctx, g.file, ""); err != nil {
		return err
	}
	why := map[string]string{}
	for address, names := range altered(g.planned) {
		why[address] = "it would change " + strings.Join(names, ", ") + " as it is imported"
	}
	if len(why) == 0 {
		return nil
	}
	if err := g.drop(why); err != nil || len(g.imports) == 0 {
		return err
	}
	g.planned, err = g.plan(ctx, g.file, "")
	return err
}

// altered are the top-level arguments that a plan would change as it imports, by
// address: secrets, and what the cloud has another value of. What it has no value of
// is a default of the provider's, and tags are added by its default_tags.
func altered(p *terraform.Planned) map[string][]string {
	changed := map[string][]string{}
	for _, c := range p.Changes {
		if c.Imported == "" {
			continue
		}
		for _, ch := range changesOf(c) {
			name := topLevel(ch.Path)
			if (ch.Sensitive || ch.Before != nil && !ch.Unknown && name != "tags_all") && !slices.Contains(changed[c.Address], name) {
				changed[c.Address] = append(changed[c.Address], name)
			}
		}
	}
	return changed
}
