package gcs

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Configure finds the object as Terraform's gcs backend does
// (https://developer.hashicorp.com/terraform/language/backend/gcs): in
// PREFIX/WORKSPACE.tfstate.
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(block.Dir, err)
	}
	a := attributes{block: block}
	getenv := b.options.Getenv
	p := place{
		bucket: a.text("bucket"),
		object: path.Join(strings.TrimLeft(a.text("prefix"), "/"), cmp.Or(block.Workspace, "default")+stateSuffix),
	}
	encryption := cmp.Or(a.text("encryption_key"), getenv("GOOGLE_ENCRYPTION_KEY"))
	kms := cmp.Or(a.text("kms_encryption_key"), getenv("GOOGLE_KMS_ENCRYPTION_KEY")) // for writing only
	endpoint := a.text("storage_custom_endpoint")
	auth := b.options.Auth
	if !b.options.Configured {
		auth = b.withHTTP(a.auth(getenv))
	}
	if a.err != nil {
		return nil, a.err
	}
	switch {
	case p.bucket == "":
		return nil, &state.Error{Source: block.Dir, Problem: "has a gcs backend without a bucket", Remedy: "set bucket, or give it with -backend-config"}
	case !isBucket(p.bucket):
		return nil, &state.Error{Source: block.Dir, Problem: "has a gcs backend whose bucket has no valid name", Remedy: "check bucket"}
	case encryption != "" && kms != "":
		return nil, &state.Error{Source: block.Dir, Problem: "has a gcs backend with encryption_key and kms_encryption_key", Remedy: "keep one; they can also come from GOOGLE_ENCRYPTION_KEY and GOOGLE_KMS_ENCRYPTION_KEY"}
	}
	if endpoint != "" {
		var err error
		if p.endpoint, err = parseEndpoint(block.Dir, endpoint); err != nil {
			return nil, err
		}
	}
	key, err := parseKey(block.Dir, block.Dir, encryption)
	if err != nil {
		return nil, err
	}
	c, err := b.conn(block.Dir, auth, p.endpoint)
	if err != nil {
		return nil, err
	}
	return []state.Source{&source{place: p, conn: c, key: key}}, nil
}

// attributes reads a block's arguments and keeps the first error.
type attributes struct {
	block state.Block
	err   error
}

func (a *attributes) text(name string) string {
	switch v := a.block.Attrs[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		a.wrong(name, "a string")
		return ""
	}
}

func (a *attributes) texts(name string) []string {
	list, ok := a.block.Attrs[name].([]any)
	if !ok {
		if a.block.Attrs[name] != nil {
			a.wrong(name, "a list of strings")
		}
		return nil
	}
	var texts []string
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			a.wrong(name, "a list of strings")
			return nil
		}
		texts = append(texts, s)
	}
	return texts
}

func (a *attributes) wrong(name, want string) {
	if a.err == nil {
		a.err = &state.Error{Source: a.block.Dir, Problem: fmt.Sprintf("has a gcs backend whose %s is not %s", name, want), Remedy: "correct it"}
	}
}

// auth returns the credentials of the block and the environment, in Terraform's
// order: a token, wherever it is from, then the block's credentials, then the
// environment's.
func (a *attributes) auth(getenv func(string) string) gcpauth.Options {
	auth := gcpauth.BackendFromEnv(getenv)
	if token := a.text("access_token"); token != "" {
		auth.AccessToken, auth.CredentialsFile, auth.CredentialsJSON = token, "", ""
	}
	if credentials := a.text("credentials"); credentials != "" && auth.AccessToken == "" {
		auth = auth.WithCredentials(credentials)
		if file := auth.CredentialsFile; file != "" {
			auth.CredentialsFile = inDir(a.block.Dir, file)
		}
	}
	if account := a.text("impersonate_service_account"); account != "" {
		auth.ImpersonateServiceAccount = account
	}
	if auth.ImpersonateServiceAccount != "" {
		auth.Delegates = a.texts("impersonate_service_account_delegates")
	}
	return auth
}

// inDir returns a path as Terraform understands it, which runs in the module's
// directory.
func inDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// parseKey returns a customer's encryption key: 32 bytes as base64, or the path of
// a file with them, as Terraform takes it, which starts from dir. Empty means none.
func parseKey(source, dir, s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	file := s
	if rest, ok := strings.CutPrefix(s, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			file = filepath.Join(home, rest)
		}
	}
	if content, err := os.ReadFile(inDir(dir, file)); err == nil {
		s = string(content)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil || len(key) != 32 {
		return nil, &state.Error{Source: source, Problem: "has an encryption key that is not 32 bytes in base64", Remedy: "check encryption_key and GOOGLE_ENCRYPTION_KEY; a path in them must be that of an existing file"}
	}
	return key, nil
}
