package terraform

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"plain", `error loading state: AccessDenied: Access Denied, bucket "acme-states", key "prod/network/terraform.tfstate"`,
			`error loading state: AccessDenied: Access Denied, bucket "acme-states", key "prod/network/terraform.tfstate"`},
		{"user and password", "cannot reach https://ann:pw@example.com/x", "cannot reach https://***@example.com/x"},
		{"signed URL", "Get https://x.blob.core.windows.net/c/b?sv=2024&sig=abc: denied", "Get https://x.blob.core.windows.net/c/b?*** denied"},
		{"connection string", "parse 'host=db user=ann password=pw sslmode=on'", "parse 'host=db user=ann password=*** sslmode=on'"},
		{"header", "Authorization: Bearer abc.def", "Authorization: ***"},
		{"quoted", `bad token "s3cr3t"`, "bad token ***"},
		{"token of HCP", "rejected AbCdEf12345678.atlasv1.0123456789abcdef0123456789", "rejected ***"},
		{"access key", "AKIAIOSFODNN7EXAMPLE is not valid", "*** is not valid"},
		{"known value", "cannot decrypt with correct-horse", "cannot decrypt with ***"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := redact(tt.line, []string{"correct-horse", "x", ""}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("postgres://ann:hunter2secret@db/x?y", "hunter2secret")
	f.Add("password = hunter2secret", "hunter2secret")
	f.Fuzz(func(t *testing.T, line, secret string) {
		if len(secret) < 8 || strings.Contains(mask, secret) || strings.Contains(secret, "*") {
			t.Skip()
		}
		if got := redact(line, []string{secret}); strings.Contains(got, secret) {
			t.Errorf("%q is in %q", secret, got)
		}
	})
}
