package aws

import "github.com/driftmgr/driftmgr/pkg/resource"

// offMeansNone is for a block with a switch: one that is off, or does not say,
// means the same as no block. Providers write now one and now the other.
func offMeansNone(name string, off any) resource.Rule {
	return resource.Canon(func(v any) any {
		list, _ := v.([]any)
		if len(list) != 1 {
			return v
		}
		if m, ok := list[0].(map[string]any); ok && (m[name] == nil || m[name] == off) {
			return nil
		}
		return v
	})
}
