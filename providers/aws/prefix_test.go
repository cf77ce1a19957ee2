package aws

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestCommonPrefix(t *testing.T) {
	for _, tc := range []struct {
		names []string
		want  string
	}{
		{nil, ""},
		{[]string{"orders"}, "orders"},
		{[]string{"/aws/lambda/a", "/aws/lambda/b"}, "/aws/lambda/"},
		{[]string{"orders", "orders-dlq"}, "orders"},
		{[]string{"orders", "billing"}, ""},
	} {
		if got := aws.ToString(commonPrefix(tc.names)); got != tc.want {
			t.Errorf("commonPrefix(%q) = %q, want %q", tc.names, got, tc.want)
		}
	}
}
