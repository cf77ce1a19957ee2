package tfc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state/readonly"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

func TestGuard(t *testing.T) {
	h := newHCP(t)
	ws := h.put("app", []byte("{}"))

	t.Run("client", func(t *testing.T) {
		found, err := h.backend().Parse(t.Context(), h.ref("app"))
		if err != nil {
			t.Fatal(err)
		}
		api, err := tfc.API(t.Context(), found[0])
		if err != nil {
			t.Fatal(err)
		}
		h.took()
		writes := map[string]func() error{
			"lock": func() error {
				_, err := api.Workspaces.Lock(t.Context(), ws.id, tfe.WorkspaceLockOptions{})
				return err
			},
			"unlock": func() error { _, err := api.Workspaces.ForceUnlock(t.Context(), ws.id); return err },
			"delete": func() error { return api.Workspaces.Delete(t.Context(), h.org, ws.name) },
			"update": func() error {
				_, err := api.Workspaces.UpdateByID(t.Context(), ws.id, tfe.WorkspaceUpdateOptions{})
				return err
			},
			"write state": func() error {
				_, err := api.StateVersions.Create(t.Context(), ws.id, tfe.StateVersionCreateOptions{MD5: tfe.String("x"), Serial: tfe.Int64(8)})
				return err
			},
			"run": func() error {
				_, err := api.Runs.Create(t.Context(), tfe.RunCreateOptions{Workspace: &tfe.Workspace{ID: ws.id}})
				return err
			},
		}
		for name, write := range writes {
			if err := write(); !errors.Is(err, readonly.ErrRefused) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("transport", func(t *testing.T) {
		rt := tfc.Transport(h.api.Client().Transport)
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"} {
			req, err := http.NewRequestWithContext(t.Context(), method, h.api.URL, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := rt.RoundTrip(req)
			if !errors.Is(err, readonly.ErrRefused) {
				t.Errorf("%s: %v", method, err)
			}
			if err == nil {
				resp.Body.Close()
			}
		}
	})
	if got := h.took(); len(got) != 0 {
		t.Errorf("requests %q", got)
	}
}
