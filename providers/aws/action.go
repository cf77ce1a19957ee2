package aws

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// servicePrefixes are the IAM prefixes of services whose name in the SDK says
// something else.
var servicePrefixes = map[string]string{
	"Elastic Load Balancing v2":   "elasticloadbalancing",
	"CloudWatch Logs":             "logs",
	"Resource Groups Tagging API": "tag",
}

// renamedActions are the operations that IAM knows by another name.
// Source: the service authorization reference of Amazon S3.
var renamedActions = map[string]string{
	"s3:ListBuckets":                        "s3:ListAllMyBuckets",
	"s3:HeadBucket":                         "s3:ListBucket",
	"s3:GetBucketEncryption":                "s3:GetEncryptionConfiguration",
	"s3:GetBucketLifecycleConfiguration":    "s3:GetLifecycleConfiguration",
	"s3:GetBucketReplication":               "s3:GetReplicationConfiguration",
	"s3:GetBucketAccelerateConfiguration":   "s3:GetAccelerateConfiguration",
	"s3:GetPublicAccessBlock":               "s3:GetBucketPublicAccessBlock",
	"s3:GetBucketCors":                      "s3:GetBucketCORS",
	"s3:GetObjectLockConfiguration":         "s3:GetBucketObjectLockConfiguration",
	"s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
}

// actionName returns the permission behind an operation: "ec2:DescribeVpcs".
// service is the SDK's service id.
func actionName(service, operation string) string {
	action := servicePrefix(service) + ":" + operation
	if renamed, ok := renamedActions[action]; ok {
		return renamed
	}
	return action
}

func servicePrefix(service string) string {
	if prefix, ok := servicePrefixes[service]; ok {
		return prefix
	}
	return strings.ToLower(strings.ReplaceAll(service, " ", ""))
}

// counted is an HTTP client that counts requests, throttled answers and bytes.
type counted struct {
	client aws.HTTPClient
	stats  *provider.Stats
}

func (c counted) Do(r *http.Request) (*http.Response, error) {
	action := actionName(awsmiddleware.GetServiceID(r.Context()), awsmiddleware.GetOperationName(r.Context()))
	if r.Body != nil {
		r.Body = readBody{r.Body}
	}
	resp, err := c.client.Do(r)
	if err != nil {
		c.stats.Call(action, false, 0)
		return nil, err
	}
	throttled := isThrottled(resp)
	resp.Body = c.stats.Body(resp.Body, action, throttled)
	return resp, nil
}

// readBody is a request's body that can be read and closed only. The SDK closes
// its own as soon as an answer begins; from then on its WriteTo, which the
// transport prefers, fails with io.EOF where Read just ends. The transport, still
// looking for more to send, takes that for a failed request and drops the
// connection under the answer. Servers nearby are fast enough for that.
// Source: smithy-go transport/http/internal/io, net/http transferWriter.
type readBody struct{ io.ReadCloser }

// throttleCode finds the code of a throttled call in an answer's body: only some
// services say it with the status as well.
var throttleCode = regexp.MustCompile(`\b(` + strings.Join(slices.Collect(maps.Keys(retry.DefaultThrottleErrorCodes)), "|") + `)\b`)

// maxError bounds the beginning of an error's body that is searched for a code.
const maxError = 16 << 10

// isThrottled reports whether an answer says to slow down. It leaves the body to
// be read from its beginning.
func isThrottled(resp *http.Response) bool {
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return true
	case resp.StatusCode < http.StatusBadRequest:
		return false
	}
	// What fails here fails again for whoever reads on.
	head, _ := io.ReadAll(io.LimitReader(resp.Body, maxError))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	code := resp.Header.Get("X-Amzn-Errortype")
	if len(head) == 0 && code == "" { // as after HEAD
		return resp.StatusCode == http.StatusServiceUnavailable
	}
	return throttleCode.MatchString(code) || throttleCode.Match(head)
}
