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
// sees nothing to do about the resource, and nothing else to do than before about the
// others; it is a hint otherwise.
func (s *planner) edit(ctx context.Context, proposals []Proposal) error {
	adopt, forget := map[string]Proposal{}, map[string]Proposal{}
	for _, p := range proposals {
		switch p.Strategy {
		case Adopt:
			adopt[p.Finding.Address] = p
		case Forget:
			forget[p.Finding.Address] = p
		}
	}
	varFiles := s.varFiles()
	var before *terraform.Planned
	for len(adopt)+len(forget) > 0 {
		var wants []code.Want
		for _, address := range sortedKeys(adopt) {
			f := adopt[address].Finding
			wants = append(wants, code.Want{Address: address, Changes: f.Changes, Ordered: s.ordered(f)})
		}
		adopted := code.Adopt(s.files, wants, varFiles)
		files := maps.Clone(s.files)
		maps.Copy(files, adopted.Files)
		forgotten := code.Forget(files, sortedKeys(forget))
		edited := code.Files{}
		maps.Copy(edited, adopted.Files)
		maps.Copy(edited, forgotten.Files)
		done := append(slices.Clone(adopted.Done), forgotten.Done...)
		hints := map[string][]string{}
		for _, h := range append(slices.Clone(adopted.Hints), forgotten.Hints...) {
			hints[h.Address] = append(hints[h.Address], hint(h))
		}
		// What was not done takes its hints and goes; edits of it must go, too.
		dropped := false
		drop := func(address string, reasons ...string) {
			if len(reasons) > 0 {
				s.hints[address] = append(s.hints[address], reasons...)
			}
			delete(adopt, address)
			delete(forget, address)
			dropped = true
		}
		for _, address := range append(sortedKeys(adopt), sortedKeys(forget)...) {
			if !slices.Contains(done, address) {
				drop(address, hints[address]...)
			}
		}
		if dropped {
			continue
		}
		if len(edited) == 0 {
			return nil
		}
		for _, name := range sortedKeys(edited) {
			if info, err := os.Lstat(filepath.Join(s.Dir, name)); err != nil || !info.Mode().IsRegular() {
				return s.unproven(ctx, proposals, fmt.Errorf("%s is a link", name))
			}
		}
		var err error
		if before == nil {
			if before, err = s.terraform(ctx, "before", terraform.PlanRequest{NoRefresh: true}, nil); err != nil {
				return s.unproven(ctx, proposals, err)
			}
		}
		after, err := s.terraform(ctx, "after", terraform.PlanRequest{NoRefresh: true}, edited)
		if err != nil {
			return s.unproven(ctx, proposals, err)
		}
		with, err := s.terraform(ctx, "proof", terraform.PlanRequest{Targets: s.Targets}, edited)
		if err != nil {
			return s.unproven(ctx, proposals, err)
		}
		for _, c := range with.Changes {
			if _, ours := adopt[c.Address]; ours && !c.Is("no-op") {
				drop(c.Address, s.where(c.Address, "the code could not be edited so that Terraform sees nothing to do: edit it by hand"))
			}
		}
		for _, address := range before.Moved(after) {
			_, adopting := adopt[address]
			_, forgetting := forget[address]
			if !adopting && !forgetting {
				return s.unproven(ctx, proposals, fmt.Errorf("the edit would change %s as well", address))
			}
		}
		if !dropped {
			s.edited = edited
			for address, lines := range hints {
				s.hints[address] = append(s.hints[address], lines...)
			}
			return nil
		}
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

// unproven gives up the edits, and says why for each step that wanted one.
func (s *planner) unproven(ctx context.Context, proposals []Proposal, why error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, p := range proposals {
		if p.Strategy == Adopt || p.Strategy == Forget {
			s.hints[p.Finding.Address] = append(s.hints[p.Finding.Address], s.where(p.Finding.Address, "edit the code by hand: "+why.Error()))
		}
	}
	return nil
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
