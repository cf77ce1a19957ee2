package gcpauth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
)

func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestSecret(t *testing.T) {
	payload := func(value string, sum uint32) string {
		return fmt.Sprintf(`{"name":"x","payload":{"data":%q,"dataCrc32c":"%d"}}`, base64.StdEncoding.EncodeToString([]byte(value)), sum)
	}
	sum := crc32.Checksum([]byte("VALUE"), crc32.MakeTable(crc32.Castagnoli))
	const latest = "secretmanager.googleapis.com/v1/projects/p/secrets/db/versions/latest:access"
	tests := []struct {
		name, secret string
		status       int
		body         string
		want, err    string
		is           error
		call         string
	}{
		{"latest", "projects/p/secrets/db", 200, payload("VALUE", sum), "VALUE", "", nil, latest},
		{"version", "projects/p/secrets/db/versions/7", 200, payload("VALUE", sum), "VALUE", "", nil, "secretmanager.googleapis.com/v1/projects/p/secrets/db/versions/7:access"},
		{"regional", "projects/p/locations/europe-west3/secrets/db", 200, payload("VALUE", sum), "VALUE", "", nil, "secretmanager.europe-west3.rep.googleapis.com/v1/projects/p/locations/europe-west3/secrets/db/versions/latest:access"},
		{"empty", "projects/p/secrets/db", 200, payload("", 0), "", "", nil, latest},
		{"damaged", "projects/p/secrets/db", 200, payload("VALUE", sum+1), "", "secret projects/p/secrets/db arrived damaged; try again, and check the proxy between", nil, latest},
		{"missing", "projects/p/secrets/db", 404, `{"error":{"message":"VALUE"}}`, "", "secret projects/p/secrets/db does not exist; check the project, the name and the version", fs.ErrNotExist, latest},
		{"denied", "projects/p/secrets/db", 403, `{"error":{"message":"VALUE"}}`, "", "secret projects/p/secrets/db may not be read by these credentials; grant them roles/secretmanager.secretAccessor on the secret (secretmanager.versions.access)", fs.ErrPermission, latest},
		{"disabled API", "projects/p/secrets/db", 403, `{"error":{"details":[{"reason":"SERVICE_DISABLED"}]}}`, "", "secret projects/p/secrets/db: the API is not enabled in the project; enable it (gcloud services enable), or set the quota project to one that has it", nil, latest},
		{"destroyed", "projects/p/secrets/db", 400, `{"error":{"status":"FAILED_PRECONDITION"}}`, "", "secret projects/p/secrets/db cannot be read in its state; check that the version is neither disabled nor destroyed", nil, latest},
		{"expired", "projects/p/secrets/db", 401, `{}`, "", "secret projects/p/secrets/db: the token has expired or was revoked; get a new one: gcloud auth print-access-token, or run: gcloud auth application-default login", fs.ErrPermission, latest},
		{"no name", "db", 0, "", "", "secret db is not a name in Google Secret Manager; write projects/PROJECT/secrets/NAME, with /versions/VERSION behind it for one that is not the latest", nil, ""},
		{"name with more", "projects/p/secrets/db/versions/1:destroy", 0, "", "", "secret projects/p/secrets/db/versions/1:destroy is not a name in Google Secret Manager; write projects/PROJECT/secrets/NAME, with /versions/VERSION behind it for one that is not the latest", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGoogle(t)
			g.fails(tt.call, tt.status, tt.body)
			secrets, err := gcpauth.NewSecrets(gcpauth.Options{AccessToken: "given", HTTP: g.client}, "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := secrets.Secret(t.Context(), tt.secret)
			if got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("error %v\nwant  %v", err, tt.err)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v is not %v", err, tt.is)
			}
			if err != nil && strings.Contains(err.Error(), "VALUE") {
				t.Error("the error tells the value")
			}
			var want []string
			if tt.call != "" {
				want = []string{"GET " + tt.call + " as given"}
			}
			if calls, _ := g.seen(); !slices.Equal(calls, want) {
				t.Errorf("calls %q; want %q", calls, want)
			}
		})
	}
	t.Run("endpoint", func(t *testing.T) {
		g := newGoogle(t)
		g.fails("loopback/v1/projects/p/secrets/db/versions/latest:access", http.StatusOK, payload("VALUE", sum))
		secrets, err := gcpauth.NewSecrets(gcpauth.Options{AccessToken: "given"}, g.url)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := secrets.Secret(t.Context(), "projects/p/secrets/db"); got != "VALUE" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
