package inventory

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// Secret reports whether a value of a resource must not leave the process:
// because the schema marks its path, something above it or something in it, or
// because it looks like a secret, by its text or by the key that a user gave it.
// path has no indices. A nil schema marks nothing.
func Secret(t *schema.Type, path string, v any) bool {
	if resource.Empty(v) {
		return false
	}
	if t.Sensitive(path) {
		return true
	}
	switch x := v.(type) {
	case string:
		return resource.SecretValue(x) || resource.SecretName(chosenKey(t, path))
	case []any:
		for _, e := range x {
			if Secret(t, path, e) {
				return true
			}
		}
	case map[string]any:
		for k, e := range x {
			if Secret(t, resource.JoinKey(path, k), e) {
				return true
			}
		}
	}
	return false
}

// chosenKey returns the last name of a path where a user chose it, as the key of
// a map; "" where the schema did.
func chosenKey(t *schema.Type, path string) string {
	i := strings.LastIndexByte(path, '.')
	if strings.HasSuffix(path, `"]`) {
		i = strings.LastIndex(path, `["`)
	}
	if i < 0 {
		return ""
	}
	if p, _ := t.Lookup(path[:i]); !p.Kind.IsMap() {
		return ""
	}
	return path[i+1:]
}

// withoutSecrets returns a copy of r in which what Secret reports was not read.
func withoutSecrets(t *schema.Type, r resource.Resource) resource.Resource {
	attrs := make(resource.Attrs, len(r.Attrs))
	for name, v := range r.Attrs {
		if clean, ok := strip(t, name, v); ok {
			attrs[name] = clean
		}
	}
	r.Attrs = attrs
	return r
}

// strip takes the secrets out of a value. It returns false where nothing
// comparable is left: an object without a secret attribute can still be
// compared, a map without a secret key would look as if the key were gone.
func strip(t *schema.Type, path string, v any) (any, bool) {
	if !Secret(t, path, v) {
		return v, true
	}
	p, _ := t.Lookup(path)
	switch x := v.(type) {
	case map[string]any:
		if p.Kind.IsMap() {
			return nil, false
		}
		out := make(map[string]any, len(x))
		for k, e := range x {
			if clean, ok := strip(t, path+"."+k, e); ok {
				out[k] = clean
			}
		}
		return out, true
	case []any:
		out := make([]any, 0, len(x))
		for _, e := range x {
			clean, ok := strip(t, path, e)
			if !ok {
				return nil, false
			}
			out = append(out, clean)
		}
		return out, true
	}
	return nil, false
}
