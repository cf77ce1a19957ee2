//go:build e2e

package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

// moto is the emulator of AWS, and a witness between it and the backend.
type moto struct {
	endpoint, witness string
	s3                *awss3.Client
	dynamodb          *dynamodb.Client
	kms               *kms.Client

	mu       sync.Mutex
	requests []string // METHOD PATH [TARGET], as the backend made them
	keys     []string // the access keys that signed them
}

// startMoto starts the emulator for the duration of the test, with a bucket
// `states`, versioned, in eu-west-1, and a table `locks`.
func startMoto(t *testing.T) *moto {
	t.Helper()
	alone(t)
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Fatal("moto_server is not on the PATH: pip install 'moto[server]==5.2.1'")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-H", "127.0.0.1", "-p", port)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	m := &moto{endpoint: "http://127.0.0.1:" + port}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(m.endpoint + "/moto-api/"); err == nil {
			_ = resp.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("moto_server does not answer: %s", log.String())
		}
	}
	to, _ := url.Parse(m.endpoint)
	proxy := httputil.NewSingleHostReverseProxy(to)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.requests = append(m.requests, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Amz-Target")))
		if by := scope.FindStringSubmatch(r.Header.Get("Authorization")); by != nil {
			m.keys = append(m.keys, by[1])
		}
		m.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	m.witness = between.URL

	cfg, err := awsauth.Load(t.Context(), awsauth.Options{Static: &awsauth.Static{KeyID: "PLAIN", Secret: "s"}, Region: "eu-west-1", Endpoint: m.endpoint})
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTPClient = awsauth.Direct(http.DefaultClient)
	m.s3 = awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true })
	m.dynamodb = dynamodb.NewFromConfig(cfg)
	m.kms = kms.NewFromConfig(cfg)
	must(t)(m.s3.CreateBucket(t.Context(), &awss3.CreateBucketInput{
		Bucket: aws.String("states"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}))
	must(t)(m.s3.PutBucketVersioning(t.Context(), &awss3.PutBucketVersioningInput{
		Bucket: aws.String("states"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	}))
	must(t)(m.dynamodb.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("locks"), BillingMode: dbtypes.BillingModePayPerRequest,
		AttributeDefinitions: []dbtypes.AttributeDefinition{{AttributeName: aws.String("LockID"), AttributeType: dbtypes.ScalarAttributeTypeS}},
		KeySchema:            []dbtypes.KeySchemaElement{{AttributeName: aws.String("LockID"), KeyType: dbtypes.KeyTypeHash}},
	}))
	return m
}

func must(t *testing.T) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// put stores an object and returns its version.
func (m *moto) put(t *testing.T, key, content string, change ...func(*awss3.PutObjectInput)) string {
	t.Helper()
	in := &awss3.PutObjectInput{Bucket: aws.String("states"), Key: aws.String(key), Body: strings.NewReader(content)}
	for _, c := range change {
		c(in)
	}
	out, err := m.s3.PutObject(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.VersionId)
}

// lock locks a state in the table, as Terraform does.
func (m *moto) lock(t *testing.T, key string) state.Lock {
	t.Helper()
	must(t)(m.dynamodb.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("locks"),
		Item: map[string]dbtypes.AttributeValue{
			"LockID": &dbtypes.AttributeValueMemberS{Value: "states/" + key},
			"Info":   &dbtypes.AttributeValueMemberS{Value: info},
		},
	}))
	return held()
}

// dump returns every object with its version and time, and every lock. It fails the
// test for a request of the backend that is no read.
func (m *moto) dump(t *testing.T) map[string]string {
	t.Helper()
	for _, r := range m.asked() {
		if !strings.HasPrefix(r, "GET ") && r != "POST / DynamoDB_20120810.GetItem" {
			t.Errorf("not a read: %s", r)
		}
	}
	out := map[string]string{}
	list, err := m.s3.ListObjectVersions(t.Context(), &awss3.ListObjectVersionsInput{Bucket: aws.String("states")})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Versions {
		out[*v.Key+"?"+*v.VersionId] = fmt.Sprint(v.LastModified, *v.ETag, *v.IsLatest)
	}
	items, err := m.dynamodb.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("locks")})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items.Items {
		out["lock "+item["LockID"].(*dbtypes.AttributeValueMemberS).Value] = item["Info"].(*dbtypes.AttributeValueMemberS).Value
	}
	return out
}

func (m *moto) asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	requests := m.requests
	m.requests, m.keys = nil, nil
	return requests
}

func (m *moto) backend() state.Backend {
	return s3.New(s3.Options{Auth: awsauth.Options{Static: &awsauth.Static{KeyID: "READER", Secret: "s"}, Region: "eu-west-1", Endpoint: m.witness}})
}

func TestConformanceOfRealServer(t *testing.T) {
	m := startMoto(t)
	denied := []string{}
	store := func(lock func(*testing.T, string) state.Lock, table string) statetest.Store {
		return statetest.Store{
			Backend: tabled{m.backend(), table},
			Ref:     ref,
			Put: func(t *testing.T, name string, content []byte) string {
				m.put(t, name, string(content))
				return ref(name)
			},
			Dump: m.dump,
			Deny: func(t *testing.T, name string) bool {
				denied = append(denied, `"arn:aws:s3:::states/`+name+`"`)
				must(t)(m.s3.PutBucketPolicy(t.Context(), &awss3.PutBucketPolicyInput{Bucket: aws.String("states"), Policy: aws.String(
					`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":[` + strings.Join(denied, ",") + `]}]}`)}))
				t.Cleanup(func() {
					must(t)(m.s3.DeleteBucketPolicy(context.Background(), &awss3.DeleteBucketPolicyInput{Bucket: aws.String("states")}))
				})
				return true
			},
			Block: func(name string) state.Block {
				return state.Block{Type: "s3", Attrs: map[string]any{"bucket": "states", "key": name, "region": "eu-west-1", "dynamodb_table": "locks"}, Workspace: "default"}
			},
			Lock:    lock,
			Pattern: func(prefix string) string { return ref(prefix + "*") },
		}
	}
	t.Run("lockfile", func(t *testing.T) {
		statetest.Run(t, store(func(t *testing.T, name string) state.Lock {
			m.put(t, name+".tflock", info)
			return held()
		}, ""))
	})
	must(t)(m.s3.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("states"), Key: aws.String("locked.tfstate.tflock")}))
	t.Run("table", func(t *testing.T) { statetest.Run(t, store(m.lock, "?dynamodb_table=locks")) })
}

// tabled adds a parameter to the references.
type tabled struct {
	state.Backend
	query string
}

func (b tabled) Parse(ctx context.Context, ref string) ([]state.Source, error) {
	return b.Backend.Parse(ctx, ref+b.query)
}

func TestRealObjects(t *testing.T) {
	m := startMoto(t)
	b := m.backend()

	t.Run("encrypted with KMS", func(t *testing.T) {
		key, err := m.kms.CreateKey(t.Context(), &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		m.put(t, "kms", small, func(in *awss3.PutObjectInput) {
			in.ServerSideEncryption, in.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, key.KeyMetadata.Arn
		})
		src := one(t, b, ref("kms"))
		load(t, src)
		permissions := src.(state.Permitted).Permissions()
		if last := permissions[len(permissions)-1]; last.Action != "kms:Decrypt" || last.Resource != *key.KeyMetadata.Arn {
			t.Errorf("permissions %v", permissions)
		}
	})

	t.Run("version", func(t *testing.T) {
		version := m.put(t, "versioned", small)
		m.put(t, "versioned", "newer")
		load(t, one(t, b, ref("versioned?version_id="+version)))
		r, err := one(t, b, ref("versioned")).Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, _ := io.ReadAll(r); string(got) != "newer" {
			t.Errorf("newest: %q", got)
		}
		_, err = one(t, b, ref("versioned?version_id=none")).Open(t.Context())
		if err == nil || !strings.Contains(err.Error(), "has no version none; name one of") {
			t.Errorf("unknown version: %v", err)
		}
		must(t)(m.s3.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String("states"), Key: aws.String("versioned")}))
		_, err = one(t, b, ref("versioned")).Open(t.Context())
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("deleted: %v", err)
		}
	})

	t.Run("assumed role", func(t *testing.T) {
		m.put(t, "role", small)
		m.asked()
		load(t, one(t, b, ref("role?role_arn=arn:aws:iam::123456789012:role/reader")))
		if len(m.keys) != 2 || m.keys[0] != "READER" || m.keys[1] == "READER" {
			t.Errorf("signed by %q; want READER, then the role", m.keys)
		}
		if got := m.asked(); len(got) != 2 || got[0] != "POST /" || got[1] != "GET /states/role" {
			t.Errorf("asked %q", got)
		}
	})

	t.Run("bucket missing", func(t *testing.T) {
		_, err := one(t, b, "s3://nowhere/a").Open(t.Context())
		if err == nil || !strings.Contains(err.Error(), "bucket nowhere does not exist") {
			t.Error(err)
		}
	})

	t.Run("customer's key", func(t *testing.T) {
		const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
		m.put(t, "sse", small, func(in *awss3.PutObjectInput) {
			in.SSECustomerAlgorithm, in.SSECustomerKey = aws.String("AES256"), aws.String(key)
		})
		found, err := b.Configure(t.Context(), state.Block{Type: "s3", Attrs: map[string]any{
			"bucket": "states", "key": "sse", "region": "eu-west-1", "encrypt": true, "sse_customer_key": key,
		}})
		if err != nil {
			t.Fatal(err)
		}
		load(t, found[0])
	})
}

// 1,000 states of 100 resources in one bucket: a request for each page of the
// listing, and one for each state.
func TestThousandStates(t *testing.T) {
	m := startMoto(t)
	content := fleet(100)
	var wg sync.WaitGroup
	next := make(chan int)
	for range 8 {
		wg.Go(func() {
			for i := range next {
				m.put(t, fmt.Sprintf("env/%04d/terraform.tfstate", i), content)
			}
		})
	}
	for i := range 1000 {
		next <- i
	}
	close(next)
	wg.Wait()
	m.put(t, "env/0007/terraform.tfstate.tflock", info) // makes a second page
	begin := time.Now()
	found, err := m.backend().Parse(t.Context(), ref("env/**/terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if n := loadAll(t, found); len(found) != 1000 || n != 100_000 {
		t.Errorf("%d states, %d resources", len(found), n)
	}
	const pages = 2
	if asked := m.asked(); len(asked) > 1001+pages {
		t.Errorf("%d requests; want at most %d", len(asked), 1001+pages)
	} else {
		t.Logf("%d requests, %v", len(asked), time.Since(begin).Round(time.Millisecond))
	}
	locked := 0
	for _, src := range found {
		lock, err := src.(state.Locked).Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if lock != nil {
			locked++
		}
	}
	if asked := m.asked(); locked != 1 || len(asked) != 1 {
		t.Errorf("%d locked, found out with %d requests", locked, len(asked))
	}
}
