package s3_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
)

// server speaks as much of S3, DynamoDB and STS as reading states takes. It has one
// bucket, addressed path-style: /states/KEY.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	home     string            // the bucket's region; empty: any is right
	silent   bool              // do not say the region but after HEAD
	objects  map[string]string // by key; KEY?VERSION for a version
	items    map[string]string // of the lock table: LockID → Info
	faults   map[string][]fault
	denied   map[string]bool
	sse      string // the customer's key that objects are encrypted with
	pageSize int
	requests []string // METHOD PATH by KEY in REGION
}

// fault answers one request instead of the server.
type fault func(w http.ResponseWriter, r *http.Request)

func newServer(t testing.TB) *server {
	s := &server{
		objects: map[string]string{}, items: map[string]string{}, faults: map[string][]fault{}, denied: map[string]bool{},
		pageSize: 1000,
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

var scope = regexp.MustCompile(`Credential=([^/]+)/\d+/([^/]+)/`)

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, region := "nobody", ""
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		by, region = m[1], m[2]
	}
	path := strings.TrimPrefix(r.URL.Path, "/states")
	if version := r.URL.Query().Get("versionId"); version != "" {
		path += "?" + version
	}
	if r.URL.Query().Has("list-type") {
		path = "list " + r.URL.Query().Get("prefix")
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		path = target
	}
	s.requests = append(s.requests, fmt.Sprintf("%s %s by %s in %s", r.Method, path, by, region))
	if queue := s.faults[path]; len(queue) > 0 {
		s.faults[path] = queue[1:]
		queue[0](w, r)
		return
	}
	switch key := strings.TrimPrefix(path, "/"); {
	case strings.HasPrefix(path, "DynamoDB"):
		s.getItem(w, r)
	case r.Method == http.MethodPost:
		_ = r.ParseForm()
		fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%[3]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>`,
			r.PostForm.Get("Action"), "ROLE-"+r.PostForm.Get("ExternalId"), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	case s.home != "" && region != s.home:
		if !s.silent || r.Method == http.MethodHead {
			w.Header().Set("X-Amz-Bucket-Region", s.home)
		}
		refuse(w, http.StatusMovedPermanently, "PermanentRedirect", "use the other endpoint")
	case !strings.HasPrefix(r.URL.Path, "/states"):
		refuse(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case r.Method == http.MethodHead:
	case strings.HasPrefix(path, "list "):
		s.list(w, r)
	case s.denied[key]:
		refuse(w, http.StatusForbidden, "AccessDenied", "User: arn:aws:sts::1:assumed-role/hush/session is not authorized to perform: s3:GetObject")
	default:
		content, ok := s.objects[key]
		switch {
		case !ok && r.URL.Query().Has("versionId"):
			refuse(w, http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.")
		case !ok:
			refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		case r.Header.Get("X-Amz-Server-Side-Encryption-Customer-Key") != s.sse:
			refuse(w, http.StatusBadRequest, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.")
		default:
			_, _ = w.Write([]byte(content))
		}
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, html.EscapeString(message))
}

func answer(status int, code, message string) fault {
	return func(w http.ResponseWriter, _ *http.Request) { refuse(w, status, code, message) }
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(s.objects)) {
		if strings.HasPrefix(key, q.Get("prefix")) && key > q.Get("continuation-token") && !strings.Contains(key, "?") {
			keys = append(keys, key)
		}
	}
	more := len(keys) > s.pageSize
	if more {
		keys = keys[:s.pageSize]
	}
	fmt.Fprintf(w, "<ListBucketResult><IsTruncated>%v</IsTruncated>", more)
	for _, key := range keys {
		fmt.Fprintf(w, "<Contents><Key>%s</Key></Contents>", html.EscapeString(key))
	}
	if more {
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", html.EscapeString(keys[len(keys)-1]))
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

func (s *server) getItem(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Key struct{ LockID struct{ S string } }
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	info, ok := s.items[in.Key.LockID.S]
	if !ok {
		fmt.Fprint(w, "{}")
		return
	}
	fmt.Fprintf(w, `{"Item":{"LockID":{"S":%q},"Info":{"S":%q}}}`, in.Key.LockID.S, info)
}

// asked returns the requests since the last call.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

// ref is the reference of a key, as the backend that reach returns names it.
func ref(key string) string { return "s3://states/" + key }

// auth is an identity that goes to the server, and retries without waiting.
func (s *server) auth() awsauth.Options {
	return awsauth.Options{
		Static:   &awsauth.Static{KeyID: "KEY", Secret: "hush"},
		Region:   "eu-west-1",
		Endpoint: s.URL,
		SDK: []func(*config.LoadOptions) error{config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		})},
	}
}

func (s *server) backend() state.Backend { return s3.New(s3.Options{Auth: s.auth()}) }

// alone clears the variables that the SDK and the backend read.
func alone(t testing.TB) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

// What the machine sets is not the tests' business.
func TestMain(m *testing.M) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// one returns the only source of a reference.
func one(t testing.TB, b state.Backend, ref string) state.Source {
	t.Helper()
	found, err := b.Parse(t.Context(), ref)
	if err != nil || len(found) != 1 {
		t.Fatalf("parse %s: %v, %v; want 1 source", ref, found, err)
	}
	return found[0]
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
