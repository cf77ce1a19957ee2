package rootmodule

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// locate sets where the state is: what the code says, completed by terragrunt,
// by -backend-config and by what terraform init recorded.
//
// As in Terraform, -backend-config wins over the code, and where the code's block
// is the one that init was run with, what init recorded is the whole of it: an
// init with -backend-config need not be repeated.
func (r *reader) locate(root *code, s *scope, rec *record, u *unit) error {
	given, err := r.backendConfig(u)
	if err != nil {
		return err
	}
	r.module.Block = state.Block{Type: "local", Attrs: map[string]any{}, Workspace: r.workspace, Dir: r.dir}
	block := &r.module.Block
	st := root.storage
	var gaps []gap
	switch {
	case u != nil && u.backend != "":
		if st != nil && st.typ != u.backend && !u.generates {
			r.warn(fmt.Sprintf("%s: %s is not the backend that %s names, %q, which is used", at(st.at), st, u.name, u.backend))
		}
		block.Type, r.module.From = u.backend, u.name
		if st != nil && st.typ == u.backend {
			block.Attrs, gaps = s.decodeBackend(st)
		}
		gaps = override(block.Attrs, gaps, u.config)
		rec = nil // what init recorded there is in terragrunt's cache
	case st != nil:
		block.Type, r.module.From = st.typ, at(st.at)
		block.Attrs, gaps = s.decodeBackend(st)
	case rec != nil:
		block.Type, r.module.From = rec.typ, r.shown(recordName)
		if root.files > 0 {
			r.warn(fmt.Sprintf("the code names no backend: the one that terraform init recorded, %q, is used; add its backend block, or run terraform init again", rec.typ))
		}
	case len(given) > 0:
		r.warn("-backend-config is of no use: the code has no backend block")
		return nil
	}
	if rec != nil {
		gaps = r.recall(block, st, rec, gaps, given)
	}
	gaps = override(block.Attrs, gaps, given)
	return r.refuseGaps(block.Type, gaps)
}

// recall completes a block by what terraform init recorded, and returns the gaps
// that are left.
func (r *reader) recall(block *state.Block, st *storage, rec *record, gaps []gap, given map[string]any) []gap {
	name := r.shown(recordName)
	if rec.typ != block.Type {
		r.warn(fmt.Sprintf("%s: %s is not what terraform init was run with, %q: what %s says is left aside; run terraform init again if the state has moved", at(st.at), st, rec.typ, name))
		return gaps
	}
	recorded := map[string]any{}
	for key, v := range rec.config {
		if v = known(v); v != nil {
			recorded[key] = v
		}
	}
	shapeBlocks(recorded)
	if st == nil || len(gaps) == 0 && rec.matches(block.Type, block.Attrs) {
		block.Attrs = recorded
		return nil
	}
	changed := len(gaps) == 0 && rec.hash != 0 && plain(block.Attrs)
	var kept []string
	for _, key := range sortedKeys(recorded) {
		v, ok := block.Attrs[key]
		_, overridden := given[key]
		if !ok || unknownIn(gaps, key) {
			gaps = override(block.Attrs, gaps, map[string]any{key: recorded[key]})
			if !overridden {
				kept = append(kept, key)
			}
			continue
		}
		if !overridden && !same(v, recorded[key]) {
			changed = false // as this says
			r.warn(fmt.Sprintf("%s: %s of %s is not what terraform init was run with: the code's is used; run terraform init again if the state has moved", at(st.at), key, st))
		}
	}
	if changed && len(kept) > 0 {
		r.warn(fmt.Sprintf("%s: %s is not the one that terraform init was run with: %s, which it does not set, stays as recorded; run terraform init again if the state has moved", at(st.at), st, strings.Join(kept, ", ")))
	}
	return gaps
}

// plain reports whether no argument is a list or an object: of such a block
// Terraform's hash can be told for sure.
func plain(attrs map[string]any) bool {
	for _, v := range attrs {
		switch v.(type) {
		case string, bool, float64:
		default:
			return false
		}
	}
	return true
}

// known returns a recorded value without its nulls; nil where nothing is left.
func known(v any) any {
	switch x := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, inner := range x {
			if inner = known(inner); inner != nil {
				m[key] = inner
			}
		}
		if len(m) == 0 {
			return nil
		}
		return m
	case []any:
		if len(x) == 0 {
			return nil
		}
	}
	return v
}

// same reports whether two arguments say the same: "true" and true do.
func same(a, b any) bool {
	switch a.(type) {
	case string, bool, float64:
		return fmt.Sprint(a) == fmt.Sprint(b)
	}
	return reflect.DeepEqual(a, b)
}

// override sets arguments, and returns the gaps that they do not fill.
func override(attrs map[string]any, gaps []gap, with map[string]any) []gap {
	maps.Copy(attrs, with)
	return slices.DeleteFunc(gaps, func(g gap) bool {
		_, ok := with[argument(g)]
		return ok
	})
}

// argument is the block's argument that a gap is in.
func argument(g gap) string {
	name, _, _ := strings.Cut(g.argument, ".")
	return name
}

func unknownIn(gaps []gap, name string) bool {
	return slices.ContainsFunc(gaps, func(g gap) bool { return argument(g) == name })
}

// refuseGaps is the error of a backend whose arguments are not all known.
func (r *reader) refuseGaps(typ string, gaps []gap) error {
	if len(gaps) == 0 {
		return nil
	}
	g, more := gaps[0], ""
	if n := len(gaps) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	remedy := fmt.Sprintf("give it with --backend-config %s=VALUE", argument(g))
	if name, ok := strings.CutPrefix(g.why, "var."); ok {
		name, _, _ = strings.Cut(name, " ")
		remedy += fmt.Sprintf(" or --var %s=VALUE", name)
	}
	return fail(r.dir, fmt.Sprintf("%s: argument %s of backend %q%s is not known: %s", g.place, g.argument, typ, more, g.why), remedy, nil)
}

func (s *scope) decodeBackend(st *storage) (map[string]any, []gap) {
	attrs, gaps := s.decode(st.args, func(name string) bool { return name == "workspaces" })
	return attrs, gaps
}

// shapeBlocks gives the nested block of the cloud and remote backends the shape
// of one, wherever it was read from.
func shapeBlocks(attrs map[string]any) {
	if v, ok := attrs["workspaces"]; ok {
		attrs["workspaces"] = asBlocks(v)
	}
}

// backendConfig reads the options of that name, a later one over an earlier one.
func (r *reader) backendConfig(u *unit) (map[string]any, error) {
	attrs := map[string]any{}
	// Constants only, as in Terraform: nothing to refer to, no functions.
	constants := constants()
	all := backendArguments(r.arguments("init"))
	if u != nil {
		all = append(all, u.backendConfig...)
	}
	for _, option := range append(all, r.options.BackendConfig...) {
		if option == "" {
			continue
		}
		if key, text, ok := strings.Cut(option, "="); ok {
			attrs[strings.TrimSpace(key)] = pairValue(constants, strings.TrimSpace(key), text)
			continue
		}
		a, err := readArgs(source{name: option, path: r.find(option)})
		if err != nil {
			return nil, r.refuse(err)
		}
		args, gaps := constants.decode(a, func(name string) bool { return name == "workspaces" })
		if len(gaps) > 0 {
			return nil, fail(r.dir, fmt.Sprintf("%s: %s is no constant", gaps[0].place, gaps[0].argument), "write its value", nil)
		}
		maps.Copy(attrs, args)
	}
	shapeBlocks(attrs)
	return attrs, nil
}

// structured are the backends' arguments that are lists or objects. -backend-config
// gives those as expressions, all others as they are.
var structured = []string{
	"allowed_account_ids", "assume_role", "assume_role_policy_arns", "assume_role_tags", "assume_role_transitive_tag_keys",
	"assume_role_with_web_identity", "config_paths", "endpoints", "exec", "forbidden_account_ids", "impersonate_service_account_delegates",
	"labels", "shared_config_files", "shared_credentials_files", "workspaces",
}

func pairValue(constants *scope, key, text string) any {
	if !slices.Contains(structured, key) || !validText(text) {
		return text
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), "-backend-config", hcl.InitialPos)
	if diags.HasErrors() {
		return text
	}
	attrs, _ := constants.decode(args{attrs: map[string]*hcl.Attribute{key: {Name: key, Expr: e}}}, nil)
	if v, ok := attrs[key]; ok {
		return v
	}
	return text
}
