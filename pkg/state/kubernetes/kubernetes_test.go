package kubernetes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/kubernetes"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

const (
	content  = `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{},"resources":[]}`
	lockInfo = `{"ID":"5f1c","Operation":"OperationTypeApply","Info":"","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T10:00:00.5Z","Path":""}`
)

func TestConformance(t *testing.T) {
	s := newServer(t)
	ref := func(name string) string { return "kubernetes://tf/" + name }
	statetest.Run(t, statetest.Store{
		Backend: s.backend(t),
		Ref:     ref,
		Put: func(t *testing.T, name string, content []byte) string {
			s.put("default", name, content)
			return ref(name)
		},
		Dump: s.dump,
		Deny: func(t *testing.T, name string) bool {
			s.status[secrets+"tfstate-default-"+name] = http.StatusForbidden
			return true
		},
		Block: func(name string) state.Block {
			return state.Block{Type: "kubernetes", Attrs: map[string]any{"namespace": "tf", "secret_suffix": name}, Workspace: "default"}
		},
		Lock: func(t *testing.T, name string) state.Lock {
			s.lock("default", name, lockInfo)
			return state.Lock{ID: "5f1c", Operation: "OperationTypeApply", Who: "ann@ci", Since: time.Date(2026, 11, 2, 10, 0, 0, 5e8, time.UTC)}
		},
		Pattern: func(prefix string) string { return ref(prefix + "*") },
	})
}

func read(t *testing.T, src state.Source) (string, error) {
	t.Helper()
	r, err := src.Open(t.Context())
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

func open(t *testing.T, b state.Backend, ref string) (string, error) {
	t.Helper()
	found, err := b.Parse(t.Context(), ref)
	if err != nil {
		return "", err
	}
	return read(t, found[0])
}

func TestParse(t *testing.T) {
	s := newServer(t)
	s.page = 2
	for _, ws := range []string{"default", "prod", "dev"} {
		for _, suffix := range []string{"net", "app", "net-eu"} {
			s.put(ws, suffix, []byte(ws+"/"+suffix))
		}
	}
	s.objects[secrets+"tfstate-other"] = map[string]any{"metadata": map[string]any{"labels": map[string]string{"tfstate": "true"}}}
	s.objects[secrets+"unrelated"] = map[string]any{"metadata": map[string]any{}}
	const root = "kubernetes://tf/"
	tests := []struct {
		name, ref string
		want      []string
	}{
		{"suffix", root + "net", []string{root + "net"}},
		{"workspace", root + "net?workspace=prod", []string{root + "net?workspace=prod"}},
		{"default workspace", root + "net?workspace=default", []string{root + "net"}},
		{"missing one is not looked up", root + "nowhere", []string{root + "nowhere"}},
		{"context", root + "net?workspace=prod&context=arn:aws:eks:eu-west-1:1:cluster/a", []string{root + "net?context=arn:aws:eks:eu-west-1:1:cluster/a&workspace=prod"}},
		{"scheme in capitals", "Kubernetes://tf/net", []string{root + "net"}},
		{"everything", root + "*", []string{
			root + "app", root + "app?workspace=dev", root + "app?workspace=prod",
			root + "net", root + "net-eu", root + "net-eu?workspace=dev", root + "net-eu?workspace=prod", root + "net?workspace=dev", root + "net?workspace=prod"}},
		{"some, of a workspace", root + "net*?workspace=prod", []string{root + "net-eu?workspace=prod", root + "net?workspace=prod"}},
		{"one, of some workspaces", root + "app?workspace=d*", []string{root + "app", root + "app?workspace=dev"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := s.backend(t).Parse(t.Context(), tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, src := range found {
				got = append(got, src.String())
				if !strings.Contains(tt.ref, "*") {
					continue
				}
				suffix, ws, ok := strings.Cut(strings.TrimPrefix(src.String(), root), "?workspace=")
				if !ok {
					ws = "default"
				}
				if text, err := read(t, src); text != ws+"/"+suffix || err != nil {
					t.Errorf("%s: read %q, %v", src, text, err)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestChunks reads a state in several secrets, one request for each, and none
// for the remains of a longer one.
func TestChunks(t *testing.T) {
	s := newServer(t)
	random := make([]byte, 5<<19) // does not compress: 2.5 MiB
	r := rand.NewChaCha8([32]byte{1})
	r.Read(random)
	s.put("default", "big", random)
	if len(s.objects) != 1+3 {
		t.Fatalf("%d objects; want the namespace and 3 secrets", len(s.objects))
	}
	got, err := open(t, s.backend(t), "kubernetes://tf/big")
	if got != string(random) || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	want := []string{"GET " + secrets + "tfstate-default-big", "GET " + secrets + "tfstate-default-big-part-1", "GET " + secrets + "tfstate-default-big-part-2"}
	if calls := s.seen(); !slices.Equal(calls, want) {
		t.Errorf("requests %q", calls)
	}
	s.put("default", "big", []byte(content)) // the other parts are still there
	if got, err := open(t, s.backend(t), "kubernetes://tf/big"); got != content || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if n := len(s.seen()); n != 4 {
		t.Errorf("%d requests; want 4", n)
	}
}

// TestZipBomb proves that what is compressed does not come into memory before it
// is asked for.
func TestZipBomb(t *testing.T) {
	s := newServer(t)
	s.put("default", "bomb", append([]byte(`{"version":4,"x":"`), bytes.Repeat([]byte(" "), 32<<20)...))
	found, err := s.backend(t).Parse(t.Context(), "kubernetes://tf/bomb")
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.Load(t.Context(), found[0], 1<<20)
	if err == nil || !strings.Contains(err.Error(), "1048576 bytes") {
		t.Errorf("load: %v", err)
	}
}

// TestRequests counts them: a list of secrets, one of leases, and one request for
// each state.
func TestRequests(t *testing.T) {
	s := newServer(t)
	for i := range 20 {
		s.put("default", fmt.Sprintf("s%02d", i), []byte(content))
		s.lock("default", fmt.Sprintf("s%02d", i), "")
	}
	s.lock("default", "s07", lockInfo)
	found, err := s.backend(t).Parse(t.Context(), "kubernetes://tf/*")
	if err != nil || len(found) != 20 {
		t.Fatalf("%d sources, %v", len(found), err)
	}
	for _, src := range found {
		if _, err := state.Load(t.Context(), src, 0); err != nil {
			t.Fatal(err)
		}
		lock, err := src.(state.Locked).Lock(t.Context())
		if err != nil || (lock != nil) != (src.String() == "kubernetes://tf/s07") {
			t.Errorf("%s: lock %v, %v", src, lock, err)
		}
	}
	if n := len(s.seen()); n != 1+1+20 {
		t.Errorf("%d requests; want 22", n)
	}
	t.Run("leases may not be listed", func(t *testing.T) {
		s.status["/apis/coordination.k8s.io/v1/namespaces/tf/leases"] = http.StatusForbidden
		found, err := s.backend(t).Parse(t.Context(), "kubernetes://tf/s07*")
		if err != nil {
			t.Fatal(err)
		}
		if lock, err := found[0].(state.Locked).Lock(t.Context()); lock == nil || err != nil {
			t.Errorf("lock %v, %v", lock, err)
		}
	})
}

func TestErrors(t *testing.T) {
	s := newServer(t)
	s.put("default", "there", []byte(content))
	s.putRaw("default", "plain", []byte(content), 1<<20)
	s.objects[secrets+"tfstate-default-empty"] = map[string]any{"data": map[string][]byte{"other": []byte("SECRET")}}
	s.status[secrets+"tfstate-default-denied"] = http.StatusForbidden
	s.status[secrets+"tfstate-default-broken"] = http.StatusInternalServerError
	s.serving[secrets+"tfstate-default-html"] = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>SECRET") }
	s.serving[secrets+"tfstate-default-moved"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
	}
	const root = "state kubernetes://tf/"
	tests := []struct{ name, ref, want string }{
		{"secret missing", "kubernetes://tf/none?workspace=prod", root + "none?workspace=prod: there is no secret tfstate-prod-none in the namespace tf; check secret_suffix and the workspace; list them: kubectl get secrets -n tf -l tfstate=true"},
		{"namespace missing", "kubernetes://nowhere/none", "state kubernetes://nowhere/none: there is no namespace nowhere in the cluster; check the namespace, and that the context is that of the right cluster: kubectl config current-context"},
		{"namespace of a glob missing", "kubernetes://nowhere/*", "state kubernetes://nowhere/*: there is no namespace nowhere in the cluster; check the namespace, and that the context is that of the right cluster: kubectl config current-context"},
		{"glob without a match", "kubernetes://tf/none*", root + "none*: nothing matches the pattern; check it, and quote it so that the shell leaves it alone"},
		{"403", "kubernetes://tf/denied", root + "denied: the secret tfstate-default-denied may not be read by these credentials; grant get on secrets in the namespace tf: kubectl create role --verb=get --resource=secrets, and a rolebinding"},
		{"no state in the secret", "kubernetes://tf/empty", root + "empty: the secret tfstate-default-empty holds no state; check that terraform has written one: it is under the key tfstate"},
		{"not gzip", "kubernetes://tf/plain", root + "plain: the secret tfstate-default-plain holds no gzip-compressed state; check that Terraform's kubernetes backend has written it; restore it from a backup if not"},
		{"500", "kubernetes://tf/broken", root + "broken: the cluster answers with HTTP 500, 4 times in a row; try again later"},
		{"no API", "kubernetes://tf/html", root + "html: the answer of the cluster is cut off or not JSON; check that host, or server in the kubeconfig, is the API of a cluster"},
		{"another host", "kubernetes://tf/moved", root + "moved: the cluster redirects to another host, which gets no credentials; check host, or server in the kubeconfig"},
		{"namespace that is none", "kubernetes://TF/x", `state kubernetes://TF/x: has no valid namespace; write kubernetes://NAMESPACE/SECRET_SUFFIX`},
		{"no suffix", "kubernetes://tf", "state kubernetes://tf: names no secret; write kubernetes://NAMESPACE/SECRET_SUFFIX, or kubernetes://NAMESPACE/* for all of them"},
		{"suffix that is a path", "kubernetes://tf/../x", root + `../x: would be in a secret named "tfstate-default-../x", which cannot be; name the suffix of the secret only, in lower case, and check the workspace`},
		{"unknown parameter", "kubernetes://tf/x?ws=prod", root + `x: has a parameter "ws"; use workspace, context, config_path or host`},
		{"secret in a parameter", "kubernetes://tf/x?token=SECRET", root + `x: has a parameter "token"; use workspace, context, config_path or host`},
		{"password in the host", "kubernetes://tf/x?host=https://ann:SECRET@h", "state kubernetes://***: has a host with a user or a password; leave them out, and use a kubeconfig, KUBE_TOKEN, or KUBE_USER and KUBE_PASSWORD"},
		{"parameters that are none", "kubernetes://tf/x?a=%zz", root + "x: has parameters that cannot be read; write a % in them as %25, a & as %26"},
		{"no such kubeconfig", "kubernetes://tf/x?config_path=/no/where", root + "x?config_path=/no/where: the kubeconfig /no/where does not exist; check config_path, KUBE_CONFIG_PATH and KUBECONFIG"},
		{"no such context", "kubernetes://tf/x?context=prod", root + `x?context=prod: the kubeconfig has no context "prod"; list them: kubectl config get-contexts`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, s.backend(t), tt.ref)
			var e *state.Error
			if !errors.As(err, &e) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
		})
	}
	other := func(name string, o kubernetes.Options, want string) {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, kubernetes.New(o), "kubernetes://tf/there")
			if err == nil || err.Error() != root+"there: "+want {
				t.Errorf("got  %v\nwant %v", err, root+"there: "+want)
			}
		})
	}
	other("401", kubernetes.Options{ConfigPaths: []string{s.kubeconfig(t, "old")}, Getenv: env()}, "the cluster does not accept the credentials; renew them: kubectl get namespaces shows whether they are good")
	other("no kubeconfig", kubernetes.Options{Getenv: env("HOME", t.TempDir())}, "no kubeconfig was found; set config_path, KUBE_CONFIG_PATH or KUBECONFIG to one")
	other("self-signed TLS", kubernetes.Options{Getenv: env("KUBE_HOST", s.URL, "KUBE_TOKEN", token)}, "the TLS certificate of the cluster is not trusted; give its authority in cluster_ca_certificate (KUBE_CLUSTER_CA_CERT_DATA), or in the kubeconfig")
	other("clear text", kubernetes.Options{Getenv: env("KUBE_HOST", "http://k8s.example", "KUBE_TOKEN", token)}, "the address of the cluster has no TLS; write host, or server in the kubeconfig, with https://")
	other("unreachable", kubernetes.Options{Getenv: env("KUBE_HOST", "https://127.0.0.1:1", "KUBE_TOKEN", token)}, "the cluster cannot be reached; check host, or server in the kubeconfig, the network and the proxy")
	other("not in a cluster", kubernetes.Options{Getenv: env("KUBE_IN_CLUSTER_CONFIG", "true")}, "driftmgr does not run in a cluster; unset in_cluster_config (KUBE_IN_CLUSTER_CONFIG), and name a kubeconfig")
	t.Run("listing denied", func(t *testing.T) {
		s.status["/api/v1/namespaces/tf/secrets"] = http.StatusForbidden
		_, err := open(t, s.backend(t), "kubernetes://tf/*")
		if want := root + "*: the secrets in the namespace tf may not be listed by these credentials; grant list on secrets in it, or name one state: kubernetes://tf/SECRET_SUFFIX"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
	t.Run("lock denied", func(t *testing.T) {
		s.status["/apis/coordination.k8s.io/v1/namespaces/tf/leases/lock-tfstate-default-there"] = http.StatusForbidden
		found, err := s.backend(t).Parse(t.Context(), "kubernetes://tf/there")
		if err != nil {
			t.Fatal(err)
		}
		_, err = found[0].(state.Locked).Lock(t.Context())
		if want := "grant get on leases of coordination.k8s.io in the namespace tf"; err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
}

// TestRecovers: 500 then success, and a state in pieces that was written in
// between.
func TestRecovers(t *testing.T) {
	s := newServer(t)
	s.put("default", "a", []byte(content))
	failures := 2
	s.serving[secrets+"tfstate-default-a"] = func(w http.ResponseWriter, r *http.Request) {
		if failures--; failures >= 0 {
			fail(w, http.StatusServiceUnavailable)
			return
		}
		s.serve(w, r, 0)
	}
	if got, err := open(t, s.backend(t), "kubernetes://tf/a"); got != content || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	// The first secret is of a longer state, whose second one is gone.
	s.putRaw("default", "b", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"), 1<<20)
	found, err := s.backend(t).Parse(t.Context(), "kubernetes://tf/b")
	if err != nil {
		t.Fatal(err)
	}
	_, err = state.Load(t.Context(), found[0], 0)
	if want := "state kubernetes://tf/b: could not be read: the secrets are cut off, damaged, or were written while they were read; try again"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
	reads := 0
	for _, call := range s.seen() {
		if strings.HasSuffix(call, "tfstate-default-b") {
			reads++
		}
	}
	if reads != 3 {
		t.Errorf("the state was read %d times; want 3", reads)
	}
}

// TestConfigure says which cluster and secret each block leads to.
func TestConfigure(t *testing.T) {
	s := newServer(t)
	s.put("default", "state", []byte("default"))
	s.put("prod", "state", []byte("prod"))
	s.objects["/api/v1/namespaces/default/secrets/tfstate-default-state"] = s.objects[secrets+"tfstate-default-state"]
	good, dir := s.kubeconfig(t, token), t.TempDir()
	relative, err := filepath.Rel(dir, good)
	if err != nil {
		t.Fatal(err)
	}
	program := []any{map[string]any{"api_version": "client.authentication.k8s.io/v1", "command": "sh", "args": []any{"-c", `echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"$T\"}}"`}, "env": map[string]any{"T": token}}}
	tests := []struct {
		name      string
		env       func(string) string
		attrs     map[string]any
		workspace string
		want      string // name
		read      string
	}{
		{"config_path", env(), map[string]any{"namespace": "tf", "config_path": relative}, "default", "kubernetes://tf/state?config_path=" + relative, "default"},
		{"config_paths", env(), map[string]any{"namespace": "tf", "config_paths": []any{"/no/where", good}}, "prod", "kubernetes://tf/state?workspace=prod", "prod"},
		{"KUBE_CONFIG_PATH", env("KUBE_CONFIG_PATH", good), map[string]any{}, "default", "kubernetes://default/state", "default"},
		{"KUBE_CONFIG_PATHS, KUBE_NAMESPACE, KUBE_CTX", env("KUBE_CONFIG_PATHS", good, "KUBE_NAMESPACE", "tf", "KUBE_CTX", "local"), map[string]any{}, "prod", "kubernetes://tf/state?workspace=prod", "prod"},
		{"context", env("KUBE_CONFIG_PATH", good), map[string]any{"namespace": "tf", "config_context": "local"}, "default", "kubernetes://tf/state?context=local", "default"},
		{"host", env(), map[string]any{"namespace": "tf", "host": s.URL, "token": token, "cluster_ca_certificate": s.ca()}, "default", "kubernetes://tf/state?host=" + s.URL, "default"},
		{"host of the environment, insecure", env("KUBE_HOST", s.URL, "KUBE_TOKEN", token, "KUBE_INSECURE", "true"), map[string]any{"namespace": "tf"}, "default", "kubernetes://tf/state", "default"},
		{"token over that of the kubeconfig", env("KUBE_CONFIG_PATH", s.kubeconfig(t, "old")), map[string]any{"namespace": "tf", "token": token}, "default", "kubernetes://tf/state", "default"},
		{"exec", env("KUBE_HOST", s.URL, "KUBE_CLUSTER_CA_CERT_DATA", s.ca()), map[string]any{"namespace": "tf", "exec": program}, "default", "kubernetes://tf/state", "default"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.attrs["secret_suffix"] = "state"
			found, err := kubernetes.New(kubernetes.Options{Getenv: tt.env}).Configure(t.Context(), state.Block{Type: "kubernetes", Attrs: tt.attrs, Workspace: tt.workspace, Dir: dir})
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			if got := found[0].String(); got != tt.want || strings.Contains(got, token) {
				t.Errorf("named %s; want %s", got, tt.want)
			}
			if got, err := read(t, found[0]); got != tt.read || err != nil {
				t.Errorf("read %q, %v; want %q", got, err, tt.read)
			}
		})
	}
	t.Run("a suffix that ends with a number, as OpenTofu takes it", func(t *testing.T) {
		block := state.Block{Type: "kubernetes", Attrs: map[string]any{"secret_suffix": "state-1", "namespace": "tf"}}
		s.put("default", "state-1", []byte("numbered"))
		found, err := s.backend(t).Configure(t.Context(), block)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, found[0]); got != "numbered" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("driftmgr's own configuration goes before the environment", func(t *testing.T) {
		own := []string{s.kubeconfig(t, token)}
		b := kubernetes.New(kubernetes.Options{ConfigPaths: own, Getenv: env("KUBE_HOST", "https://127.0.0.1:1", "KUBE_TOKEN", "SECRET", "KUBE_CTX", "other", "KUBE_CTX_AUTH_INFO", "other")})
		found, err := b.Parse(t.Context(), "kubernetes://tf/state")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, found[0]); got != "default" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("driftmgr's own configuration goes first", func(t *testing.T) {
		block := state.Block{Type: "kubernetes", Attrs: map[string]any{"secret_suffix": "state", "namespace": "tf", "host": "https://127.0.0.1:1", "token": "SECRET"}}
		found, err := s.backend(t).Configure(t.Context(), block)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, found[0]); got != "default" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

func TestConfigureErrors(t *testing.T) {
	tests := []struct {
		name  string
		attrs map[string]any
		want  string
	}{
		{"no suffix", map[string]any{}, "has a kubernetes backend without a secret_suffix; set secret_suffix, or give it with -backend-config"},
		{"password", map[string]any{"secret_suffix": "a", "host": "https://ann:SECRET@h"}, "has a host with a user or a password; leave them out, and use a kubeconfig, KUBE_TOKEN, or KUBE_USER and KUBE_PASSWORD"},
		{"capitals", map[string]any{"secret_suffix": "State"}, `would be in a secret named "tfstate-default-State", which cannot be; name the suffix of the secret only, in lower case, and check the workspace`},
		{"wildcard", map[string]any{"secret_suffix": "*"}, "has a kubernetes backend whose secret_suffix or workspace has wildcards; correct it"},
		{"type", map[string]any{"secret_suffix": "a", "token": 7.0}, "has a kubernetes backend whose token is not a string; correct it"},
		{"flag", map[string]any{"secret_suffix": "a", "insecure": "maybe"}, "has a kubernetes backend whose insecure is not true or false; correct it"},
		{"paths", map[string]any{"secret_suffix": "a", "config_paths": "x"}, "has a kubernetes backend whose config_paths is not a list of strings; correct it"},
		{"exec", map[string]any{"secret_suffix": "a", "exec": []any{1.0}}, "has a kubernetes backend whose exec is not one block; correct it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := kubernetes.New(kubernetes.Options{Getenv: env()}).Configure(t.Context(), state.Block{Type: "kubernetes", Attrs: tt.attrs, Dir: "infra"})
			if err == nil || err.Error() != "state infra: "+tt.want {
				t.Errorf("got  %v\nwant state infra: %v", err, tt.want)
			}
		})
	}
}

// TestKubeconfigs that cannot be used tell nothing of what is in them.
func TestKubeconfigs(t *testing.T) {
	cluster := []any{map[string]any{"name": "c", "cluster": map[string]any{"server": "https://127.0.0.1:1"}}}
	tests := []struct {
		name   string
		config map[string]any
		want   string
	}{
		{"empty", map[string]any{}, "the kubeconfig PATH is empty or missing; check config_path, KUBE_CONFIG_PATH and KUBECONFIG"},
		{"no current context", map[string]any{"clusters": cluster}, "the kubeconfig has no current context; name one in config_context, KUBE_CTX or ?context="},
		{"no such user", map[string]any{"clusters": cluster, "current-context": "x", "contexts": []any{map[string]any{"name": "x", "context": map[string]any{"cluster": "c", "user": "none"}}}}, `the kubeconfig has no user "none", which its context names; list them: kubectl config get-users`},
		{"no such cluster", map[string]any{"clusters": cluster, "current-context": "x", "contexts": []any{map[string]any{"name": "x", "context": map[string]any{"cluster": "none"}}}}, "the kubeconfig PATH is not complete; check the context, its cluster and its user: kubectl config view --minify"},
		{"not one", map[string]any{"clusters": "SECRET"}, "the kubeconfig PATH cannot be read; check that it is YAML: kubectl config view"},
		{
			"program that is missing",
			map[string]any{
				"clusters": cluster, "current-context": "x", "contexts": []any{map[string]any{"name": "x", "context": map[string]any{"cluster": "c", "user": "u"}}},
				"users": []any{map[string]any{"name": "u", "user": map[string]any{"exec": map[string]any{"apiVersion": "client.authentication.k8s.io/v1", "command": "/no/such/program", "interactiveMode": "Never"}}}},
			},
			"the program that gets the credentials (exec in the kubeconfig) has failed; install it, and run: kubectl get namespaces",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, tt.config)
			_, err := open(t, kubernetes.New(kubernetes.Options{Getenv: env("KUBECONFIG", path)}), "kubernetes://tf/x")
			if want := "state kubernetes://tf/x: " + strings.Replace(tt.want, "PATH", path, 1); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %v", err, want)
			}
		})
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := kubernetes.New(kubernetes.Options{Getenv: env()})
	if _, err := b.Parse(ctx, "kubernetes://tf/*"); !errors.Is(err, context.Canceled) {
		t.Errorf("parse: %v", err)
	}
	if _, err := b.Configure(ctx, state.Block{Type: "kubernetes"}); !errors.Is(err, context.Canceled) {
		t.Errorf("configure: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, ref := range []string{"kubernetes://a/b", "kubernetes://a/b?workspace=c&context=d%26", "kubernetes://a/b?config_path=~/x&host=https://h:1"} {
		f.Add(ref)
	}
	b := kubernetes.New(kubernetes.Options{Getenv: env("KUBE_HOST", "https://127.0.0.1:1")})
	f.Fuzz(func(t *testing.T, ref string) {
		if !strings.HasPrefix(ref, "kubernetes://") || strings.ContainsAny(ref, `*[{\?`) && !strings.Contains(ref, "?") {
			t.Skip()
		}
		found, err := b.Parse(t.Context(), ref)
		if err != nil {
			return
		}
		again, err := b.Parse(t.Context(), found[0].String())
		if err != nil || again[0].String() != found[0].String() {
			t.Errorf("%q is named %q, which is %v, %v", ref, found[0], again, err)
		}
	})
}
