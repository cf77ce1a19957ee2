package awsauth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
)

// server speaks as much of STS, SSO, Secrets Manager and the container's
// credentials as the SDK asks for. It remembers who asked what.
type server struct {
	*httptest.Server
	refuse map[string]string // operation → code

	mu    sync.Mutex
	calls []call
}

// call is one request: the operation, the key that signed it, its parameters.
type call struct {
	Op, Key string
	Form    url.Values
}

var signedBy = regexp.MustCompile(`Credential=([^/]+)/`)

func newServer(t *testing.T) *server {
	s := &server{refuse: map[string]string{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := call{Key: "anonymous"}
	if m := signedBy.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		c.Key = m[1]
	}
	expires := time.Now().Add(time.Hour).UTC()
	var body string
	switch {
	case r.URL.Path == "/federation/credentials":
		c.Op, c.Key, c.Form = "GetRoleCredentials", r.Header.Get("X-Amz-Sso_bearer_token"), r.URL.Query()
		body = fmt.Sprintf(`{"roleCredentials":{"accessKeyId":"SSOKEY","secretAccessKey":"s","sessionToken":"t","expiration":%d}}`, expires.UnixMilli())
	case r.URL.Path == "/container":
		c.Op = "Container"
		body = fmt.Sprintf(`{"AccessKeyId":"CONTAINERKEY","SecretAccessKey":"s","Token":"t","Expiration":%q}`, expires.Format(time.RFC3339))
	case r.Header.Get("X-Amz-Target") == "secretsmanager.GetSecretValue":
		c.Op = "GetSecretValue"
		var in struct{ SecretId string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		region := strings.Split(r.Header.Get("Authorization"), "/")
		c.Form = url.Values{"SecretId": {in.SecretId}, "Region": {region[2]}}
		body = fmt.Sprintf(`{"Name":"x","SecretString":%q}`, `{"token":"hush","port":5432,"tls":true,"nested":{"a":1}}`)
		if code := s.refuse[in.SecretId]; code != "" {
			w.Header().Set("X-Amzn-Errortype", code)
			w.WriteHeader(http.StatusBadRequest)
			body = `{"Message":"User: arn:aws:sts::1:assumed-role/x/y hush"}`
		}
	default:
		_ = r.ParseForm()
		c.Op, c.Form = r.Form.Get("Action"), r.PostForm
		body = fmt.Sprintf(`<%[1]sResponse><%[1]sResult><Account>111122223333</Account><Arn>a</Arn><UserId>u</UserId>`+
			`<Credentials><AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%[2]s</Expiration></Credentials>`+
			`</%[1]sResult></%[1]sResponse>`, c.Op, expires.Format(time.RFC3339))
	}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	if code := s.refuse[c.Op]; code != "" {
		w.WriteHeader(http.StatusForbidden)
		if c.Op == "GetRoleCredentials" {
			w.Header().Set("X-Amzn-Errortype", code)
		}
		body = fmt.Sprintf(`<ErrorResponse><Error><Code>%s</Code><Message>User: arn:aws:sts::1:assumed-role/secret-session is not authorized</Message></Error></ErrorResponse>`, code)
	}
	_, _ = w.Write([]byte(body))
}

func (s *server) ops() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ops []string
	for _, c := range s.calls {
		ops = append(ops, c.Op+" by "+c.Key)
	}
	return ops
}

// alone gives the test an environment of its own: no variable that the SDK reads, an
// empty home. It returns the home.
func alone(t *testing.T) string {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_REGION", "eu-west-1")
	return home
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// once makes the SDK ask once only.
func once() []func(*config.LoadOptions) error {
	return []func(*config.LoadOptions) error{config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} })}
}

// quick retries without waiting.
func quick() []func(*config.LoadOptions) error {
	return []func(*config.LoadOptions) error{config.WithRetryer(func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	})}
}

// whoami makes a call with the identity of the options.
func whoami(t *testing.T, o awsauth.Options) error {
	t.Helper()
	cfg, err := awsauth.Load(t.Context(), o)
	if err != nil {
		return err
	}
	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	return err
}
