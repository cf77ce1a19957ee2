package drift

import (
	"cmp"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// State is a state that the run was asked about.
type State struct {
	// Source is the place, as Managed.Source.
	Source string

	// Unread says why it could not be read, and what to do; empty where it was.
	Unread string

	// Warnings are what may explain differences: that the state is locked.
	Warnings []string
}

// Warning is something that is no finding and may explain one.
type Warning struct {
	// Source is the state that it is about, as the user named it, Account the account;
	// one of them is set.
	Source  string `json:"source,omitempty"`
	Account string `json:"account,omitempty"`

	Message string `json:"message"`
}

// maybeManaged is why nothing can be called unmanaged while a state is unread.
const maybeManaged = "no state that was read has it, but one that could not be read may"

// states tells of the states themselves, and what follows from those that could
// not be read: whatever no other state has may be theirs.
func (c *comparison) states() {
	r := &c.report
	r.Coverage.States.Total = len(c.States)
	for _, s := range c.States {
		if s.Unread == "" {
			r.Coverage.States.Checked++
		} else {
			c.add(Finding{Kind: Unchecked, Source: s.Source, Reason: s.Unread})
		}
		for _, w := range s.Warnings {
			r.Warnings = append(r.Warnings, Warning{Source: s.Source, Message: w})
		}
	}
}

// nobodys is the finding about something that no state has.
func (c *comparison) nobodys(r *resource.Resource) Finding {
	f := finding(Unmanaged, r.Key)
	f.ID = cmp.Or(r.Shown, f.ID)
	f.ImportID = c.Types[cmp.Or(r.Via, r.Key.Type)].ImportID(r)
	if c.unread {
		f.Kind, f.Reason, f.ImportID = Unchecked, maybeManaged, ""
	}
	return f
}
