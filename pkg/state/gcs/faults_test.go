package gcs_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/gcs"
)

// times answers the first n requests with fault, the others as usual.
func (s *server) times(object string, n int, fault http.HandlerFunc) {
	s.faults[object] = func(w http.ResponseWriter, r *http.Request) {
		if n--; n >= 0 {
			fault(w, r)
			return
		}
		s.HTTPHandler().ServeHTTP(w, r)
	}
}

func TestServerError(t *testing.T) {
	s := newServer(t)
	s.put("a.tfstate", content)
	unavailable := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "SECRET", http.StatusServiceUnavailable) }
	s.times("a.tfstate", 1, unavailable)
	if got, err := open(t, s.backend(), "gs://states/a.tfstate"); got != content || err != nil {
		t.Errorf("after one 503: %q, %v", got, err)
	}
	s.times("a.tfstate", 99, unavailable)
	before := len(s.seen())
	_, err := open(t, s.backend(), "gs://states/a.tfstate")
	if want := "state gs://states/a.tfstate: Cloud Storage answers with HTTP 503, 4 times in a row; try again later"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
	if n := len(s.seen()) - before; n != 4 {
		t.Errorf("%d requests; want 4", n)
	}
}

// cut sends the first half of the content, and says that it is all.
func cut(generation int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Header().Set("X-Goog-Generation", strconv.FormatInt(generation, 10))
		io.WriteString(w, content[:len(content)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestTruncated(t *testing.T) {
	s := newServer(t)
	s.put("a.tfstate", content)
	generation := s.generation(t, "a.tfstate")
	t.Run("once", func(t *testing.T) {
		s.times("a.tfstate", 1, cut(generation))
		if got, err := open(t, s.backend(), "gs://states/a.tfstate"); got != content || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("replaced in between", func(t *testing.T) {
		// The rest is asked for at the generation that the beginning was of.
		s.times("a.tfstate", 1, cut(17))
		found, err := s.backend().Parse(t.Context(), "gs://states/a.tfstate")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(t, found[0]); err == nil || err.Error() != "the object was replaced while it was read after 47 bytes" {
			t.Errorf("read: %v", err)
		}
		s.times("a.tfstate", 1, cut(17))
		if f, err := state.Load(t.Context(), found[0], 0); err != nil || f.Serial != 1 {
			t.Errorf("load begins anew: %v", err)
		}
	})
	t.Run("always", func(t *testing.T) {
		before := len(s.seen())
		s.times("a.tfstate", 1<<20, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			w.Header().Set("Content-Range", "bytes 0-94/95")
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusPartialContent)
			}
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		found, err := s.backend().Parse(t.Context(), "gs://states/a.tfstate")
		if err != nil {
			t.Fatal(err)
		}
		_, err = state.Load(t.Context(), found[0], 0)
		if want := "state gs://states/a.tfstate: could not be read: the download broke off after 0 bytes; try again"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
		if n := len(s.seen()) - before; n > 3*12 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("damaged", func(t *testing.T) {
		s.times("a.tfstate", 1<<20, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Goog-Hash", "crc32c=AAAAAA==")
			io.WriteString(w, content)
		})
		if _, err := open(t, s.backend(), "gs://states/a.tfstate"); err == nil || err.Error() != "the content does not have its checksum after 95 bytes" {
			t.Errorf("read: %v", err)
		}
	})
	t.Run("context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s.times("a.tfstate", 1<<20, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			io.WriteString(w, content[:10])
			w.(http.Flusher).Flush()
			cancel()
			<-r.Context().Done()
		})
		found, err := s.backend().Parse(t.Context(), "gs://states/a.tfstate")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := state.Load(ctx, found[0], 0); !errors.Is(err, context.Canceled) {
			t.Errorf("load: %v", err)
		}
	})
}

func TestUnreachable(t *testing.T) {
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	plain.Close()
	for endpoint, want := range map[string]string{
		tls.URL:   "the TLS certificate of HOST is not trusted; add its authority to the system's, or name a file with it in SSL_CERT_FILE; check the clock",
		plain.URL: "HOST cannot be reached; check the network and the proxy (HTTPS_PROXY)",
	} {
		b := gcs.New(gcs.Options{Auth: gcpauth.Options{AccessToken: "t"}, Configured: true, Getenv: env("GOOGLE_STORAGE_CUSTOM_ENDPOINT", endpoint)})
		_, err := open(t, b, "gs://states/a.tfstate")
		_, host, _ := strings.Cut(endpoint, "://")
		want := "state gs://states/a.tfstate: " + strings.Replace(want, "HOST", host, 1)
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %v", err, want)
		}
	}
}
