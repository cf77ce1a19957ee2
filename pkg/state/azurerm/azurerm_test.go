package azurerm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

const (
	lockInfo = `{"ID":"5f1c","Operation":"OperationTypeApply","Info":"","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T10:00:00.5Z","Path":"tfstate/locked.tfstate"}`
)

func wantLock() state.Lock {
	return state.Lock{ID: "5f1c", Operation: "OperationTypeApply", Who: "ann@ci", Since: time.Date(2026, 11, 2, 10, 0, 0, 5e8, time.UTC)}
}

func TestConformance(t *testing.T) {
	for name, suffix := range map[string]string{"account": "", "endpoint": "?endpoint=http://"} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			if suffix != "" {
				suffix += s.plain
			}
			ref := func(name string) string { return "azurerm://account/tfstate/" + name + suffix }
			store := statetest.Store{
				Backend: s.backend("ARM_ACCESS_KEY=" + accessKey),
				Ref:     ref,
				Put: func(_ *testing.T, name string, content []byte) string {
					s.put(name, string(content))
					return ref(name)
				},
				Dump: s.dump,
				Deny: func(_ *testing.T, name string) bool {
					s.blobs["tfstate/"+name].denied = true
					return true
				},
				Lock: func(_ *testing.T, name string) state.Lock {
					s.blobs["tfstate/"+name].lock = lockInfo
					return wantLock()
				},
				Pattern: func(prefix string) string { return ref(prefix + "*") },
			}
			if suffix == "" {
				store.Block = func(name string) state.Block {
					return state.Block{Type: "azurerm", Attrs: map[string]any{"storage_account_name": "account", "container_name": "tfstate", "key": name}, Workspace: "default"}
				}
			}
			statetest.Run(t, store)
		})
	}
}

func TestParse(t *testing.T) {
	s := newServer(t)
	s.entra()
	for _, key := range []string{"prod/terraform.tfstate", "prod/terraform.tfstateenv:blue", "dev/terraform.tfstate", "dev/eu/terraform.tfstate", "dev/notes.txt", "a.tfstate", "a?.tfstate", "with space/ä.tfstate"} {
		s.put(key, key)
	}
	s.blobs["tfstate/dev/eu"] = &stored{folder: true}
	s.blobs["tfstate/dev/terraform.tfstate"].lock = lockInfo
	const at = "azurerm://account/tfstate/"
	endpoint := "?endpoint=http://" + s.plain
	tests := []struct {
		name, ref string
		want      []string // keys with their query
		lists     int
	}{
		{"blob", at + "prod/terraform.tfstate", []string{"prod/terraform.tfstate"}, 0},
		{"workspace", at + "prod/terraform.tfstateenv:blue", []string{"prod/terraform.tfstateenv:blue"}, 0},
		{"key with other characters", at + "with space/ä.tfstate", []string{"with space/ä.tfstate"}, 0},
		{"endpoint", at + "a.tfstate" + endpoint, []string{"a.tfstate" + endpoint}, 0},
		{"endpoint with a slash", at + "a.tfstate" + endpoint + "/", []string{"a.tfstate" + endpoint + "/"}, 0},
		{"one level", at + "*/terraform.tfstate", []string{"dev/terraform.tfstate", "prod/terraform.tfstate"}, 5},
		{"all levels", at + "dev/**/*.tfstate", []string{"dev/eu/terraform.tfstate", "dev/terraform.tfstate"}, 2},
		{"workspaces", at + "prod/terraform.tfstateenv:*", []string{"prod/terraform.tfstateenv:blue"}, 1},
		{"folders are no states", at + "dev/*", []string{"dev/notes.txt", "dev/terraform.tfstate"}, 2},
		{"one character", at + "a??tfstate", []string{"a?.tfstate"}, 1},
		{"pattern at an endpoint", at + "a*" + endpoint, []string{"a.tfstate" + endpoint, "a?.tfstate" + endpoint}, 1},
		{"one character at an endpoint", at + "a?tfstate" + endpoint, []string{"a.tfstate" + endpoint}, 1},
	}
	b := s.backend("ARM_ACCESS_KEY=" + accessKey)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.seen()
			found, err := b.Parse(t.Context(), tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(s.seen()); got != tt.lists {
				t.Errorf("%d requests; want %d", got, tt.lists)
			}
			var got []string
			for _, source := range found {
				name, _ := strings.CutPrefix(source.String(), at)
				got = append(got, name)
				// a name is a reference again, unless it has a wildcard in it
				key, _, _ := strings.Cut(name, "?endpoint")
				if content, err := readSource(t.Context(), source); err != nil || content != key {
					t.Errorf("%s: read %q, %v", name, content, err)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			s.seen()
			for i, source := range found {
				lock, err := source.(state.Locked).Lock(t.Context())
				if locked := strings.HasPrefix(tt.want[i], "dev/terraform.tfstate"); err != nil || (lock != nil) != locked || locked && *lock != wantLock() {
					t.Errorf("%s: lock %v, %v", source, lock, err)
				}
			}
			if requests := s.seen(); tt.lists > 0 && len(requests) > 0 {
				t.Errorf("asked for locks: %q", requests)
			}
		})
	}
}

func TestSnapshotAndVersion(t *testing.T) {
	s := newServer(t)
	s.on(accountHost, func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprint(rw, r.URL.RawQuery)
	})
	b := s.backend("ARM_ACCESS_KEY=" + accessKey)
	for query, want := range map[string]string{
		"?snapshot=2026-01-02T03:04:05.6789012Z":                      "snapshot=2026-01-02T03%3A04%3A05.6789012Z",
		"?version_id=2026-01-02T03:04:05.6789012Z":                    "versionid=2026-01-02T03%3A04%3A05.6789012Z",
		"?version_id=2026-01-02T03:04:05Z&endpoint=http://" + s.plain: "404",
	} {
		found, err := b.Parse(t.Context(), "azurerm://account/tfstate/a.tfstate"+query)
		if err != nil {
			t.Fatal(err)
		}
		if got := found[0].String(); got != "azurerm://account/tfstate/a.tfstate"+query {
			t.Errorf("String() = %q", got)
		}
		got, err := readSource(t.Context(), found[0])
		if want == "404" {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %q, %v", query, got, err)
			}
		} else if err != nil || got != want {
			t.Errorf("%s: asked with %q, %v; want %q", query, got, err, want)
		}
		s.seen()
		if lock, err := found[0].(state.Locked).Lock(t.Context()); lock != nil || err != nil || len(s.seen()) > 0 {
			t.Errorf("lock %v, %v; want none, and no request", lock, err)
		}
	}
}

func TestBadReferences(t *testing.T) {
	const usage = "; write azurerm://ACCOUNT/CONTAINER/KEY"
	tests := []struct{ name, ref, want string }{
		{"nothing", "azurerm://", "azurerm://: has no storage account's name: 3 to 24 lower-case letters and digits" + usage},
		{"account alone", "azurerm://account", "azurerm://account: has no container's name: 3 to 63 lower-case letters, digits and hyphens" + usage},
		{"container alone", "azurerm://account/tfstate", "azurerm://account/tfstate: names no blob" + usage},
		{"no key", "azurerm://account/tfstate/", "azurerm://account/tfstate/: names no blob" + usage},
		{"host", "azurerm://account.blob.core.windows.net/tfstate/a", "azurerm://account.blob.core.windows.net/tfstate/a: names a host instead of an account" + usage + "?endpoint=https://account.blob.core.windows.net"},
		{"capitals", "azurerm://Account/tfstate/a", "azurerm://Account/tfstate/a: has no storage account's name: 3 to 24 lower-case letters and digits" + usage},
		{"container with a bad name", "azurerm://account/tf_state/a", "azurerm://account/tf_state/a: has no container's name: 3 to 63 lower-case letters, digits and hyphens" + usage},
		{"pattern of accounts", "azurerm://acc*/tfstate/a", "azurerm://acc*/tfstate/a: has a wildcard in the account or the container; use wildcards in the key only, and one reference for each container"},
		{"pattern of containers", "azurerm://account/*/a", "azurerm://account/*/a: has a wildcard in the account or the container; use wildcards in the key only, and one reference for each container"},
		{"bad pattern", "azurerm://account/tfstate/[a", "azurerm://account/tfstate/[a: is not a valid pattern; close every [ and {, or name one state"},
		{"snapshot of a pattern", "azurerm://account/tfstate/*?snapshot=x", "azurerm://account/tfstate/*: asks for a snapshot or version of a pattern; name one state"},
		{"snapshot and version", "azurerm://account/tfstate/a?snapshot=x&version_id=y", "azurerm://account/tfstate/a: asks for a snapshot and for a version; keep one of them"},
		{"no snapshot", "azurerm://account/tfstate/a?snapshot=", "azurerm://account/tfstate/a: has no one value for snapshot; give it once"},
		{"unknown parameter", "azurerm://account/tfstate/a?region=hush", "azurerm://account/tfstate/a: has a parameter that is not known; use endpoint, snapshot or version_id"},
		{"SAS token", "azurerm://account/tfstate/a?sig=hush", "azurerm://account/tfstate/a: has a SAS token in it; take it out and set ARM_SAS_TOKEN"},
		{"bad query", "azurerm://account/tfstate/a?endpoint=%zz", "azurerm://account/tfstate/a: has a query that is none; write a % in it as %25, a + as %2B"},
		{"endpoint in plain text", "azurerm://account/tfstate/a?endpoint=http://blob.example", "azurerm://account/tfstate/a: has an endpoint that is not one: states would be sent in plain text; write ?endpoint=https://HOST, for Azurite with /ACCOUNT"},
		{"endpoint with a password", "azurerm://account/tfstate/a?endpoint=https://u:hush@blob.example", "azurerm://account/tfstate/a: has an endpoint that is not one: it has more than a host and a path; write ?endpoint=https://HOST, for Azurite with /ACCOUNT"},
		{"endpoint that is none", "azurerm://account/tfstate/a?endpoint=blob.example", "azurerm://account/tfstate/a: has an endpoint that is not one: it is no http or https URL; write ?endpoint=https://HOST, for Azurite with /ACCOUNT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := newServer(t).backend("ARM_ACCESS_KEY="+accessKey).Parse(t.Context(), tt.ref)
			var e *state.Error
			if !errors.As(err, &e) || err.Error() != "state "+tt.want {
				t.Errorf("got  %v, %v\nwant state %s", found, err, tt.want)
			}
		})
	}
}

func FuzzReference(f *testing.F) {
	for _, ref := range []string{"azurerm://account/tfstate/a", "azurerm://account/tfstate/a?endpoint=http://127.0.0.1:1/x", "azurerm://a?b?c=d", "AZURERM://account/c/k?sig=x", ""} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		r, err := parseReference(ref)
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\r\n") {
				t.Errorf("error %q", text)
			}
			return
		}
		if r.String() != ref {
			t.Errorf("%q is %q", ref, r)
		}
	})
}

// TestFaults: one clear line each.
func TestFaults(t *testing.T) {
	const (
		ref   = "azurerm://account/tfstate/a.tfstate"
		role  = "give it the role Storage Blob Data Reader on the container (Owner and Contributor are not enough), or set access_key or ARM_ACCESS_KEY"
		token = "sv=2024-11-04&sp=r&sr=c&se=2001-02-03T04:05:06Z&sig=hush"
	)
	key := []string{"ARM_ACCESS_KEY=" + accessKey}
	sas := []string{"ARM_SAS_TOKEN=?" + token}
	entra := []string{"ARM_TENANT_ID=contoso.example", "ARM_CLIENT_ID=app", "ARM_CLIENT_SECRET=hush"}
	tests := []struct {
		name  string
		ref   string
		env   []string
		route http.HandlerFunc // of the account
		want  string
		is    error
	}{
		{"blob missing", ref, key, nil, ref + ": does not exist; check the key and the workspace, and that it has been applied", fs.ErrNotExist},
		{"container missing", "azurerm://account/other/a", key, nil, "azurerm://account/other/a: container other does not exist; check container_name and the account", fs.ErrNotExist},
		{"container of a pattern missing", "azurerm://account/other/*", key, nil, "azurerm://account/other/*: container other does not exist; check container_name and the account", fs.ErrNotExist},
		{"account missing", "azurerm://nosuch/tfstate/a", key, nil, "azurerm://nosuch/tfstate/a: storage account nosuch does not exist: there is no host nosuch.blob.core.windows.net; check storage_account_name; for another cloud set environment, for a private endpoint ?endpoint=URL", fs.ErrNotExist},
		{"pattern without a match", "azurerm://account/tfstate/none/*", key, nil, "azurerm://account/tfstate/none/*: nothing matches the pattern; check it, and quote it so that the shell leaves it alone", fs.ErrNotExist},
		{"wrong key", ref, key, always(403, "AuthenticationFailed"), ref + ": the access key is not one of the account's (HTTP status 403 AuthenticationFailed); set access_key or ARM_ACCESS_KEY to one that is, and check the clock", fs.ErrPermission},
		{"key that is none", ref, []string{"ARM_ACCESS_KEY=%hush"}, nil, ref + ": the access key is not base64; copy access_key or ARM_ACCESS_KEY whole", nil},
		{"keys not allowed", ref, key, always(403, "KeyBasedAuthenticationNotPermitted"), ref + ": the account allows no access keys (HTTP status 403 KeyBasedAuthenticationNotPermitted); unset access_key and ARM_ACCESS_KEY, sign in with Entra ID, and give the identity the role Storage Blob Data Reader", fs.ErrPermission},
		{"firewall", ref, key, always(403, "AuthorizationFailure"), ref + ": the account does not let this machine in (HTTP status 403 AuthorizationFailure); allow its network in the account's firewall", fs.ErrPermission},
		{"expired SAS", ref, sas, always(403, "AuthenticationFailed"), ref + ": the SAS token has expired at 2001-02-03T04:05:06Z; set sas_token or ARM_SAS_TOKEN to a new one", fs.ErrPermission},
		{"SAS for something else", ref, []string{"ARM_SAS_TOKEN=" + strings.Replace(token, "2001", "9001", 1)}, always(403, "AuthorizationPermissionMismatch"), ref + ": the SAS token does not allow it (HTTP status 403 AuthorizationPermissionMismatch); set sas_token or ARM_SAS_TOKEN to one for this container that may read and list blobs", fs.ErrPermission},
		{"role missing", ref, entra, always(403, "AuthorizationPermissionMismatch"), ref + ": this identity may not read blobs (HTTP status 403 AuthorizationPermissionMismatch); " + role, fs.ErrPermission},
		{"role missing for a pattern", "azurerm://account/tfstate/*", entra, always(403, "AuthorizationPermissionMismatch"), "azurerm://account/tfstate/*: this identity may not read blobs (HTTP status 403 AuthorizationPermissionMismatch); " + role, fs.ErrPermission},
		{"firewall or role", ref, entra, always(403, "AuthorizationFailure"), ref + ": the account does not let this identity or machine in (HTTP status 403 AuthorizationFailure); allow its network in the account's firewall, and give the identity the role Storage Blob Data Reader on the container, or set access_key or ARM_ACCESS_KEY", fs.ErrPermission},
		{"token of another tenant", ref, entra, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/7f0d/oauth2/authorize resource_id=https://storage.azure.com")
			refuse(rw, http.StatusUnauthorized, "InvalidAuthenticationInfo")
		}, ref + ": the account does not accept the token (HTTP status 401 InvalidAuthenticationInfo); check tenant_id: it has to be the tenant of the account's subscription", fs.ErrPermission},
		{"half a credential", ref, []string{"ARM_CLIENT_SECRET=hush"}, nil, ref + ": client secret needs client_id (ARM_CLIENT_ID); correct it in driftmgr's configuration, the block or the environment (ARM_*)", nil},
		{"account disabled", ref, key, always(403, "AccountIsDisabled"), ref + ": storage account account is disabled; enable it, or its subscription", fs.ErrPermission},
		{"archived", ref, key, always(409, "BlobArchived"), ref + ": is in the archive tier and cannot be read; rehydrate the blob to the hot tier", nil},
		{"server error", ref, key, always(500, "InternalError"), ref + ": the account keeps answering HTTP status 500 InternalError; run it again later", nil},
		{"throttled", ref, key, always(503, "ServerBusy"), ref + ": the account is too busy (HTTP status 503 ServerBusy) and stays so when asked again; run it again later", nil},
		{"bad snapshot", ref + "?snapshot=x", key, always(400, "InvalidQueryParameterValue"), ref + "?snapshot=x: the account answers HTTP status 400 InvalidQueryParameterValue; check the snapshot, the version and the endpoint", nil},
		{"something else than Azure", ref, key, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("x-ms-error-code", "hush: <html>")
			rw.WriteHeader(http.StatusTeapot)
		}, ref + ": the account answers HTTP status 418; check the snapshot, the version and the endpoint", nil},
		{"something else than Azure that has nothing", ref, key, http.NotFound, ref + ": the account answers HTTP status 404; check the snapshot, the version and the endpoint", nil},
		{"redirection", ref, key, func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "https://management.example/elsewhere?sig=hush", http.StatusFound)
		}, ref + ": the endpoint redirects to management.example; driftmgr sends credentials to no other host: check the endpoint and the proxy, or name the account's own endpoint with ?endpoint=URL", nil},
		{"unknown certificate", ref + "?endpoint=https://untrusted", key, nil, ref + "?endpoint=https://untrusted: the certificate of 127.0.0.1 is not trusted; name its authority's file in SSL_CERT_FILE, or check the proxy", nil},
		{"nobody there", ref + "?endpoint=http://closed", key, nil, ref + "?endpoint=http://closed: 127.0.0.1 cannot be reached; check the network, the proxy and the account's firewall", nil},
		{"cut short", ref, key, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "100")
			fmt.Fprint(rw, `{"version":4`)
		}, ref + ": the download broke off before its end; check the network, and run it again", io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			cloud := s.entra()
			if tt.route != nil {
				s.on(accountHost, tt.route)
			}
			ref, want := tt.ref, tt.want
			if strings.Contains(ref, "untrusted") {
				s.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = nil
				ref, want = strings.Replace(ref, "untrusted", s.addr, 1), strings.Replace(want, "https://untrusted", "https://"+s.addr, 1)
			}
			if strings.Contains(ref, "closed") {
				ref, want = strings.Replace(ref, "closed", "127.0.0.1:1", 1), strings.Replace(want, "http://closed", "http://127.0.0.1:1", 1)
			}
			b := New(Options{Auth: azureauth.Options{HTTP: s.client, Cloud: cloud}, Getenv: environment(tt.env...)})
			got, err := open(impatient(t), b, ref)
			var e *state.Error
			if !errors.As(err, &e) || err.Error() != "state "+want {
				t.Errorf("got  %q, %v\nwant state %s", got, err, want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Error("the error shows a secret")
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v is not %v", err, tt.is)
			}
			if tt.name == "redirection" && slices.ContainsFunc(s.requests, func(r string) bool { return strings.Contains(r, "elsewhere") }) {
				t.Errorf("followed: %q", s.requests)
			}
		})
	}
}

func TestServerErrorThenSuccess(t *testing.T) {
	s := newServer(t)
	s.put("a.tfstate", "{}")
	failures := 2
	s.on(accountHost, func(rw http.ResponseWriter, r *http.Request) {
		if failures--; failures >= 0 {
			refuse(rw, http.StatusInternalServerError, "InternalError")
			return
		}
		s.account(rw, r)
	})
	got, err := open(impatient(t), s.backend("ARM_ACCESS_KEY="+accessKey), "azurerm://account/tfstate/a.tfstate")
	if err != nil || got != "{}" || len(s.requests) != 3 {
		t.Errorf("read %q, %v after %q", got, err, s.requests)
	}
}

// A state whose stream breaks off is read anew by state.Load.
func TestCutShortThenWhole(t *testing.T) {
	s := newServer(t)
	const content = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}`
	s.put("a.tfstate", content)
	cut := true
	s.on(accountHost, func(rw http.ResponseWriter, r *http.Request) {
		if cut {
			cut = false
			rw.Header().Set("Content-Length", fmt.Sprint(len(content)))
			fmt.Fprint(rw, content[:20])
			return
		}
		s.account(rw, r)
	})
	found, err := s.backend("ARM_ACCESS_KEY="+accessKey).Parse(t.Context(), "azurerm://account/tfstate/a.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	f, err := state.Load(t.Context(), found[0], 0)
	if err != nil || f.Serial != 7 {
		t.Errorf("loaded %+v, %v", f, err)
	}
}

// A lease of which nothing is known is a lock all the same.
func TestLockWithoutInfo(t *testing.T) {
	s := newServer(t)
	s.put("a.tfstate", "{}")
	s.blobs["tfstate/a.tfstate"].lock = "not JSON"
	found, err := s.backend("ARM_ACCESS_KEY="+accessKey).Parse(t.Context(), "azurerm://account/tfstate/a.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	if lock, err := found[0].(state.Locked).Lock(t.Context()); err != nil || lock == nil || *lock != (state.Lock{}) {
		t.Errorf("lock %v, %v; want one that is empty", lock, err)
	}
}

// A client of this backend cannot write, whatever is asked of it.
func TestReadOnly(t *testing.T) {
	s := newServer(t)
	s.put("a.tfstate", "{}")
	b := s.backend("ARM_ACCESS_KEY=" + accessKey)
	found, err := b.Parse(t.Context(), "azurerm://account/tfstate/a.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	src := found[0].(*source)
	client, err := src.blob()
	if err != nil {
		t.Fatal(err)
	}
	containerClient, err := src.backend.client(src.place)
	if err != nil {
		t.Fatal(err)
	}
	text := "changed"
	writes := map[string]func() error{
		"PUT metadata": func() error {
			_, err := client.SetMetadata(t.Context(), map[string]*string{"x": &text}, nil)
			return err
		},
		"PUT snapshot":  func() error { _, err := client.CreateSnapshot(t.Context(), nil); return err },
		"DELETE blob":   func() error { _, err := client.Delete(t.Context(), nil); return err },
		"PUT tier":      func() error { _, err := client.SetTier(t.Context(), blob.AccessTierCool, nil); return err },
		"PUT container": func() error { _, err := containerClient.Create(t.Context(), nil); return err },
		"PUT content": func() error {
			_, err := containerClient.NewBlockBlobClient("a.tfstate").UploadBuffer(t.Context(), bytes.Repeat([]byte("x"), 10), nil)
			return err
		},
	}
	for name, write := range writes {
		err := fail(src.name, src.place, write())
		method, _, _ := strings.Cut(name, " ")
		if want := "state azurerm://account/tfstate/a.tfstate: driftmgr refuses to send " + method + " to a state: it only reads; report this as a bug"; err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", name, err, want)
		}
	}
	if requests := s.seen(); len(requests) > 0 {
		t.Errorf("the account got %q", requests)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "MERGE", ""} {
		req, _ := http.NewRequestWithContext(t.Context(), method, "https://"+accountHost+"/tfstate/a.tfstate", nil)
		req.Method = method
		_, err := readOnly(azureauth.Options{HTTP: s.client}.Client()).Transport.RoundTrip(req) //nolint:bodyclose // there is none
		if refused := (*refusedError)(nil); !errors.As(err, &refused) {
			t.Errorf("%q: %v; want a refusal", method, err)
		}
	}
}

// Tokens are asked for once, however many states there are.
func TestEntra(t *testing.T) {
	s := newServer(t)
	cloud := s.entra()
	for i := range 5 {
		s.put(fmt.Sprintf("s%d.tfstate", i), "{}")
	}
	s.pageSize = 100
	b := New(Options{
		Auth:       azureauth.Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush", Cloud: cloud, HTTP: s.client},
		Configured: true,
		// what is configured comes before the environment
		Getenv: environment("ARM_ACCESS_KEY="+accessKey, "ARM_USE_MSI=true"),
	})
	found, err := b.Parse(t.Context(), "azurerm://account/tfstate/*.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range found {
		if got, err := readSource(t.Context(), source); err != nil || got != "{}" {
			t.Errorf("%s: %q, %v", source, got, err)
		}
	}
	var tokens, reads int
	for i, r := range s.requests {
		switch {
		case strings.HasSuffix(r, "/oauth2/v2.0/token"):
			tokens++
		case strings.Contains(r, accountHost):
			reads++
			if got := s.headers[i].Get("Authorization"); got != "Bearer entra" {
				t.Errorf("%s with %q", r, got)
			}
		}
	}
	if tokens != 1 || reads != 6 {
		t.Errorf("%d tokens and %d reads in %q; want 1 and 6", tokens, reads, s.requests)
	}
	want := state.Permission{Cloud: "azure", Action: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"}
	if got := found[0].(state.Permitted).Permissions(); len(got) != 1 || got[0] != want {
		t.Errorf("permissions %+v", got)
	}
}

func TestSecretsStayInside(t *testing.T) {
	l := login{key: "hush", sas: "hush", entra: azureauth.Options{ClientSecret: "hush"}}
	if text := fmt.Sprintf("%v %+v %#v %s", l, l, l, l); strings.Contains(text, "hush") {
		t.Errorf("shows a secret: %s", text)
	}
	var src state.Source = &source{name: "azurerm://account/tfstate/a", place: place{login: l}}
	if text := fmt.Sprintf("%v %+v %#v %s", src, src, src, src); strings.Contains(text, "hush") {
		t.Errorf("shows a secret: %s", text)
	}
}

// Whoever answers at an endpoint cannot make the SDK send a token of another service:
// one that may change things.
func TestChallenge(t *testing.T) {
	s := newServer(t)
	cloud := s.entra()
	entra := s.routes["login.private.example"]
	var scopes []string
	s.on("login.private.example", func(rw http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		if scope := r.Form.Get("scope"); scope != "" {
			scopes = append(scopes, scope)
		}
		entra(rw, r)
	})
	s.on(accountHost, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("WWW-Authenticate", "Bearer authorization_uri=https://login.private.example/contoso.example/oauth2/authorize resource_id=https://management.azure.com")
		refuse(rw, http.StatusUnauthorized, "InvalidAuthenticationInfo")
	})
	b := New(Options{Auth: azureauth.Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush", Cloud: cloud, HTTP: s.client}, Configured: true, Getenv: environment()})
	_, err := open(impatient(t), b, "azurerm://account/tfstate/a.tfstate")
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v; want fs.ErrPermission", err)
	}
	for _, scope := range scopes {
		if strings.Contains(scope, "management") {
			t.Errorf("asked for a token for %s", scope)
		}
	}
	if len(scopes) != 1 {
		t.Errorf("asked for tokens for %q; want one", scopes)
	}
}

// States in several containers of an account share a token.
func TestContainersShareToken(t *testing.T) {
	s := newServer(t)
	b := New(Options{Auth: azureauth.Options{TenantID: "contoso.example", ClientID: "app", ClientSecret: "hush", Cloud: s.entra(), HTTP: s.client}, Configured: true, Getenv: environment()})
	for _, container := range []string{"tfstate", "other", "third"} {
		if _, err := open(impatient(t), b, "azurerm://account/"+container+"/a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", container, err)
		}
	}
	tokens := slices.DeleteFunc(s.seen(), func(r string) bool { return !strings.HasSuffix(r, "/oauth2/v2.0/token") })
	if len(tokens) != 1 {
		t.Errorf("%d tokens; want 1", len(tokens))
	}
}

// Connections are kept for as many states as are read at once.
func TestConnectionsAreKept(t *testing.T) {
	const parallel = 16
	var opened atomic.Int64
	var arrived sync.WaitGroup
	account := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		arrived.Done()
		arrived.Wait()
		fmt.Fprint(rw, "{}")
	}))
	account.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	account.Start()
	defer account.Close()
	b := New(Options{Getenv: environment("ARM_ACCESS_KEY=" + accessKey)})
	for range 2 {
		arrived.Add(parallel)
		var readers sync.WaitGroup
		for range parallel {
			readers.Go(func() {
				if _, err := open(t.Context(), b, "azurerm://account/tfstate/a?endpoint="+account.URL); err != nil {
					t.Error(err)
				}
			})
		}
		readers.Wait()
	}
	if got := opened.Load(); got > parallel+parallel/2 {
		t.Errorf("%d connections for %d states at once, twice", got, parallel)
	}
}
