package gcp

import (
	"cmp"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Locate implements provider.Provider. A resource's own attributes come first: its
// project, its self link, its id. What they leave open is taken from the other
// resources of the same provider configuration in the same state, as far as those
// agree. The code comes last: it may say what is not applied yet.
func (p *cloud) Locate(managed []resource.Managed, configs []resource.ProviderConfig) {
	code := map[[2]string]string{}
	for _, c := range configs {
		if c.Name == "google" || c.Name == "google-beta" {
			code[[2]string{c.Source, c.Address}] = c.Attrs.String("project")
		}
	}
	types := map[string]resource.Type{}
	for _, t := range p.types {
		types[t.Name] = t.Type
	}
	seen := map[[2]string]*provider.Agreed{}
	for i := range managed {
		m := &managed[i]
		if !strings.HasPrefix(m.Key.Type, "google_") {
			continue
		}
		m.Key.Region = ""
		m.Key.Account = projectOf(m.Attrs)
		at := [2]string{m.Source, m.Provider}
		if seen[at] == nil {
			seen[at] = &provider.Agreed{}
		}
		if !m.Data { // a data source can read what is elsewhere
			seen[at].Add(m.Key.Account)
		}
	}
	for i := range managed {
		m := &managed[i]
		if !strings.HasPrefix(m.Key.Type, "google_") || m.Data {
			continue
		}
		at := [2]string{m.Source, m.Provider}
		m.Key.Account = cmp.Or(m.Key.Account, seen[at].Value(), code[at])
		t, known := types[m.Key.Type]
		if !known {
			t = resource.Type{StateIDs: stateIDs}
		}
		ids := t.IDs(m.Attrs)
		for j := range ids {
			ids[j] = ofProject(ids[j], m.Key.Account)
		}
		if len(ids) > 0 {
			m.Key.ID, m.More = ids[0], ids[1:]
		}
	}
}

// projectOf returns the project that a resource's attributes name by its id.
func projectOf(a resource.Attrs) string {
	for _, name := range []string{"project", "self_link", "id", "name"} {
		s := link(a.String(name))
		if rest, ok := strings.CutPrefix(s, "projects/"); ok {
			s, _, _ = strings.Cut(rest, "/")
		} else if name != "project" {
			continue
		}
		if s != "" && s != "-" && !isNumber(s) {
			return s
		}
	}
	return ""
}
