package tfc

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// reference says which workspaces are meant.
type reference struct {
	text    string // as in messages: without credentials
	host    string // normal
	org     string
	name    string // a workspace, or a pattern; empty means all of them
	prefix  string // that the names begin with, from a block
	tags    []tag  // all of which the workspaces have
	project string // by its name
	token   string // that a block gives, empty where none does
}

// tag is one of HCP Terraform's: a flat one has no value.
type tag struct {
	key, value string
	valued     bool
}

// one reports whether exactly one workspace is meant, which need not be looked up.
func (r reference) one() bool {
	return r.name != "" && !state.IsPattern(r.name) && !r.filtered()
}

func (r reference) filtered() bool {
	return len(r.tags) > 0 || r.project != "" || r.prefix != ""
}

const forms = "write tfc://ORG/WORKSPACE, tfc://ORG/*, tfc://ORG?tags=A,B or tfc://ORG?project=NAME"

// parse reads a reference.
func (b *backend) parse(ref string) (reference, error) {
	r := reference{text: ref, host: b.host}
	wrong := func(problem, remedy string) (reference, error) {
		return reference{}, &state.Error{Source: r.text, Problem: problem, Remedy: remedy}
	}
	rest := ref[len(scheme)+len("://"):]
	path, query := rest, ""
	if i := queryAt(rest); i >= 0 {
		path, query = rest[:i], rest[i+1:]
	}
	if strings.Contains(path, "@") {
		r.text = state.Masked(ref)
		return wrong("has credentials in it", "take them out and give the token by terraform login or TF_TOKEN_…")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		r.text = state.Masked(ref)
		return wrong("has a query that cannot be read", "write a % as %25, and & between parameters")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != "host" && name != "tags" && name != "project" {
			r.text = state.Masked(ref) // the value may be a secret
			return wrong("has a parameter that driftmgr does not know: "+name, "use host, tags or project")
		}
		if len(values[name]) > 1 || values.Get(name) == "" {
			r.text = state.Masked(ref) // as may be those of the others
			return wrong("has no single value for "+name, "give it once: ?"+name+"=VALUE")
		}
	}

	parts := strings.Split(path, "/")
	if strings.ContainsAny(parts[0], ".:") || len(parts) == 3 && parts[0] != "" {
		if values.Has("host") {
			return wrong("names two hosts", "name the host before the organization or as ?host=, not both")
		}
		r.host, parts = parts[0], parts[1:]
	}
	if values.Has("host") {
		r.host = values.Get("host")
	}
	if r.host, err = normalHost(r.host); err != nil {
		return wrong("names a host that cannot be one", "write it as in tfc://tfe.example.com/ORG/WORKSPACE")
	}
	r.project = values.Get("project")
	if r.tags, err = parseTags(values.Get("tags")); err != nil {
		return wrong("has tags that cannot be read", "write ?tags=A,B or ?tags=KEY=VALUE")
	}
	switch {
	case len(parts) == 0 || parts[0] == "":
		return wrong("names no organization", forms)
	case len(parts) > 2:
		return wrong("has too many slashes", forms)
	case len(parts) == 2:
		r.name = parts[1]
	}
	r.org = parts[0]
	switch {
	case !validName(r.org) || state.IsPattern(r.org):
		return wrong("names an organization that cannot be one", "its name has letters, digits, - and _")
	case r.name == "" && !r.filtered():
		return wrong("names no workspace", forms)
	case r.name == "":
		r.name = "*"
	case !validName(r.name):
		return wrong("names a workspace that cannot be one", "its name has letters, digits, - and _")
	case !state.IsPattern(r.name) && r.filtered():
		return wrong("names one workspace and a choice of several", "leave out the workspace, or tags and project")
	}
	return r, nil
}

// queryAt finds the ? that a query begins with, -1 where there is none. As ? is
// a wildcard, too, a query is only what has a = after it.
func queryAt(rest string) int {
	eq := strings.IndexByte(rest, '=')
	if eq < 0 {
		return -1
	}
	return strings.LastIndexByte(rest[:eq], '?')
}

var errNotATag = errors.New("not a tag")

// parseTags reads a list of tags, each KEY or KEY=VALUE, in ascending order.
func parseTags(list string) ([]tag, error) {
	if list == "" {
		return nil, nil
	}
	var tags []tag
	for item := range strings.SplitSeq(list, ",") {
		key, value, valued := strings.Cut(strings.TrimSpace(item), "=")
		if key == "" {
			return nil, errNotATag
		}
		tags = append(tags, tag{key, value, valued})
	}
	slices.SortFunc(tags, func(a, b tag) int { return strings.Compare(a.key+"="+a.value, b.key+"="+b.value) })
	return slices.Compact(tags), nil
}

// validName reports whether a name is one part of a path. The platform's own
// rules are narrower, and its business.
func validName(name string) bool {
	return name != "" && name != "." && name != ".." &&
		!strings.ContainsFunc(name, func(c rune) bool {
			return c == '/' || c == '#' || c == '%' || unicode.IsSpace(c) || !unicode.IsPrint(c)
		})
}
