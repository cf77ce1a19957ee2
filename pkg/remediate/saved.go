package remediate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// savedSteps are the steps of all that a saved plan does, in Terraform's order, with
// what the plan alone tells: address, type, actions, changes, risk and dangers.
func savedSteps(mode Mode, saved *terraform.Planned) []Step {
	var steps []Step
	if mode == RefreshOnly {
		for _, c := range saved.Drift {
			if !c.Is("no-op") || c.Previous != "" {
				steps = append(steps, savedDrift(c))
			}
		}
		return steps
	}
	for _, c := range saved.Changes {
		if !c.Is("no-op") || c.Imported != "" || c.Previous != "" {
			steps = append(steps, savedChange(c))
		}
	}
	for _, c := range saved.Reads {
		if runsProgram(c.Type) {
			steps = append(steps, Step{
				Address: c.Address, Type: c.Type, Actions: c.Actions,
				Risk: High, Reasons: []string{"runs a program on the machine that applies it"},
			})
		}
	}
	return steps
}

// runsProgram reports whether reading data of a type runs what the code names
// (https://registry.terraform.io/providers/hashicorp/external/latest/docs/data-sources/external).
func runsProgram(typ string) bool { return typ == "external" }

// savedReads are the addresses of the data that is read while the plan is applied.
func savedReads(saved *terraform.Planned) []string {
	var reads []string
	for _, c := range saved.Reads {
		reads = append(reads, c.Address)
	}
	return reads
}

// savedRefreshed are the addresses of what a plan that changes the cloud writes to the
// state as it found it, where it does nothing else about it.
func savedRefreshed(mode Mode, saved *terraform.Planned) []string {
	if mode == RefreshOnly {
		return nil
	}
	var refreshed []string
	for _, d := range saved.Drift {
		acts := slices.ContainsFunc(saved.Changes, func(c terraform.Change) bool { return c.Address == d.Address && !c.Is("no-op") })
		if !acts && !d.Is("no-op") {
			refreshed = append(refreshed, d.Address)
		}
	}
	slices.Sort(refreshed)
	return refreshed
}

// savedDrift is what a refresh-only plan writes to the state.
func savedDrift(c terraform.Change) Step {
	step := Step{Address: c.Address, Type: c.Type, Actions: c.Actions, Changes: changesOf(c)}
	step.Risk, step.Reasons = ofState(step)
	step.Warnings = moved(c)
	if slices.Equal(c.Actions, []string{"delete"}) {
		step.Changes = nil
	}
	return step
}

// savedChange is what a plan does to one resource.
func savedChange(c terraform.Change) Step {
	step := Step{Address: c.Address, Type: c.Type, Actions: c.Actions, Changes: changesOf(c)}
	step.Risk, step.Reasons = assess(c, step.Changes)
	switch {
	case c.Imported != "":
		step.Actions = append([]string{"import"}, slices.DeleteFunc(slices.Clone(c.Actions), func(a string) bool { return a == "no-op" })...)
		if c.Is("no-op") {
			step.Changes = nil
			step.Risk, step.Reasons = Low, []string{"from then on the code decides about it"}
		}
		step.ImportID = c.Imported
	case c.Is("no-op"): // it only moves
		step.Risk, step.Reasons = Low, []string{"has another address in the state from then on"}
	}
	step.Warnings = append(step.Warnings, moved(c)...)
	step.Warnings = append(step.Warnings, dangers(c, step)...)
	return step
}

func moved(c terraform.Change) []string {
	if c.Previous == "" {
		return nil
	}
	return []string{"moves in the state: it was " + c.Previous}
}

// told is an error unless a plan's manifest says of one state exactly what its saved
// plan does: who approves reads the one, and Terraform applies the other.
func (s State) told(saved *terraform.Planned) error {
	lie := func(what string) error {
		return fmt.Errorf("the saved plan of %s does not do what the plan says (%s): it was not driftmgr of this version that made it; plan again", s.Dir, what)
	}
	if s.Mode == RefreshOnly && (len(saved.Reads) > 0 || slices.ContainsFunc(saved.Changes, func(c terraform.Change) bool { return !c.Is("no-op") || c.Imported != "" })) {
		return lie("it changes more than the state")
	}
	does := savedSteps(s.Mode, saved)
	if len(does) != len(s.Steps) {
		return lie(fmt.Sprintf("it has %d steps, not %d", len(does), len(s.Steps)))
	}
	for _, d := range does {
		i := slices.IndexFunc(s.Steps, func(step Step) bool { return step.Address == d.Address })
		if i < 0 {
			return lie(d.Address)
		}
		if err := s.Steps[i].tells(d); err != nil {
			return lie(d.Address + ": " + err.Error())
		}
		if strategy := s.Steps[i].Strategy; strategy != Along && strategy.mode() != s.Mode {
			return lie(d.Address + ": strategy")
		}
	}
	for _, list := range [][2][]string{{s.Outputs, saved.Outputs}, {s.Reads, savedReads(saved)}, {s.Refreshed, savedRefreshed(s.Mode, saved)}} {
		if !slices.Equal(list[0], list[1]) {
			return lie("outputs or what it reads")
		}
	}
	return nil
}

// tells is an error unless a step says all that d does.
func (s Step) tells(d Step) error {
	switch {
	case s.Type != d.Type || s.ImportID != d.ImportID || !slices.Equal(s.Actions, d.Actions):
		return errors.New("actions")
	case len(s.Changes) != len(d.Changes) || len(d.Changes) > 0 && !same(s.Changes, d.Changes):
		return errors.New("changes")
	case s.Risk != d.Risk || !slices.Equal(s.Reasons, d.Reasons):
		return errors.New("risk")
	}
	for _, warning := range d.Warnings {
		if !slices.Contains(s.Warnings, warning) {
			return errors.New("warnings: " + strings.ToLower(warning))
		}
	}
	return nil
}
