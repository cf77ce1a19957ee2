package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

const (
	requestID = "4f3a1c2e-0000-4444-8888-123456789abc"
	encoded   = "Encoded authorization failure message: 7hFk2pQ_s3cr3t-encoded-blob"
)

// answered is an API's error as the SDK's clients return it.
func answered(service, operation string, status int, code, message string) error {
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: &awshttp.ResponseError{
		RequestID: requestID,
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status))}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient},
		},
	}}
}

// unsent is a request that got no answer.
func unsent(service, operation string, err error) error {
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: &awshttp.ResponseError{
		ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{}}, Err: err},
	}}
}

// fetching is a call that failed because it got no credentials.
func fetching(err error) error {
	return &smithy.OperationError{ServiceID: "EC2", OperationName: "DescribeVpcs", Err: fmt.Errorf("get identity: %w",
		fmt.Errorf("get credentials: %w", fmt.Errorf("failed to refresh cached credentials, %w", err)))}
}

func TestExplain(t *testing.T) {
	vpcs := func(status int, code, message string) error {
		return answered("EC2", "DescribeVpcs", status, code, message)
	}
	long := strings.Repeat("ünïcode ", 100)
	for _, tt := range []struct {
		name   string
		err    error
		kind   provider.Kind
		reason string
	}{
		{"EC2 denies", vpcs(403, "UnauthorizedOperation", "You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/x/y "+encoded), provider.Denied, "access denied: allow ec2:DescribeVpcs"},
		{"a query service denies", answered("IAM", "ListRoles", 403, "AccessDenied", "User: arn:aws:iam::111122223333:user/x is not authorized"), provider.Denied, "access denied: allow iam:ListRoles"},
		{"a JSON service denies", answered("KMS", "ListKeys", 400, "AccessDeniedException", encoded), provider.Denied, "access denied: allow kms:ListKeys"},
		{"SNS denies", answered("SNS", "ListTopics", 403, "AuthorizationError", "no"), provider.Denied, "access denied: allow sns:ListTopics"},
		{"S3 denies, where IAM names the action otherwise", answered("S3", "ListBuckets", 403, "AccessDenied", "Access Denied"), provider.Denied, "access denied: allow s3:ListAllMyBuckets"},
		{"a HEAD is denied", answered("S3", "HeadBucket", 403, "Forbidden", "Forbidden"), provider.Denied, "access denied: allow s3:ListBucket"},
		{"the load balancers deny", answered("Elastic Load Balancing v2", "DescribeLoadBalancers", 403, "AccessDenied", "x"), provider.Denied, "access denied: allow elasticloadbalancing:DescribeLoadBalancers"},
		{"the role may not be assumed", fetching(answered("STS", "AssumeRole", 403, "AccessDenied", encoded)), provider.Denied, "access denied: allow sts:AssumeRole"},
		{"the role may not be assumed with a web identity", fetching(answered("STS", "AssumeRoleWithWebIdentity", 403, "AccessDenied", encoded)), provider.Denied, "access denied: allow sts:AssumeRoleWithWebIdentity"},

		{"expired", answered("STS", "GetCallerIdentity", 403, "ExpiredToken", "The security token included in the request is expired"), provider.Credentials, "no valid credentials: the credentials have expired (ExpiredToken); renew them: aws sso login, or a new session token"},
		{"expired, JSON", answered("KMS", "ListKeys", 400, "ExpiredTokenException", "expired"), provider.Credentials, "no valid credentials: the credentials have expired (ExpiredTokenException); renew them: aws sso login, or a new session token"},
		{"expired, EC2", vpcs(400, "RequestExpired", "Request has expired."), provider.Credentials, "no valid credentials: the credentials have expired (RequestExpired); renew them: aws sso login, or a new session token"},
		{"a wrong secret", vpcs(403, "SignatureDoesNotMatch", "The Canonical String should have been 'x-amz-security-token:s3cr3t'"), provider.Credentials, "no valid credentials: the access key or its secret is wrong (SignatureDoesNotMatch); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile's"},
		{"a wrong secret, JSON", answered("KMS", "ListKeys", 400, "InvalidSignatureException", "The Canonical String should have been 'x-amz-security-token:s3cr3t'"), provider.Credentials, "no valid credentials: the access key or its secret is wrong (InvalidSignatureException); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile's"},
		{"a wrong token, S3", answered("S3", "ListBuckets", 400, "InvalidToken", "The provided token is malformed"), provider.Credentials, "no valid credentials: the credentials have expired (InvalidToken); renew them: aws sso login, or a new session token"},
		{"an unknown key, S3", answered("S3", "ListBuckets", 403, "InvalidAccessKeyId", "AKIA… does not exist"), provider.Credentials, "no valid credentials: the access key or its secret is wrong (InvalidAccessKeyId); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile's"},
		{"an unknown key", answered("STS", "GetCallerIdentity", 403, "InvalidClientTokenId", "The security token included in the request is invalid."), provider.Credentials, "no valid credentials: InvalidClientTokenId: the access key does not exist, or the region is not enabled"},

		{"EC2 throttles", vpcs(503, "RequestLimitExceeded", "Request limit exceeded."), provider.Throttled, "throttled on ec2:DescribeVpcs after every retry: run again, or lower --parallel"},
		{"IAM throttles", answered("IAM", "ListRoles", 400, "Throttling", "Rate exceeded"), provider.Throttled, "throttled on iam:ListRoles after every retry: run again, or lower --parallel"},
		{"a JSON service throttles", answered("KMS", "ListKeys", 400, "ThrottlingException", "Rate exceeded"), provider.Throttled, "throttled on kms:ListKeys after every retry: run again, or lower --parallel"},
		{"Lambda throttles", answered("Lambda", "ListFunctions", 429, "TooManyRequestsException", "Rate Exceeded."), provider.Throttled, "throttled on lambda:ListFunctions after every retry: run again, or lower --parallel"},
		{"S3 throttles", answered("S3", "ListBuckets", 503, "SlowDown", "Please reduce your request rate."), provider.Throttled, "throttled on s3:ListAllMyBuckets after every retry: run again, or lower --parallel"},

		{"EC2 in a region that is not enabled", vpcs(401, "AuthFailure", "AWS was not able to validate the provided access credentials"), provider.Disabled, "not enabled: the region or service does not take these credentials (AuthFailure): enable it, or leave it out with --region"},
		{"JSON in a region that is not enabled", answered("KMS", "ListKeys", 400, "UnrecognizedClientException", "x"), provider.Disabled, "not enabled: the region or service does not take these credentials (UnrecognizedClientException): enable it, or leave it out with --region"},
		{"IAM in a region that is not enabled", answered("SQS", "ListQueues", 403, "InvalidClientTokenId", "x"), provider.Disabled, "not enabled: the region or service does not take these credentials (InvalidClientTokenId): enable it, or leave it out with --region"},
		{"a service that nobody ordered", vpcs(401, "OptInRequired", "You are not subscribed to this service."), provider.Disabled, "not enabled: the region or service does not take these credentials (OptInRequired): enable it, or leave it out with --region"},

		{"an id that is gone, EC2", answered("EC2", "DescribeVpcAttribute", 400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"), provider.NotFound, "ec2:DescribeVpcAttribute failed: InvalidVpcID.NotFound"},
		{"a role that is gone", answered("IAM", "GetRole", 404, "NoSuchEntity", "x"), provider.NotFound, "iam:GetRole failed: NoSuchEntity"},
		{"a bucket that is gone", answered("S3", "GetBucketPolicy", 404, "NoSuchBucket", "x"), provider.NotFound, "s3:GetBucketPolicy failed: NoSuchBucket"},
		{"a queue that is gone", answered("SQS", "GetQueueAttributes", 400, "AWS.SimpleQueueService.NonExistentQueue", "x"), provider.NotFound, "sqs:GetQueueAttributes failed: AWS.SimpleQueueService.NonExistentQueue"},
		{"a function that is gone", answered("Lambda", "GetFunction", 404, "ResourceNotFoundException", "x"), provider.NotFound, "lambda:GetFunction failed: ResourceNotFoundException"},

		{"the cloud is broken", vpcs(500, "InternalError", "An internal error\n has occurred"), provider.Unavailable, "ec2:DescribeVpcs failed: InternalError: An internal error has occurred"},
		{"a long message", vpcs(400, "InvalidParameterValue", long), provider.Unavailable, "ec2:DescribeVpcs failed: " + string([]rune("InvalidParameterValue: " + long)[:200]) + "…"},
		{"no code", vpcs(502, "UnknownError", "UnknownError"), provider.Unavailable, "ec2:DescribeVpcs failed: HTTP 502 Bad Gateway"},
		{"an answer that cannot be read", &smithy.OperationError{ServiceID: "EC2", OperationName: "DescribeVpcs", Err: &awshttp.ResponseError{RequestID: requestID, ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 200}}, Err: &smithy.DeserializationError{Err: errors.New("unexpected end")}}}}, provider.Unavailable, "ec2:DescribeVpcs failed: the answer cannot be read: deserialization failed, unexpected end"},
		{"no such host", unsent("EC2", "DescribeVpcs", &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://ec2.eu-west-9.amazonaws.com/", Err: &net.DNSError{Err: "no such host", Name: "ec2.eu-west-9.amazonaws.com", IsNotFound: true}}}), provider.Unavailable, "ec2:DescribeVpcs failed: there is no host ec2.eu-west-9.amazonaws.com; check the region and the endpoint"},
		{"refused", unsent("EC2", "DescribeVpcs", &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://x/", Err: errors.New("dial tcp 127.0.0.1:1: connect: connection refused")}}), provider.Unavailable, "ec2:DescribeVpcs failed: no answer: dial tcp 127.0.0.1:1: connect: connection refused; check the network, the proxy and the endpoint, and try again"},
		{"an answer without anything", unsent("EC2", "DescribeVpcs", errors.New("odd")), provider.Unavailable, "ec2:DescribeVpcs failed: operation error EC2: DescribeVpcs, https response error StatusCode: 0, RequestID: , odd"},

		{"timed out", unsent("EC2", "DescribeVpcs", &smithy.CanceledError{Err: context.DeadlineExceeded}), provider.Unavailable, "ec2:DescribeVpcs failed: timed out: raise --timeout"},
		{"interrupted", unsent("EC2", "DescribeVpcs", &smithy.CanceledError{Err: context.Canceled}), provider.Unavailable, "ec2:DescribeVpcs failed: interrupted"},
		{"refused by the guard", &smithy.OperationError{ServiceID: "EC2", OperationName: "DeleteVpc", Err: refusedError{"ec2:DeleteVpc"}}, provider.Refused, "ec2:DeleteVpc is not a read: driftmgr did not send it"},
		{"of no operation", errors.New("no region is known:\nset AWS_REGION"), provider.Unavailable, "no region is known: set AWS_REGION"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := New(Options{}).Explain(tt.err)
			reason := f.Reason()
			if f.Kind != tt.kind || reason != tt.reason {
				t.Errorf("got  %s: %s\nwant %s: %s", f.Kind, reason, tt.kind, tt.reason)
			}
			for _, secret := range []string{requestID, "s3cr3t", "assumed-role", "arn:aws", "\n"} {
				if strings.Contains(reason, secret) {
					t.Errorf("%q is in %q", secret, reason)
				}
			}
			if got := notFound(tt.err); got != (tt.kind == provider.NotFound) {
				t.Errorf("notFound is %t", got)
			}
		})
	}
}

// The same through the SDK's own transport, so that the shapes above are the
// SDK's and not this test's.
func TestExplainOfTheSDK(t *testing.T) {
	hermetic(t)
	status, body := 0, ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", requestID)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer srv.Close()
	closed := httptest.NewServer(nil)
	closed.Close()
	ec2Error := func(code string) string {
		return "<Response><Errors><Error><Code>" + code + "</Code><Message>" + encoded + "</Message></Error></Errors><RequestID>" + requestID + "</RequestID></Response>"
	}
	for _, tt := range []struct {
		name, endpoint string
		status         int
		body           string
		kind           provider.Kind
		reason         string
	}{
		{"denied", srv.URL, 403, ec2Error("UnauthorizedOperation"), provider.Denied, "access denied: allow ec2:DescribeVpcs"},
		{"throttled", srv.URL, 503, ec2Error("RequestLimitExceeded"), provider.Throttled, "throttled on ec2:DescribeVpcs after every retry: run again, or lower --parallel"},
		{"a gateway's page", srv.URL, 502, "<html><body>Bad Gateway</body></html>", provider.Unavailable, ""},
		{"an empty answer", srv.URL, 502, "", provider.Unavailable, "ec2:DescribeVpcs failed: HTTP 502 Bad Gateway"},
		{"half an answer", srv.URL, 200, "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc", provider.Unavailable, ""},
		{"nobody listens", closed.URL, 0, "", provider.Unavailable, "ec2:DescribeVpcs failed: no answer: dial tcp " + closed.Listener.Addr().String() + ": connect: connection refused; check the network, the proxy and the endpoint, and try again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, body = tt.status, tt.body
			p := New(Options{Auth: awsauth.Options{Endpoint: tt.endpoint, Static: &awsauth.Static{KeyID: "test", Secret: "test"}}}).(*cloud)
			cfg, err := p.base(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cfg = p.guard(cfg)
			cfg.Region, cfg.Retryer = "eu-west-1", func() aws.Retryer { return aws.NopRetryer{} }
			_, err = ec2.NewFromConfig(cfg).DescribeVpcs(t.Context(), nil)
			f := p.Explain(err)
			reason := f.Reason()
			if f.Kind != tt.kind || tt.reason != "" && reason != tt.reason {
				t.Errorf("got  %s: %s\nwant %s: %s\nof %v", f.Kind, reason, tt.kind, tt.reason, err)
			}
			if !strings.HasPrefix(tt.reason, reason) && !strings.HasPrefix(reason, "ec2:DescribeVpcs failed: ") || strings.Contains(reason, requestID) || strings.Contains(reason, encoded) || strings.HasSuffix(strings.TrimSpace(reason), ":") {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

// A role that cannot be assumed: the failed action is AssumeRole, not the call
// that wanted its credentials.
func TestExplainAssumeRole(t *testing.T) {
	hermetic(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if action := r.Form.Get("Action"); action != "AssumeRole" {
			t.Errorf("%s was called", action)
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>" + encoded + "</Message></Error></ErrorResponse>"))
	}))
	defer srv.Close()
	p := New(Options{Auth: awsauth.Options{Endpoint: srv.URL, UseIAMRole: true, RoleARN: "arn:aws:iam::111122223333:role/audit", Static: &awsauth.Static{KeyID: "test", Secret: "test"}}})
	_, err := p.Connect(t.Context(), provider.Want{Places: []provider.Place{{Region: "eu-west-1"}}})
	if err == nil {
		t.Fatal("no error")
	}
	if got := p.Explain(err).Reason(); got != "no valid credentials: role arn:aws:iam::111122223333:role/audit refuses these credentials (AccessDenied); allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one" {
		t.Errorf("%s\nof %v", got, err)
	}
}

// No credentials at all: nothing is asked of anybody.
func TestExplainNoCredentials(t *testing.T) {
	hermetic(t)
	p := New(Options{Auth: awsauth.Options{Endpoint: "http://127.0.0.1:1"}})
	_, err := p.Connect(t.Context(), provider.Want{Places: []provider.Place{{Region: "eu-west-1"}}})
	if err == nil {
		t.Fatal("no error")
	}
	f := p.Explain(err)
	if want := "no valid credentials: there are no AWS credentials; set AWS_PROFILE or the AWS_* variables, or run aws sso login"; f.Kind != provider.Credentials || f.Reason() != want {
		t.Errorf("%s: %s\nof %v", f.Kind, f.Reason(), err)
	}
}
