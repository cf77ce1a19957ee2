//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// healthy makes a bucket, a network and a role, and returns the state that has the
// first two.
func healthy(t *testing.T, account string) string {
	t.Helper()
	vpc := addVPC(t, account, "us-east-1", "10.0.0.0/16", "main")
	store := s3.NewFromConfig(as(t, account), func(o *s3.Options) { o.UsePathStyle = true })
	must[*s3.CreateBucketOutput](t)(store.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("example-logs")}))
	must[*s3.PutBucketPolicyOutput](t)(store.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: aws.String("example-logs"), Policy: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
	}))
	must[*iam.CreateRoleOutput](t)(iam.NewFromConfig(as(t, account)).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("somebody"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
	}))
	resource := func(typ string, attributes map[string]any) map[string]any {
		return map[string]any{
			"mode": "managed", "type": typ, "name": "main", "provider": `provider["registry.terraform.io/hashicorp/aws"]`,
			"instances": []any{map[string]any{"schema_version": 0, "attributes": attributes}},
		}
	}
	return writeState(t, map[string]any{
		"version": 4, "terraform_version": "1.11.4", "serial": 17, "lineage": "5a1e", "outputs": map[string]any{},
		"resources": []any{
			resource("aws_vpc", map[string]any{"id": vpc, "arn": "arn:aws:ec2:us-east-1:" + account + ":vpc/" + vpc, "cidr_block": "10.0.0.0/16"}),
			resource("aws_s3_bucket", map[string]any{"id": "example-logs", "bucket": "example-logs"}),
		},
	})
}

func writeState(t *testing.T, state map[string]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "terraform.tfstate")
	if err := os.WriteFile(path, must[[]byte](t)(json.Marshal(state)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDoctor breaks one thing after the other.
func TestDoctor(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	const account = "123456789012" // of whoever has no role
	state := healthy(t, account)
	g := newGate(t, m)
	t.Setenv("AWS_ENDPOINT_URL", g.URL)
	broken := filepath.Join(t.TempDir(), "broken.tfstate")
	if err := os.WriteFile(broken, []byte(`{"version": 4, "resources": [`), 0o600); err != nil {
		t.Fatal(err)
	}

	const (
		identity = `^ok    aws identity: arn:aws:sts::123456789012:user/moto in account 123456789012$`
		clock    = `^ok    aws clock: agrees$`
		readable = `terraform.tfstate: 2 resources, serial 17, written by Terraform 1.11.4$`
		access   = `^ok    aws access: [0-9]{2} types can be read in account 123456789012$`
		untried  = `^ok    aws access: [0-9]+ actions per resource could not be tried: no resource is there to try it on$`
	)
	for _, tt := range []struct {
		name   string
		args   []string
		denied []string
		closed string
		skew   time.Duration
		env    map[string]string
		fails  []string // one pattern for each line that begins with FAIL
		ok     []string // patterns of other lines
	}{
		{name: "everything is fine", args: []string{state}, ok: []string{"^ok    driftmgr: .* go1.*$", readable, identity, clock, access, untried}},
		{name: "the state's types alone", args: []string{state, "--unmanaged=false", "--type", "aws_vpc"}, ok: []string{
			`^ok    aws access: 1 type can be read in account 123456789012$`,
		}},
		{
			name: "two actions are missing", args: []string{state}, denied: []string{"iam:ListRoles", "s3:GetBucketPolicy"},
			fails: []string{
				`^FAIL  aws access in 123456789012: access denied: allow iam:ListRoles \(aws_iam_role\)$`,
				`^FAIL  aws access in 123456789012: access denied: allow s3:GetBucketPolicy \(aws_s3_bucket, aws_s3_bucket_policy\)$`,
			},
			ok: []string{readable, identity, clock},
		},
		{
			name: "who it is remains unknown", args: []string{state}, denied: []string{"sts:GetCallerIdentity"},
			fails: []string{`^FAIL  aws identity: access denied: allow sts:GetCallerIdentity$`},
			ok:    []string{readable},
		},
		{
			name: "a role that cannot be assumed", args: []string{state}, closed: "arn:aws:iam::" + account + ":role/driftmgr",
			env: map[string]string{
				"DRIFTMGR_PROVIDERS_AWS_USE_IAM_ROLE": "true", "DRIFTMGR_PROVIDERS_AWS_ROLE_ARN": "arn:aws:iam::" + account + ":role/driftmgr",
			},
			fails: []string{`^FAIL  aws identity: no valid credentials: role arn:aws:iam::123456789012:role/driftmgr refuses these credentials .*sts:AssumeRole`},
		},
		{
			name: "one account of a template is closed", args: []string{state, "--type", "aws_vpc"}, closed: "arn:aws:iam::" + account + ":role/driftmgr",
			env: map[string]string{
				"DRIFTMGR_PROVIDERS_AWS_USE_IAM_ROLE": "true", "DRIFTMGR_PROVIDERS_AWS_ROLE_ARN": "arn:aws:iam::{account}:role/driftmgr",
			},
			fails: []string{`^FAIL  aws access in 123456789012: no valid credentials: role arn:aws:iam::123456789012:role/driftmgr refuses these credentials`},
			ok:    []string{identity},
		},
		{
			name: "the clock is slow", args: []string{state}, skew: time.Hour,
			fails: []string{`^FAIL  aws clock: this machine's clock is off by (1h0m0s|59m5[0-9]s|1h0m[0-9]s): set it by NTP$`},
			ok:    []string{identity, access},
		},
		{
			name: "the clock is fast", args: []string{state, "--type", "aws_vpc"}, skew: -time.Hour,
			fails: []string{`^FAIL  aws clock: this machine's clock is off by (1h0m0s|59m5[0-9]s|1h0m[0-9]s): set it by NTP$`},
		},
		{
			name: "a state that is cut off", args: []string{state, broken},
			fails: []string{`^FAIL  state .*broken.tfstate: the state could not be read: .*$`},
			ok:    []string{readable, identity, clock, access},
		},
		{
			name: "a state that is not there", args: []string{filepath.Join(t.TempDir(), "missing.tfstate")},
			fails: []string{`^FAIL  state .*missing.tfstate: the state could not be read: does not exist; check the path`},
			ok:    []string{identity, clock, access},
		},
		{
			name: "a bucket that is not there", args: []string{"s3://example-none/prod.tfstate", "--type", "aws_vpc"},
			fails: []string{`^FAIL  state s3://example-none/prod.tfstate: the state could not be read: bucket example-none does not exist`},
			ok:    []string{identity},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.denied, g.closed, g.skew = tt.denied, tt.closed, tt.skew
			defer func() { g.denied, g.closed, g.skew = nil, "", 0 }()
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			out, stderr, code := execute(t, append([]string{"doctor"}, tt.args...)...)
			if want := map[bool]int{true: 0, false: 3}[len(tt.fails) == 0]; code != want || stderr != "" {
				t.Errorf("exit code %d, want %d; stderr %q", code, want, stderr)
			}
			lines := strings.Split(strings.TrimSpace(out), "\n")
			for _, pattern := range slices.Concat(tt.fails, tt.ok) {
				at := slices.IndexFunc(lines, regexp.MustCompile(pattern).MatchString)
				if at < 0 {
					t.Errorf("no line is %s in\n%s", pattern, out)
					continue
				}
				if failed := strings.HasPrefix(lines[at], "FAIL  "); failed != slices.Contains(tt.fails, pattern) {
					t.Errorf("line %q", lines[at])
				}
			}
			if n := strings.Count(out, "FAIL  "); n != len(tt.fails) {
				t.Errorf("%d lines fail, want %d:\n%s", n, len(tt.fails), out)
			}
		})
	}
}
