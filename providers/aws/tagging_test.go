package aws

import "testing"

func TestARNTail(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:s3:::acme-data":                                   "s3:::acme-data",
		"arn:aws-cn:sqs:cn-north-1:123456789012:orders":            "sqs:cn-north-1:123456789012:orders",
		"arn:aws:logs:us-east-1:123456789012:log-group:/app/web:*": "logs:us-east-1:123456789012:log-group:/app/web",
		"arn:aws:sns:us-east-1:123456789012:alarms":                "sns:us-east-1:123456789012:alarms",
		"": "",
	} {
		if got := arnTail(arn); got != want {
			t.Errorf("arnTail(%q) = %q, want %q", arn, got, want)
		}
	}
}
