package azurerm

import (
	"context"
	"encoding/base64"
	"io"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// place is a container and how it is opened.
type place struct {
	account, endpoint, container string
	login                        login

	// resource is the account's resource id, empty where it is not known.
	resource string
	// lookedUp is that the endpoint came from the resource manager.
	lookedUp bool
}

// source is one blob.
type source struct {
	backend           *backend
	name              string
	place             place
	key               string
	snapshot, version string

	// listed is that a listing has said which lock there is.
	listed bool
	lock   *state.Lock
}

func (s *source) String() string { return s.name }

// GoString implements fmt.GoStringer: %#v, too, shows no secret.
func (s *source) GoString() string { return "azurerm.source(" + s.name + ")" }

// blob returns the client of the blob, or of its snapshot or version.
func (s *source) blob() (*blob.Client, error) {
	c, err := s.backend.client(s.place)
	if err != nil {
		return nil, err
	}
	b := c.NewBlobClient(s.key)
	switch {
	case s.snapshot != "":
		return b.WithSnapshot(s.snapshot)
	case s.version != "":
		return b.WithVersionID(s.version)
	}
	return b, nil
}

// Open sends one request. What breaks off later fails the Read, and is for
// state.Load to open again: it reads one version of the state from its beginning.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(s.name, s.place, err)
	}
	b, err := s.blob()
	if err != nil {
		return nil, fail(s.name, s.place, err)
	}
	got, err := b.DownloadStream(ctx, nil)
	if err != nil {
		return nil, fail(s.name, s.place, err)
	}
	return &body{name: s.name, body: got.Body}, nil
}

// body fails with an *state.Error.
type body struct {
	name string
	body io.ReadCloser
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a reader's end is io.EOF itself
		err = brokeOff(b.name, err)
	}
	return n, err
}

func (b *body) Close() error { return b.body.Close() }

// Lock implements state.Locked: Terraform holds a lease on the blob, and keeps who
// and why in its metadata
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/azure/client.go).
// Of a state that a pattern found it is what the listing said.
func (s *source) Lock(ctx context.Context) (*state.Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(s.name, s.place, err)
	}
	if s.listed {
		return s.lock, nil
	}
	if s.snapshot != "" || s.version != "" {
		return nil, nil // nobody changes what has been
	}
	b, err := s.blob()
	if err != nil {
		return nil, fail(s.name, s.place, err)
	}
	got, err := b.GetProperties(ctx, nil)
	if err != nil {
		return nil, fail(s.name, s.place, err)
	}
	return lockOf(got.LeaseStatus, got.Metadata), nil
}

// lockOf is the lock that a lease and the metadata stand for. A lease that says
// nothing about itself is a lock of which nothing is known.
func lockOf(status *lease.StatusType, metadata map[string]*string) *state.Lock {
	if status == nil || *status != lease.StatusTypeLocked {
		return nil
	}
	info, err := base64.StdEncoding.DecodeString(entry(metadata, "terraformlockid"))
	if err != nil {
		info = nil
	}
	return state.ParseLock(info)
}

// entry returns an entry of the metadata, whose names come in either case.
func entry(metadata map[string]*string, name string) string {
	for k, v := range metadata {
		if strings.EqualFold(k, name) && v != nil {
			return *v
		}
	}
	return ""
}

// Permissions implements state.Permitted. A key or a SAS token is its own
// permission.
func (s *source) Permissions() []state.Permission {
	var permissions []state.Permission
	if s.place.lookedUp {
		permissions = append(permissions, state.Permission{Cloud: "azure", Action: "Microsoft.Storage/storageAccounts/read", Resource: s.place.resource})
	}
	if s.place.login.key != "" || s.place.login.sas != "" {
		return permissions
	}
	resource := s.place.resource
	if resource != "" {
		resource += "/blobServices/default/containers/" + s.place.container
	}
	return append(permissions, state.Permission{
		Cloud:    "azure",
		Action:   "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
		Resource: resource,
	})
}
