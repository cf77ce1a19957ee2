package gcs_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/gcs"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

func TestMain(m *testing.M) {
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if up := strings.ToUpper(name); strings.HasPrefix(up, "GOOGLE_") || strings.HasPrefix(up, "GCE_") || strings.HasPrefix(up, "STORAGE_") || strings.HasSuffix(up, "_PROXY") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

const lockInfo = `{"ID":"6ad3","Operation":"OperationTypeApply","Info":"","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T10:00:00.5Z","Path":"gs://states/x.tflock"}`

func TestConformance(t *testing.T) {
	s := newServer(t)
	const prefix = "env/"
	ref := func(name string) string { return "gs://" + bucket + "/" + prefix + name }
	statetest.Run(t, statetest.Store{
		Backend: s.backend(),
		Ref:     ref,
		Put: func(t *testing.T, name string, content []byte) string {
			s.put(prefix+name, string(content))
			return ref(name)
		},
		Dump: s.dump,
		Deny: func(t *testing.T, name string) bool {
			s.answers(prefix+name, http.StatusForbidden, denied)
			return true
		},
		Block: func(name string) state.Block {
			return state.Block{Type: "gcs", Attrs: map[string]any{"bucket": bucket, "prefix": "/env"}, Workspace: strings.TrimSuffix(name, ".tfstate"), Dir: "."}
		},
		Lock: func(t *testing.T, name string) state.Lock {
			lock := prefix + strings.TrimSuffix(name, ".tfstate") + ".tflock"
			s.put(lock, lockInfo)
			return state.Lock{ID: strconv.FormatInt(s.generation(t, lock), 10), Operation: "OperationTypeApply", Who: "ann@ci", Since: time.Date(2026, 11, 2, 10, 0, 0, 5e8, time.UTC)}
		},
		Pattern: func(p string) string { return ref(p + "*") },
	})
}

const content = `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{},"resources":[]}`

func open(t *testing.T, b state.Backend, ref string) (string, error) {
	t.Helper()
	found, err := b.Parse(t.Context(), ref)
	if err != nil {
		return "", err
	}
	return read(t, found[0])
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

func TestParse(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{
		"env/prod/default.tfstate", "env/prod/default.tflock", "env/dev/default.tfstate", "env/dev/eu.tfstate",
		"env/dev/readme.md", "env/dev/", "other/default.tfstate", "env/a b#c?.tfstate",
	} {
		s.put(name, name)
	}
	const root = "gs://states/"
	tests := []struct {
		name, ref string
		want      []string
	}{
		{"object", root + "env/prod/default.tfstate", []string{root + "env/prod/default.tfstate"}},
		{"missing object is not looked up", root + "nowhere", []string{root + "nowhere"}},
		{"generation behind #", root + "x.tfstate#17", []string{root + "x.tfstate#17"}},
		{"generation as a parameter", root + "x.tfstate?generation=17", []string{root + "x.tfstate#17"}},
		{"endpoint", root + "x.tfstate?endpoint=https://storage-psc.p.googleapis.com/storage/v1/b", []string{root + "x.tfstate?endpoint=https://storage-psc.p.googleapis.com"}},
		{"both", root + "x.tfstate?generation=17&endpoint=https://h", []string{root + "x.tfstate?endpoint=https://h#17"}},
		{"both, in canonical form", root + "x.tfstate?endpoint=https://h#17", []string{root + "x.tfstate?endpoint=https://h#17"}},
		{"scheme in capitals", "GS://states/x.tfstate", []string{root + "x.tfstate"}},
		{"a # that is none", root + "a#b.tfstate", []string{root + "a#b.tfstate"}},
		{"star", root + "env/*/default.tfstate", []string{root + "env/dev/default.tfstate", root + "env/prod/default.tfstate"}},
		{"two stars", root + "**/default.tfstate", []string{root + "env/dev/default.tfstate", root + "env/prod/default.tfstate", root + "other/default.tfstate"}},
		{"locks and folders are no states", root + "env/{prod,dev}/**", []string{root + "env/dev/default.tfstate", root + "env/dev/eu.tfstate", root + "env/dev/readme.md", root + "env/prod/default.tfstate"}},
		{"? is a wildcard", root + "env/dev/e?.tfstate", []string{root + "env/dev/eu.tfstate"}},
		{"unusual names", root + "env/a*", []string{root + "env/a b#c?.tfstate"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := s.backend().Parse(t.Context(), tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, src := range found {
				got = append(got, src.String())
				if len(found) > 1 || strings.Contains(tt.ref, "*") {
					if text, err := read(t, src); root+text != src.String() || err != nil {
						t.Errorf("%s: read %q, %v", src, text, err)
					}
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestGeneration(t *testing.T) {
	s := newServer(t)
	s.put("a.tfstate", "old")
	old := s.generation(t, "a.tfstate")
	s.put("a.tfstate", "new")
	if s.generation(t, "a.tfstate") == old {
		t.Fatal("the server has not made a new generation")
	}
	for ref, want := range map[string]string{
		"gs://states/a.tfstate":                                 "new",
		fmt.Sprintf("gs://states/a.tfstate#%d", old):            "old",
		fmt.Sprintf("gs://states/a.tfstate?generation=%d", old): "old",
	} {
		if got, err := open(t, s.backend(), ref); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", ref, got, err, want)
		}
	}
}

// TestRequests counts them: a listing for the pattern, one for each state, and one
// more for a lock that the listing has shown.
func TestRequests(t *testing.T) {
	s := newServer(t)
	for i := range 30 {
		s.put(fmt.Sprintf("env/%02d/default.tfstate", i), content)
	}
	s.put("env/07/default.tflock", lockInfo)
	found, err := s.backend().Parse(t.Context(), "gs://states/env/**/default.tfstate")
	if err != nil || len(found) != 30 {
		t.Fatalf("%d sources, %v", len(found), err)
	}
	locks := 0
	for _, src := range found {
		if _, err := state.Load(t.Context(), src, 0); err != nil {
			t.Fatal(err)
		}
		lock, err := src.(state.Locked).Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if lock != nil {
			locks++
			if want := "locked by ann@ci for apply since 2026-11-02T10:00:00Z"; lock.String() != want || src.String() != "gs://states/env/07/default.tfstate" {
				t.Errorf("%s: %s; want %s", src, lock, want)
			}
		}
	}
	calls := s.seen()
	if want := 1 + 30 + 1; len(calls) != want || locks != 1 {
		t.Errorf("%d requests, %d locks; want %d, 1: %q", len(calls), locks, want, calls)
	}
	for _, call := range calls {
		if !strings.HasPrefix(call, "GET /storage/v1/b/states/o") || !strings.HasSuffix(call, " Bearer TOKEN") {
			t.Errorf("request %q", call)
		}
	}
}

// TestLockOutsideListing asks for a lock that the listing cannot have shown.
func TestLockOutsideListing(t *testing.T) {
	s := newServer(t)
	s.put("env/prod.tfstate", content)
	s.put("env/prod.tflock", lockInfo)
	found, err := s.backend().Parse(t.Context(), "gs://states/env/prod.tfstat*")
	if err != nil {
		t.Fatal(err)
	}
	if lock, err := found[0].(state.Locked).Lock(t.Context()); lock == nil || err != nil {
		t.Errorf("lock %v, %v", lock, err)
	}
}

func TestErrors(t *testing.T) {
	s := newServer(t)
	s.put("there.tfstate", content)
	s.put("encrypted.tfstate", content)
	s.answers("denied.tfstate", http.StatusForbidden, denied)
	s.answers("wrong-key.tfstate", http.StatusBadRequest, `{"error":{"code":400,"message":"SECRET","errors":[{"reason":"customerEncryptionKeyIsIncorrect"}]}}`)
	s.answers("key.tfstate", http.StatusBadRequest, `The target object is encrypted by a customer-supplied encryption key.`)
	s.answers("no-key.tfstate", http.StatusBadRequest, `{"error":{"code":400,"errors":[{"reason":"resourceNotEncryptedWithCustomerEncryptionKey"}]}}`)
	s.answers("kms.tfstate", http.StatusForbidden, `{"error":{"code":403,"message":"Permission denied on Cloud KMS key. SECRET"}}`)
	s.answers("payer.tfstate", http.StatusBadRequest, `{"error":{"code":400,"errors":[{"reason":"userProjectMissing"}]}}`)
	s.answers("expired.tfstate", http.StatusUnauthorized, `{"error":{"code":401,"message":"Invalid Credentials"}}`)
	s.answers("disabled.tfstate", http.StatusForbidden, `{"error":{"code":403,"details":[{"reason":"SERVICE_DISABLED"}]}}`)
	s.answers("elsewhere.tfstate", http.StatusForbidden, denied)
	s.faults["moved.tfstate"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
	}
	const root = "state gs://states/"
	tests := []struct{ name, ref, want string }{
		{"object missing", "gs://states/env/none.tfstate", root + "env/none.tfstate: does not exist; check the bucket, the prefix and the workspace (PREFIX/WORKSPACE.tfstate); list them: gcloud storage ls gs://states/**.tfstate"},
		{"bucket missing", "gs://nowhere/**", "state gs://nowhere/**: the bucket nowhere does not exist; check its name"},
		{"generation unknown", "gs://states/there.tfstate#17", root + "there.tfstate#17: does not exist in this generation; list them: gcloud storage ls --all-versions gs://states/there.tfstate; without versioning of the bucket, old ones are gone"},
		{"403", "gs://states/denied.tfstate", root + "denied.tfstate: may not be read by these credentials, or does not exist: without storage.objects.list both look the same; grant roles/storage.objectViewer on the bucket (storage.objects.get and storage.objects.list), and check the name"},
		{"wrong key", "gs://states/wrong-key.tfstate", root + "wrong-key.tfstate: is encrypted with another key than the one that was given; check encryption_key and GOOGLE_ENCRYPTION_KEY"},
		{"key needed", "gs://states/key.tfstate", root + "key.tfstate: is encrypted with a key of the customer's; give it in encryption_key of the backend block, or in GOOGLE_ENCRYPTION_KEY"},
		{"key not needed", "gs://states/no-key.tfstate", root + "no-key.tfstate: is not encrypted with a key of the customer's, and one was given; remove encryption_key and GOOGLE_ENCRYPTION_KEY"},
		{"KMS", "gs://states/kms.tfstate", root + "kms.tfstate: its KMS key may not be used; grant the project's Cloud Storage service agent roles/cloudkms.cryptoKeyEncrypterDecrypter on the key, and check that it is enabled"},
		{"requester pays", "gs://states/payer.tfstate", root + "payer.tfstate: is in a bucket whose readers pay; set the quota project that is to pay"},
		{"expired", "gs://states/expired.tfstate", root + "expired.tfstate: the token has expired or was revoked; get a new one: gcloud auth print-access-token, or run: gcloud auth application-default login"},
		{"API disabled", "gs://states/disabled.tfstate", root + "disabled.tfstate: the API is not enabled in the project; enable it (gcloud services enable), or set the quota project to one that has it"},
		{"another host", "gs://states/moved.tfstate", root + "moved.tfstate: HOST redirects to elsewhere.example, which gets no token; check the endpoint, and the proxy between"},
		{"glob without a match", "gs://states/none/**", root + "none/**: nothing matches the pattern; check it, and quote it so that the shell leaves it alone"},
		{"glob that is none", "gs://states/{a", root + "{a: is not a valid pattern; close every [ and {, or name one state"},
		{"no object", "gs://states", "state gs://states: names no object; write gs://BUCKET/PREFIX/default.tfstate, or gs://BUCKET/** for all of them"},
		{"folder", "gs://states/env/", root + "env/: names no object; write gs://BUCKET/PREFIX/default.tfstate, or gs://BUCKET/** for all of them"},
		{"wildcard in the bucket", "gs://*/default.tfstate", "state gs://*/default.tfstate: has no valid bucket name; name the bucket without wildcards: gs://BUCKET/PREFIX/default.tfstate"},
		{"unknown parameter", "gs://states/a?version=1", root + `a: has a parameter "version"; use generation or endpoint; a ? that is a wildcard is written [?]`},
		{"secret in a parameter", "gs://states/a?access_token=SECRET", root + `a: has a parameter "access_token"; use generation or endpoint; a ? that is a wildcard is written [?]`},
		{"password in the endpoint", "gs://states/a?endpoint=https://ann:SECRET@h", "state gs://***: has an endpoint that is no URL of a host; write it as https://HOST/storage/v1/b"},
		{"generation that is none", "gs://states/a?generation=latest", root + "a: has a generation that is no number; look it up: gcloud storage ls --all-versions gs://states/a"},
		{"generation of a pattern", "gs://states/*#17", root + "*: is a pattern with a generation; name one object, or leave the generation out"},
		{"endpoint in clear text", "gs://states/a?endpoint=http://storage.example", root + "a: has an endpoint without TLS, storage.example; write it with https://"},
		{"endpoint that is none", "gs://states/a?endpoint=storage.example", root + "a: has an endpoint that is no URL of a host; write it as https://HOST/storage/v1/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, s.backend(), tt.ref)
			var e *state.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v (%T)", err, err)
			}
			if got := strings.Replace(err.Error(), strings.TrimPrefix(s.url, "http://"), "HOST", 1); got != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
	t.Run("bucket missing, one object", func(t *testing.T) {
		s.answers("b.tfstate", http.StatusNotFound, `{"error":{"code":404,"message":"The specified bucket does not exist.","errors":[{"reason":"notFound"}]}}`)
		_, err := open(t, s.backend(), "gs://nowhere/b.tfstate")
		if want := "state gs://nowhere/b.tfstate: the bucket nowhere does not exist; check its name"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
	t.Run("listing denied", func(t *testing.T) {
		s.faults[""] = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, denied)
		}
		_, err := open(t, s.backend(), "gs://states/env/**")
		if want := "state gs://states/env/**: the bucket states may not be listed by these credentials; grant roles/storage.objectViewer on it (storage.objects.list)"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
	t.Run("lock denied", func(t *testing.T) {
		s.answers("there.tflock", http.StatusForbidden, denied)
		found, err := s.backend().Parse(t.Context(), "gs://states/there.tfstate")
		if err != nil {
			t.Fatal(err)
		}
		_, err = found[0].(state.Locked).Lock(t.Context())
		if want := root + "there.tfstate: its lock, if there is one, cannot be read: may not be read by these credentials, or does not exist: without storage.objects.list both look the same; grant storage.objects.list, too: without it, a lock that is not there looks like one that may not be read"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	})
}

// TestCredentials says which token each way of configuring leads to.
func TestCredentials(t *testing.T) {
	s := newServer(t)
	s.put("default.tfstate", content)
	s.put("env/default.tfstate", content)
	block := func(attrs map[string]any) *state.Block {
		attrs["bucket"] = bucket
		return &state.Block{Type: "gcs", Attrs: attrs, Workspace: "default", Dir: t.TempDir()}
	}
	e := "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT"
	tests := []struct {
		name    string
		options gcs.Options
		block   *state.Block // nil: a reference
		want    string
	}{
		{"configured, for a reference", gcs.Options{Auth: gcpauth.Options{AccessToken: "mine"}, Configured: true, Getenv: env(e, s.url, "GOOGLE_OAUTH_ACCESS_TOKEN", "env")}, nil, " Bearer mine"},
		{"configured, for a block", gcs.Options{Auth: gcpauth.Options{AccessToken: "mine"}, Configured: true, Getenv: env(e, s.url)}, block(map[string]any{"access_token": "block"}), " Bearer mine"},
		{"environment", gcs.Options{Auth: gcpauth.Options{AccessToken: "unused"}, Getenv: env(e, s.url, "GOOGLE_OAUTH_ACCESS_TOKEN", "env")}, nil, " Bearer env"},
		{"block", gcs.Options{Getenv: env(e, s.url, "GOOGLE_OAUTH_ACCESS_TOKEN", "env")}, block(map[string]any{"access_token": "block"}), " Bearer block"},
		{"block without", gcs.Options{Getenv: env(e, s.url, "GOOGLE_OAUTH_ACCESS_TOKEN", "env")}, block(map[string]any{}), " Bearer env"},
		{"the environment's token goes before the block's credentials, as in Terraform", gcs.Options{Getenv: env(e, s.url, "GOOGLE_OAUTH_ACCESS_TOKEN", "env")}, block(map[string]any{"credentials": "none.json"}), " Bearer env"},
		{"emulator", gcs.Options{Getenv: env("STORAGE_EMULATOR_HOST", strings.TrimPrefix(s.url, "http://"), "GOOGLE_OAUTH_ACCESS_TOKEN", "env")}, nil, ""},
		{"endpoint of the block", gcs.Options{Getenv: env("STORAGE_EMULATOR_HOST", "127.0.0.1:1")}, block(map[string]any{"access_token": "block", "storage_custom_endpoint": s.url + "/storage/v1/b", "prefix": "env"}), " Bearer block"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := gcs.New(tt.options)
			var found []state.Source
			var err error
			if tt.block != nil {
				found, err = b.Configure(t.Context(), *tt.block)
			} else {
				found, err = b.Parse(t.Context(), "gs://states/default.tfstate")
			}
			if err != nil {
				t.Fatal(err)
			}
			before := len(s.seen())
			if _, err := read(t, found[0]); err != nil {
				t.Fatal(err)
			}
			calls := s.seen()[before:]
			if len(calls) != 1 || !strings.HasPrefix(calls[0], "GET /storage/v1/b/states/o/") || !strings.HasSuffix(calls[0], "default.tfstate"+tt.want) {
				t.Errorf("requests %q; want one with %q", calls, tt.want)
			}
		})
	}
}

// TestBlockFiles finds files where Terraform finds them: in the module.
func TestBlockFiles(t *testing.T) {
	dir := t.TempDir()
	block := state.Block{Type: "gcs", Attrs: map[string]any{"bucket": bucket, "credentials": "key.json"}, Dir: dir}
	found, err := gcs.New(gcs.Options{Getenv: env()}).Configure(t.Context(), block)
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(t, found[0])
	want := "state gs://states/default.tfstate: the credentials file " + filepath.Join(dir, "key.json") + " does not exist; check the path; credentials are given as a path or as JSON"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestConfigureErrors(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	tests := []struct {
		name  string
		attrs map[string]any
		env   func(string) string
		want  string
	}{
		{"no bucket", map[string]any{"prefix": "x"}, env(), "has a gcs backend without a bucket; set bucket, or give it with -backend-config"},
		{"bucket that is none", map[string]any{"bucket": "${var.bucket}"}, env(), "has a gcs backend whose bucket has no valid name; check bucket"},
		{"wrong type", map[string]any{"bucket": bucket, "prefix": 7.0}, env(), "has a gcs backend whose prefix is not a string; correct it"},
		{"delegates", map[string]any{"bucket": bucket, "impersonate_service_account": "a@p", "impersonate_service_account_delegates": "b@p"}, env(), "has a gcs backend whose impersonate_service_account_delegates is not a list of strings; correct it"},
		{"two keys", map[string]any{"bucket": bucket, "encryption_key": key}, env("GOOGLE_KMS_ENCRYPTION_KEY", "projects/p"), "has a gcs backend with encryption_key and kms_encryption_key; keep one; they can also come from GOOGLE_ENCRYPTION_KEY and GOOGLE_KMS_ENCRYPTION_KEY"},
		{"key that is none", map[string]any{"bucket": bucket, "encryption_key": "SECRET"}, env(), "has an encryption key that is not 32 bytes in base64; check encryption_key and GOOGLE_ENCRYPTION_KEY; a path in them must be that of an existing file"},
		{"endpoint", map[string]any{"bucket": bucket, "storage_custom_endpoint": "http://storage.example/storage/v1/b"}, env(), "has an endpoint without TLS, storage.example; write it with https://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gcs.New(gcs.Options{Getenv: tt.env}).Configure(t.Context(), state.Block{Type: "gcs", Attrs: tt.attrs, Dir: "infra"})
			if err == nil || err.Error() != "state infra: "+tt.want {
				t.Errorf("got  %v\nwant state infra: %v", err, tt.want)
			}
		})
	}
}

func TestEncryptionKey(t *testing.T) {
	s := newServer(t)
	key := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.put("default.tfstate", content)
	var sent []string
	s.faults["default.tfstate"] = func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("X-Goog-Encryption-Key"))
		s.HTTPHandler().ServeHTTP(w, r)
	}
	s.faults["default.tflock"] = s.faults["default.tfstate"]
	e := []string{"GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", s.url, "GOOGLE_OAUTH_ACCESS_TOKEN", "t"}
	block := state.Block{Type: "gcs", Attrs: map[string]any{"bucket": bucket, "encryption_key": file}}
	found, err := gcs.New(gcs.Options{Getenv: env(e...)}).Configure(t.Context(), block)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, found[0]); err != nil {
		t.Error(err)
	}
	if _, err := found[0].(state.Locked).Lock(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := open(t, gcs.New(gcs.Options{Getenv: env(append(e, "GOOGLE_ENCRYPTION_KEY", key)...)}), "gs://states/default.tfstate"); err != nil {
		t.Error(err)
	}
	block.Dir, block.Attrs["encryption_key"] = filepath.Dir(file), filepath.Base(file) // as Terraform finds it, which runs there
	found, err = gcs.New(gcs.Options{Getenv: env(e...)}).Configure(t.Context(), block)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, found[0]); err != nil {
		t.Error(err)
	}
	if want := []string{key, "", key, key}; !slices.Equal(sent, want) { // Terraform does not encrypt locks
		t.Errorf("keys %q; want %q", sent, want)
	}
}

// TestEncryptionKeyStays proves that a key does not follow a redirect of an
// emulator, which is called without credentials.
func TestEncryptionKeyStays(t *testing.T) {
	asked := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer elsewhere.Close()
	s := newServer(t)
	s.faults["default.tfstate"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusFound)
	}
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	b := gcs.New(gcs.Options{Getenv: env("STORAGE_EMULATOR_HOST", s.url, "GOOGLE_ENCRYPTION_KEY", key)})
	if _, err := open(t, b, "gs://states/default.tfstate"); err == nil || asked != 0 {
		t.Errorf("%d requests went elsewhere, %v", asked, err)
	}
}

func TestPermissions(t *testing.T) {
	found, err := gcs.New(gcs.Options{Getenv: env()}).Parse(t.Context(), "gs://states/a.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	got := found[0].(state.Permitted).Permissions()
	want := []state.Permission{{Cloud: "gcp", Action: "storage.objects.get"}, {Cloud: "gcp", Action: "storage.objects.list"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := gcs.New(gcs.Options{Getenv: env()})
	if _, err := b.Parse(ctx, "gs://states/**"); !errors.Is(err, context.Canceled) {
		t.Errorf("parse: %v", err)
	}
	if _, err := b.Configure(ctx, state.Block{Type: "gcs"}); !errors.Is(err, context.Canceled) {
		t.Errorf("configure: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, ref := range []string{"gs://b/o", "gs://b/o#1", "gs://b/o?generation=1&endpoint=https://h", "gs://b/a?b=c?d", "gs://b/%2e#0"} {
		f.Add(ref)
	}
	b := gcs.New(gcs.Options{Getenv: env("GOOGLE_OAUTH_ACCESS_TOKEN", "t", "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", "http://127.0.0.1:1")})
	f.Fuzz(func(t *testing.T, ref string) {
		if !strings.HasPrefix(ref, "gs://") {
			t.Skip()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond) // a pattern is looked up
		defer cancel()
		found, err := b.Parse(ctx, ref)
		if err != nil {
			return
		}
		again, err := b.Parse(t.Context(), found[0].String())
		if err != nil || again[0].String() != found[0].String() {
			t.Errorf("%q is named %q, which is %v, %v", ref, found[0], again, err)
		}
	})
}
