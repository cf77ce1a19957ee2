package tfc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// source is the current state of one workspace.
type source struct {
	b         *backend
	name      string
	host      string
	org       string
	workspace string
	token     string // that a block gives

	// listed is the state version that the listing told, which saves the first
	// Open a request. Later ones ask anew.
	listed atomic.Pointer[tfe.StateVersion]
}

func (b *backend) source(r reference, workspace string) *source {
	return &source{b: b, name: b.name(r.host, r.org, workspace), host: r.host, org: r.org, workspace: workspace, token: r.token}
}

// String implements state.Source.
func (s *source) String() string { return s.name }

// Open implements state.Source.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(s.name, s.host, err, 0)
	}
	c, err := s.b.connect(ctx, s.name, s.host, s.token)
	if err != nil {
		return nil, err
	}
	version := s.listed.Swap(nil)
	if version == nil {
		if version, err = s.current(ctx, c); err != nil {
			return nil, err
		}
	}
	if err := s.readable(version); err != nil {
		return nil, err
	}
	return c.download(ctx, s.name, version.DownloadURL)
}

// current asks for the workspace's current state version.
func (s *source) current(ctx context.Context, c *conn) (*tfe.StateVersion, error) {
	w, err := s.read(ctx, c, tfe.WSCurrentStateVer)
	if err != nil {
		return nil, err
	}
	if told(w.CurrentStateVersion) {
		return w.CurrentStateVersion, nil
	}
	// A platform that only speaks the protocol may not tell it with the workspace.
	var version *tfe.StateVersion
	err, status := call(ctx, func(ctx context.Context) (err error) {
		version, err = c.api.StateVersions.ReadCurrent(ctx, w.ID)
		return err
	})
	switch {
	case errors.Is(err, tfe.ErrResourceNotFound) && w.Permissions != nil && !w.Permissions.CanReadStateVersions:
		return nil, &state.Error{
			Source:  s.name,
			Problem: "this token may not read the workspace's state versions",
			Remedy:  readStates,
			Err:     fs.ErrPermission,
		}
	case errors.Is(err, tfe.ErrResourceNotFound):
		return nil, &state.Error{
			Source:  s.name,
			Problem: "has no state yet",
			Remedy:  "apply its configuration first, or leave the workspace out",
			Err:     state.ErrNone,
		}
	case err != nil:
		return nil, c.fail(s.name, err, status)
	}
	return version, nil
}

// told reports whether a state version is there with its attributes, and not
// just with its id.
func told(v *tfe.StateVersion) bool {
	return v != nil && (v.DownloadURL != "" || v.Status != "" || !v.CreatedAt.IsZero())
}

// readable says why a state version cannot be downloaded.
func (s *source) readable(v *tfe.StateVersion) error {
	switch {
	case v.DownloadURL != "" && v.Status != tfe.StateVersionPending:
		return nil
	case v.Status == tfe.StateVersionPending:
		return &state.Error{Source: s.name, Problem: "is being uploaded right now", Remedy: "try again"}
	case v.EncryptedStateDownloadURL != nil:
		return &state.Error{Source: s.name, Problem: "is encrypted with the organization's own key (HYOK)", Remedy: "decrypt it and name the file"}
	}
	return &state.Error{Source: s.name, Problem: "has a state version that cannot be downloaded, " + first(string(v.Status), "without a URL"), Remedy: "check the workspace's states on " + s.host}
}

// read asks for the workspace and what is to come with it. Where the host does
// not know that, the workspace comes alone.
func (s *source) read(ctx context.Context, c *conn, with ...tfe.WSIncludeOpt) (*tfe.Workspace, error) {
	for {
		var w *tfe.Workspace
		err, status := call(ctx, func(ctx context.Context) (err error) {
			w, err = c.api.Workspaces.ReadWithOptions(ctx, s.org, s.workspace, &tfe.WorkspaceReadOptions{Include: with})
			return err
		})
		switch {
		case err == nil:
			return w, nil
		case errors.Is(err, tfe.ErrInvalidIncludeValue) && len(with) > 0:
			with = nil
			continue
		}
		return nil, c.fail(s.name, err, status)
	}
}

// call makes a call of go-tfe, whose errors do not tell the answer's status.
func call(ctx context.Context, f func(context.Context) error) (err error, status int) { //nolint:revive,staticcheck // the status belongs to the error
	ctx = tfe.ContextWithResponseHeaderHook(ctx, func(s int, _ http.Header) { status = s })
	err = f(ctx)
	return err, status
}

// download opens the URL of a state version. It is a secret, and mostly of
// another host, which the token must not reach.
func (c *conn) download(ctx context.Context, name, address string) (io.ReadCloser, error) {
	u, err := c.base.Parse(address)
	if err != nil {
		return nil, fail(name, c.host, answered(c.host, http.StatusBadGateway), 0)
	}
	for range 5 {
		if u.Scheme != "https" {
			return nil, &state.Error{Source: name, Problem: c.host + " has the state downloaded without TLS", Remedy: "let the platform serve it by https"}
		}
		resp, err := c.get(ctx, u)
		if err != nil {
			return nil, fail(name, u.Hostname(), err, 0)
		}
		switch resp.StatusCode {
		case http.StatusOK:
			return resp.Body, nil
		case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
			next, err := resp.Location()
			_ = resp.Body.Close()
			if err != nil {
				return nil, fail(name, c.host, answered(u.Hostname(), resp.StatusCode), 0)
			}
			u = next
		default:
			_ = resp.Body.Close()
			return nil, c.refused(name, u, resp.StatusCode)
		}
	}
	return nil, &state.Error{Source: name, Problem: c.host + " redirects the download in circles", Remedy: "try again"}
}

func (c *conn) get(ctx context.Context, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the download's URL is not valid")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "driftmgr")
	if sameHost(u, c.base) {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.rt.RoundTrip(req)
}

var errDownload = errors.New("the download is refused")

// refused says what a download's answer means: elsewhere than at the API the
// token has no part in it.
func (c *conn) refused(name string, u *url.URL, status int) error {
	switch {
	case sameHost(u, c.base):
		return c.fail(name, errDownload, status)
	case status >= 500:
		return fail(name, u.Hostname(), errDownload, status)
	}
	e := &state.Error{
		Source:  name,
		Problem: fmt.Sprintf("%s answers %d %s to the download", u.Hostname(), status, http.StatusText(status)),
		Remedy:  "try again: its URL may have expired, or the state was replaced meanwhile",
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		e.Err = fs.ErrPermission
	}
	return e
}
