package s3_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
	"github.com/driftmgr/driftmgr/pkg/state/statetest"
)

const (
	small = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[]}`
	info  = `{"ID":"5f1c","Operation":"OperationTypeApply","Info":"","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T10:00:00.5Z","Path":"states/x"}`
)

func held() state.Lock {
	return state.Lock{ID: "5f1c", Operation: "OperationTypeApply", Who: "ann@ci", Since: time.Date(2026, 11, 2, 10, 0, 0, 5e8, time.UTC)}
}

func TestConformance(t *testing.T) {
	alone(t)
	s := newServer(t)
	statetest.Run(t, statetest.Store{
		Backend: s.backend(),
		Ref:     ref,
		Put: func(t *testing.T, name string, content []byte) string {
			s.objects[name] = string(content)
			return ref(name)
		},
		Dump: func(t *testing.T) map[string]string {
			for _, r := range s.asked() {
				if !strings.HasPrefix(r, "GET ") {
					t.Errorf("not a read: %s", r)
				}
			}
			return maps.Clone(s.objects)
		},
		Deny: func(t *testing.T, name string) bool { s.denied[name] = true; return true },
		Block: func(name string) state.Block {
			return state.Block{Type: "s3", Attrs: map[string]any{"bucket": "states", "key": name, "region": "eu-west-1"}, Workspace: "default", Dir: "app"}
		},
		Lock: func(t *testing.T, name string) state.Lock {
			s.objects[name+".tflock"] = info
			return held()
		},
		Pattern: func(prefix string) string { return ref(prefix + "*") },
	})
}

// A pattern costs its pages and one request for each state: nothing more for the
// locks.
func TestPattern(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.pageSize = 3
	for _, key := range []string{
		"env/a/terraform.tfstate", "env/b/terraform.tfstate", "env/b/terraform.tfstate.tflock", "env/b/c/terraform.tfstate",
		"env/b/other.tfstate", "env/terraform.tfstate", "env/x%y/terraform.tfstate", "env/[z]/terraform.tfstate", "other/terraform.tfstate", "env/folder/",
	} {
		s.objects[key] = small
	}
	s.objects["env/b/terraform.tfstate.tflock"] = info
	found, err := s.backend().Parse(t.Context(), ref("env/**/terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var names, locked []string
	for _, src := range found {
		names = append(names, src.String())
		if _, err := state.Load(t.Context(), src, 0); err != nil {
			t.Error(err)
		}
		lock, err := src.(state.Locked).Lock(t.Context())
		if err != nil {
			t.Error(err)
		}
		if lock != nil {
			locked = append(locked, src.String())
		}
		again := one(t, s.backend(), src.String()) // its name is a reference to it
		if again.String() != src.String() {
			t.Errorf("%s parsed is %s", src, again)
		}
	}
	want := []string{
		ref("env/%5Bz]/terraform.tfstate"), ref("env/a/terraform.tfstate"), ref("env/b/c/terraform.tfstate"), ref("env/b/terraform.tfstate"),
		ref("env/terraform.tfstate"), ref("env/x%25y/terraform.tfstate"),
	}
	if !slices.Equal(names, want) {
		t.Errorf("found %q\nwant  %q", names, want)
	}
	if !slices.Equal(locked, []string{ref("env/b/terraform.tfstate")}) {
		t.Errorf("locked: %q", locked)
	}
	if asked := s.asked(); len(asked) != 3+6+1 { // pages, states, the lock there is
		t.Errorf("%d requests: %q", len(asked), asked)
	}
}

// The bucket's region costs a request where it is wrong, once for all states.
func TestRegion(t *testing.T) {
	alone(t)
	for _, tt := range []struct {
		name, home string
		silent     bool
		want       []string
	}{
		{"right", "eu-west-1", false, []string{"GET /a by KEY in eu-west-1"}},
		{"wrong", "us-west-2", false, []string{"GET /a by KEY in eu-west-1", "GET /a by KEY in us-west-2"}},
		{"wrong, and S3 says it only after HEAD", "us-west-2", true, []string{"GET /a by KEY in eu-west-1", "HEAD  by KEY in eu-west-1", "GET /a by KEY in us-west-2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			s.home, s.silent = tt.home, tt.silent
			s.objects["a"], s.objects["b"] = small, small
			b := s.backend()
			load(t, one(t, b, ref("a")))
			if got := s.asked(); !slices.Equal(got, tt.want) {
				t.Errorf("asked %q\nwant  %q", got, tt.want)
			}
			load(t, one(t, b, ref("b")))
			if got := s.asked(); !slices.Equal(got, []string{"GET /b by KEY in " + tt.home}) {
				t.Errorf("then asked %q", got)
			}
		})
	}
	t.Run("many at once ask once", func(t *testing.T) {
		s := newServer(t)
		s.home = "us-west-2"
		b := s.backend()
		for i := range 20 {
			s.objects[fmt.Sprint(i)] = small
		}
		var wg sync.WaitGroup
		for i := range 20 {
			src := one(t, b, ref(fmt.Sprint(i)))
			wg.Go(func() { load(t, src) })
		}
		wg.Wait()
		if got := s.asked(); len(got) != 21 {
			t.Errorf("%d requests for 20 states: %q", len(got), got)
		}
	})
	t.Run("found out after an answer that does not tell", func(t *testing.T) {
		s := newServer(t)
		s.home = "us-west-2"
		s.objects["b"], s.objects["c"] = small, small
		s.faults["/a"] = []fault{answer(http.StatusForbidden, "AccessDenied", "Access Denied")}
		b := s.backend()
		if _, err := one(t, b, ref("a")).Open(t.Context()); err == nil {
			t.Error("read what is denied")
		}
		load(t, one(t, b, ref("b")))
		s.asked()
		load(t, one(t, b, ref("c")))
		if got := s.asked(); !slices.Equal(got, []string{"GET /c by KEY in us-west-2"}) {
			t.Errorf("then asked %q", got)
		}
	})
	t.Run("of a signature", func(t *testing.T) {
		s := newServer(t)
		s.objects["a"] = small
		s.faults["/a"] = []fault{answer(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'ap-south-1'")}
		load(t, one(t, s.backend(), ref("a")))
		if got := s.asked(); !slices.Equal(got, []string{"GET /a by KEY in eu-west-1", "GET /a by KEY in ap-south-1"}) {
			t.Errorf("asked %q", got)
		}
	})
	t.Run("none configured", func(t *testing.T) {
		s := newServer(t)
		s.home = "sa-east-1"
		s.objects["a"] = small
		auth := s.auth()
		auth.Region = ""
		load(t, one(t, s3.New(s3.Options{Auth: auth}), ref("a")))
		if got := s.asked(); !slices.Equal(got, []string{"GET /a by KEY in us-east-1", "GET /a by KEY in sa-east-1"}) {
			t.Errorf("asked %q", got)
		}
	})
}

func load(t testing.TB, src state.Source) {
	t.Helper()
	if f, err := state.Load(t.Context(), src, 0); err != nil || f.Serial != 7 {
		t.Errorf("%s: %+v, %v", src, f, err)
	}
}

func TestVersion(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"], s.objects["a?v1"] = "newest", small
	src := one(t, s.backend(), ref("a?version_id=v1"))
	load(t, src)
	if src.String() != ref("a?version_id=v1") {
		t.Errorf("named %s", src)
	}
	if p := src.(state.Permitted).Permissions(); p[1].Action != "s3:GetObjectVersion" {
		t.Errorf("permissions %v", p)
	}
}

// An endpoint of its own is part of the name, as another store has other objects.
func TestEndpoint(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"] = small
	auth := s.auth()
	auth.Endpoint = ""
	b := s3.New(s3.Options{Auth: auth})
	src := one(t, b, ref("a?region=eu-west-1&endpoint="+s.URL+"/"))
	load(t, src)
	if want := ref("a?endpoint=" + s.URL); src.String() != want {
		t.Errorf("named %s; want %s", src, want)
	}
	found, err := b.Configure(t.Context(), state.Block{Type: "s3", Attrs: map[string]any{
		"bucket": "states", "key": "a", "region": "eu-west-1", "use_path_style": true, "endpoints": map[string]any{"s3": s.URL},
	}})
	if err != nil {
		t.Fatal(err)
	}
	load(t, found[0])
	if found[0].String() != src.String() {
		t.Errorf("the block's name is %s; want %s", found[0], src)
	}
}

func TestRole(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"] = small
	b := s.backend()
	src := one(t, b, ref("a?role_arn=arn:aws:iam::111122223333:role/reader"))
	load(t, src)
	load(t, src)
	if got := s.asked(); !slices.Equal(got, []string{"POST / by KEY in eu-west-1", "GET /a by ROLE- in eu-west-1", "GET /a by ROLE- in eu-west-1"}) {
		t.Errorf("asked %q", got)
	}
	s.faults["/"] = []fault{func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/hush is not authorized</Message></Error></ErrorResponse>")
	}}
	_, err := one(t, b, ref("a?role_arn=arn:aws:iam::111122223333:role/other")).Open(t.Context())
	want := "state s3://states/a: could not be read: role arn:aws:iam::111122223333:role/other refuses these credentials (AccessDenied); allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one"
	if err == nil || err.Error() != want || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if got := s.asked(); len(got) != 1 {
		t.Errorf("after a refused role: %q", got)
	}
}

func TestLockTable(t *testing.T) {
	alone(t)
	s := newServer(t)
	s.objects["a"], s.objects["env:/prod/a"] = small, small
	s.items["states/env:/prod/a"] = info
	b := s.backend()
	for _, tt := range []struct {
		name, workspace, table string
		want                   bool
		asked                  int
	}{
		{"locked", "prod", "locks", true, 1},
		{"not locked", "default", "locks", false, 1},
		{"no lock in use", "prod", "", false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			attrs := map[string]any{"bucket": "states", "key": "a", "region": "eu-west-1", "dynamodb_table": tt.table}
			found, err := b.Configure(t.Context(), state.Block{Type: "s3", Attrs: attrs, Workspace: tt.workspace})
			if err != nil {
				t.Fatal(err)
			}
			s.asked()
			lock, err := found[0].(state.Locked).Lock(t.Context())
			if err != nil || (lock != nil) != tt.want || lock != nil && *lock != held() {
				t.Errorf("lock %v, %v", lock, err)
			}
			if got := s.asked(); len(got) != tt.asked || len(got) == 1 && !strings.HasPrefix(got[0], "POST DynamoDB_20120810.GetItem") {
				t.Errorf("asked %q", got)
			}
		})
	}
	lock, err := one(t, b, ref("env:/prod/a?dynamodb_table=locks")).(state.Locked).Lock(t.Context())
	if err != nil || lock == nil || *lock != held() {
		t.Errorf("by reference: lock %v, %v", lock, err)
	}
	s.faults["DynamoDB_20120810.GetItem"] = []fault{answerJSON("ResourceNotFoundException")}
	_, err = one(t, b, ref("a?dynamodb_table=loks")).(state.Locked).Lock(t.Context())
	if want := "state s3://states/a: its lock could not be looked up: its DynamoDB table loks does not exist; check dynamodb_table and the region"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func answerJSON(code string) fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"hush"}`, code)
	}
}

func TestPermissions(t *testing.T) {
	alone(t)
	b := s3.New(s3.Options{Auth: awsauth.Options{}})
	permissions := func(src state.Source) []string {
		var out []string
		for _, p := range src.(state.Permitted).Permissions() {
			out = append(out, p.Cloud+" "+p.Action+" "+p.Resource)
		}
		return out
	}
	got := permissions(one(t, b, ref("a")))
	want := []string{"aws s3:ListBucket arn:aws:s3:::states", "aws s3:GetObject arn:aws:s3:::states/a", "aws s3:GetObject arn:aws:s3:::states/a.tflock"}
	if !slices.Equal(got, want) {
		t.Errorf("reference: %q\nwant %q", got, want)
	}
	// A policy would take these characters for wildcards and variables.
	if got := permissions(one(t, b, "s3://states/a%2A$b")); got[1] != "aws s3:GetObject arn:aws:s3:::states/a${*}${$}b" {
		t.Errorf("literal: %q", got)
	}
	found, err := b.Configure(t.Context(), state.Block{Type: "s3", Attrs: map[string]any{
		"bucket": "states", "key": "a", "region": "us-gov-west-1", "dynamodb_table": "locks", "encrypt": true,
		"kms_key_id": "2b1c0f2e-0000-4000-8000-000000000000",
	}})
	if err != nil {
		t.Fatal(err)
	}
	want = []string{
		"aws s3:ListBucket arn:aws-us-gov:s3:::states", "aws s3:GetObject arn:aws-us-gov:s3:::states/a",
		"aws dynamodb:GetItem arn:aws-us-gov:dynamodb:us-gov-west-1:*:table/locks",
		"aws kms:Decrypt arn:aws-us-gov:kms:us-gov-west-1:*:key/2b1c0f2e-0000-4000-8000-000000000000",
	}
	if got := permissions(found[0]); !slices.Equal(got, want) {
		t.Errorf("block: %q\nwant %q", got, want)
	}
	// what S3 says of the key once it was read
	s := newServer(t)
	const key = "arn:aws:kms:eu-west-1:111122223333:key/abc"
	s.faults["/a"] = []fault{func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", key)
		_, _ = io.WriteString(w, small)
	}}
	src := one(t, s.backend(), ref("a"))
	load(t, src)
	if got := permissions(src); got[len(got)-1] != "aws kms:Decrypt "+key {
		t.Errorf("after reading: %q", got)
	}
}
