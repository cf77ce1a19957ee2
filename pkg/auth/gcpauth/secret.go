package gcpauth

import (
	"context"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"io/fs"
	"net/http"
	"regexp"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/secretmanager/v1"
)

// Secrets reads secrets from Google Secret Manager.
type Secrets struct {
	options  Options
	endpoint string
	client   *http.Client
}

// NewSecrets returns a reader of secrets. endpoint replaces the service's own,
// for tests; empty otherwise. Errors are *Error.
func NewSecrets(o Options, endpoint string) (*Secrets, error) {
	o.Scopes = []string{ScopeCloudPlatform} // it knows no other
	client, err := Client(o)
	if err != nil {
		return nil, err
	}
	return &Secrets{options: o, endpoint: endpoint, client: client}, nil
}

// secretName is projects/P/secrets/S, for a regional secret with
// locations/L/ within, and with the version behind where it is not the latest.
var secretName = regexp.MustCompile(`^projects/([a-z0-9.:-]+)(?:/locations/([a-z0-9-]+))?/secrets/([A-Za-z0-9_-]{1,255})(/versions/[A-Za-z0-9_-]+)?$`)

// Secret returns a secret's value: that of `projects/P/secrets/S`, which is its
// latest version, or of `projects/P/secrets/S/versions/V`. It takes the
// permission secretmanager.versions.access
// (https://docs.cloud.google.com/secret-manager/docs/access-secret-version).
// Errors are *Error and never hold a value.
func (s *Secrets) Secret(ctx context.Context, name string) (string, error) {
	parts := secretName.FindStringSubmatch(name)
	if parts == nil {
		return "", &Error{
			Problem: "secret " + display(name) + " is not a name in Google Secret Manager",
			Remedy:  "write projects/PROJECT/secrets/NAME, with /versions/VERSION behind it for one that is not the latest",
		}
	}
	full := name
	if parts[4] == "" {
		full += "/versions/latest"
	}
	opts := []option.ClientOption{option.WithHTTPClient(s.client), option.WithoutAuthentication()}
	switch location := parts[2]; {
	case s.endpoint != "":
		opts = append(opts, option.WithEndpoint(s.endpoint))
	case location != "":
		opts = append(opts, option.WithEndpoint("https://secretmanager."+location+".rep."+s.options.universe()+"/"))
	case s.options.UniverseDomain != "":
		opts = append(opts, option.WithEndpoint("https://secretmanager."+s.options.UniverseDomain+"/"))
	}
	service, err := secretmanager.NewService(ctx, opts...)
	if err != nil {
		return "", secretError(name, err)
	}
	var answer *secretmanager.AccessSecretVersionResponse
	if parts[2] != "" {
		answer, err = service.Projects.Locations.Secrets.Versions.Access(full).Context(ctx).Do()
	} else {
		answer, err = service.Projects.Secrets.Versions.Access(full).Context(ctx).Do()
	}
	if err != nil {
		return "", secretError(name, err)
	}
	if answer.Payload == nil {
		return "", &Error{Problem: "secret " + name + " has no value", Remedy: "add a version to it"}
	}
	value, err := base64.StdEncoding.DecodeString(answer.Payload.Data)
	if err != nil || answer.Payload.DataCrc32c != 0 && int64(crc32.Checksum(value, crc32.MakeTable(crc32.Castagnoli))) != answer.Payload.DataCrc32c {
		return "", &Error{Problem: "secret " + name + " arrived damaged", Remedy: "try again, and check the proxy between"}
	}
	return string(value), nil
}

func secretError(name string, err error) error {
	var api *googleapi.Error
	if errors.As(err, &api) {
		switch api.Code {
		case http.StatusNotFound:
			return &Error{Problem: "secret " + name + " does not exist", Remedy: "check the project, the name and the version", Err: fs.ErrNotExist}
		case http.StatusForbidden:
			if e := Explain(err); e.Err == nil {
				return &Error{Problem: "secret " + name + ": " + e.Problem, Remedy: e.Remedy}
			}
			return &Error{
				Problem: "secret " + name + " may not be read by these credentials",
				Remedy:  "grant them roles/secretmanager.secretAccessor on the secret (secretmanager.versions.access)",
				Err:     fs.ErrPermission,
			}
		case http.StatusBadRequest:
			return &Error{Problem: "secret " + name + " cannot be read in its state", Remedy: "check that the version is neither disabled nor destroyed"}
		}
	}
	e := Explain(err)
	return &Error{Problem: "secret " + name + ": " + e.Problem, Remedy: e.Remedy, Err: e.Err}
}
