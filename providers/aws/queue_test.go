package aws

import "testing"

func TestQueueURL(t *testing.T) {
	for _, tc := range []struct{ url, account, name string }{
		{"https://sqs.eu-west-1.amazonaws.com/123456789012/orders", "123456789012", "orders"},
		{"https://queue.amazonaws.com/123456789012/orders.fifo", "123456789012", "orders.fifo"},
		{"http://127.0.0.1:5556/123456789012/orders", "123456789012", "orders"},
		{"http://localhost:4566/queue/us-east-1/000000000000/orders", "000000000000", "orders"},
		{"", "", ""},
	} {
		if account, name := queueAccount(tc.url), queueName(tc.url); account != tc.account || name != tc.name {
			t.Errorf("%q is %q of %q, want %q of %q", tc.url, name, account, tc.name, tc.account)
		}
	}
}
