package remediate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// Apply is one apply of one plan.
type Apply struct {
	Plan   *Sealed
	Policy Policy

	// Statements are those about the plan.
	Statements []Signed

	// Open opens a root module.
	Open func(context.Context, State) (*terraform.Root, error)

	// Detect compares a state anew with the clouds, as far as the plan's steps go.
	Detect func(context.Context, State) (*drift.Report, error)

	// Environ has NAME=VALUE for Terraform's environment when it writes.
	Environ []string

	Now func() time.Time

	// Show is told what happens, one line at a time.
	Show func(string)

	// Audit keeps what happens. Where it fails before anything was changed, nothing is.
	Audit func(outcome, reason string) error
}

// Refused is why a plan was not applied: nothing was changed.
type Refused struct{ Reasons []error }

func (r *Refused) Error() string { return "refused, nothing was changed: " + r.reasons() }

func (r *Refused) reasons() string {
	var lines []string
	for _, err := range r.Reasons {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "; ")
}

func (r *Refused) Unwrap() []error { return r.Reasons }

func refuse(format string, args ...any) error {
	return &Refused{[]error{fmt.Errorf(format, args...)}}
}

// Outcome is what came of an apply.
type Outcome struct {
	States []StateOutcome `json:"states"`
}

// StateOutcome is what came of it for one state.
type StateOutcome struct {
	Source  string        `json:"source"`
	Status  Status        `json:"status"`
	Backup  string        `json:"backup,omitempty"`  // the file with the state before
	Written []string      `json:"written,omitempty"` // files of code
	Steps   []StepOutcome `json:"steps"`             // empty where nothing was looked at
}

// StepOutcome is what a new detection says about one step.
type StepOutcome struct {
	Address string `json:"address"`
	Result  Result `json:"result"`
	Reason  string `json:"reason,omitempty"`
}

// Result is a step's outcome.
type Result string

const (
	// Fixed: nothing differs any more.
	Fixed Result = "fixed"
	// NotFixed: there still is something.
	NotFixed Result = "not fixed"
	// NotChecked: it could not be told.
	NotChecked Result = "not checked"
)

// Results are the results of all steps.
func (o *Outcome) Results() map[Result]int {
	count := map[Result]int{}
	for _, s := range o.States {
		for _, step := range s.Steps {
			count[step.Result]++
		}
	}
	return count
}

// Run applies the plan: each state's saved Terraform plan, one after another. What
// speaks against it is a *Refused, and then nothing was changed by this run. Another
// error tells where it stands; running it again goes on from there.
func (a *Apply) Run(ctx context.Context) (*Outcome, error) {
	unlock, err := a.Plan.lock()
	if err != nil {
		return nil, refuse("%w", err)
	}
	defer unlock()
	j, err := a.Plan.journal()
	if err != nil {
		return nil, refuse("%w", err)
	}
	if !slices.ContainsFunc(j.States, func(e entry) bool { return e.Status != Done }) {
		return nil, refuse("the plan was applied already")
	}
	policy := a.Policy
	if slices.ContainsFunc(j.States, func(e entry) bool { return e.Status == Started || e.Status == Applied }) {
		// What was begun in time is brought to its end: see check for what is not.
		policy.Expiry, policy.Windows = 0, nil
	}
	if refusals := policy.Check(&a.Plan.Manifest, a.Statements, a.Now()); len(refusals) > 0 {
		return nil, &Refused{refusals}
	}
	private, err := os.MkdirTemp("", "driftmgr-apply-") // for this user only
	if err != nil {
		return nil, refuse("make a folder for the saved plans: %w", err)
	}
	defer func() { _ = os.RemoveAll(private) }()
	var runs []*run
	for i, st := range a.Plan.Manifest.States {
		r := &run{Apply: a, journal: j, i: i, State: st, private: private}
		r.out = StateOutcome{Source: st.Source, Status: j.States[i].Status, Steps: []StepOutcome{}}
		runs = append(runs, r)
	}
	defer func() {
		for _, st := range a.Plan.Manifest.States {
			a.Plan.discard(st)
		}
	}()
	// All of them are checked before the first is changed.
	for _, r := range runs {
		if err := r.check(ctx); err != nil {
			return nil, err
		}
	}
	if err := a.Audit("started", ""); err != nil {
		return nil, refuse("the audit log cannot be written: %w", err)
	}
	out := &Outcome{}
	changed := 0
	for _, r := range runs {
		begun := r.status() != Done
		err := r.apply(ctx)
		out.States = append(out.States, r.out)
		if err != nil {
			for _, rest := range runs[len(out.States):] {
				out.States = append(out.States, rest.out)
			}
			if refused := (*Refused)(nil); errors.As(err, &refused) && changed > 0 {
				err = fmt.Errorf("%s: nothing was changed there, and what the plan does elsewhere before it is done; run remediate apply again: %w", r.Dir, errors.Join(refused.Reasons...))
			}
			return out, err
		}
		if begun {
			changed++
		}
	}
	return out, nil
}

// run applies one state.
type run struct {
	*Apply
	State
	journal  *journal
	i        int
	private  string
	root     *terraform.Root
	planFile string
	snapshot *terraform.Snapshot
	moved    bool // the state is no longer that of the plan
	out      StateOutcome
}

func (r *run) status() Status { return r.journal.States[r.i].Status }

func (r *run) mark(status Status) error {
	if err := r.Plan.mark(r.journal, r.i, status, r.Now()); err != nil {
		return err
	}
	r.out.Status = status
	return nil
}

// check refuses what must not be applied, and changes nothing.
func (r *run) check(ctx context.Context) error {
	if r.status() == Done {
		return nil
	}
	root, err := r.Open(ctx, r.State)
	if err != nil {
		return refuse("%w", err)
	}
	r.root = root
	if name, version := root.Product(); name != r.Terraform || version != r.Version {
		return refuse("%s: the plan was made by %s %s, and here is %s %s: use that one, or plan again", r.Dir, r.Terraform, r.Version, name, version)
	}
	if root.Workspace() != r.Workspace {
		return refuse("%s: the plan is of the workspace %q, and %q is selected", r.Dir, r.Workspace, root.Workspace())
	}
	if r.snapshot, err = root.Snapshot(ctx); err != nil {
		return refuse("%w", err)
	}
	if r.snapshot.Lineage != r.Lineage {
		return refuse("%s: its state is another one (lineage %s, and the plan's is %s): plan again", r.Dir, r.snapshot.Lineage, r.Lineage)
	}
	r.moved = r.snapshot.Serial != r.Serial
	if r.moved && r.status() == Pending {
		return refuse("%s: the state has moved on (serial %d, and the plan's is %d): plan again", r.Dir, r.snapshot.Serial, r.Serial)
	}
	if r.planFile, err = r.Plan.save(r.Saved, r.private); err != nil {
		return refuse("plan %s: %w", r.Plan.Dir, err)
	}
	if !r.moved && r.status() != Applied {
		if err := r.mayApply(ctx); err != nil {
			// Terraform may have ended although nobody saw it: where the cloud is put
			// back to what the state says, that leaves the state as it was.
			if r.status() != Started || !allFixed(r.look(ctx, false)) {
				return err
			}
			r.moved = true
		}
	}
	if err := r.Plan.prepare(r.State); err != nil {
		if r.moved || r.status() == Applied {
			has := map[bool]string{true: "has", false: "may have"}[r.status() == Applied]
			return refuse("Terraform %s applied %s, and the code is not written yet: %w; or put the files of %s/%s/files into their places by hand", has, r.Dir, err, r.Plan.Dir, path.Dir(r.Saved))
		}
		return refuse("%w", err)
	}
	return nil
}

// mayApply refuses what the policy does not allow now, and what is not as it was.
func (r *run) mayApply(ctx context.Context) error {
	if refusals := r.Policy.Check(&r.Plan.Manifest, r.Statements, r.Now()); len(refusals) > 0 {
		return &Refused{refusals}
	}
	return r.unmoved(ctx)
}

// unmoved refuses where the world is not the one that the plan was made of: by what
// driftmgr observed, and by what Terraform sees of all that the plan touches.
func (r *run) unmoved(ctx context.Context) error {
	r.Show("checking that nothing has moved since the plan was made")
	saved, err := r.root.Show(ctx, r.planFile)
	if err != nil {
		return refuse("%w", err)
	}
	if err := r.told(saved); err != nil {
		return refuse("%w", err)
	}
	report, err := r.Detect(ctx, r.State)
	if err != nil {
		return refuse("look again at what the plan touches: %w", err)
	}
	for _, s := range r.Steps {
		if s.Finding == nil {
			continue
		}
		if why := differs(s, report); why != "" {
			return refuse("the world has moved, plan again: %s: %s", s.Address, why)
		}
	}
	again, err := r.again(ctx)
	if err != nil {
		return refuse("plan again to compare: %w", err)
	}
	if what := saved.Recoded(again); what != "" {
		return refuse("%s: %s of the plan differ from what is there now: plan again", r.Dir, what)
	}
	if moved := saved.Moved(again); len(moved) > 0 {
		return refuse("the world has moved, plan again: Terraform now sees something else of %s", strings.Join(moved, ", "))
	}
	return nil
}

// again plans as the saved plan was made, with the code as it is to be.
func (r *run) again(ctx context.Context) (*terraform.Planned, error) {
	files := map[string][]byte{}
	for _, e := range r.Edits {
		var err error
		if files[e.Path], err = r.Plan.content(e.After); err != nil {
			return nil, fmt.Errorf("plan %s: %w", r.Plan.Dir, err)
		}
	}
	return r.root.Plan(ctx, terraform.PlanRequest{
		Out:         r.planFile + ".again",
		RefreshOnly: r.Mode == RefreshOnly,
		Targets:     r.Targets,
		Files:       files,
	})
}

// differs says how what is there now differs from what a step's finding observed.
func differs(s Step, now *drift.Report) string {
	was := *s.Finding
	i := slices.IndexFunc(now.Findings, func(f drift.Finding) bool {
		return Name(f) == Name(was) && f.Type == was.Type
	})
	if i < 0 {
		return "there is nothing to tell of it any more"
	}
	is := now.Findings[i]
	if is.Kind != was.Kind {
		return fmt.Sprintf("it was %s, and is %s now", was.Kind, is.Kind)
	}
	for _, c := range is.Changes {
		if !slices.ContainsFunc(was.Changes, func(old drift.Change) bool { return old.Path == c.Path && same(old, c) }) {
			return c.Path + " is not what it was"
		}
	}
	for _, c := range was.Changes {
		if !slices.ContainsFunc(is.Changes, func(f drift.Change) bool { return f.Path == c.Path }) {
			return c.Path + " differs no longer"
		}
	}
	was.Source, is.Source = "", ""
	if !same(was, is) {
		return "it is not what it was"
	}
	return ""
}

// same compares two values by their JSON: one may have been read from a file.
func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// apply does what check has allowed, or goes on where an earlier run was ended.
func (r *run) apply(ctx context.Context) error {
	if r.status() == Done {
		r.out.Steps = r.look(ctx, true)
		return nil
	}
	var failed error
	whole := false // what the journal says proves nothing: who can write to the folder can write it
	if !r.moved && r.status() != Applied {
		if err := r.backup(); err != nil {
			return err
		}
		if err := r.mark(Started); err != nil {
			return refuse("%w", err)
		}
		r.Show(fmt.Sprintf("%s applies %s", r.Terraform, r.Dir))
		failed = r.root.Apply(ctx, r.planFile, r.Environ, func(p terraform.Progress) { r.Show(progress(p)) })
		switch {
		case failed == nil:
			whole = true
			if err := r.mark(Applied); err != nil {
				return fmt.Errorf("%s was applied, and that could not be written down: %w", r.Dir, err)
			}
		case errors.Is(failed, terraform.ErrLocked), errors.Is(failed, terraform.ErrStale):
			if err := r.mark(Pending); err != nil {
				return errors.Join(failed, err)
			}
			return &Refused{[]error{failed}}
		}
	}
	// What is left to do is done although the run is being ended.
	return r.settle(context.WithoutCancel(ctx), whole, failed)
}

func progress(p terraform.Progress) string {
	if p.Address == "" {
		return p.Text
	}
	return p.Address + ": " + p.Text
}

// backup keeps the state as it is.
func (r *run) backup() error {
	name := fmt.Sprintf("%s/state-%d-serial-%d.tfstate", backupDir, r.i+1, r.Serial)
	if err := r.Plan.write(name, r.snapshot.Data); err != nil {
		return refuse("keep the state: %w", err)
	}
	r.out.Backup = r.Plan.Dir + "/" + name
	return nil
}

// settle looks at what Terraform did, writes the code that goes with it, and tells
// what was fixed. whole says that Terraform did all of it.
func (r *run) settle(ctx context.Context, whole bool, failed error) error {
	r.out.Steps = r.look(ctx, whole)
	if whole || r.due() {
		var err error
		if r.out.Written, err = r.Plan.commit(r.State); err != nil {
			return fmt.Errorf("%s: Terraform has applied, and %w: run remediate apply again", r.Dir, err)
		}
		if len(r.out.Written) > 0 {
			r.Show("wrote " + strings.Join(r.out.Written, ", "))
		}
	}
	fixed := 0
	for _, s := range r.out.Steps {
		if s.Result == Fixed {
			fixed++
		}
	}
	if failed != nil {
		return fmt.Errorf("%s: %d of %d steps are done, %s: %w", r.Dir, fixed, len(r.Steps), r.rest(), failed)
	}
	if !whole && fixed < len(r.Steps) {
		return fmt.Errorf("%s: an earlier run was ended in the middle: %d of %d steps are done, %s", r.Dir, fixed, len(r.Steps), r.rest())
	}
	return r.mark(Done)
}

// rest says how to come to what was not done. A run that changes the cloud begins with
// writing to the state what the cloud has.
func (r *run) rest() string {
	if r.Mode == RefreshOnly {
		return "plan again for the rest"
	}
	return "see terraform plan in " + r.Dir + " for the rest: driftmgr finds no difference where the state already says what the cloud has"
}

// due reports whether the code is to be written although Terraform did not end well:
// for imports as soon as one is in the state, where without code the next apply would
// destroy it; otherwise once all is done.
func (r *run) due() bool {
	imports, imported, open := 0, 0, 0
	for i, s := range r.out.Steps {
		if r.Steps[i].Strategy == Import {
			imports++
			if s.Result == Fixed {
				imported++
			}
		}
		if s.Result != Fixed {
			open++
		}
	}
	return imported > 0 || imports == 0 && open == 0
}

// look tells of each step what came of it. whole says that Terraform did all of it.
// Otherwise Terraform is asked what is left to do: where it has looked at the cloud and
// then not come to change it, its state says what the cloud has, and nothing differs.
func (r *run) look(ctx context.Context, whole bool) []StepOutcome {
	report, err := r.Detect(ctx, r.State)
	if err != nil {
		return unchecked(r.Steps, err)
	}
	out := results(r.Steps, report)
	if whole || r.Mode == RefreshOnly {
		return out
	}
	left, err := r.again(ctx)
	if err != nil {
		return unchecked(r.Steps, fmt.Errorf("ask Terraform what is left to do: %w", err))
	}
	for i := range out {
		for _, c := range left.Changes {
			if c.Address == out[i].Address && (!c.Is("no-op") || c.Imported != "") && out[i].Result == Fixed {
				out[i].Result, out[i].Reason = NotFixed, "Terraform has still to do it: "+strings.Join(c.Actions, ", ")
			}
		}
	}
	return out
}

func allFixed(steps []StepOutcome) bool {
	return !slices.ContainsFunc(steps, func(o StepOutcome) bool { return o.Result != Fixed })
}

func unchecked(steps []Step, err error) []StepOutcome {
	var out []StepOutcome
	for _, s := range steps {
		out = append(out, StepOutcome{s.Address, NotChecked, err.Error()})
	}
	return out
}

// results tells for each step whether a finding is left.
func results(steps []Step, now *drift.Report) []StepOutcome {
	var out []StepOutcome
	for _, s := range steps {
		o := StepOutcome{Address: s.Address, Result: Fixed}
		for _, f := range now.Findings {
			about := f.Address == s.Address || s.Finding != nil && f.Address == "" && f.ID != "" && Name(f) == Name(*s.Finding)
			whole := f.Kind == drift.Unchecked && f.ID == "" && f.Address == "" && (f.Type == "" || f.Type == s.Type)
			switch {
			case f.Kind == drift.Unchecked && (about || whole):
				o.Result, o.Reason = NotChecked, f.Reason
			case about:
				o.Result, o.Reason = NotFixed, "still "+string(f.Kind)
				var paths []string
				for _, c := range f.Changes {
					paths = append(paths, c.Path)
				}
				if len(paths) > 0 {
					o.Reason += ": " + strings.Join(paths, ", ")
				}
			default:
				continue
			}
			break
		}
		out = append(out, o)
	}
	return out
}
