//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	awsprovider "github.com/driftmgr/driftmgr/providers/aws"
)

// policy is what permissions wrote: actions → resources.
type policy map[string][]string

// permissions runs driftmgr permissions.
func permissions(t *testing.T, args ...string) (p policy, stderr string) {
	t.Helper()
	out, stderr, code := execute(t, append([]string{"permissions"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var document struct {
		Version   string
		Statement []struct {
			Sid, Effect      string
			Action, Resource []string
		}
	}
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&document); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	p = policy{}
	for _, s := range document.Statement {
		if s.Effect != "Allow" {
			t.Errorf("statement %+v", s)
		}
		for _, action := range s.Action {
			p[action] = append(p[action], s.Resource...)
		}
	}
	return p, stderr
}

// everywhere are the actions that are allowed on everything.
func (p policy) everywhere() []string {
	var out []string
	for _, action := range slices.Sorted(maps.Keys(p)) {
		if slices.Contains(p[action], "*") {
			out = append(out, action)
		}
	}
	return out
}

// harmless proves that each action is a read by its name, and one alone.
func (p policy) harmless(t *testing.T) {
	t.Helper()
	if len(p) == 0 {
		t.Error("the policy allows nothing")
	}
	reads := []string{"Describe", "Get", "List", "Head", "BatchGet", "Lookup", "Search"}
	for action := range p {
		service, operation, ok := strings.Cut(action, ":")
		isRead := slices.ContainsFunc(reads, func(r string) bool { return strings.HasPrefix(operation, r) })
		if !ok || service == "" || !isRead || strings.ContainsAny(action, "*?") {
			t.Errorf("%s is allowed, and is no read", action)
		}
	}
	// Data and secrets are no matter of a verdict: of the states' objects alone.
	for _, action := range []string{"s3:GetObject", "s3:GetObjectVersion", "dynamodb:GetItem", "secretsmanager:GetSecretValue", "ssm:GetParameter"} {
		if slices.Contains(p.everywhere(), action) {
			t.Errorf("%s is allowed on everything", action)
		}
	}
}

// actionsOf are those of the types, and what every run takes; nil are all types.
func actionsOf(types map[string]bool) []string {
	p := awsprovider.New(awsprovider.Options{})
	actions := p.Actions()
	for _, typ := range p.Types() {
		if types == nil || types[typ.Name] {
			actions = append(actions, typ.Actions...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// heldTypes are the types of a state's resources.
func heldTypes(t *testing.T, state string) map[string]bool {
	t.Helper()
	var document struct {
		Resources []struct{ Mode, Type string }
	}
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(state)), &document); err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, r := range document.Resources {
		if r.Mode == "managed" {
			types[r.Type] = true
		}
	}
	return types
}

// TestPermissions compares the policy with what a run uses in the gold world, and
// with what it says of a state in a bucket.
func TestPermissions(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	state := m.rebuild(t, readWorld(t))
	types := heldTypes(t, state)

	for _, tt := range []struct {
		name  string
		flags []string
		types map[string]bool
	}{
		{"every type", nil, nil},
		{"the state's types", []string{"--unmanaged=false"}, types},
		{"types by their names", []string{"--type", "aws_s3_*", "--type", "aws_vpc"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			allowed, _ := permissions(t, append([]string{state}, tt.flags...)...)
			allowed.harmless(t)
			used := detect(t, state, append([]string{"--stats"}, tt.flags...)...).Stats.APICalls
			if len(used) < 5 {
				t.Fatalf("only %v is used", used)
			}
			for action := range used {
				if !slices.Contains(allowed[action], "*") {
					t.Errorf("%s is used and not allowed", action)
				}
			}
			if tt.types == nil {
				return
			}
			if got, want := slices.Sorted(maps.Keys(allowed)), actionsOf(tt.types); !slices.Equal(got, want) {
				t.Errorf("allowed %q\nwant %q", got, want)
			}
		})
	}

	cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context()))
	store := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	must[*s3.CreateBucketOutput](t)(store.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(statesBucket)}))
	must[*s3.PutObjectOutput](t)(store.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(statesBucket), Key: aws.String(networkKey), Body: bytes.NewReader(must[[]byte](t)(os.ReadFile(state))),
	}))
	remote := "s3://" + statesBucket + "/" + networkKey
	bucket := "arn:aws:s3:::" + statesBucket
	inBucket := policy{
		"s3:ListBucket": {bucket},
		"s3:GetObject":  {bucket + "/" + networkKey, bucket + "/" + networkKey + ".tflock"},
	}
	g := newGate(t, m)
	t.Setenv("AWS_ENDPOINT_URL", g.URL)
	for _, tt := range []struct {
		name   string
		denied []string
		types  map[string]bool
		stderr string
	}{
		{"a state in a bucket", nil, types, "types of the states have no reader and need nothing"},
		{"a state that cannot be read yet", []string{"s3:GetObject"}, nil, "the policy is for all types"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g.denied = tt.denied
			defer func() { g.denied = nil }()
			allowed, stderr := permissions(t, remote, "--unmanaged=false")
			allowed.harmless(t)
			if !strings.Contains(stderr, tt.stderr) {
				t.Errorf("stderr %q, want %q in it", stderr, tt.stderr)
			}
			if unread := strings.Contains(stderr, remote); unread != (tt.denied != nil) {
				t.Errorf("stderr %q", stderr)
			}
			for action, resources := range inBucket {
				if !slices.Equal(allowed[action], resources) {
					t.Errorf("%s is allowed on %q, want %q", action, allowed[action], resources)
				}
			}
			if got, want := allowed.everywhere(), actionsOf(tt.types); !slices.Equal(got, want) {
				t.Errorf("allowed everywhere %q\nwant %q", got, want)
			}
			if len(allowed) != len(allowed.everywhere())+len(inBucket) {
				t.Errorf("allowed %v", allowed)
			}
		})
	}
}
