package terraform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// PlanRequest is what to plan.
type PlanRequest struct {
	// Out is the file that the plan is saved to, by its absolute path. It holds the
	// state in clear text.
	Out string

	// RefreshOnly plans to write to the state what there is, and nothing else.
	RefreshOnly bool

	// NoRefresh takes the state for what there is.
	NoRefresh bool

	// Targets limit the plan to these addresses and what they depend on; none is
	// everything.
	Targets []string

	// Generate is the file that the configuration of what is imported is written to,
	// by its absolute path; empty for none.
	Generate string

	// Files are files of the module by their names in it that are not, or not like
	// this, in the directory: the plan is made in a copy that has them. One that is
	// nil is left out of the copy.
	Files map[string][]byte
}

// Planned is what a plan says, in the shapes that encoding/json decodes to; numbers
// are json.Number.
type Planned struct {
	// Changes are what Terraform will do, no-ops included; Drift what it found to
	// differ from the state.
	Changes, Drift []Change

	// Version is that of the Terraform that made the plan.
	Version string

	// Outputs are the names of the outputs whose values change, sorted.
	Outputs []string

	// Reads are the data sources that are read only as it is applied, sorted by
	// address.
	Reads []Change

	// Config is the digest of the code that the plan was made from, and Variables are
	// the values of its variables, as JSON. They may be secrets.
	Config    string
	Variables map[string]string
}

// Change is what a plan says of one resource instance.
type Change struct {
	Address string
	Type    string

	// Actions are Terraform's: no-op, create, read, update, delete, forget. Two are
	// a replacement.
	Actions []string

	// Before and After are the attributes. Unknown marks with true what is known only
	// after the apply, BeforeSensitive and AfterSensitive what is sensitive, in the
	// same shape.
	Before, After, Unknown          any
	BeforeSensitive, AfterSensitive any

	// Replaces are the paths that make it a replacement: [["name"], ["disks", 0]].
	Replaces []any

	// Imported is the id of what is imported, if anything is.
	Imported string

	// Previous is the address that the state has it under until then, where that is
	// another one.
	Previous string

	// Provisioners are the types of the provisioners that the code has for it, sorted.
	// They run where it is created or destroyed: local-exec on this machine.
	Provisioners []string
}

// Is reports whether the actions are exactly these.
func (c Change) Is(actions ...string) bool { return slices.Equal(c.Actions, actions) }

// Has reports whether one of the actions is this.
func (c Change) Has(action string) bool { return slices.Contains(c.Actions, action) }

// Plan runs `terraform plan` and saves the plan. It takes no lock and writes nothing
// but the request's files, not even to the data directory: whoever applies the plan is refused where the state has
// moved (https://developer.hashicorp.com/terraform/cli/commands/plan).
func (r *Root) Plan(ctx context.Context, req PlanRequest) (*Planned, error) {
	if len(req.Files) == 0 {
		return r.planIn(ctx, r.dir, req, "")
	}
	copied, remove, err := overlay(r.dir, req.Files)
	if err != nil {
		return nil, r.fail("the module could not be copied to plan in: "+err.Error(), "let this user read it, and write to "+os.TempDir(), err)
	}
	defer remove()
	return r.planIn(ctx, copied.dir, req, copied.root)
}

// planIn plans in the module or in a copy of it. A plan in which the place of the copy
// shows is refused: the code asks for its absolute path, and would be told another one
// in its own directory.
func (r *Root) planIn(ctx context.Context, dir string, req PlanRequest, place string) (*Planned, error) {
	args := []string{"plan", "-json", "-input=false", "-no-color", "-lock=false", "-out=" + req.Out}
	if req.RefreshOnly {
		args = append(args, "-refresh-only")
	}
	if req.NoRefresh {
		args = append(args, "-refresh=false")
	}
	if req.Generate != "" {
		args = append(args, "-generate-config-out="+req.Generate)
	}
	for _, target := range req.Targets {
		args = append(args, "-target="+target)
	}
	vars, err := r.varArgs(dir)
	if err != nil {
		return nil, err
	}
	// The plan holds the state: it is for this user alone from its first byte.
	f, err := os.OpenFile(req.Out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("save the plan: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("save the plan: %w", err)
	}
	data, err := r.data()
	if err != nil {
		return nil, err
	}
	defer data.remove()
	if _, err := r.command(dir, data).run(ctx, append(args, vars...)...); err != nil {
		said, all := saidBy(err)
		err = r.failed(ctx, "plan", said, err, data)
		if len(all) > 0 {
			err = &diagnosed{err, all}
		}
		return nil, err
	}
	plan, err := r.show(ctx, req.Out)
	if err != nil {
		return nil, err
	}
	if place != "" {
		// All of it, as it may show in what does not change. The name alone: the folder of
		// temporary files may be a link.
		if all, err := json.Marshal(plan); err != nil || strings.Contains(string(all), filepath.Base(place)) {
			return nil, r.fail("the code uses its own absolute path (path.cwd, abspath)", "edit the code by hand: what is planned in a copy of it would not be what is meant", err)
		}
	}
	return r.planned(req.Out, plan)
}

// Show reads a saved plan.
func (r *Root) Show(ctx context.Context, planFile string) (*Planned, error) {
	plan, err := r.show(ctx, planFile)
	if err != nil {
		return nil, err
	}
	return r.planned(planFile, plan)
}

func (r *Root) show(ctx context.Context, planFile string) (*tfjson.Plan, error) {
	tf, data, err := r.exec()
	if err != nil {
		return nil, err
	}
	defer data.remove()
	// A float would make two large numbers one.
	plan, err := tf.ShowPlanFile(ctx, planFile, tfexec.JSONNumber(true))
	if err != nil {
		return nil, r.failed(ctx, "show", plain(err.Error()), err, data)
	}
	r.secrets = append(r.secrets, secretsOf(plan)...)
	if len(plan.ActionInvocations) > 0 || len(plan.DeferredChanges) > 0 {
		return nil, r.fail("the plan invokes actions, or puts changes off, which driftmgr cannot show", "apply it with "+r.name(), nil)
	}
	return plan, nil
}

// planned reads a saved plan and what else is in its file.
func (r *Root) planned(planFile string, plan *tfjson.Plan) (*Planned, error) {
	out := &Planned{Version: plan.TerraformVersion}
	out.Changes, out.Reads = changes(plan.ResourceChanges, tfjson.ManagedResourceMode), changes(plan.ResourceChanges, tfjson.DataResourceMode)
	out.Drift = changes(plan.ResourceDrift, tfjson.ManagedResourceMode)
	out.Reads = slices.DeleteFunc(out.Reads, func(c Change) bool { return !c.Has("read") })
	slices.SortFunc(out.Reads, func(a, b Change) int { return strings.Compare(a.Address, b.Address) })
	for name, c := range plan.OutputChanges {
		if !c.Actions.NoOp() {
			out.Outputs = append(out.Outputs, name)
		}
	}
	slices.Sort(out.Outputs)
	provisioners := provisioners(plan.Config)
	for i, c := range out.Changes {
		out.Changes[i].Provisioners = provisioners[unindexed(c.Address)]
	}
	var err error
	if out.Config, err = configOf(planFile, plan.Config); err != nil {
		return nil, r.fail("the saved plan could not be read: "+err.Error(), "plan again", err)
	}
	out.Variables = map[string]string{}
	for name, v := range plan.Variables {
		out.Variables[name] = jsonText(v)
	}
	return out, nil
}

func changes(list []*tfjson.ResourceChange, mode tfjson.ResourceMode) []Change {
	out := make([]Change, 0, len(list))
	for _, rc := range list {
		if rc.Mode != mode || rc.Change == nil {
			continue
		}
		c := Change{
			Address: rc.Address, Type: rc.Type,
			Before: rc.Change.Before, After: rc.Change.After, Unknown: rc.Change.AfterUnknown,
			BeforeSensitive: rc.Change.BeforeSensitive, AfterSensitive: rc.Change.AfterSensitive,
			Replaces: rc.Change.ReplacePaths,
			Previous: rc.PreviousAddress,
		}
		if rc.DeposedKey != "" {
			c.Address += " (deposed " + rc.DeposedKey + ")"
		}
		for _, a := range rc.Change.Actions {
			c.Actions = append(c.Actions, string(a))
		}
		if rc.Change.Importing != nil {
			c.Imported = rc.Change.Importing.ID
		}
		out = append(out, c)
	}
	return out
}

// exec returns terraform-exec for the module, with a data directory of its own that
// selects the workspace: terraform-exec passes on no TF_WORKSPACE, and selecting one
// otherwise writes. A saved plan has the code and its variables in it.
func (r *Root) exec() (*tfexec.Terraform, *dataDir, error) {
	data, err := r.data()
	if err != nil {
		return nil, nil, err
	}
	tf, err := r.execIn(data)
	if err != nil {
		data.remove()
		return nil, nil, r.fail(err.Error(), "", err)
	}
	return tf, data, nil
}

func (r *Root) execIn(data *dataDir) (*tfexec.Terraform, error) {
	if err := os.WriteFile(filepath.Join(data.path, "environment"), []byte(r.workspace), 0o600); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(r.dir)
	if err != nil {
		return nil, err
	}
	tf, err := tfexec.NewTerraform(dir, r.path)
	if err != nil {
		return nil, err
	}
	wait(tf, grace)
	env := map[string]string{}
	for _, pair := range environment(r.o.Environ, data.path, "") {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return tf, tf.SetEnv(tfexec.CleanEnv(env))
}

// wait sets how long Terraform may take to end once it was interrupted; 0 is without
// end.
func wait(tf *tfexec.Terraform, d time.Duration) {
	_ = tf.SetWaitDelay(d) // fails on Windows alone, which knows no interrupt
}

// Observations is what a plan saw, in a form that two plans can be compared by: for
// each address the actions, and of what they change what it was before. What a provider
// reads anew each time, as the time up to which a database can be restored, is none.
func (p *Planned) Observations() map[string]string {
	seen := map[string]string{}
	for _, c := range p.Changes {
		seen["change "+c.Address] = strings.Join(c.Actions, " ") + " " + jsonText(touched(c))
	}
	for _, c := range p.Drift {
		seen["drift "+c.Address] = strings.Join(c.Actions, " ") + " " + jsonText(timeless(c.After))
	}
	return seen
}

// touched is of what there was what a change changes, by argument; all of it where it
// is destroyed, or imported as it is.
func touched(c Change) any {
	before, is := c.Before.(map[string]any)
	after, will := c.After.(map[string]any)
	if !is || !will || c.Has("delete") || c.Imported != "" {
		return timeless(c.Before)
	}
	unknown, _ := c.Unknown.(map[string]any)
	out := map[string]any{}
	for name, v := range before {
		if _, later := unknown[name]; later || !reflect.DeepEqual(v, after[name]) {
			out[name] = v
		}
	}
	return out
}

// timeless is a value without the times in it.
func timeless(v any) any {
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339, v); err == nil {
			return "a time"
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = timeless(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = timeless(v[k])
		}
		return out
	}
	return v
}

// Moved returns the addresses of which the later plan saw something else, sorted.
func (p *Planned) Moved(later *Planned) []string {
	return differing(p.Observations(), later.Observations())
}

// Altered returns the addresses about which the other plan does something else,
// sorted: other than Moved, it tells of what there will be, too.
func (p *Planned) Altered(other *Planned) []string {
	return differing(p.intentions(), other.intentions())
}

func (p *Planned) intentions() map[string]string {
	seen := p.Observations()
	for _, c := range p.Changes {
		seen["after "+c.Address] = jsonText(c.After) + " " + jsonText(c.Unknown)
	}
	return seen
}

func differing(was, is map[string]string) []string {
	var moved []string
	for _, pair := range [][2]map[string]string{{was, is}, {is, was}} {
		for key, text := range pair[0] {
			if pair[1][key] != text {
				_, address, _ := strings.Cut(key, " ")
				moved = append(moved, address)
			}
		}
	}
	slices.Sort(moved)
	return slices.Compact(moved)
}

// jsonText is a value that encoding/json decoded, as text; maps are sorted in it.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // no such value can be decoded
	}
	return string(text)
}
