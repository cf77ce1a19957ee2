package aws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// The oracle of this test, written down apart from the guard's own lists: what
// AWS calls a read, and the reads whose answer is a secret.
var (
	readName   = regexp.MustCompile(`^(Describe|Get|List|Head|BatchGet|Lookup|Search)([A-Z]|$)`)
	secretName = regexp.MustCompile(`^(GetPasswordData|GetSecretValue|BatchGetSecretValue|GetSessionToken|GetFederationToken|GetAuthorizationToken|GetRandomPassword|GetClusterCredentials|GetParametersByPath|GetParameterHistory|GetWebIdentityToken|GetDelegatedAccessToken|GetVpnConnectionDeviceSampleConfiguration|GetObject|GetItem|BatchGetItem|SearchVectors|GetRecords|GetLogEvents|GetLogRecord|GetQueryResults|GetConsoleOutput|GetConsoleScreenshot)$`)
)

// wire is an AWS that answers every request with an error that is not retried,
// and notes the operations that reached it.
type wire struct {
	*httptest.Server
	t *testing.T

	mu   sync.Mutex
	seen map[string]bool
}

func newWire(t *testing.T) *wire {
	w := &wire{t: t, seen: map[string]bool{}}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	return w
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	// REST services (S3, Lambda) name no operation: the method says it.
	operation := operationOf(r, body)
	if operation == "" && r.Method != http.MethodGet && r.Method != http.MethodHead ||
		operation != "" && (!readName.MatchString(operation) || secretName.MatchString(operation)) {
		w.t.Errorf("%s %s %s was sent", r.Method, r.URL, operation)
	}
	w.mu.Lock()
	w.seen[operation] = true
	w.mu.Unlock()
	rw.WriteHeader(http.StatusBadRequest)
}

// operationOf returns the operation that a request names in one of the
// protocols that do: AWS JSON, RPC v2 CBOR, and the query protocols.
func operationOf(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	if _, operation, ok := strings.Cut(r.URL.Path, "/operation/"); ok {
		return operation
	}
	if form, err := url.ParseQuery(string(body)); err == nil {
		return form.Get("Action")
	}
	return ""
}

// sent counts, below the SDK, what would leave the process.
type sent struct {
	http.RoundTripper
	mu         sync.Mutex
	operations []string
}

func (s *sent) Do(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.operations = append(s.operations, awsmiddleware.GetOperationName(r.Context()))
	s.mu.Unlock()
	return s.RoundTrip(r)
}

// guarded returns a connection as Connect makes it, whose clients send to w.
// Their inputs are not validated, so that an empty one gets as far as a whole
// one would.
func guarded(t *testing.T, w *wire) (*conn, *sent) {
	t.Helper()
	hermetic(t)
	out := &sent{RoundTripper: w.Client().Transport}
	p := New(Options{Auth: awsauth.Options{Endpoint: w.URL, HTTP: out, Static: &awsauth.Static{KeyID: "test", Secret: "test"}}, Stats: &provider.Stats{}}).(*cloud)
	cfg, err := p.base(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg = p.guard(cfg)
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		_, _ = stack.Initialize.Remove("OperationInputValidation") // an operation without required parameters has none
		return nil
	})
	return newConn(cfg, "123456789012", "us-east-1"), out
}

// hermetic keeps the configuration of whoever runs the tests out of them.
func hermetic(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "AWS_CONFIG_FILE": home + "/config", "AWS_SHARED_CREDENTIALS_FILE": home + "/credentials",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_ENDPOINT_URL": "",
		"AWS_MAX_ATTEMPTS": "", "AWS_RETRY_MODE": "", "AWS_ROLE_ARN": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "http_proxy": "", "https_proxy": "",
	} {
		t.Setenv(name, value)
	}
}

// operation is one call that a client of a connection can make.
type operation struct {
	client, name string
	call         reflect.Value
	input        reflect.Type
}

// operations returns every operation of every client of c, found by their
// types, so that a client that is added to conn is tested as well.
func operations(t *testing.T, c *conn) []operation {
	t.Helper()
	var all []operation
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		field := reflect.NewAt(v.Field(i).Type(), unsafe.Pointer(v.Field(i).UnsafeAddr())).Elem()
		if field.Kind() != reflect.Pointer {
			continue
		}
		if field.IsNil() {
			t.Errorf("newConn sets no %s", name)
			continue
		}
		found := 0
		for j := range field.NumMethod() {
			m := field.Method(j)
			if !isOperation(m.Type()) {
				continue
			}
			found++
			all = append(all, operation{name, field.Type().Method(j).Name, m, m.Type().In(1).Elem()})
		}
		if found == 0 {
			t.Errorf("no operation of the client %s is known: the test must learn how it is called", name)
		}
	}
	return all
}

// isOperation: func(context.Context, *XInput, ...func(*Options)) (*XOutput, error).
func isOperation(m reflect.Type) bool {
	return m.NumIn() == 3 && m.NumOut() == 2 && m.IsVariadic() &&
		m.In(0) == reflect.TypeFor[context.Context]() &&
		m.In(1).Kind() == reflect.Pointer && strings.HasSuffix(m.In(1).Elem().Name(), "Input") &&
		m.Out(1) == reflect.TypeFor[error]()
}

// No client of a connection can send anything but a read.
func TestReadOnly(t *testing.T) {
	w := newWire(t)
	c, out := guarded(t, w)
	calls := operations(t, c)
	if len(calls) < 1000 {
		t.Fatalf("only %d operations were found", len(calls))
	}
	reads, refused, answered := map[string]int{}, map[string]int{}, map[string]int{}
	for _, op := range calls {
		out.operations = nil
		results := op.call.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.New(op.input)})
		err, _ := results[1].Interface().(error)
		var refusal refusedError
		isRefused := errors.As(err, &refusal)

		if readName.MatchString(op.name) && !secretName.MatchString(op.name) {
			reads[op.client]++
			if isRefused {
				t.Errorf("%s.%s was refused: %v", op.client, op.name, err)
			}
			if len(out.operations) > 0 {
				answered[op.client]++
			}
			continue
		}
		refused[op.client]++
		if !isRefused {
			t.Errorf("%s.%s was not refused: %v", op.client, op.name, err)
		} else if !strings.HasSuffix(refusal.action, ":"+op.name) && renamedActions[refusal.action] == "" && !slices.Contains(renamed(), refusal.action) {
			t.Errorf("%s.%s was refused as %s", op.client, op.name, refusal.action)
		}
		if len(out.operations) > 0 {
			t.Errorf("%s.%s sent %v", op.client, op.name, out.operations)
		}
	}
	// Without this the test would pass where nothing can be sent at all.
	for client, n := range reads {
		if answered[client] == 0 {
			t.Errorf("%s: none of %d reads reached the server", client, n)
		}
		if refused[client] == 0 {
			t.Errorf("%s: no operation is refused", client)
		}
	}
	if len(w.seen) < 100 {
		t.Errorf("only %d operations reached the server", len(w.seen))
	}
}

func renamed() []string {
	var out []string
	for _, name := range renamedActions {
		out = append(out, name)
	}
	return out
}

// A caller cannot switch the guard off for a call, nor does another transport.
func TestReadOnlyRefusesBeforeValidation(t *testing.T) {
	w := newWire(t)
	c, out := guarded(t, w)
	for _, op := range operations(t, c) {
		if op.client != "ec2" || op.name != "TerminateInstances" && op.name != "GetPasswordData" {
			continue
		}
		results := op.call.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.New(op.input)})
		err, _ := results[1].Interface().(error)
		want := "ec2:" + op.name + " is not a read: driftmgr did not send it"
		if f := New(Options{}).Explain(err); f.Kind != provider.Refused || f.Reason() != want {
			t.Errorf("%s: %+v\n%s\nwant %s", op.name, f, f.Reason(), want)
		}
	}
	if len(out.operations) > 0 {
		t.Errorf("sent %v", out.operations)
	}
}

func TestIsRead(t *testing.T) {
	for name, want := range map[string]bool{
		"DescribeVpcs": true, "GetBucketPolicy": true, "ListRoles": true, "HeadBucket": true, "BatchGetImage": true,
		"LookupEvents": true, "SearchTransitGatewayRoutes": true,
		"": false, "CreateVpc": false, "DeleteVpc": false, "ModifyVpcAttribute": false, "PutBucketPolicy": false,
		"UpdateRole": false, "RunInstances": false, "TagRole": false, "Query": false, "AssumeRole": false,
		"ReceiveMessage": false, "Decrypt": false, "GenerateDataKey": false, "SelectObjectContent": false, "describeVpcs": false,
		"GetSecretValue": false, "BatchGetSecretValue": false, "GetPasswordData": false, "GetParametersByPath": false, "BatchGetItem": false, "GetObject": false,
		"GetSessionToken": false, "GetFederationToken": false, "GetAuthorizationToken": false, "GetRandomPassword": false,
	} {
		if got := isRead(name); got != want {
			t.Errorf("isRead(%q) = %t", name, got)
		}
	}
}

// Every action that a type declares is one that the guard lets through.
func TestDeclaredActionsAreReads(t *testing.T) {
	back := map[string]string{}
	for operation, action := range renamedActions {
		back[action] = operation
	}
	for _, typ := range Types() {
		for _, action := range typ.Actions {
			name := action
			if operation, ok := back[action]; ok && !readName.MatchString(action[strings.IndexByte(action, ':')+1:]) {
				name = operation
			}
			if _, operation, ok := strings.Cut(name, ":"); !ok || !isRead(operation) {
				t.Errorf("%s: %s is not a read", typ.Name, action)
			}
		}
	}
}
