package gcp

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// link returns a self link, a full resource name or a path from its project on:
// projects/P/zones/Z/disks/D. Hosts and versions of the API come and go. What is
// none of them stays as it is.
func link(s string) string {
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "//") {
		return s
	}
	if i := strings.Index(s, "/projects/"); i >= 0 {
		return s[i+1:]
	}
	return s
}

// base returns the last part of a link.
func base(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// references is the rule of every string: links of any host and version, a link
// cut short as far as to the bare name, and a project's number for its id.
func references() resource.Rule {
	return resource.Rule{
		Canon: func(v any) any {
			if s, ok := v.(string); ok {
				return link(s)
			}
			return v
		},
		Same: func(state, cloud any) bool {
			a, aok := state.(string)
			b, bok := cloud.(string)
			return aok && bok && sameLink(link(a), link(b))
		},
	}
}

func sameLink(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if !strings.HasPrefix(b, "projects/") || a == "" {
		return a == b
	}
	if !strings.HasPrefix(a, "projects/") {
		return strings.HasSuffix(b, "/"+a)
	}
	return sameProject(a, b)
}

// sameProject compares two paths where one may have the project's number.
func sameProject(a, b string) bool {
	if a == b {
		return true
	}
	pa, ra, aok := strings.Cut(strings.TrimPrefix(a, "projects/"), "/")
	pb, rb, bok := strings.Cut(strings.TrimPrefix(b, "projects/"), "/")
	return aok && bok && ra == rb && isNumber(pa) != isNumber(pb)
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// ofProject writes the project's id in the place of its number, which only the
// project of a listing can be.
func ofProject(path, project string) string {
	p, rest, ok := strings.Cut(strings.TrimPrefix(path, "projects/"), "/")
	if ok && strings.HasPrefix(path, "projects/") && isNumber(p) {
		return "projects/" + project + "/" + rest
	}
	return path
}

// hasPrefix reports whether a name begins with one of the prefixes.
func hasPrefix(name string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
