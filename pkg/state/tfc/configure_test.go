package tfc_test

import (
	"io"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

func body(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

func TestConfigure(t *testing.T) {
	h := newHCP(t)
	h.projects = []string{"Default Project", "net"}
	for _, w := range []struct{ name, project, tags string }{
		{"app-dev", "net", "app env=dev"},
		{"app-prod", "Default Project", "app env=prod"},
		{"my-app-prod", "net", "env=prod"},
	} {
		ws := h.put(w.name, []byte("{}"))
		ws.project, ws.tags = w.project, strings.Fields(w.tags)
	}
	type m = map[string]any
	one := func(w m) []any { return []any{w} }
	tests := []struct {
		name, kind, selected string
		attrs                m
		vars                 []string
		want                 string // the workspaces, or an error
	}{
		{"name", "cloud", "default", m{"workspaces": one(m{"name": "app-prod"})}, nil, "app-prod"},
		{"name and project", "cloud", "default", m{"workspaces": one(m{"name": "app-prod", "project": "net"})}, nil, "app-prod"},
		{"name is selected", "cloud", "app-prod", m{"workspaces": one(m{"name": "app-prod"})}, nil, "app-prod"},
		{"tags", "cloud", "default", m{"workspaces": one(m{"tags": []any{"app"}})}, nil, "app-dev app-prod"},
		{"tags with values", "cloud", "default", m{"workspaces": one(m{"tags": m{"env": "prod"}})}, nil, "app-prod my-app-prod"},
		{"tags and project", "cloud", "", m{"workspaces": one(m{"tags": []any{"app"}, "project": "net"})}, nil, "app-dev"},
		{"project", "cloud", "", m{"workspaces": one(m{"project": "net"})}, nil, "app-dev my-app-prod"},
		{"project from the environment", "cloud", "", m{"workspaces": one(m{"tags": m{"env": "prod"}})}, []string{"TF_CLOUD_PROJECT", "net"}, "my-app-prod"},
		{"tags, one is selected", "cloud", "app-dev", m{"workspaces": one(m{"tags": []any{"app"}})}, nil, "app-dev"},
		{"tags, the environment selects", "cloud", "app-dev", m{"workspaces": one(m{"tags": []any{"app"}})}, []string{"TF_WORKSPACE", "app-prod"}, "app-prod"},
		{"nothing but the environment", "cloud", "default", m{}, []string{"TF_WORKSPACE", "app-dev"}, "app-dev"},
		{"remote by name", "remote", "default", m{"workspaces": one(m{"name": "app-prod"})}, nil, "app-prod"},
		{"remote by prefix", "remote", "prod", m{"workspaces": one(m{"prefix": "app-"})}, nil, "app-prod"},
		{"remote by prefix, with it", "remote", "app-prod", m{"workspaces": one(m{"prefix": "app-"})}, nil, "app-prod"},
		{"remote by prefix, none selected", "remote", "default", m{"workspaces": one(m{"prefix": "app-"})}, nil, "app-dev app-prod"},

		{"no workspaces", "cloud", "default", m{}, nil, "the cloud block names no workspace; set name, tags or project in its workspaces block, or TF_WORKSPACE"},
		{"name and tags", "cloud", "default", m{"workspaces": one(m{"name": "a", "tags": []any{"b"}})}, nil, "the cloud block has both a workspace's name and tags; leave one of them out of its workspaces block"},
		{"another is selected", "cloud", "default", m{"workspaces": one(m{"name": "app-prod"})}, []string{"TF_WORKSPACE", "app-dev"}, "the cloud block has one workspace, app-prod, but app-dev is selected; unset TF_WORKSPACE or run terraform init, or use tags instead of name"},
		{"no organization", "cloud", "default", m{"organization": "", "workspaces": one(m{"name": "a"})}, nil, "the cloud block names no organization; set organization in it, or TF_CLOUD_ORGANIZATION"},
		{"odd tags", "cloud", "default", m{"workspaces": one(m{"tags": []any{true}})}, nil, `the cloud block has tags that are no list of texts and no map of texts; write tags = ["a", "b"] or tags = { key = "value" }`},
		{"odd name", "cloud", "default", m{"workspaces": one(m{"name": "a/b"})}, nil, `the cloud block has a name that cannot be one: "a/b"; names have letters, digits, - and _`},
		{"name like a pattern", "cloud", "default", m{"workspaces": one(m{"name": "a*"})}, nil, `the cloud block has a name that cannot be one: "a*"; names have letters, digits, - and _`},
		{"odd host", "cloud", "default", m{"hostname": "a b", "workspaces": one(m{"name": "a"})}, nil, "the cloud block names a host that cannot be one; set hostname to a name such as tfe.example.com"},
		{"two workspaces blocks", "cloud", "default", m{"workspaces": []any{m{}, m{}}}, nil, "the cloud block has several workspaces blocks; leave one of them"},
		{"remote without workspaces", "remote", "default", m{}, nil, "the remote block needs a workspace's name or a prefix, and not both; set name or prefix in its workspaces block"},
		{"remote with both", "remote", "default", m{"workspaces": one(m{"name": "a", "prefix": "b"})}, nil, "the remote block needs a workspace's name or a prefix, and not both; set name or prefix in its workspaces block"},
		{"remote, another is selected", "remote", "dev", m{"workspaces": one(m{"name": "a"})}, nil, "the remote block has one workspace, a, but dev is selected; unset TF_WORKSPACE or select the workspace default, or use prefix instead of name"},
		{"nothing matches", "cloud", "default", m{"workspaces": one(m{"tags": []any{"nothing"}})}, nil, "stands for no workspace that this token can see; check the organization, the tags, and what the token's user or team can read"},
		{"no such project", "cloud", "default", m{"workspaces": one(m{"project": "nothing"})}, nil, `the project "nothing" does not exist in acme, or this token may not see it; check its name, and what the token's user or team can read`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			attrs := m{"hostname": h.host(), "organization": h.org}
			for k, v := range tt.attrs {
				attrs[k] = v
			}
			b := h.backend(func(o *tfc.Options) { o.Getenv = env(tt.vars...) })
			found, err := b.Configure(t.Context(), state.Block{Type: tt.kind, Attrs: attrs, Workspace: tt.selected, Dir: "envs/prod"})
			if err != nil {
				h.check(t, err, "state envs/prod: "+tt.want, nil)
				return
			}
			var got []string
			for _, s := range found {
				got = append(got, strings.TrimPrefix(s.String(), h.ref("")))
				read(t, s)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// The environment completes a cloud block, and not a remote one.
func TestConfigureFromEnvironment(t *testing.T) {
	vars := env("TF_CLOUD_ORGANIZATION", "acme", "TF_CLOUD_HOSTNAME", "TFE.example.com", "TF_WORKSPACE", "app")
	b := tfc.New(tfc.Options{Getenv: vars, Home: t.TempDir()})
	found, err := b.Configure(t.Context(), state.Block{Type: "cloud", Workspace: "default", Dir: "."})
	if err != nil || len(found) != 1 || found[0].String() != "tfc://tfe.example.com/acme/app" {
		t.Errorf("cloud: %v, %v", found, err)
	}
	_, err = b.Configure(t.Context(), state.Block{Type: "remote", Dir: ".", Attrs: map[string]any{"workspaces": []any{map[string]any{"prefix": "x-"}}}})
	if want := "state .: the remote block names no organization; set organization in it"; err == nil || err.Error() != want {
		t.Errorf("remote: %v\nwant %s", err, want)
	}
}
