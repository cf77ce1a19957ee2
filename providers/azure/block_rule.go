package azure

import (
	"maps"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// noneWhere is for a block that the API shows with its defaults where nobody set
// one.
func noneWhere(defaults map[string]any) resource.Rule {
	return resource.Canon(func(v any) any {
		list, _ := v.([]any)
		for _, e := range list {
			block, _ := e.(map[string]any)
			for name, set := range block {
				if !resource.Empty(set) && set != defaults[name] {
					return v
				}
			}
		}
		return []any{}
	})
}

// noneWhereOff is for a block whose argument enabled may be false, which is what
// no block means.
func noneWhereOff() resource.Rule {
	return resource.Canon(func(v any) any {
		list, _ := v.([]any)
		for _, e := range list {
			if block, ok := e.(map[string]any); ok && block["enabled"] != true {
				return []any{}
			}
		}
		return v
	})
}

// noneUnlessSet is for a block that a service fills in with its defaults after the
// state was written without one. What a state holds is compared as it is.
func noneUnlessSet(defaults map[string]any) resource.Rule {
	none := noneWhere(defaults).Canon
	return resource.Rule{Same: func(state, cloud any) bool {
		return resource.Empty(state) && resource.Empty(none(cloud))
	}}
}

// whereSet is for a block that a service fills in where nobody set one.
func whereSet() resource.Rule {
	return resource.Rule{Same: func(state, _ any) bool { return resource.Empty(state) }}
}

// present is for a block that switches something on by being there, whether or not
// one of its arguments is set.
func present() resource.Rule { return canonBlocks(func(map[string]any) {}) }

// canonBlocks is present for blocks that edit brings into one form.
func canonBlocks(edit func(block map[string]any)) resource.Rule {
	return resource.Canon(func(v any) any {
		list, _ := v.([]any)
		out := make([]any, 0, len(list))
		for _, e := range list {
			block := map[string]any{"enabled": true}
			of, _ := e.(map[string]any)
			maps.Copy(block, of)
			edit(block)
			out = append(out, block)
		}
		return out
	})
}

// toldOnce is the Fit of a type of which a version of the provider shows the same
// under two names: a change is told under the newer one. names are the newer ones by
// the former.
func toldOnce(names map[string]string) func(state, cloud resource.Attrs) resource.Attrs {
	return func(state, cloud resource.Attrs) resource.Attrs {
		fitted := maps.Clone(cloud)
		for former, name := range names {
			_, read := cloud[name]
			_, held := state[name]
			if read && held {
				fitted[former] = state[former]
			}
		}
		return fitted
	}
}
