package resource

import (
	"strings"
	"testing"
)

// assembled keeps what looks like a secret out of the repository's text.
func assembled(parts ...string) string { return strings.Join(parts, "") }

func TestSecretValue(t *testing.T) {
	secrets := map[string]string{
		"private key":       assembled("-----BEGIN ", "EC PRIVATE KEY-----\nabc"),
		"access key":        assembled("AKIA", "ABCDEFGHIJKLMNOP"),
		"session key":       assembled("key ASIA", "ABCDEFGHIJKLMNOP here"),
		"github token":      assembled("ghp_", strings.Repeat("a", 36)),
		"fine github token": assembled("github_pat_", strings.Repeat("a", 40)),
		"gitlab token":      assembled("glpat-", strings.Repeat("x", 20)),
		"slack token":       assembled("xoxb-", "123456789012-abc"),
		"jwt":               assembled("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0", ".c2ln"),
		"stripe key":        assembled("sk_live_", "abcdefghij1234"),
		"google key":        assembled("AIza", strings.Repeat("b", 35)),
		"vault token":       assembled("hvs.", strings.Repeat("c", 24)),
		"password in a URL": assembled("https://user:", "pass@example.org/x"),
		"redis URL":         assembled("redis://:", "pass@cache:6379"),
		"connection string": assembled("Server=db;User=x;Password", "=abc;"),
		"storage key":       assembled("AccountName=a;AccountKey", "=abc=="),
		"slack webhook":     assembled("https://hooks.slack.com", "/services/T000/B000/abc"),
		"discord webhook":   assembled("https://discord.com", "/api/webhooks/1/abc"),
		"teams webhook":     assembled("https://x.webhook.office.com", "/webhookb2/abc"),
		"token in a URL":    assembled("https://example.org/push?a=b&token", "=abc"),
		"key in a URL":      assembled("https://fn.example.net/api/x?code", "=abcdef"),
		"json":              assembled(`{"user":"x","db_passw`, `ord": "abc"}`),
		"container":         assembled(`[{"name":"API_TO`, `KEN","value":"abc"}]`),
	}
	for name, s := range secrets {
		if !SecretValue(s) {
			t.Errorf("%s is not seen as a secret", name)
		}
	}
	for name, s := range map[string]string{
		"empty":            "",
		"arn":              "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf",
		"action":           `{"Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`,
		"condition":        `{"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}}}`,
		"URL":              "https://example.org:8443/path?x=y",
		"user without":     "ssh://git@example.org/x",
		"public key":       "-----BEGIN PUBLIC KEY-----",
		"public ssh key":   "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@host",
		"cidr":             "10.0.0.0/16",
		"empty in json":    `{"password": ""}`,
		"name of a secret": "app/db-password",
	} {
		if SecretValue(s) {
			t.Errorf("%s is taken for a secret", name)
		}
	}
}

func TestSecretName(t *testing.T) {
	for _, name := range []string{"PASSWORD", "db_password", "API_TOKEN", "apiKey", "AWS_SECRET_ACCESS_KEY", "private-key", "ConnectionString"} {
		if !SecretName(name) {
			t.Errorf("%s is not seen", name)
		}
	}
	for _, name := range []string{"env", "Name", "owner", "STAGE", "key", "author"} {
		if SecretName(name) {
			t.Errorf("%s is taken for one", name)
		}
	}
}
