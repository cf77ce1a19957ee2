package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
)

// cut announces the whole state and sends half of it.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(len(small)))
	_, _ = w.Write([]byte(small[:len(small)/2]))
}

func TestFaults(t *testing.T) {
	alone(t)
	const kms = "User: arn:aws:sts::1:assumed-role/hush is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/2b1c because no identity-based policy allows it"
	failing := answer(http.StatusInternalServerError, "InternalError", "We encountered an internal error")
	tests := []struct {
		name   string
		ref    string
		faults []fault
		want   string
		is     error
	}{
		{"bucket missing", "s3://nowhere/a", nil, "state s3://nowhere/a: bucket nowhere does not exist; check its name, and the endpoint where the store is not AWS", fs.ErrNotExist},
		{"key missing", ref("b"), nil, "state s3://states/b: does not exist; check the key and the workspace (others are under env:/WORKSPACE/): aws s3 ls --recursive s3://states", fs.ErrNotExist},
		{"deleted", ref("a"), []fault{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Amz-Delete-Marker", "true")
			refuse(w, http.StatusNotFound, "NoSuchKey", "")
		}}, "state s3://states/a: was deleted; restore it, or read an older version: ?version_id=ID", fs.ErrNotExist},
		{"version unknown", ref("a?version_id=v9"), nil, "state s3://states/a?version_id=v9: has no version v9; name one of: aws s3api list-object-versions --bucket states --prefix a", fs.ErrNotExist},
		{"version that is none", ref("a"), []fault{answer(http.StatusBadRequest, "InvalidArgument", "Invalid version id specified")},
			"state s3://states/a: could not be read: AWS answered InvalidArgument on s3:GetObject; try again", nil},
		{"denied", ref("a"), []fault{answer(http.StatusForbidden, "AccessDenied", "Access Denied")},
			"state s3://states/a: may not be read (AccessDenied on s3:GetObject), or does not exist and s3:ListBucket is not allowed; allow both, in the caller's policies and the bucket's; where it is encrypted, kms:Decrypt too", fs.ErrPermission},
		{"missing, and listing denied", ref("a"), []fault{answer(http.StatusForbidden, "AccessDenied", `User: hush is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::states"`)},
			"state s3://states/a: does not exist, as far as S3 says: s3:ListBucket, which tells, is not allowed; check the key, and allow s3:ListBucket on arn:aws:s3:::states", fs.ErrNotExist},
		{"KMS denied", ref("a"), []fault{answer(http.StatusForbidden, "AccessDenied", kms)},
			"state s3://states/a: is encrypted with a KMS key that may not be used (AccessDenied); allow kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/2b1c, and enable it", fs.ErrPermission},
		{"KMS key disabled", ref("a"), []fault{answer(http.StatusBadRequest, "KMS.DisabledException", "arn:aws:kms:eu-west-1:111122223333:key/2b1c is disabled.")},
			"state s3://states/a: is encrypted with a KMS key that may not be used (KMS.DisabledException); allow kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/2b1c, and enable it", fs.ErrPermission},
		{"customer's key", ref("a"), []fault{answer(http.StatusBadRequest, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.")},
			"state s3://states/a: is encrypted with a key of your own (SSE-C), or is not and one was given; set sse_customer_key (with encrypt = true) or AWS_SSE_CUSTOMER_KEY to that key, or to none", nil},
		{"archived", ref("a"), []fault{answer(http.StatusForbidden, "InvalidObjectState", "The operation is not valid for the object's storage class")},
			"state s3://states/a: is archived; restore it: aws s3api restore-object", nil},
		{"expired", ref("a"), []fault{answer(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")},
			"state s3://states/a: could not be read: the credentials have expired (ExpiredToken on s3:GetObject); renew them: aws sso login, or a new session token", fs.ErrPermission},
		{"wrong key", ref("a"), []fault{answer(http.StatusForbidden, "SignatureDoesNotMatch", "hush")},
			"state s3://states/a: could not be read: the access key or its secret is wrong (SignatureDoesNotMatch on s3:GetObject); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile's", fs.ErrPermission},
		{"region that nobody says", ref("a"), []fault{answer(http.StatusMovedPermanently, "PermanentRedirect", ""), answer(http.StatusMovedPermanently, "PermanentRedirect", "")},
			"state s3://states/a: the bucket is in another region, and S3 does not say in which; name it: region in the backend block, or ?region=", nil},
		{"500, then success", ref("a"), []fault{failing, failing}, "", nil},
		{"500 for good", ref("a"), []fault{failing, failing, failing, failing, failing, failing},
			"state s3://states/a: could not be read: AWS answered InternalError on s3:GetObject; try again later", nil},
		{"throttled for good", ref("a"), []fault{slow, slow, slow, slow, slow, slow},
			"state s3://states/a: could not be read: AWS says to slow down (SlowDown on s3:GetObject); try again later", nil},
		{"cut, then whole", ref("a"), []fault{cut}, "", nil},
		{"cut for good", ref("a"), []fault{cut, cut, cut}, "state s3://states/a: could not be read: the download broke off after 49 of 98 bytes: unexpected EOF; try again", nil},
		{"no state", ref("html"), nil, "state s3://states/html: is not JSON: it looks like HTML or XML", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			s.objects["a"], s.objects["html"] = small, "<html></html>"
			s.faults["/a"] = tt.faults
			_, err := state.Load(t.Context(), one(t, s.backend(), tt.ref), 0)
			check(t, err, tt.want, tt.is)
		})
	}
}

func slow(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
}

// check compares an error with the line it should be, or begin with. Nothing of what
// a server says in confidence may be in it.
func check(t *testing.T, err error, want string, is error) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	var e *state.Error
	if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) || e.Remedy == "" {
		t.Errorf("got  %v\nwant %v", err, want)
		return
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("shows what is confidential: %v", err)
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("error %v is not %v", err, is)
	}
	for _, other := range []error{fs.ErrNotExist, fs.ErrPermission} {
		if !errors.Is(is, other) && errors.Is(err, other) {
			t.Errorf("error %v is %v", err, other)
		}
	}
}

func TestPatternFaults(t *testing.T) {
	alone(t)
	tests := []struct {
		name, ref string
		fault     fault
		want      string
		is        error
	}{
		{"nothing matches", ref("none/**/terraform.tfstate"), nil, "state s3://states/none/**/terraform.tfstate: nothing matches the pattern; check it, and quote it so that the shell leaves it alone", fs.ErrNotExist},
		{"bucket missing", "s3://nowhere/**", nil, "state s3://nowhere/**: bucket nowhere does not exist; check its name, and the endpoint where the store is not AWS", fs.ErrNotExist},
		{"denied", ref("**"), answer(http.StatusForbidden, "AccessDenied", "hush"), "state s3://states/**: may not be listed (AccessDenied on s3:ListBucket); allow it on arn:aws:s3:::states, in the caller's policies and the bucket's", fs.ErrPermission},
		{"no pattern", ref("[a"), nil, "state s3://states/[a: is not a valid pattern; close every [ and {, or name one state", nil},
		{"listing without an end", ref("**"), func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>")
		}, "state s3://states/**: could not be listed: the listing says that it goes on, but not where; name the states one by one", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			s.objects["a"] = small
			if tt.fault != nil {
				s.faults["list "] = []fault{tt.fault}
			}
			found, err := s.backend().Parse(t.Context(), tt.ref)
			if len(found) != 0 {
				t.Errorf("found %v", found)
			}
			check(t, err, tt.want, tt.is)
		})
	}
}

func TestLockFaults(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"], s.objects["a.tflock"] = small, info
	s.denied["a.tflock"] = true
	lock, err := one(t, s.backend(), ref("a")).(state.Locked).Lock(t.Context())
	if lock != nil {
		t.Errorf("lock %v", lock)
	}
	check(t, err, "state s3://states/a: its lock could not be looked up: access is denied (AccessDenied on s3:GetObject); allow s3:GetObject in the caller's policies and the resource's own", fs.ErrPermission)
}

// A redirect is not followed: it would take the session token, and the customer's
// key, to another host.
func TestRedirect(t *testing.T) {
	alone(t)
	other := newServer(t)
	s := newServer(t)
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}
	s.faults["/a"] = []fault{away}
	_, err := one(t, s.backend(), ref("a")).Open(t.Context())
	check(t, err, "state s3://states/a: the bucket is in another region, and S3 does not say in which; name it: region in the backend block, or ?region=", nil)
	if asked := other.asked(); len(asked) != 0 {
		t.Errorf("the other host got %q", asked)
	}
}

func TestUnreachable(t *testing.T) {
	alone(t)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	defer secure.Close()
	plain := newServer(t)
	auth := plain.auth()
	auth.Endpoint = ""
	b := s3.New(s3.Options{Auth: auth})
	begin := time.Now()
	_, err := one(t, b, ref("a?endpoint="+secure.URL)).Open(t.Context())
	check(t, err, "state s3://states/a?endpoint="+secure.URL+": could not be read: the server's certificate is of no known authority; set AWS_CA_BUNDLE to the file with its certificate authority", nil)
	if took := time.Since(begin); took > 500*time.Millisecond {
		t.Errorf("took %v: asked again in vain?", took)
	}
	_, err = one(t, b, ref("a?endpoint=http://127.0.0.1:1")).Open(t.Context())
	check(t, err, "state s3://states/a?endpoint=http://127.0.0.1:1: could not be read: no answer: dial tcp 127.0.0.1:1: connect: connection refused; check the network, the proxy and the endpoint, and try again", nil)
}

func TestCredentialFaults(t *testing.T) {
	alone(t)
	b := s3.New(s3.Options{Auth: awsauth.Options{Region: "eu-west-1"}})
	_, err := one(t, b, ref("a")).Open(t.Context())
	check(t, err, "state s3://states/a: could not be read: there are no AWS credentials; set AWS_PROFILE or the AWS_* variables, or run aws sso login", nil)
	_, err = one(t, b, ref("a?profile=nobody")).Open(t.Context())
	check(t, err, "state s3://states/a: could not be read: profile nobody is not in the AWS configuration; name one of: aws configure list-profiles", nil)
	_, err = one(t, b, ref("a?role_arn=reader")).Open(t.Context())
	check(t, err, `state s3://states/a: could not be read: role_arn "reader" is no role: write it as arn:aws:iam::111122223333:role/NAME; correct it`, nil)
}

func TestDeadline(t *testing.T) {
	alone(t)
	s := newServer(t)
	gone := make(chan struct{})
	s.faults["/a"] = []fault{func(_ http.ResponseWriter, r *http.Request) { <-gone }}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := one(t, s.backend(), ref("a")).Open(ctx)
	close(gone)
	check(t, err, "state s3://states/a: could not be read: timed out; try again, or allow more time", context.DeadlineExceeded)
}
