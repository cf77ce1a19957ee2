package remediate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fatih/color"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// TextOptions are how a plan is shown to people.
type TextOptions struct {
	Color bool
	// All shows every finding that is left.
	All bool
}

// WriteText writes all that a plan will do, for people. Who approves a plan approves
// all of it, so that nothing of its steps is cut or left out.
func WriteText(w io.Writer, m *Manifest, o TextOptions) error {
	buf := bufio.NewWriter(w)
	p := &printer{o, buf}
	p.manifest(m)
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

type printer struct {
	TextOptions
	w *bufio.Writer
}

func (p *printer) manifest(m *Manifest) {
	p.line("Plan %s", p.style(m.ID, color.Bold))
	p.line("made by %s, %s, driftmgr %s", resource.Printable(m.Author), m.Created.Format(time.RFC3339), resource.Printable(m.Driftmgr))
	for _, s := range m.States {
		p.line("")
		p.state(s)
	}
	p.left(m.Left)
	p.line("")
	p.summary(m)
}

func (p *printer) state(s State) {
	workspace := ""
	if s.Workspace != "default" {
		workspace = ", workspace " + resource.Printable(s.Workspace)
	}
	what := "changes the cloud"
	if s.Mode == RefreshOnly {
		what = "changes the state alone"
	}
	p.line("%s  %s, serial %d%s", p.style(s.Dir, color.Bold), what, s.Serial, workspace)
	for _, step := range s.Steps {
		p.step(s, step)
	}
	if len(s.Outputs) > 0 {
		p.line("  outputs change: %s", resource.Printable(strings.Join(s.Outputs, ", ")))
	}
	if len(s.Refreshed) > 0 {
		p.line("  the state takes over what the cloud has of: %s", resource.Printable(strings.Join(s.Refreshed, ", ")))
	}
	if len(s.Reads) > 0 {
		p.line("  reads as it is applied: %s", resource.Printable(strings.Join(s.Reads, ", ")))
	}
	for _, e := range s.Edits {
		verb := "edits"
		if e.Before == "" {
			verb = "writes"
		}
		p.line("  %s %s", verb, resource.Printable(s.Dir+"/"+e.Path))
		header := true // the file's names, which stand above
		for line := range strings.Lines(e.Diff) {
			line = resource.Printable(strings.TrimRight(line, "\r\n"))
			header = header && !strings.HasPrefix(line, "@@")
			switch {
			case header && (strings.HasPrefix(line, "+++") || strings.HasPrefix(line, "---")):
				continue
			case strings.HasPrefix(line, "+"):
				line = p.style(line, color.FgGreen)
			case strings.HasPrefix(line, "-"):
				line = p.style(line, color.FgRed)
			}
			p.line("      %s", line)
		}
	}
}

func (p *printer) step(s State, step Step) {
	risk := "risk " + string(step.Risk)
	if len(step.Reasons) > 0 {
		risk += ": " + strings.Join(step.Reasons, ", ")
	}
	p.line("  %s %s", p.style(string(step.Strategy), color.Bold), resource.Printable(step.Address))
	if step.ImportID != "" {
		p.line("      imports %s", resource.Printable(step.ImportID))
	}
	p.line("      %s", p.style(risk, riskColor(step.Risk)))
	for _, warning := range step.Warnings {
		p.line("      %s", p.style("! "+warning, color.Bold, color.FgRed))
	}
	if s.Mode == RefreshOnly && slices.Equal(step.Actions, []string{"delete"}) {
		p.line("      - it is gone from the cloud, and goes from the state")
	}
	var later []string
	for _, c := range step.Changes {
		switch {
		case c.Unknown && c.Before == nil && !c.Sensitive && !c.Replaces:
			later = append(later, resource.Printable(c.Path))
		case !mirrored(c, step.Changes):
			p.change(c)
		}
	}
	if len(later) > 0 {
		p.line("      known after the apply: %s", wrap(later, wide-len("known after the apply: "), "          "))
	}
	for _, h := range step.Hints {
		p.line("      by hand: %s", resource.Printable(h))
	}
}

// wrap joins words with commas, and breaks the line before one that is too much for a
// width in characters.
func wrap(words []string, width int, indent string) string {
	var b strings.Builder
	room := width
	for i, word := range words {
		n := utf8.RuneCountInString(word) + len(", ")
		switch {
		case i == 0:
		case n > room:
			b.WriteString(",\n" + indent)
			room = wide - len(indent)
		default:
			b.WriteString(", ")
		}
		b.WriteString(word)
		room -= n
	}
	return b.String()
}

// mirrored reports whether a change is told of already: AWS's tags_all repeats tags.
func mirrored(c Change, all []Change) bool {
	key, is := strings.CutPrefix(c.Path, "tags_all")
	return is && slices.ContainsFunc(all, func(other Change) bool {
		return other.Path == "tags"+key && same(other.Before, c.Before) && same(other.After, c.After) && other.Unknown == c.Unknown && other.Sensitive == c.Sensitive
	})
}

// wide is how much of a line two values may take before each has a line of its own, in
// characters.
const wide = 74

func (p *printer) change(c Change) {
	path, note := resource.Printable(c.Path), ""
	if c.Replaces {
		note = "  (takes a replacement)"
	}
	before, after := resource.Quoted(c.Before), resource.Quoted(c.After)
	switch {
	case c.Sensitive:
		p.line("      ~ %s  (sensitive, both values hidden)%s", path, note)
		return
	case c.Unknown:
		after = "(known after the apply)"
	default:
		if inside, ok := within(c); ok {
			if len(inside) == 0 {
				p.line("      ~ %s  (the same document, written otherwise)%s", path, note)
				return
			}
			p.line("      ~ %s%s", path, note)
			for _, c := range inside {
				p.indented("          ", c)
			}
			return
		}
	}
	if utf8.RuneCountInString(path+before+after+note) <= wide-len(" →  ") {
		p.line("      ~ %s  %s → %s%s", path, before, after, note)
		return
	}
	p.line("      ~ %s%s\n          %s\n        → %s", path, note, before, after)
}

func (p *printer) indented(indent string, c Change) {
	path, before, after := resource.Printable(c.Path), resource.Quoted(c.Before), resource.Quoted(c.After)
	switch {
	case c.Sensitive:
		p.line("%s%s  (sensitive, both values hidden)", indent, path)
	case utf8.RuneCountInString(indent+path+before+after) <= wide:
		p.line("%s%s  %s → %s", indent, path, before, after)
	default:
		p.line("%s%s\n%s    %s\n%s  → %s", indent, path, indent, before, indent, after)
	}
}

// within are the changes within a JSON document; it is false where there is none
// before and after, or where not all of what differs can be told so.
func within(c Change) ([]Change, bool) {
	before, ok1 := jsonDocument(c.Before)
	after, ok2 := jsonDocument(c.After)
	if !ok1 || !ok2 {
		return nil, false
	}
	d := differ{strict: true}
	d.diff("", before, after, nil, nil, nil, "")
	return d.out, len(d.out) > 0 || reflect.DeepEqual(before, after)
}

// document is the JSON object or list that a text is.
func jsonDocument(v any) (any, bool) {
	text, ok := v.(string)
	if !ok || !strings.HasPrefix(strings.TrimSpace(text), "{") && !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return nil, false
	}
	var doc any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&doc) != nil || dec.More() {
		return nil, false
	}
	return doc, true
}

func riskColor(r Risk) color.Attribute {
	switch r {
	case High:
		return color.FgRed
	case Medium:
		return color.FgYellow
	}
	return color.Faint
}

// maxLeft is how many findings that are left are shown.
const maxLeft = 20

func (p *printer) left(all []Left) {
	if len(all) == 0 {
		return
	}
	p.line("")
	p.line("Left as it is (%d)", len(all))
	for i, l := range all {
		if !p.All && i == maxLeft && len(all) > maxLeft+1 {
			p.line("  %s", p.style(fmt.Sprintf("… and %d more: --all", len(all)-i), color.Faint))
			return
		}
		p.line("  %s  (%s)", resource.Printable(Name(l.Finding)), resource.Printable(string(l.Finding.Kind)))
		p.line("      %s", resource.Printable(l.Reason))
		if l.Finding.Kind == drift.Unmanaged && l.Finding.ImportID != "" && len(l.Hints) == 0 {
			p.line("      its import id is %s", resource.Printable(l.Finding.ImportID))
		}
		for _, h := range l.Hints {
			for line := range strings.Lines(h) {
				p.line("      %s", resource.Printable(strings.TrimSuffix(line, "\n")))
			}
		}
	}
}

func (p *printer) summary(m *Manifest) {
	steps := m.Steps()
	if len(steps) == 0 {
		p.line("%s nothing to apply.", p.style("PLAN", color.Bold))
		return
	}
	count := map[Strategy]int{}
	for _, s := range steps {
		count[s.Strategy]++
	}
	var parts []string
	for _, s := range append(Strategies(), Along) {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	p.line("%s %s; the highest risk is %s.", p.style("PLAN", color.Bold), strings.Join(parts, ", "), p.style(string(m.Risk), riskColor(m.Risk)))
}

// WriteOutcome writes what came of an apply, for people.
func WriteOutcome(w io.Writer, o *Outcome, t TextOptions) error {
	buf := bufio.NewWriter(w)
	p := &printer{t, buf}
	for _, s := range o.States {
		p.line("%s  %s", p.style(s.Source, color.Bold), s.Status)
		for _, step := range s.Steps {
			text := string(step.Result)
			if step.Reason != "" {
				text += ": " + resource.Printable(step.Reason)
			}
			p.line("  %s  %s", resource.Printable(step.Address), text)
		}
		if len(s.Written) > 0 {
			p.line("  wrote %s", resource.Printable(strings.Join(s.Written, ", ")))
		}
		if s.Backup != "" {
			p.line("  the state before it is in %s", resource.Printable(s.Backup))
		}
	}
	count := o.Results()
	verdict, c := "VERIFIED", color.FgGreen
	if count[NotFixed]+count[NotChecked] > 0 {
		verdict, c = "NOT VERIFIED", color.FgRed
	}
	text := fmt.Sprintf("%d fixed", count[Fixed])
	if n := count[NotFixed]; n > 0 {
		text += fmt.Sprintf(", %d not fixed", n)
	}
	if n := count[NotChecked]; n > 0 {
		text += fmt.Sprintf(", %d not checked", n)
	}
	p.line("%s %s.", p.style(verdict, color.Bold, c), text)
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	return nil
}

// style prints a text in a style: what comes from a plan has none of its own.
func (p *printer) style(s string, attributes ...color.Attribute) string {
	c := color.New(attributes...)
	if p.Color {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(resource.Printable(s))
}

// line writes one line; the error stays in the buffered writer and comes out of its
// Flush.
func (p *printer) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }
