package remediate

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/remediate/code"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// planRefresh saves the plan of what changes the state alone, with the edits of code
// that go with it and that Terraform proves.
func (s *planner) planRefresh(ctx context.Context, proposals []Proposal) ([]Proposal, error) {
	for _, p := range proposals {
		s.Targets = append(s.Targets, p.Finding.Address)
	}
	if err := s.edit(ctx, proposals); err != nil {
		return nil, err
	}
	var err error
	s.saved, err = s.terraform(ctx, "plan", terraform.PlanRequest{RefreshOnly: true, Targets: s.Targets}, s.edited)
	return proposals, err
}

// edit makes the code say what the cloud has. An edit stays only where Terraform then
// sees nothing to do about it, and nothing else to do than before about the other
// resources; it is a hint otherwise.
func (s *planner) edit(ctx context.Context, proposals []Proposal) error {
	wanted := slices.DeleteFunc(slices.Clone(proposals), func(p Proposal) bool {
		return p.Strategy != Adopt && p.Strategy != Forget
	})
	var before *terraform.Planned
	for len(wanted) > 0 {
		e := s.editing(wanted)
		bad := e.undone(wanted)
		if len(bad) == 0 && len(e.files) == 0 {
			return nil
		}
		var err error
		if len(bad) == 0 {
			bad, err = s.prove(ctx, wanted, e, &before)
		}
		if err != nil {
			return err
		}
		if len(bad) == 0 {
			s.edited = e.files
			for _, p := range wanted {
				s.adopted[p.Finding.Address] = true
			}
			bad = e.hints
			wanted = nil
		}
		for address, lines := range bad {
			s.hints[address] = append(s.hints[address], lines...)
		}
		// What was not done goes, and its edits with it.
		wanted = slices.DeleteFunc(wanted, func(p Proposal) bool { _, is := bad[p.Finding.Address]; return is })
	}
	return nil
}

// ordered are the collections on the way to a finding's changes whose order counts.
func (s *planner) ordered(f drift.Finding) []string {
	var paths []string
	for _, c := range f.Changes {
		for i, r := range c.Path {
			if r != '[' || s.Ordered == nil {
				continue
			}
			if path := plainPath(c.Path[:i]); s.Ordered(f.Type, path) && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// editing is what the code would be like.
type editing struct {
	files code.Files // those that differ
	done  []string
	hints map[string][]string
}

func (s *planner) editing(proposals []Proposal) editing {
	var wants []code.Want
	var forget []string
	for _, p := range proposals {
		if p.Strategy == Adopt {
			wants = append(wants, code.Want{Address: p.Finding.Address, Changes: p.Finding.Changes, Ordered: s.ordered(p.Finding)})
		} else {
			forget = append(forget, p.Finding.Address)
		}
	}
	slices.SortFunc(wants, func(a, b code.Want) int { return strings.Compare(a.Address, b.Address) })
	slices.Sort(forget)
	adopted := code.Adopt(s.files, wants, s.varFiles())
	files := maps.Clone(s.files)
	maps.Copy(files, adopted.Files)
	forgotten := code.Forget(files, forget)
	e := editing{files: code.Files{}, hints: map[string][]string{}}
	maps.Copy(e.files, adopted.Files)
	maps.Copy(e.files, forgotten.Files)
	e.done = append(slices.Clone(adopted.Done), forgotten.Done...)
	for _, h := range append(slices.Clone(adopted.Hints), forgotten.Hints...) {
		e.hints[h.Address] = append(e.hints[h.Address], hint(h))
	}
	return e
}

// undone are the hints of what the code could not be made to say.
func (e editing) undone(proposals []Proposal) map[string][]string {
	hints := map[string][]string{}
	for _, p := range proposals {
		if address := p.Finding.Address; !slices.Contains(e.done, address) {
			hints[address] = e.hints[address]
		}
	}
	return hints
}

// prove asks Terraform whether an edit does what it should, and returns by address why
// not. Before is the plan of the code as it is, which is made once.
func (s *planner) prove(ctx context.Context, proposals []Proposal, e editing, before **terraform.Planned) (map[string][]string, error) {
	for _, name := range sortedKeys(e.files) {
		if info, err := os.Lstat(filepath.Join(s.Dir, name)); err != nil || !info.Mode().IsRegular() {
			return s.unproven(proposals, name+" is a link"), nil
		}
	}
	if *before == nil {
		var err error
		if *before, err = s.terraform(ctx, "before", terraform.PlanRequest{NoRefresh: true}, nil); err != nil {
			return s.unproven(proposals, err.Error()), ctx.Err()
		}
	}
	bad, err := s.others(ctx, proposals, e, *before)
	if err != nil || len(bad) > 0 {
		return bad, err
	}
	with, err := s.terraform(ctx, "proof", terraform.PlanRequest{Targets: s.Targets}, e.files)
	if err != nil {
		return s.unproven(proposals, err.Error()), ctx.Err()
	}
	for _, p := range proposals {
		i := slices.IndexFunc(with.Changes, func(c terraform.Change) bool { return c.Address == p.Finding.Address })
		if p.Strategy != Adopt || i < 0 || with.Changes[i].Is("no-op") {
			continue
		}
		address, left := p.Finding.Address, leftOver(with.Changes[i], p)
		if left == nil {
			bad[address] = []string{s.where(address, "the code could not be edited so that Terraform sees nothing to do")}
			continue
		}
		e.hints[address] = append(e.hints[address], s.where(address, "Terraform still sees a change of "+strings.Join(left, ", ")+", about which nothing was found"))
	}
	return bad, nil
}

// leftOver are the top-level arguments that Terraform would still update, where none
// of them is one that an edit was about; nil otherwise.
func leftOver(c terraform.Change, p Proposal) []string {
	if !c.Is("update") {
		return nil
	}
	about := map[string]bool{}
	for _, ch := range p.Finding.Changes {
		about[topLevel(ch.Path)] = true
	}
	var left []string
	for _, ch := range changesOf(c) {
		name := topLevel(ch.Path)
		if about[name] || name == "tags_all" && about["tags"] {
			return nil
		}
		if !slices.Contains(left, name) {
			left = append(left, name)
		}
	}
	return left
}

// others tells by address which edits change what Terraform does about other
// resources, or make code that it cannot plan. It halves the edits to find them.
func (s *planner) others(ctx context.Context, proposals []Proposal, e editing, before *terraform.Planned) (map[string][]string, error) {
	why := ""
	after, err := s.terraform(ctx, "after", terraform.PlanRequest{NoRefresh: true}, e.files)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		why = err.Error()
	} else {
		moved := slices.DeleteFunc(before.Altered(after), func(address string) bool {
			return slices.ContainsFunc(proposals, func(p Proposal) bool { return p.Finding.Address == address })
		})
		if len(moved) > 0 {
			why = "the edit would change " + strings.Join(moved, ", ") + " as well"
		}
	}
	bad := map[string][]string{}
	if why == "" {
		return bad, nil
	}
	if n := len(proposals); n > 1 {
		for _, half := range [][]Proposal{proposals[:n/2], proposals[n/2:]} {
			e := s.editing(half)
			if len(e.files) == 0 {
				continue
			}
			some, err := s.others(ctx, half, e, before)
			if err != nil {
				return nil, err
			}
			maps.Copy(bad, some)
		}
		if len(bad) > 0 {
			return bad, nil
		}
	}
	return s.unproven(proposals, why), nil
}

// unproven gives up edits, for one reason.
func (s *planner) unproven(proposals []Proposal, why string) map[string][]string {
	hints := map[string][]string{}
	for _, p := range proposals {
		hints[p.Finding.Address] = []string{s.where(p.Finding.Address, "edit the code: "+why)}
	}
	return hints
}

// varFiles are the names of the -var-file arguments that lie in the module.
func (s *planner) varFiles() []string {
	var names []string
	for _, file := range s.Modules[s.Source].VarFiles {
		name := file[strings.LastIndexAny(file, `/\`)+1:]
		if _, ok := s.files[name]; ok {
			names = append(names, name)
		}
	}
	return names
}

// where is a hint with the place of a resource's block.
func (s *planner) where(address, text string) string {
	if file, line, ok := s.files.Find(address); ok {
		return fmt.Sprintf("%s:%d: %s", file, line, text)
	}
	return text
}

// hint is a hint as one line.
func hint(h code.Hint) string {
	text := h.Text
	if h.Path != "" {
		text = h.Path + ": " + text
	}
	if h.File != "" {
		text = fmt.Sprintf("%s:%d: %s", h.File, h.Line, text)
	}
	return text
}
