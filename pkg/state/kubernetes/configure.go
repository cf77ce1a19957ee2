package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Configure finds the secret as Terraform's kubernetes backend does
// (https://developer.hashicorp.com/terraform/language/backend/kubernetes).
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(block.Dir, err)
	}
	at := attributes{source: block.Dir, attrs: block.Attrs}
	p := place{
		namespace:  cmp.Or(at.text("namespace"), b.options.Getenv("KUBE_NAMESPACE"), "default"),
		suffix:     at.text("secret_suffix"),
		workspace:  cmp.Or(block.Workspace, defaultWorkspace),
		configPath: at.text("config_path"),
		context:    at.text("config_context"),
		host:       at.text("host"),
	}
	a := b.accessOfBlock(block, &at)
	switch {
	case at.err != nil:
		return nil, at.err
	case p.suffix == "":
		return nil, &state.Error{Source: block.Dir, Problem: "has a kubernetes backend without a secret_suffix", Remedy: "set secret_suffix, or give it with -backend-config"}
	case state.IsPattern(p.suffix) || state.IsPattern(p.workspace):
		return nil, &state.Error{Source: block.Dir, Problem: "has a kubernetes backend whose secret_suffix or workspace has wildcards", Remedy: "correct it"}
	}
	if b.options.Context != "" || len(b.options.ConfigPaths) > 0 {
		p.configPath, p.context, p.host = "", "", "" // of no meaning: driftmgr's own go first
	}
	if err := p.check(block.Dir); err != nil {
		return nil, err
	}
	return []state.Source{&source{place: p, cluster: b.cluster(a)}}, nil
}

func (b *backend) accessOfBlock(block state.Block, at *attributes) access {
	if b.options.Context != "" || len(b.options.ConfigPaths) > 0 {
		return b.accessOf(place{})
	}
	a := fromEnv(b.options.Getenv)
	a.InCluster = at.flag("in_cluster_config", a.InCluster)
	a.Insecure = at.flag("insecure", a.Insecure)
	for _, t := range []struct {
		name string
		into *string
	}{
		{"config_context", &a.Context}, {"config_context_auth_info", &a.AuthInfo}, {"config_context_cluster", &a.Cluster},
		{"host", &a.Host}, {"proxy_url", &a.ProxyURL},
		{"username", &a.Username}, {"password", &a.Password}, {"token", &a.Token},
		{"cluster_ca_certificate", &a.CA}, {"client_certificate", &a.Cert}, {"client_key", &a.Key},
	} {
		*t.into = cmp.Or(at.text(t.name), *t.into)
	}
	// Terraform runs in the module's directory. KUBE_CONFIG_PATH goes before
	// config_paths, KUBE_CONFIG_PATHS behind.
	if path := at.text("config_path"); path != "" {
		a.Paths = []string{inDir(block.Dir, path)}
	} else if paths := at.texts("config_paths"); len(paths) > 0 && b.options.Getenv("KUBE_CONFIG_PATH") == "" {
		a.Paths = nil
		for _, path := range paths {
			a.Paths = append(a.Paths, inDir(block.Dir, path))
		}
	}
	a.Exec = at.exec()
	return a
}

func inDir(dir, path string) string {
	if filepath.IsAbs(path) || path == "~" || strings.HasPrefix(path, "~/") {
		return path
	}
	return filepath.Join(dir, path)
}

// attributes reads a block's arguments and keeps the first error.
type attributes struct {
	source string
	attrs  map[string]any
	err    error
}

func (a *attributes) wrong(name, want string) {
	if a.err == nil {
		a.err = &state.Error{Source: a.source, Problem: fmt.Sprintf("has a kubernetes backend whose %s is not %s", name, want), Remedy: "correct it"}
	}
}

func (a *attributes) text(name string) string {
	switch v := a.attrs[name].(type) {
	case nil:
		return ""
	case string:
		return v
	}
	a.wrong(name, "a string")
	return ""
}

func (a *attributes) texts(name string) []string {
	if a.attrs[name] == nil {
		return nil
	}
	list, ok := a.attrs[name].([]any)
	texts := make([]string, 0, len(list))
	for _, v := range list {
		s, isText := v.(string)
		ok = ok && isText
		texts = append(texts, s)
	}
	if !ok {
		a.wrong(name, "a list of strings")
	}
	return texts
}

// flag takes what Terraform converts to a bool: true, "true".
func (a *attributes) flag(name string, fallback bool) bool {
	switch v := a.attrs[name].(type) {
	case nil:
		return fallback
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	a.wrong(name, "true or false")
	return false
}

func (a *attributes) exec() *exec {
	blocks, _ := a.attrs["exec"].([]any)
	if len(blocks) == 0 {
		if a.attrs["exec"] != nil {
			a.wrong("exec", "a block")
		}
		return nil
	}
	attrs, ok := blocks[0].(map[string]any)
	if !ok || len(blocks) > 1 {
		a.wrong("exec", "one block")
		return nil
	}
	inner := attributes{source: a.source, attrs: attrs}
	e := &exec{APIVersion: inner.text("api_version"), Command: inner.text("command"), Args: inner.texts("args"), Env: map[string]string{}}
	env, _ := attrs["env"].(map[string]any)
	for name, value := range env {
		s, ok := value.(string)
		if !ok {
			inner.wrong("env", "a map of strings")
		}
		e.Env[name] = s
	}
	if inner.err != nil && a.err == nil {
		a.err = inner.err
	}
	return e
}
