package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// secretStore reads secrets by name. Its errors hold no secret.
//
// The name is as it is written in the configuration, or as secrets.vault and
// secrets.project complete it: for AWS a name or an ARN; for Azure the vault's
// name or URL, a slash and the secret's name; for Google projects/P/secrets/S,
// with /versions/V if one is named; for files a path.
type secretStore interface {
	Secret(ctx context.Context, name string) (string, error)
}

// openSecretStore returns the store of a cloud: aws, azure or gcp. c has that
// cloud's section of providers, and the section secrets, with their secrets
// read. It makes no call yet.
type openSecretStore func(ctx context.Context, cloud string, c config) (secretStore, error)

// resolver reads each secret once and opens each store once.
type resolver struct {
	read    map[secretRef]string
	stores  map[string]secretStore
	opening []string
}

// resolve reads the secrets that keys in the sections refer to, and fills them
// in. Without sections it reads all. What is resolved may be resolved again: no
// secret is read twice. An error names the key and the reference.
func (a *app) resolve(ctx context.Context, c *config, sections ...string) error {
	s := c.settings
	if s == nil {
		return nil
	}
	if err := a.resolveSections(ctx, s, sections); err != nil {
		return err
	}
	*c = s.config()
	return nil
}

func (a *app) resolveSections(ctx context.Context, s *settings, sections []string) error {
	for _, k := range s.keys {
		if !within(k.name, sections) {
			continue
		}
		source := k.name
		if provider, ok := s.inherits(k.name); ok {
			source = provider
		}
		layers := s.layers[source]
		v := &layers[len(layers)-1]
		data, err := a.resolveData(ctx, s, v.data)
		if err != nil {
			return problem{v.place, source, flaw{err.Error(), ""}}.err(0)
		}
		v.data = data
	}
	return nil
}

func within(key string, sections []string) bool {
	for _, section := range sections {
		if key == section || strings.HasPrefix(key, section+".") {
			return true
		}
	}
	return len(sections) == 0
}

func (a *app) resolveData(ctx context.Context, s *settings, data any) (any, error) {
	switch data := data.(type) {
	case text:
		return a.resolveText(ctx, s, data)
	case []text:
		list := make([]string, len(data))
		for i, t := range data {
			var err error
			if list[i], err = a.resolveText(ctx, s, t); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]text:
		m := map[string]string{}
		for name, t := range data {
			var err error
			if m[name], err = a.resolveText(ctx, s, t); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	return data, nil
}

func (a *app) resolveText(ctx context.Context, s *settings, t text) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if p.secret == nil {
			b.WriteString(p.literal)
			continue
		}
		secret, err := a.secret(ctx, s, *p.secret)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p.secret, err)
		}
		b.WriteString(secret)
	}
	return b.String(), nil
}

func (a *app) secret(ctx context.Context, s *settings, ref secretRef) (string, error) {
	whole := ref
	whole.key = ""
	secret, ok := s.resolver.read[whole]
	if !ok {
		cloud, name := s.locateSecret(ref)
		store, err := a.store(ctx, s, cloud)
		if err != nil {
			return "", err
		}
		if secret, err = store.Secret(ctx, name); err != nil {
			return "", err
		}
		if secret == "" {
			return "", errors.New("is empty: give the secret a value")
		}
		s.resolver.read[whole] = secret
	}
	if ref.key == "" {
		return secret, nil
	}
	return member(secret, ref.key)
}

// locateSecret says which store has a secret, and under which name.
func (s *settings) locateSecret(ref secretRef) (cloud, name string) {
	c := s.config().Secrets
	switch ref.store {
	case storeAWS:
		return "aws", ref.name
	case storeAzure:
		return "azure", ref.name
	case storeGCP:
		return "gcp", ref.name
	case storeFile:
		name = ref.name
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(s.file), name)
		}
		return "path", name
	}
	switch c.Backend {
	case "azure":
		return "azure", strings.TrimSuffix(c.Vault, "/") + "/" + ref.name
	case "gcp":
		return "gcp", "projects/" + c.Project + "/secrets/" + ref.name
	}
	return c.Backend, ref.name
}

// store opens a store once. Credentials of the store that are secrets themselves
// are read first, from another one.
func (a *app) store(ctx context.Context, s *settings, cloud string) (secretStore, error) {
	if store := s.resolver.stores[cloud]; store != nil {
		return store, nil
	}
	for _, c := range s.resolver.opening {
		if c == cloud {
			return nil, fmt.Errorf("is needed to ask the store that has it: write providers.%s without a secret of that store", cloud)
		}
	}
	s.resolver.opening = append(s.resolver.opening, cloud)
	defer func() { s.resolver.opening = s.resolver.opening[:len(s.resolver.opening)-1] }()
	var store secretStore
	switch cloud {
	case "path":
		store = fileStore{warn: a.warn}
	case "file":
		store = fileStore{dir: s.config().Secrets.Dir, warn: a.warn}
	default:
		if a.openSecrets == nil {
			return nil, fmt.Errorf("secrets of %s cannot be read by this build: use a file", cloud)
		}
		sections := []string{"providers." + cloud, "secrets"}
		if cloud == "aws" && s.config().Providers.AWS.perAccount() {
			sections = []string{"providers.aws.profile", "providers.aws.region", "providers.aws.endpoint", "secrets"}
		}
		if err := a.resolveSections(ctx, s, sections); err != nil {
			return nil, err
		}
		var err error
		if store, err = a.openSecrets(ctx, cloud, s.config()); err != nil {
			return nil, err
		}
	}
	s.resolver.stores[cloud] = store
	return store, nil
}

func (a *app) warn(text string) { _, _ = fmt.Fprintln(a.Err, "driftmgr: warning: "+text) }

// unreadable tells of references to the configured store where there is none.
func (s *settings) unreadable(c secretsConfig) []problem {
	if c.Backend != "none" {
		return nil
	}
	var all []problem
	for _, k := range s.keys {
		v := s.value(k.name)
		if _, inherited := s.inherits(k.name); inherited {
			continue
		}
		for _, ref := range v.refs {
			if strings.HasPrefix(ref, "${"+storeSecret+":") {
				all = append(all, problem{v.place, k.name, flaw{"refers to " + short(ref) + ", and secrets.backend is none", "set it to file, aws, azure or gcp"}})
				break
			}
		}
	}
	return all
}

// member takes one key of a secret that is a JSON object.
func member(secret, key string) (string, error) {
	var object map[string]any
	dec := json.NewDecoder(strings.NewReader(secret))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil {
		return "", errors.New("is no JSON object: leave out the # and what follows")
	}
	switch v := object[key].(type) {
	case string:
		if v != "" {
			return v, nil
		}
		return "", errors.New("is empty: give the secret a value")
	case json.Number, bool:
		return fmt.Sprint(v), nil
	case nil:
		return "", errors.New("the secret has no such key: correct what follows the #")
	}
	return "", errors.New("the secret's key holds no text: name another after the #")
}

// maxSecretSize bounds a secret's file, in bytes.
const maxSecretSize = 64 << 10

// fileStore reads secrets from files: below a folder, which no name leaves, or
// from any path.
type fileStore struct {
	dir  string // empty: names are paths
	warn func(string)
}

func (s fileStore) Secret(_ context.Context, name string) (string, error) {
	path, open := name, func() (fs.FileInfo, io.ReadCloser, error) { return openSecret(os.Stat, os.Open, name) }
	if s.dir != "" {
		root, err := os.OpenRoot(s.dir)
		if err != nil {
			return "", fmt.Errorf("the folder %s of secrets.dir cannot be opened: %w", s.dir, bare(err))
		}
		defer func() { _ = root.Close() }()
		path = filepath.Join(s.dir, name)
		open = func() (fs.FileInfo, io.ReadCloser, error) { return openSecret(root.Stat, root.Open, name) }
	}
	info, f, err := open()
	if err != nil {
		return "", fmt.Errorf("file %s cannot be read: %w", path, bare(err))
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretSize+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("file %s cannot be read: %w", path, bare(err))
	case len(data) > maxSecretSize:
		return "", fmt.Errorf("file %s is larger than 64 KiB: name the file of one secret", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		s.warn(fmt.Sprintf("secret file %s can be read by other users: chmod 600 %[1]s", path))
	}
	secret := strings.TrimSuffix(string(data), "\n")
	return strings.TrimSuffix(secret, "\r"), nil
}

// openSecret opens a regular file: what else has a name may block or never end.
func openSecret(stat func(string) (fs.FileInfo, error), open func(string) (*os.File, error), name string) (fs.FileInfo, io.ReadCloser, error) {
	info, err := stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("it is no regular file")
	}
	f, err := open(name)
	return info, f, err
}

// bare is an error without the operation and path, which the message has.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
