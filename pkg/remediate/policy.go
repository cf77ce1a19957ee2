package remediate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Policy is what has to hold before a plan is applied.
type Policy struct {
	// Approvals is how many people have to approve.
	Approvals int

	// FourEyes: whoever made the plan approves it in vain. Where no signature proves
	// who that was, one more has to approve: that many are somebody else.
	FourEyes bool

	// Expiry is how old a plan and an approval may be; 0 is without end.
	Expiry time.Duration

	// MaxRisk is the highest risk of a step.
	MaxRisk Risk

	// Addresses are patterns (* stands for anything), of which every step has to match
	// one; none allows all.
	Addresses []string

	// Windows are the times at which a plan may be applied; none is always.
	Windows []Window

	// MaxChanges is how many resources a plan may change; 0 is any number.
	MaxChanges int
}

// skew is how far clocks may be apart.
const skew = 5 * time.Minute

// Check returns what speaks against applying a plan now, one line each; nothing where
// it may be applied.
func (p Policy) Check(m *Manifest, statements []Signed, now time.Time) []error {
	refusals := p.Limits(m, now)
	return append(refusals, p.approvals(statements, now)...)
}

// Limits returns what speaks against it whoever approves it.
func (p Policy) Limits(m *Manifest, now time.Time) []error {
	var refusals []error
	refuse := func(format string, args ...any) { refusals = append(refusals, fmt.Errorf(format, args...)) }
	switch age := now.Sub(m.Created); {
	case age < -skew:
		refuse("the plan is of the future (%s): check the clocks", m.Created.Format(time.RFC3339))
	case p.Expiry > 0 && age > p.Expiry:
		refuse("the plan has expired: it was made %s ago, and %s are allowed; plan again", round(age), p.Expiry)
	}
	steps := m.Steps()
	if p.MaxChanges > 0 && len(steps) > p.MaxChanges {
		refuse("the plan changes %d resources, and remediation.max_changes allows %d: plan fewer with --address", len(steps), p.MaxChanges)
	}
	for _, s := range steps {
		if s.Risk.Exceeds(p.MaxRisk) {
			refuse("%s: the risk is %s (%s), and remediation.max_risk_level is %s", s.Address, s.Risk, strings.Join(s.Reasons, ", "), p.MaxRisk)
		}
		if len(p.Addresses) > 0 && !slices.ContainsFunc(p.Addresses, func(pattern string) bool { return matches(pattern, s.Address) }) {
			refuse("%s: remediation.allowed_addresses does not allow it", s.Address)
		}
	}
	if len(p.Windows) > 0 && !slices.ContainsFunc(p.Windows, func(w Window) bool { return w.Open(now) }) {
		var all []string
		for _, w := range p.Windows {
			all = append(all, w.text)
		}
		refuse("no change window is open now (%s): %s", now.Format("Mon 15:04 MST"), strings.Join(all, ", "))
	}
	return refusals
}

// approvals checks who approved.
func (p Policy) approvals(statements []Signed, now time.Time) []error {
	var refusals, ignored []error
	authors, approvers := people{}, people{}
	for _, s := range statements {
		switch {
		case s.Err != nil:
			ignored = append(ignored, fmt.Errorf("%s does not count: %w", s.File, s.Err))
		case s.Decision == Rejected:
			refusals = append(refusals, fmt.Errorf("%s rejected it: %s", s.Principal(), resource.Printable(s.Reason)))
		case s.Decision == Authored:
			authors = authors.with(s)
		}
	}
	for _, s := range statements {
		if s.Err != nil || s.Decision != Approved {
			continue
		}
		switch age := now.Sub(s.Time); {
		case age < -skew:
			ignored = append(ignored, fmt.Errorf("the approval by %s does not count: it is of the future (%s)", s.Principal(), s.Time.Format(time.RFC3339)))
		case p.Expiry > 0 && age > p.Expiry:
			ignored = append(ignored, fmt.Errorf("the approval by %s does not count: it is %s old, and %s are allowed", s.Principal(), round(age), p.Expiry))
		case p.FourEyes && authors.has(s):
			ignored = append(ignored, fmt.Errorf("the approval by %s does not count: who made the plan does not approve it (remediation.four_eyes)", s.Principal()))
		default:
			approvers = approvers.with(s)
		}
	}
	want, why := p.Approvals, ""
	if p.FourEyes && want > 0 && len(authors) == 0 {
		want, why = want+1, ", as no signature says who made it (remediation.signing_key)"
	}
	if len(approvers) < want {
		refusals = append(refusals, fmt.Errorf("%d of %d approvals%s: driftmgr remediate approve", len(approvers), want, why))
		refusals = append(refusals, ignored...)
	}
	return refusals
}

// people are signers, those of one person together. They are told apart by both names
// and key: two keys of one name are one person, and so are two names of one key.
type people [][]Signed

func (p people) has(s Signed) bool {
	return slices.ContainsFunc(p, func(person []Signed) bool { return isOne(person, s) })
}

// with adds a signature. One that belongs to two persons shows that they are one.
func (p people) with(s Signed) people {
	one, others := []Signed{s}, people{}
	for _, person := range p {
		if isOne(person, s) {
			one = append(one, person...)
		} else {
			others = append(others, person)
		}
	}
	return append(others, one)
}

func isOne(person []Signed, s Signed) bool {
	return slices.ContainsFunc(person, func(q Signed) bool {
		return q.Fingerprint == s.Fingerprint || slices.ContainsFunc(q.Principals, func(name string) bool { return slices.Contains(s.Principals, name) })
	})
}

func round(d time.Duration) time.Duration { return d.Round(time.Second) }

// Window is a time of the week: "Mon-Fri 09:00-17:00 Europe/Berlin".
type Window struct {
	text     string
	days     [7]bool
	from, to int // minutes of the day; to may be 24*60, and is before from over midnight
	place    *time.Location
}

// ParseWindow reads DAYS FROM-TO [ZONE]: days are Mon-Fri, Sat,Sun or *, times are
// HH:MM, the zone is of the IANA database, UTC where there is none. A window that ends
// before it begins goes on to the next day.
func ParseWindow(text string) (Window, error) {
	w := Window{text: text, place: time.UTC}
	bad := func(what string) (Window, error) {
		return Window{}, fmt.Errorf("change window %q: %s; write it like \"Mon-Fri 09:00-17:00 Europe/Berlin\"", text, what)
	}
	fields := strings.Fields(text)
	if len(fields) != 2 && len(fields) != 3 {
		return bad("days, times and a zone are wanted")
	}
	if err := w.setDays(fields[0]); err != nil {
		return bad(err.Error())
	}
	from, to, ok := strings.Cut(fields[1], "-")
	var err1, err2 error
	w.from, err1 = minutes(from)
	w.to, err2 = minutes(to)
	if !ok || err1 != nil || err2 != nil || w.from == w.to || w.from == 24*60 {
		return bad("the times are none")
	}
	if len(fields) == 3 {
		place, err := time.LoadLocation(fields[2])
		if err != nil || fields[2] == "Local" {
			return bad("the zone is not known")
		}
		w.place = place
	}
	return w, nil
}

func minutes(text string) (int, error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err
}

func weekdays() []string { return []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} }

func (w *Window) setDays(text string) error {
	if text == "*" {
		text = "Sun-Sat"
	}
	for _, part := range strings.Split(text, ",") {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			last = first
		}
		from, to := slices.Index(weekdays(), first), slices.Index(weekdays(), last)
		if from < 0 || to < 0 {
			return errors.New("the days are none")
		}
		for d := from; ; d = (d + 1) % 7 {
			w.days[d] = true
			if d == to {
				break
			}
		}
	}
	return nil
}

// Open reports whether a time is in the window.
func (w Window) Open(at time.Time) bool {
	at = at.In(w.place)
	minute, day := at.Hour()*60+at.Minute(), int(at.Weekday())
	if w.from < w.to {
		return w.days[day] && minute >= w.from && minute < w.to
	}
	return w.days[day] && minute >= w.from || w.days[(day+6)%7] && minute < w.to
}
