package resource

import "encoding/json"

// Pool makes values share what is equal: tags, default blocks and empty lists
// are the same in most resources of an account, and a million of them have to
// fit a laptop. Shared values must not be changed. The zero value is ready; it
// is not safe for concurrent use.
type Pool struct {
	scalars    map[string]any
	composites map[string]any // by their JSON
}

// What is shared is short, and there is an end to it: in a large account most
// values differ, and looking for them would cost more than it saves.
const (
	maxPooled       = 1 << 16 // entries of each kind
	maxPooledScalar = 64      // bytes
	maxPooledJSON   = 512     // bytes
)

// Share replaces what a holds by equal values of the pool, and returns a.
func (p *Pool) Share(a Attrs) Attrs {
	for name, v := range a {
		a[name] = p.share(v)
	}
	return a
}

func (p *Pool) share(v any) any {
	switch x := v.(type) {
	case string:
		if len(x) > maxPooledScalar {
			return v
		}
		return pooled(&p.scalars, x, v)
	case []any, map[string]any:
		b, err := json.Marshal(x)
		if err != nil || len(b) > maxPooledJSON {
			return v
		}
		return pooled(&p.composites, string(b), v)
	}
	return v
}

func pooled(pool *map[string]any, key string, v any) any {
	if *pool == nil {
		*pool = map[string]any{}
	}
	if shared, ok := (*pool)[key]; ok {
		return shared
	}
	if len(*pool) < maxPooled {
		(*pool)[key] = v
	}
	return v
}
