package remediate

import (
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// steps makes the steps of what Terraform will do: all of it, whether it was proposed
// or comes along. A proposal of which Terraform does nothing is left.
func (s *planner) steps(proposals []Proposal) {
	changes := s.saved.Changes
	if s.Mode == RefreshOnly {
		changes = s.saved.Drift
	}
	byAddress := map[string]Proposal{}
	for _, p := range proposals {
		byAddress[p.Finding.Address] = p
	}
	seen := map[string]bool{}
	for _, c := range changes {
		p, proposed := byAddress[c.Address]
		if !proposed && c.Is("no-op") || proposed && c.Is("no-op") && c.Imported == "" {
			continue
		}
		seen[c.Address] = true
		s.Steps = append(s.Steps, s.step(c, p, proposed))
	}
	for _, p := range proposals {
		if !seen[p.Finding.Address] {
			s.nothing(p)
		}
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return strings.Compare(a.Address, b.Address) })
}

// nothing is for a proposal that the saved plan does nothing about.
func (s *planner) nothing(p Proposal) {
	reason := "Terraform sees nothing to do about it: its provider ignores the difference, or the code does (ignore_changes)"
	if s.Mode == RefreshOnly {
		reason = "Terraform sees no difference between its state and the cloud"
	}
	s.leave(p, reason, s.hints[p.Finding.Address]...)
}

func (s *planner) step(c terraform.Change, p Proposal, proposed bool) Step {
	step := Step{Address: c.Address, Type: c.Type, Actions: c.Actions, Changes: changesOf(c), Hints: s.hints[c.Address]}
	if proposed {
		step.Strategy = p.Strategy
		f := p.Finding
		if f.Kind == drift.Unmanaged {
			f.Address = ""
		}
		step.Finding = &f
	} else {
		step.Strategy = Along
		step.Warnings = append(step.Warnings, "comes along: what was proposed depends on it")
	}
	if s.Mode == RefreshOnly {
		step.Risk, step.Reasons = ofState(step)
		if step.Strategy == Accept {
			step.Warnings = append(step.Warnings, "the code stays as it is: what it says otherwise, the next terraform apply reverts")
		}
		if slices.Equal(c.Actions, []string{"delete"}) {
			step.Changes = nil
		}
		return step
	}
	step.Risk, step.Reasons = assess(c, step.Changes)
	if c.Imported != "" {
		step.Actions = append([]string{"import"}, slices.DeleteFunc(slices.Clone(c.Actions), func(a string) bool { return a == "no-op" })...)
		if c.Is("no-op") {
			step.Changes = nil
			step.Risk, step.Reasons = Low, []string{"from then on the code decides about it"}
		}
	}
	step.Warnings = append(step.Warnings, dangers(c, step)...)
	return step
}

// Along is for what Terraform changes along with what was proposed.
const Along Strategy = "along"

// ofState is the risk of a step that changes the state alone: the cloud stays as it
// is, but what Terraform would have reverted is then as it should be.
func ofState(step Step) (Risk, []string) {
	if slices.Equal(step.Actions, []string{"delete"}) {
		return Low, []string{"takes it out of the state"}
	}
	if reasons := exposure(step.Type, step.Changes); len(reasons) > 0 {
		return Medium, reasons
	}
	return Low, []string{"takes the change for right"}
}

// dangers are what a reader must not miss.
func dangers(c terraform.Change, step Step) []string {
	var out []string
	switch {
	case c.Has("delete") && c.Has("create"):
		var paths []string
		for _, ch := range step.Changes {
			if ch.Replaces {
				paths = append(paths, ch.Path)
			}
		}
		text := "REPLACES the resource: it is destroyed and created anew"
		if len(paths) > 0 {
			text += ", for " + strings.Join(paths, ", ")
		}
		out = append(out, text)
	case c.Has("delete"):
		out = append(out, "DESTROYS the resource")
	}
	if c.Has("delete") && holds(c.Type) {
		out = append(out, "what it holds is LOST with it")
	}
	return out
}
