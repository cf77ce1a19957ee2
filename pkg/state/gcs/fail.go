package gcs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// fail makes the one line of a failed reading of the object.
func (s *source) fail(err error) *state.Error {
	e := s.failure(err)
	e.Source = s.String()
	return e
}

func (s *source) failure(err error) *state.Error {
	bucket := s.place.bucket
	said := textOf(err)
	status := statusOf(err)
	switch {
	case errors.Is(err, storage.ErrBucketNotExist), errors.Is(err, storage.ErrObjectNotExist) && strings.Contains(said, "bucket does not exist"):
		return &state.Error{Problem: "the bucket " + bucket + " does not exist", Remedy: "check its name", Err: fs.ErrNotExist}
	case errors.Is(err, storage.ErrObjectNotExist) && s.place.generation != 0:
		return &state.Error{
			Problem: "does not exist in this generation",
			Remedy:  "list them: gcloud storage ls --all-versions gs://" + bucket + "/" + s.place.object + "; without versioning of the bucket, old ones are gone",
			Err:     fs.ErrNotExist,
		}
	case errors.Is(err, storage.ErrObjectNotExist):
		return &state.Error{
			Problem: "does not exist",
			Remedy:  "check the bucket, the prefix and the workspace (PREFIX/WORKSPACE.tfstate); list them: gcloud storage ls gs://" + bucket + "/**" + stateSuffix,
			Err:     fs.ErrNotExist,
		}
	case status == http.StatusBadRequest && has(said, "customerencryptionkeyisincorrect", "encryption key is incorrect"):
		return &state.Error{Problem: "is encrypted with another key than the one that was given", Remedy: "check encryption_key and GOOGLE_ENCRYPTION_KEY"}
	case status == http.StatusBadRequest && has(said, "isencryptedwithcustomerencryptionkey", "is encrypted by a customer-supplied"):
		return &state.Error{Problem: "is encrypted with a key of the customer's", Remedy: "give it in encryption_key of the backend block, or in GOOGLE_ENCRYPTION_KEY"}
	case status == http.StatusBadRequest && has(said, "notencryptedwithcustomerencryptionkey", "not encrypted by a customer-supplied", "not encrypted with a customer-supplied"):
		return &state.Error{Problem: "is not encrypted with a key of the customer's, and one was given", Remedy: "remove encryption_key and GOOGLE_ENCRYPTION_KEY"}
	case status == http.StatusBadRequest && has(said, "userprojectmissing", "requester pays"):
		return &state.Error{Problem: "is in a bucket whose readers pay", Remedy: "set the quota project that is to pay"}
	case (status == http.StatusBadRequest || status == http.StatusForbidden) && has(said, "cloudkms", "cloud kms"):
		return &state.Error{
			Problem: "its KMS key may not be used",
			Remedy:  "grant the project's Cloud Storage service agent roles/cloudkms.cryptoKeyEncrypterDecrypter on the key, and check that it is enabled",
			Err:     fs.ErrPermission,
		}
	case status == http.StatusForbidden && explain(err).Err == fs.ErrPermission: //nolint:errorlint // gcpauth's own, unwrapped
		return &state.Error{
			Problem: "may not be read by these credentials, or does not exist: without storage.objects.list both look the same",
			Remedy:  "grant roles/storage.objectViewer on the bucket (storage.objects.get and storage.objects.list), and check the name",
			Err:     fs.ErrPermission,
		}
	}
	return explain(err)
}

// has reports whether a text has one of several.
func has(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// failList makes the one line of a failed listing.
func (s *source) failList(err error) *state.Error {
	e := s.fail(err)
	if statusOf(err) == http.StatusForbidden && errors.Is(e, fs.ErrPermission) {
		e.Problem = "the bucket " + s.place.bucket + " may not be listed by these credentials"
		e.Remedy = "grant roles/storage.objectViewer on it (storage.objects.list)"
	}
	return e
}

// explain makes the problem and the remedy of what is not the object's own.
func explain(err error) *state.Error {
	var broke *state.Error
	if errors.As(err, &broke) {
		return &state.Error{Problem: broke.Problem, Remedy: broke.Remedy}
	}
	if status := statusOf(err); status >= 500 {
		return &state.Error{Problem: fmt.Sprintf("Cloud Storage answers with HTTP %d, %d times in a row", status, tries), Remedy: "try again later"}
	}
	e := gcpauth.Explain(err)
	remedy := e.Remedy
	if remedy == "" {
		remedy = "try again"
	}
	return &state.Error{Problem: e.Problem, Remedy: remedy, Err: e.Err}
}

// sentinel is the context's error within an error; nil where there is none.
func sentinel(err error) error {
	for _, s := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, s) {
			return s
		}
	}
	return nil
}

func statusOf(err error) int {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return api.Code
	}
	return 0
}

// textOf is what the server has said, in lower case, for looking into only.
func textOf(err error) string {
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return ""
	}
	text := api.Message + " " + api.Body
	for _, item := range api.Errors {
		text += " " + item.Reason
	}
	return strings.ToLower(text)
}
