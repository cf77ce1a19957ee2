package awsauth_test

import (
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
)

func TestSecret(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.refuse["missing"] = "ResourceNotFoundException"
	s.refuse["denied"] = "AccessDeniedException"
	s.refuse["locked"] = "DecryptionFailure"
	s.refuse["deleted"] = "InvalidRequestException"
	cfg, err := awsauth.Load(t.Context(), awsauth.Options{Static: &awsauth.Static{KeyID: "K", Secret: "s"}, Endpoint: s.URL, SDK: quick()})
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:app-AbCdEf"
	tests := []struct{ name, id, want, region, err string }{
		{"whole", "app", `{"token":"hush","port":5432,"tls":true,"nested":{"a":1}}`, "eu-west-1", ""},
		{"text", "app#token", "hush", "eu-west-1", ""},
		{"number", "app#port", "5432", "eu-west-1", ""},
		{"boolean", "app#tls", "true", "eu-west-1", ""},
		{"region of the ARN", arn + "#token", "hush", "us-west-2", ""},
		{"no such key", "app#tokn", "", "", `aws secret "app": has no key "tokn": check its spelling`},
		{"object", "app#nested", "", "", `aws secret "app": the value of "nested" is neither a text nor a number: name another key`},
		{"empty", "", "", "", `aws secret "": name it as NAME, NAME#KEY or by its ARN`},
		{"empty key", "app#", "", "", `aws secret "app#": name it as NAME, NAME#KEY or by its ARN`},
		{"another ARN", "arn:aws:s3:::bucket", "", "", `aws secret "arn:aws:s3:::bucket": is no ARN of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`},
		{"missing", "missing", "", "", `aws secret "missing": does not exist in eu-west-1: check its name and AWS_REGION, or name it by its ARN`},
		{"denied", "denied", "", "", `aws secret "denied": access is denied (AccessDeniedException on secretsmanager:GetSecretValue): allow secretsmanager:GetSecretValue in the caller's policies and the resource's own`},
		{"not decrypted", "locked", "", "", `aws secret "locked": cannot be decrypted: allow kms:Decrypt on its key`},
		{"deleted", "deleted", "", "", `aws secret "deleted": has no current value, or is scheduled for deletion: restore it`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := awsauth.Secret(t.Context(), cfg, tt.id)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if got != tt.want || text != tt.err {
				t.Errorf("got  %q, %s\nwant %q, %s", got, text, tt.want, tt.err)
			}
			if strings.Contains(text, "hush") {
				t.Error("the error shows the value")
			}
			if tt.region != "" && s.calls[len(s.calls)-1].Form.Get("Region") != tt.region {
				t.Errorf("asked in %v; want %s", s.calls[len(s.calls)-1].Form, tt.region)
			}
		})
	}
	cfg.Region = ""
	if _, err := awsauth.Secret(t.Context(), cfg, "app"); err == nil || err.Error() != `aws secret "app": no region is known: set AWS_REGION, or name the secret by its ARN` {
		t.Errorf("without a region: %v", err)
	}
}
