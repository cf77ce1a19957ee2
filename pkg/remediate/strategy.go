// Package remediate proposes the way back from drift as a plan, and applies a plan
// that was approved. Terraform is the only writer: a plan holds saved Terraform
// plans, and edits of code.
//
// The words: a proposal is what to do about one finding; a step is a proposal for
// which Terraform said what it will do; a plan is a folder of steps, saved Terraform
// plans and edits with one digest over all of them; an approval is a signature of
// that digest.
package remediate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// Strategy is a way back from a finding.
type Strategy string

const (
	// Revert makes the cloud what the code says.
	Revert Strategy = "revert"
	// Accept makes the state what the cloud has, or has no longer. The code stays.
	Accept Strategy = "accept"
	// Adopt is Accept, and edits the code so that it says what the cloud has.
	Adopt Strategy = "adopt"
	// Recreate creates anew what is missing.
	Recreate Strategy = "recreate"
	// Forget takes what is missing out of the state, and out of the code.
	Forget Strategy = "forget"
	// Import takes what nobody manages into a state, and writes code for it.
	Import Strategy = "import"
	// Leave does nothing about it.
	Leave Strategy = "leave"
)

// Strategies are all of them, the default ones first.
func Strategies() []Strategy {
	return []Strategy{Revert, Recreate, Import, Accept, Adopt, Forget, Leave}
}

// defaults are used where the user names none.
func defaults() []Strategy { return []Strategy{Revert, Recreate, Import} }

// fits reports whether a strategy is one for findings of a kind.
func (s Strategy) fits(kind drift.Kind) bool {
	switch s {
	case Revert, Adopt:
		return kind == drift.Changed
	case Accept:
		return kind == drift.Changed || kind == drift.Missing
	case Recreate, Forget:
		return kind == drift.Missing
	case Import:
		return kind == drift.Unmanaged
	}
	return s == Leave
}

// mode is how Terraform plans it.
func (s Strategy) mode() Mode {
	if s == Accept || s == Adopt || s == Forget {
		return RefreshOnly
	}
	return Normal
}

// Mode is how Terraform plans: one saved plan has one mode.
type Mode string

const (
	// Normal changes the cloud.
	Normal Mode = "normal"
	// RefreshOnly changes the state alone.
	RefreshOnly Mode = "refresh-only"
)

// ParseStrategy reads a strategy's name.
func ParseStrategy(name string) (Strategy, error) {
	if s := Strategy(name); slices.Contains(Strategies(), s) {
		return s, nil
	}
	var known []string
	for _, s := range Strategies() {
		known = append(known, string(s))
	}
	return "", fmt.Errorf("strategy %q: use one of %s", name, strings.Join(known, ", "))
}

// Choice is which strategy is for which finding.
type Choice struct {
	// Strategies are for all findings that they fit; of two that fit, the first.
	// None means revert, recreate and import. What none fits is left.
	Strategies []Strategy

	// For are exceptions, of which the last that matches counts.
	For []Exception

	// Only limits the plan to what one of these patterns matches; none is all.
	Only []string
}

// Exception is a strategy for some findings.
type Exception struct {
	// Pattern matches addresses, or what nobody manages as TYPE/ID. * stands for
	// anything.
	Pattern  string
	Strategy Strategy
}

// ParseException reads PATTERN=STRATEGY.
func ParseException(text string) (Exception, error) {
	i := strings.LastIndexByte(text, '=')
	if i <= 0 {
		return Exception{}, fmt.Errorf("%q: write it as ADDRESS=STRATEGY, as in 'aws_instance.web=adopt'", text)
	}
	s, err := ParseStrategy(text[i+1:])
	return Exception{text[:i], s}, err
}

// Proposal is what to do about one finding.
type Proposal struct {
	Finding  drift.Finding
	Strategy Strategy

	// Left says why nothing is proposed; empty where something is.
	Left string
}

// Propose chooses a strategy for each finding that a way leads back from, in the
// order of the report. What could not be checked is none of them.
func Propose(r *drift.Report, c Choice) []Proposal {
	if len(c.Strategies) == 0 {
		c.Strategies = defaults()
	}
	var out []Proposal
	for _, f := range r.Findings {
		if f.Kind == drift.Unchecked || !c.asked(f) {
			continue
		}
		out = append(out, c.propose(f))
	}
	return out
}

func (c Choice) asked(f drift.Finding) bool {
	return len(c.Only) == 0 || slices.ContainsFunc(c.Only, func(p string) bool { return matches(p, Name(f)) })
}

func (c Choice) propose(f drift.Finding) Proposal {
	p := Proposal{Finding: f}
	for _, e := range slices.Backward(c.For) {
		if matches(e.Pattern, Name(f)) {
			p.Strategy = e.Strategy
			if !e.Strategy.fits(f.Kind) {
				p.Left = fmt.Sprintf("%s is no strategy for what is %s", e.Strategy, f.Kind)
			}
			break
		}
	}
	if p.Strategy == "" {
		i := slices.IndexFunc(c.Strategies, func(s Strategy) bool { return s.fits(f.Kind) })
		if i < 0 {
			p.Strategy, p.Left = Leave, "no strategy was named for what is "+string(f.Kind)
			return p
		}
		p.Strategy = c.Strategies[i]
	}
	switch {
	case p.Left != "":
	case p.Strategy == Leave:
		p.Left = "it was asked to be left"
	case f.Kind == drift.Unmanaged && f.ImportID == "":
		p.Left = "Terraform cannot import it, or the id that it would take is not known"
	case strings.HasSuffix(f.Address, ")") && strings.Contains(f.Address, " (deposed "):
		p.Left = "it is a deposed object: terraform apply deletes it"
	}
	return p
}

// Name is what a finding is called: its address, or TYPE/ID of what has none.
func Name(f drift.Finding) string {
	if f.Address != "" {
		return f.Address
	}
	return f.Type + "/" + f.ID
}

// matches matches a whole text; * stands for anything, all else for itself.
func matches(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
