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
	byAddress := map[string]Proposal{}
	for _, p := range proposals {
		byAddress[p.Finding.Address] = p
	}
	seen := map[string]bool{}
	for _, told := range savedSteps(s.Mode, s.saved) {
		p, proposed := byAddress[told.Address]
		seen[told.Address] = true
		s.Steps = append(s.Steps, s.step(told, p, proposed))
	}
	for _, p := range proposals {
		if !seen[p.Finding.Address] {
			s.nothing(p)
		}
	}
	s.Outputs, s.Reads, s.Refreshed = s.saved.Outputs, savedReads(s.saved), savedRefreshed(s.Mode, s.saved)
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

// step makes a step of what the saved plan tells of it.
func (s *planner) step(told Step, p Proposal, proposed bool) Step {
	step := told
	step.Hints = s.hints[step.Address]
	var warnings []string
	switch {
	case proposed:
		step.Strategy = p.Strategy
		f := p.Finding
		if f.Kind == drift.Unmanaged {
			f.Address = ""
		}
		step.Finding = &f
	default:
		step.Strategy = Along
		warnings = append(warnings, "comes along: what was proposed depends on it")
	}
	if s.Mode == RefreshOnly && (step.Strategy == Accept || (step.Strategy == Adopt || step.Strategy == Forget) && !s.adopted[step.Address]) {
		warnings = append(warnings, "the code stays as it is: what it says otherwise, the next terraform apply reverts")
	}
	step.Warnings = slices.Concat(warnings, told.Warnings)
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
