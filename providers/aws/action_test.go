package aws

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

// The prefixes are those of the service authorization reference,
// https://docs.aws.amazon.com/service-authorization/latest/reference/.
func TestActionName(t *testing.T) {
	for _, tt := range []struct{ service, operation, want string }{
		{ec2.ServiceID, "DescribeVpcs", "ec2:DescribeVpcs"},
		{iam.ServiceID, "ListRoles", "iam:ListRoles"},
		{kms.ServiceID, "ListKeys", "kms:ListKeys"},
		{lambda.ServiceID, "ListFunctions", "lambda:ListFunctions"},
		{dynamodb.ServiceID, "ListTables", "dynamodb:ListTables"},
		{rds.ServiceID, "DescribeDBInstances", "rds:DescribeDBInstances"},
		{sqs.ServiceID, "ListQueues", "sqs:ListQueues"},
		{sns.ServiceID, "ListTopics", "sns:ListTopics"},
		{sts.ServiceID, "GetCallerIdentity", "sts:GetCallerIdentity"},
		{cloudwatchlogs.ServiceID, "DescribeLogGroups", "logs:DescribeLogGroups"},
		{elasticloadbalancingv2.ServiceID, "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"},
		{resourcegroupstaggingapi.ServiceID, "GetResources", "tag:GetResources"},
		{s3.ServiceID, "GetBucketPolicy", "s3:GetBucketPolicy"},
		{s3.ServiceID, "ListBuckets", "s3:ListAllMyBuckets"},
		{s3.ServiceID, "HeadBucket", "s3:ListBucket"},
		{s3.ServiceID, "GetBucketEncryption", "s3:GetEncryptionConfiguration"},
		{s3.ServiceID, "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"},
		{s3.ServiceID, "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"},
		{"Some New Service", "ListThings", "somenewservice:ListThings"},
	} {
		if got := actionName(tt.service, tt.operation); got != tt.want {
			t.Errorf("%s %s: got %s; want %s", tt.service, tt.operation, got, tt.want)
		}
	}
}

// What a type declares is written as IAM writes it, for services that the
// connection has.
func TestActionsAreIAMs(t *testing.T) {
	form := regexp.MustCompile(`^(ec2|s3|iam|kms|lambda|dynamodb|rds|sqs|sns|logs|elasticloadbalancing|tag):[A-Z][A-Za-z0-9]+$`)
	for _, typ := range Types() {
		for _, action := range typ.Actions {
			if !form.MatchString(action) {
				t.Errorf("%s: %s", typ.Name, action)
			}
			if renamed, ok := renamedActions[action]; ok {
				t.Errorf("%s: IAM knows %s as %s", typ.Name, action, renamed)
			}
		}
	}
}

// answer is an HTTP client with one answer.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (a answer) Do(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func TestAClosedBodyEndsAndDoesNotFail(t *testing.T) {
	sent := &closedBody{}
	if n, err := io.Copy(io.Discard, sent); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("the SDK's closed body gives %d, %v: is the wrapper still needed?", n, err)
	}
	seen := false
	client := roundTrip(func(r *http.Request) (*http.Response, error) {
		seen = true
		if n, err := io.Copy(io.Discard, r.Body); n != 0 || err != nil {
			t.Errorf("the transport reads %d, %v", n, err)
		}
		return nil, io.ErrUnexpectedEOF
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/", sent)
	_, _ = counted{client: client, stats: &provider.Stats{}}.Do(r) //nolint:bodyclose // there is none
	if !seen {
		t.Error("nothing was sent")
	}
}

// closedBody is the SDK's request body after it was closed.
type closedBody struct{}

func (*closedBody) Read([]byte) (int, error)         { return 0, io.EOF }
func (*closedBody) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }
func (*closedBody) Close() error                     { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestCounted(t *testing.T) {
	big := strings.Repeat("x", 3*maxError)
	for _, tt := range []struct {
		name   string
		answer answer
		want   provider.Counts
	}{
		{"an answer", answer{status: 200, body: "hello"}, provider.Counts{Total: 1, Bytes: 5}},
		{"an answer about throttling", answer{status: 200, body: "<Description>Throttling</Description>"}, provider.Counts{Total: 1, Bytes: 37}},
		{"an error", answer{status: 403, body: "<Code>AccessDenied</Code>"}, provider.Counts{Total: 1, Bytes: 25}},
		{"a broken cloud", answer{status: 500, body: "<Code>InternalError</Code>"}, provider.Counts{Total: 1, Bytes: 26}},
		{"an unavailable cloud", answer{status: 503, body: "<Code>ServiceUnavailable</Code>"}, provider.Counts{Total: 1, Bytes: 31}},
		{"a large error", answer{status: 500, body: big}, provider.Counts{Total: 1, Bytes: int64(len(big))}},
		{"EC2 throttles", answer{status: 503, body: "<Code>RequestLimitExceeded</Code>"}, provider.Counts{Total: 1, Throttles: 1, Bytes: 33}},
		{"IAM throttles", answer{status: 400, body: "<Code>Throttling</Code>"}, provider.Counts{Total: 1, Throttles: 1, Bytes: 23}},
		{"KMS throttles", answer{status: 400, body: `{"__type":"ThrottlingException"}`}, provider.Counts{Total: 1, Throttles: 1, Bytes: 32}},
		{"SQS throttles", answer{status: 400, body: `{"__type":"com.amazonaws.sqs#RequestThrottled"}`}, provider.Counts{Total: 1, Throttles: 1, Bytes: 47}},
		{"Lambda throttles", answer{status: 429, body: `{"Reason":"CallerRateLimitExceeded"}`}, provider.Counts{Total: 1, Throttles: 1, Bytes: 36}},
		{"by the header", answer{status: 400, header: http.Header{"X-Amzn-Errortype": {"TooManyRequestsException:http://x"}}, body: "{}"}, provider.Counts{Total: 1, Throttles: 1, Bytes: 2}},
		{"S3 throttles a HEAD", answer{status: 503}, provider.Counts{Total: 1, Throttles: 1}},
		{"a quota is no throttle", answer{status: 400, body: `{"__type":"ResourceLimitExceededException"}`}, provider.Counts{Total: 1, Bytes: 43}},
		{"no answer", answer{err: io.ErrUnexpectedEOF}, provider.Counts{Total: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stats := &provider.Stats{}
			resp, err := counted{client: tt.answer, stats: stats}.Do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil))
			if !errors.Is(err, tt.answer.err) {
				t.Fatalf("error %v", err)
			}
			if resp != nil {
				body, err := io.ReadAll(resp.Body)
				if err != nil || string(body) != tt.answer.body {
					t.Errorf("the body is %d bytes, %v; want %d", len(body), err, len(tt.answer.body))
				}
				for range 2 { // once more must not count once more
					if err := resp.Body.Close(); err != nil {
						t.Error(err)
					}
				}
			}
			got := stats.Counts()
			got.APICalls = nil
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v; want %+v", got, tt.want)
			}
		})
	}
}

// Each request counts under its permission, retries included, for every client.
func TestCountedByAction(t *testing.T) {
	w := newWire(t)
	hermetic(t)
	stats := &provider.Stats{}
	p := New(Options{Auth: awsauth.Options{Endpoint: w.URL, Static: &awsauth.Static{KeyID: "test", Secret: "test"}}, Stats: stats}).(*cloud)
	cfg, err := p.base(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg = p.guard(cfg)
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	c := newConn(cfg, "123456789012", "eu-west-1")
	for range 2 {
		if _, err := c.ec2.DescribeVpcs(t.Context(), nil); err == nil {
			t.Fatal("no error")
		}
	}
	if _, err := c.s3.ListBuckets(t.Context(), nil); err == nil {
		t.Fatal("no error")
	}
	if _, err := c.logs.DescribeLogGroups(t.Context(), nil); err == nil {
		t.Fatal("no error")
	}
	want := map[string]int{"ec2:DescribeVpcs": 2, "s3:ListAllMyBuckets": 1, "logs:DescribeLogGroups": 1}
	if got := stats.Counts(); !reflect.DeepEqual(got.APICalls, want) || got.Total != 4 {
		t.Errorf("got %s; want %s", fmt.Sprint(got), fmt.Sprint(want))
	}
}
