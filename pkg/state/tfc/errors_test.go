package tfc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

// open resolves a reference and opens what it stands for.
func open(ctx context.Context, b state.Backend, ref string) (string, error) {
	found, err := b.Parse(ctx, ref)
	if err != nil {
		return "", err
	}
	r, err := found[0].Open(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

// check compares an error with the one line that it is to be. HOST and OTHER
// stand for the platform's and the archivist's host.
func (h *hcp) check(t *testing.T, err error, want string, is error) {
	t.Helper()
	want = strings.NewReplacer("HOST", h.host(), "OTHER", "127.0.0.1").Replace(want)
	var e *state.Error
	if !errors.As(err, &e) || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
		return
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("error %v is not %v", err, is)
	}
	for _, secret := range []string{token, "secret-", "/v1/object", "detail of the platform"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error %v holds %q", err, secret)
		}
	}
}

func TestReferenceErrors(t *testing.T) {
	h := newHCP(t)
	h.projects = []string{"net"}
	h.put("app", []byte("{}"))
	const forms = "write tfc://ORG/WORKSPACE, tfc://ORG/*, tfc://ORG?tags=A,B or tfc://ORG?project=NAME"
	tests := []struct{ name, ref, want string }{
		{"nothing", "tfc://", "state tfc://: names no organization; " + forms},
		{"no organization", "tfc:///app", "state tfc:///app: names no organization; " + forms},
		{"host alone", "tfc://tfe.example.com", "state tfc://tfe.example.com: names no organization; " + forms},
		{"no workspace", "tfc://acme", "state tfc://acme: names no workspace; " + forms},
		{"empty workspace", "tfc://acme/", "state tfc://acme/: names no workspace; " + forms},
		{"too many parts", "tfc://tfe.example.com/acme/a/b", "state tfc://tfe.example.com/acme/a/b: has too many slashes; " + forms},
		{"pattern for the organization", "tfc://*/app", "state tfc://*/app: names an organization that cannot be one; its name has letters, digits, - and _"},
		{"path upwards", "tfc://acme/..", "state tfc://acme/..: names a workspace that cannot be one; its name has letters, digits, - and _"},
		{"escaped slash", "tfc://acme/a%2fb", "state tfc://acme/a%2fb: names a workspace that cannot be one; its name has letters, digits, - and _"},
		{"bad pattern", "tfc://acme/[a", "state tfc://acme/[a: is not a valid pattern; close every [ and {, or name one state"},
		{"bad host", "tfc://a_b.com:x/acme/app", "state tfc://a_b.com:x/acme/app: names a host that cannot be one; write it as in tfc://tfe.example.com/ORG/WORKSPACE"},
		{"two hosts", "tfc://a.com/acme/app?host=b.com", "state tfc://a.com/acme/app?host=b.com: names two hosts; name the host before the organization or as ?host=, not both"},
		{"unknown parameter", "tfc://acme/app?token=s3cr3t.atlasv1.token", "state tfc://acme/app: has a parameter that driftmgr does not know: token; use host, tags or project"},
		{"user and password", "tfc://ann:s3cr3t.atlasv1.token@acme/app", "state tfc://***@acme/app: has credentials in it; take them out and give the token by terraform login or TF_TOKEN_…"},
		{"token beside an empty parameter", "tfc://acme?tags=&token=SECRET", "state tfc://acme: has no single value for tags; give it once: ?tags=VALUE"},
		{"empty parameter", "tfc://acme?tags=", "state tfc://acme: has no single value for tags; give it once: ?tags=VALUE"},
		{"empty tag", "tfc://acme?tags=a,,b", "state tfc://acme?tags=a,,b: has tags that cannot be read; write ?tags=A,B or ?tags=KEY=VALUE"},
		{"one workspace and tags", "tfc://acme/app?tags=a", "state tfc://acme/app?tags=a: names one workspace and a choice of several; leave out the workspace, or tags and project"},
		{"bad query", "tfc://acme?tags=%zz", "state tfc://acme: has a query that cannot be read; write a % as %25, and & between parameters"},
		{"pattern without a match", "tfc://acme/nothing-*", "state tfc://acme/nothing-*: nothing matches the pattern; check it, and quote it so that the shell leaves it alone"},
		{"tag without a match", "tfc://acme?tags=nothing", "state tfc://acme?tags=nothing: stands for no workspace that this token can see; check the organization, the tags, and what the token's user or team can read"},
		{"unknown project", "tfc://acme?project=nothing", `state tfc://acme?project=nothing: the project "nothing" does not exist in acme, or this token may not see it; check its name, and what the token's user or team can read`},
		{"unknown organization", "tfc://other/*", `state tfc://other/*: the organization "other" does not exist on HOST, or this token may not see it (HTTP 404); check its name, and that the token's user is a member of it`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := h.backend().Parse(t.Context(), tt.ref)
			h.check(t, err, tt.want, nil)
		})
	}
}

func TestOpenErrors(t *testing.T) {
	status := func(code int, part string) func(*hcp) {
		return func(h *hcp) {
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, part) {
					h.error(w, code, "an answer", "detail of the platform "+token)
					return true
				}
				return false
			}
		}
	}
	redirect := func(to, part string) func(*hcp) {
		return func(h *hcp) {
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, part) {
					http.Redirect(w, r, strings.Replace(to, "OTHER", h.archivist.URL, 1), http.StatusFound)
					return true
				}
				return false
			}
		}
	}
	const (
		show = "/organizations/"
		see  = "check the names of organization and workspace, and which of them the token's user or team can read"
		may  = "let the token's user or team read the workspace's state versions"
	)
	tests := []struct {
		name  string
		setup func(*hcp)
		want  string
		is    error
	}{
		{"workspace missing", func(h *hcp) { h.spaces = nil }, "does not exist, or this token may not see it (HTTP 404); " + see, fs.ErrNotExist},
		{"no state yet", func(h *hcp) { h.spaces = nil; h.put("app", nil) }, "has no state yet; apply its configuration first, or leave the workspace out", fs.ErrNotExist},
		{"state versions not for this token", func(h *hcp) { h.find("app").denied = true }, "this token may not read the workspace's state versions; " + may, fs.ErrPermission},
		{"token expired", status(401, show), "HOST does not accept the token from driftmgr's configuration (HTTP 401); renew it: terraform login HOST", fs.ErrPermission},
		{"forbidden", status(403, show), "HOST lets this token not read it (HTTP 403); " + may, fs.ErrPermission},
		{"conflict", status(409, show), "HOST lets nobody read it right now, it is locked (HTTP 409); try again when the run that holds the lock has ended", nil},
		{"locked", status(423, show), "HOST lets nobody read it right now, it is locked (HTTP 423); try again when the run that holds the lock has ended", nil},
		{"server error", status(502, show), "HOST answers 502 Bad Gateway; try again", nil},
		{"other answer", status(418, show), "HOST answers 418 I'm a teapot; check the host", nil},
		{"no document", func(h *hcp) {
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, show) {
					return false
				}
				fmt.Fprint(w, "<html>detail of the platform")
				return true
			}
		}, "HOST answers with what is not a document of the API; check the host", nil},
		{"API elsewhere", redirect("OTHER/api/v2/organizations/acme/workspaces/app", show), "HOST redirects to another host, which driftmgr does not follow with a token; name the host that it redirects to", nil},
		{"no API", status(404, "/.well-known/"), "HOST has no API of HCP Terraform: /.well-known/terraform.json does not name tfe.v2; check the host", nil},
		{"discovery fails", status(503, "/.well-known/"), "HOST answers 503 Service Unavailable; try again", nil},
		{"discovery without TLS", redirect("http://127.0.0.1:1/", "/.well-known/"), "HOST redirects to another host, which driftmgr does not follow with a token; name the host that it redirects to", nil},
		{"download refused", status(403, "/v1/object/"), "OTHER answers 403 Forbidden to the download; try again: its URL may have expired, or the state was replaced meanwhile", fs.ErrPermission},
		{"download gone", status(404, "/v1/object/"), "OTHER answers 404 Not Found to the download; try again: its URL may have expired, or the state was replaced meanwhile", nil},
		{"download fails", status(500, "/v1/object/"), "OTHER answers 500 Internal Server Error; try again", nil},
		{"download without TLS", redirect("http://127.0.0.1:1/v1/object/secret-", "/v1/object/"), "HOST has the state downloaded without TLS; let the platform serve it by https", nil},
		{"download in circles", redirect("OTHER/v1/object/secret-", "/v1/object/"), "HOST redirects the download in circles; try again", nil},
		{"rate limit for an hour", func(h *hcp) {
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, show) {
					return false
				}
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			}
		}, "HOST asks to wait for 1h0m0s, because of its rate limit; try again later", nil},
		{"rate limit for good", func(h *hcp) {
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, show) {
					return false
				}
				w.Header().Set("X-RateLimit-Reset", "0.001")
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			}
		}, "HOST refuses more requests, because of its rate limit; try again later", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // some wait before they try again
			h := newHCP(t)
			h.put("app", []byte("{}"))
			tt.setup(h)
			_, err := open(t.Context(), h.backend(), h.ref("app"))
			h.check(t, err, "state tfc://HOST/acme/app: "+tt.want, tt.is)
			h.dump(t)
		})
	}
}

func TestUnreachable(t *testing.T) {
	h := newHCP(t)
	h.put("app", []byte("{}"))
	ref := h.ref("app")
	t.Run("certificate", func(t *testing.T) {
		b := h.backend(func(o *tfc.Options) { o.HTTP = nil })
		_, err := open(t.Context(), b, ref)
		h.check(t, err, "state tfc://HOST/acme/app: HOST has a certificate that this machine does not trust; add the authority that signed it to this machine's, or set SSL_CERT_FILE", nil)
	})
	t.Run("ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h.hook = func(http.ResponseWriter, *http.Request) bool { cancel(); return false }
		_, err := open(ctx, h.backend(), ref)
		h.check(t, err, "state tfc://HOST/acme/app: was not opened: context canceled", context.Canceled)
		h.hook = nil
	})
	t.Run("down", func(t *testing.T) {
		h.api.Close()
		_, err := open(t.Context(), h.backend(), ref)
		if err == nil || !strings.HasPrefix(err.Error(), "state "+ref+": "+h.host()+" cannot be reached: dial tcp ") || !strings.HasSuffix(err.Error(), "; check the host and the network") {
			t.Errorf("error %v", err)
		}
	})
}

func TestPassingFailures(t *testing.T) {
	fails := map[string]func(w http.ResponseWriter){
		"500": func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"429 with Retry-After": func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"429 with a header that nobody can read": func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Reset", "soon") // go-tfe would end the process
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"connection broken": func(w http.ResponseWriter) { panic(http.ErrAbortHandler) },
	}
	for name, failure := range fails {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHCP(t)
			h.put("app", []byte("{}"))
			failed := make(map[string]bool) // by path: each fails once
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				h.mu.Lock()
				again := failed[r.URL.Path]
				failed[r.URL.Path] = true
				h.mu.Unlock()
				if !again {
					failure(w)
				}
				return !again
			}
			if got, err := open(t.Context(), h.backend(), h.ref("app")); got != "{}" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}

// go-tfe ends the process where it cannot read the rate limit.
func TestRateLimitThatCannotBeRead(t *testing.T) {
	for _, limit := range []string{"1e999", "none", "-1", "NaN", "0.1"} {
		h := newHCP(t)
		h.put("app", []byte("{}"))
		h.hook = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/api/v2/ping" {
				w.Header().Set("X-RateLimit-Limit", limit)
			}
			return r.URL.Path == "/api/v2/ping"
		}
		if got, err := open(t.Context(), h.backend(), h.ref("app")); got != "{}" || err != nil {
			t.Errorf("%s: read %q, %v", limit, got, err)
		}
	}
}

// A download that breaks off is read anew, and is not taken for the state.
func TestTruncatedDownload(t *testing.T) {
	h := newHCP(t)
	content := `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}`
	h.put("app", []byte(content))
	broken := 0
	h.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/v1/object/") || broken == 2 {
			return false
		}
		broken++
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		fmt.Fprint(w, content[:40])
		return true
	}
	found, err := h.backend().Parse(t.Context(), h.ref("app"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := state.Load(t.Context(), found[0], 0)
	if err != nil || f.Serial != 7 {
		t.Errorf("loaded %+v, %v", f, err)
	}
}

// The token goes to the API alone, also where another host asks for it.
func TestTokenStays(t *testing.T) {
	h := newHCP(t)
	h.hosted = true
	h.put("app", []byte("{}"))
	thief := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token went to another host")
		}
		fmt.Fprint(w, `{"tfe.v2":"/api/v2/"}`)
	}))
	defer thief.Close()

	t.Run("driftmgr's own is for its host", func(t *testing.T) {
		other := strings.TrimPrefix(thief.URL, "https://")
		_, err := open(t.Context(), h.backend(), "tfc://"+other+"/acme/app")
		h.check(t, err, "state tfc://"+other+"/acme/app: no token for "+other+" was found; run terraform login "+other+" or set TF_TOKEN_"+strings.ReplaceAll(other, ".", "_"), fs.ErrPermission)
	})
	t.Run("download behind the API", func(t *testing.T) {
		for _, code := range []int{301, 302, 303, 307, 308} {
			h.hook = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/hosted_state") {
					if r.Header.Get("Authorization") != "Bearer "+token {
						t.Error("the API did not get the token")
					}
					http.Redirect(w, r, thief.URL, code)
					return true
				}
				return false
			}
			if _, err := open(t.Context(), h.backend(), h.ref("app")); err != nil {
				t.Error(err)
			}
		}
	})
}
