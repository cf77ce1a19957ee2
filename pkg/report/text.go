package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fatih/color"
	"github.com/mitchellh/go-wordwrap"
	"github.com/rivo/uniseg"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

const (
	defaultWidth = 80
	// minWidth is where lines are left to the terminal to break.
	minWidth = 50
	// maxListings is how many types without a listing are named one by one.
	maxListings = 3
	// maxShown bounds each list of a group; maxChanges the changes of a finding.
	maxShown   = 20
	maxChanges = 12
)

// text is for people: findings by place and kind, one line for the verdict last.
func text(o Options) Writer {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	o.Width = max(o.Width, minWidth)
	return func(w io.Writer, r *drift.Report) error {
		buf := bufio.NewWriter(w)
		p := &printer{Options: o, w: buf, hidden: 0}
		p.report(r)
		if err := buf.Flush(); err != nil {
			return fmt.Errorf("write the text report: %w", err)
		}
		return nil
	}
}

type printer struct {
	Options
	sources bool // there are several states, so a finding names its own
	w       *bufio.Writer
	hidden  int // findings and changes left out of long lists
}

func (p *printer) report(r *drift.Report) {
	groups := map[place][]drift.Finding{}
	var unchecked []drift.Finding
	for _, f := range r.Findings {
		if f.Kind == drift.Unchecked {
			unchecked = append(unchecked, f)
			continue
		}
		at := place{f.Provider, f.Account, f.Region}
		groups[at] = append(groups[at], f)
	}
	p.sources = severalSources(r.Findings)
	for _, at := range slices.SortedFunc(maps.Keys(groups), comparePlaces) {
		p.line("%s", p.style(p.fit(at.String(), p.Width), color.Bold))
		for _, kind := range drift.Kinds() {
			p.kind(kind, groups[at])
		}
	}
	if len(unchecked) > 0 {
		p.unchecked(unchecked)
	}
	p.warnings(r.Warnings)
	if p.hidden > 0 {
		p.wrapped("", fmt.Sprintf("%d more lines are not shown: see them with --all, or with --output json.", p.hidden))
		p.line("")
	}
	if p.Stats && r.Stats != nil {
		p.stats(r.Stats)
	}
	p.coverage(r)
	p.verdict(r)
}

func severalSources(findings []drift.Finding) bool {
	first := ""
	for _, f := range findings {
		if first == "" {
			first = f.Source
		}
		if f.Source != "" && f.Source != first {
			return true
		}
	}
	return false
}

// place is where findings are grouped.
type place struct{ provider, account, region string }

// cloudNames are how people call the clouds, and what they call an account.
var cloudNames = map[string][2]string{
	"aws":     {"AWS", "account"},
	"azurerm": {"Azure", "subscription"},
	"google":  {"Google Cloud", "project"},
}

func (at place) String() string {
	name, ok := cloudNames[at.provider]
	if !ok {
		name = [2]string{at.provider, "account"}
	}
	parts := []string{name[0]}
	if at.account != "" {
		parts = append(parts, name[1], at.account)
	}
	s := strings.Join(parts, " ")
	if at.region != "" {
		s += ", " + at.region
	}
	return s
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.provider, b.provider), cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
}

var kindColors = map[drift.Kind]color.Attribute{
	drift.Changed: color.FgYellow, drift.Missing: color.FgRed, drift.Unmanaged: color.FgCyan, drift.Unchecked: color.FgMagenta,
}

var kindTitles = map[drift.Kind]string{
	drift.Changed: "Changed", drift.Missing: "Missing from the cloud", drift.Unmanaged: "Managed by nobody", drift.Unchecked: "Not checked",
}

// kind prints the findings of one kind in one place.
func (p *printer) kind(kind drift.Kind, all []drift.Finding) {
	var findings []drift.Finding
	for _, f := range all {
		if f.Kind == kind {
			findings = append(findings, f)
		}
	}
	if len(findings) == 0 {
		return
	}
	p.line("  %s", p.style(fmt.Sprintf("%s (%d)", kindTitles[kind], len(findings)), kindColors[kind]))
	shown := p.limit(len(findings), maxShown)
	for _, f := range findings[:shown] {
		p.finding(f)
	}
	p.more(len(findings)-shown, "    ")
	p.line("")
}

func (p *printer) finding(f drift.Finding) {
	if f.Address == "" {
		name := p.fit(f.Type, p.Width-20)
		p.line("    %s  %s", name, p.fitTail(f.ID, p.Width-6-uniseg.StringWidth(name)))
		return
	}
	p.line("    %s", p.fit(f.Address, p.Width-4))
	if p.sources {
		p.line("        %s", p.style(p.fitTail("in "+f.Source, p.Width-8), color.Faint))
	}
	if f.Kind == drift.Missing {
		p.line("        %s", p.style(p.fitTail(f.ID, p.Width-8), color.Faint))
	}
	if f.Reason != "" {
		p.line("        %s", p.fit(f.Reason, p.Width-8))
	}
	shown := p.limit(len(f.Changes), maxChanges)
	for _, c := range f.Changes[:shown] {
		p.change(c)
	}
	p.more(len(f.Changes)-shown, "        ")
}

// change prints "path  old → new" on one line if it fits, else old and new below
// each other from where they begin to differ.
func (p *printer) change(c drift.Change) {
	if c.Sensitive {
		p.line("      ~ %s  (sensitive, both values hidden)", p.fit(c.Path, p.Width-43))
		return
	}
	before, after := resource.Quoted(c.Before), resource.Quoted(c.After)
	switch {
	case c.Before == nil:
		p.oneSided("+ "+resource.Printable(c.Path), after, color.FgGreen)
		return
	case c.After == nil:
		p.oneSided("- "+resource.Printable(c.Path), before, color.FgRed)
		return
	}
	head := "~ " + resource.Printable(c.Path)
	if one := fmt.Sprintf("      %s  %s → %s", head, before, after); uniseg.StringWidth(one) <= p.Width {
		p.line("      %s  %s %s %s", head, p.style(before, color.FgRed), p.style("→", color.Faint), p.style(after, color.FgGreen))
		return
	}
	p.line("      %s", p.fit(head, p.Width-6))
	width := p.Width - 12
	before, after = window(before, after, width)
	p.line("          %s", p.style(p.fit(before, width), color.FgRed))
	p.line("        %s %s", p.style("→", color.Faint), p.style(p.fit(after, width), color.FgGreen))
}

// oneSided prints what only one side has.
func (p *printer) oneSided(head, value string, c color.Attribute) {
	if one := "      " + head + "  " + value; uniseg.StringWidth(one) <= p.Width {
		p.line("      %s  %s", head, p.style(value, c))
		return
	}
	p.line("      %s", p.fit(head, p.Width-6))
	p.line("          %s", p.style(p.fit(value, p.Width-12), c))
}

// window cuts what two long texts have in common at their beginning, so that
// what is shown differs.
func window(a, b string, width int) (string, string) {
	x, y := []rune(a), []rune(b)
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	const context = 12
	cut := same - context
	if cut <= 0 || (len(x) <= width && len(y) <= width) {
		return a, b
	}
	return "…" + string(x[cut:]), "…" + string(y[cut:])
}

// fit shortens a text to a number of columns.
func (p *printer) fit(s string, width int) string {
	s = resource.Printable(s)
	if p.All || uniseg.StringWidth(s) <= width {
		return s
	}
	head, _ := cut(s, width-1)
	return head + "…"
}

// fitTail is fit for ids, whose end says most.
func (p *printer) fitTail(s string, width int) string {
	s = resource.Printable(s)
	if p.All || uniseg.StringWidth(s) <= width {
		return s
	}
	for uniseg.StringWidth(s) >= width && s != "" {
		_, s = cut(s, 1)
	}
	return "…" + s
}

// cut splits a text after as many characters as fit in a number of columns, and
// after at least one.
func cut(s string, width int) (head, rest string) {
	rest, state, used := s, -1, 0
	for rest != "" {
		_, next, w, st := uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width && used > 0 {
			break
		}
		rest, state, used = next, st, used+w
	}
	return s[:len(s)-len(rest)], rest
}

// unchecked groups by the reason, which is what can be mended.
func (p *printer) unchecked(findings []drift.Finding) {
	byReason := map[string][]string{}
	var reasons []string
	// Whole states come first, then what the others hold, then what nobody may
	// manage.
	rank := func(f drift.Finding) int {
		switch {
		case f.Type == "":
			return 0
		case f.Address != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(findings, func(a, b drift.Finding) int { return cmp.Compare(rank(a), rank(b)) })
	listings := map[string][]string{}
	known := map[string]bool{}
	for _, f := range findings {
		if !known[f.Reason] {
			known[f.Reason] = true
			reasons = append(reasons, f.Reason)
		}
		if f.Address == "" && f.ID == "" && f.Type != "" {
			listings[f.Reason] = append(listings[f.Reason], subject(f))
		} else {
			byReason[f.Reason] = append(byReason[f.Reason], subject(f))
		}
	}
	for reason, all := range listings {
		if len(all) > maxListings && !p.All {
			all = []string{fmt.Sprintf("unmanaged resources of %d types", len(all))}
		}
		byReason[reason] = append(byReason[reason], all...)
	}
	p.line("%s", p.style(fmt.Sprintf("%s (%d)", kindTitles[drift.Unchecked], len(findings)), color.Bold, kindColors[drift.Unchecked]))
	shownReasons := p.limit(len(reasons), maxShown)
	for _, reason := range reasons[:shownReasons] {
		p.wrapped("  ", reason)
		shown := p.limit(len(byReason[reason]), maxChanges/2)
		for _, what := range byReason[reason][:shown] {
			p.line("      %s", p.fit(what, p.Width-6))
		}
		p.more(len(byReason[reason])-shown, "      ")
	}
	p.more(len(reasons)-shownReasons, "  ")
	p.line("")
}

// subject names what was not checked.
func subject(f drift.Finding) string {
	switch {
	case f.Address != "":
		return f.Address
	case f.Type == "":
		return "state " + f.Source
	case f.ID != "":
		return f.Type + "  " + f.ID
	case f.Region != "":
		return "unmanaged " + f.Type + " in " + f.Region
	}
	return "unmanaged " + f.Type
}

func (p *printer) warnings(all []drift.Warning) {
	if len(all) == 0 {
		return
	}
	p.line("%s", p.style(fmt.Sprintf("Warnings (%d)", len(all)), color.Bold, color.FgYellow))
	shown := p.limit(len(all), maxShown)
	for _, w := range all[:shown] {
		p.wrapped("  ", w.Message)
		about := "state " + w.Source
		if w.Account != "" {
			about = w.Account
		}
		p.line("      %s", p.fitTail(about, p.Width-6))
	}
	p.more(len(all)-shown, "  ")
	p.line("")
}

func (p *printer) stats(s *drift.Stats) {
	p.line("%s", p.style("API calls", color.Bold))
	for _, action := range slices.SortedFunc(maps.Keys(s.APICalls), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.APICalls[b], s.APICalls[a]), cmp.Compare(a, b))
	}) {
		p.line("  %6d  %s", s.APICalls[action], p.fit(action, p.Width-10))
	}
	p.line("  %6d  in all, %d throttled, %s, %.1f s", s.Total, s.Throttles, size(s.Bytes), s.Seconds)
	p.line("")
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

func (p *printer) coverage(r *drift.Report) {
	c := r.Coverage
	if c.States.Checked < c.States.Total {
		p.wrapped("", fmt.Sprintf("Read %d of %s; the figures are about those.", c.States.Checked, count(c.States.Total, "state", "states")))
	}
	checked := fmt.Sprintf("Checked %d of %d resources, %d of %d types", c.Resources.Checked, c.Resources.Total, c.Types.Checked, c.Types.Total)
	if c.Attributes.Total > 0 { // of nothing, nothing was compared
		checked += fmt.Sprintf(", %d of %d attributes that they set", c.Attributes.Checked, c.Attributes.Total)
	}
	p.wrapped("", checked+".")
	if n := r.Summary.StateOnly; n > 0 {
		p.wrapped("", count(n, "resource lives", "resources live")+" in the states only (random, null, tls …): no cloud to ask.")
	}
	if n := r.Summary.LeftOut; n > 0 {
		p.wrapped("", count(n, "resource was", "resources were")+" left out by --type, --exclude-type or --region.")
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// verdict is the last line.
func (p *printer) verdict(r *drift.Report) {
	s := r.Summary
	var parts []string
	for _, x := range []struct {
		n    int
		word string
	}{{s.Changed, "changed"}, {s.Missing, "missing"}, {s.Unmanaged, "unmanaged"}, {s.Unchecked, "not checked"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.word))
		}
	}
	switch r.Verdict {
	case drift.Clean:
		p.line("%s no drift: %s as the states say.", p.style("CLEAN", color.Bold, color.FgGreen), count(s.InSync, "resource is", "resources are"))
	case drift.Drift:
		p.line("%s %s; %d in sync.", p.style("DRIFT", color.Bold, color.FgRed), strings.Join(parts, ", "), s.InSync)
	case drift.Incomplete:
		p.line("%s no drift found, but %s; %d in sync.", p.style("INCOMPLETE", color.Bold, color.FgYellow), strings.Join(parts, ", "), s.InSync)
	}
}

func (p *printer) limit(n, most int) int {
	// One more line is shorter than saying that there is one more.
	if p.All || n <= most+1 {
		return n
	}
	return most
}

func (p *printer) more(n int, indent string) {
	if n > 0 {
		p.hidden += n
		p.line("%s%s", indent, p.style(fmt.Sprintf("… and %d more", n), color.Faint))
	}
}

// wrapped prints a text in as many lines as it takes. It breaks at spaces, and
// within what is too long for a line.
func (p *printer) wrapped(indent, s string) {
	width := p.Width - len(indent)
	for l := range strings.Lines(wordwrap.WrapString(resource.Printable(s), uint(width))) {
		for rest := strings.TrimSuffix(l, "\n"); rest != ""; {
			var head string
			head, rest = cut(rest, width)
			p.line("%s%s", indent, head)
		}
	}
}

func (p *printer) style(s string, attributes ...color.Attribute) string {
	c := color.New(attributes...)
	if p.Color {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(s)
}

// line writes one line; the error stays in the buffered writer and comes out of
// its Flush.
func (p *printer) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }
