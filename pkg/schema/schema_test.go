package schema_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/schema/internal/archive"
)

func TestEmbeddedFacts(t *testing.T) {
	tests := []struct {
		typ, path, kind, flags string
	}{
		{"aws_security_group", "ingress", "set(object(object))", "OC"},
		{"aws_vpc", "main_route_table_id", "string", "C"},
		{"aws_vpc", "tags", "map(string)", "O"},
		{"aws_db_instance", "password", "string", "OS"},
		{"aws_lb_listener", "default_action", "block list", "R"},
		{"aws_lb_listener", "default_action.authenticate_oidc.client_secret", "string", "RS"},
		{"aws_opensearchserverless_security_config", "saml_options", "block single", "O"},
		{"azurerm_storage_account", "primary_access_key", "string", "CS"},
		{"azurerm_storage_account", "network_rules.default_action", "string", "R"},
		{"google_sql_database_instance", "root_password", "string", "OS"},
		{"google_compute_instance", "tags", "set(string)", "O"},
		{"google_compute_instance", "boot_disk", "block list", "R"},
	}
	s := schema.Embedded()
	for _, tt := range tests {
		t.Run(tt.typ+"."+tt.path, func(t *testing.T) {
			p, ok := s.Type(tt.typ).Lookup(tt.path)
			if !ok || string(p.Kind) != tt.kind || p.Flags.String() != tt.flags {
				t.Errorf("got %q %q %v, want %q %q", p.Kind, p.Flags, ok, tt.kind, tt.flags)
			}
		})
	}
}

func TestLookupOfUnlistedPath(t *testing.T) {
	s := schema.Embedded()
	tests := []struct{ name, typ, path, closest string }{
		{"within an object attribute", "aws_security_group", "ingress.from_port", "ingress"},
		{"within a map", "aws_vpc", "tags.a.dotted.key", "tags"},
		{"within a block", "aws_lb_listener", "default_action.no_such", "default_action"},
		{"timeouts", "aws_db_instance", "timeouts.create", ""},
		{"no such attribute", "aws_vpc", "no_such", ""},
		{"empty", "aws_vpc", "", ""},
		{"with an index", "aws_lb_listener", "default_action.0.type", "default_action"},
		{"of no type", "aws_no_such", "tags", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typ := s.Type(tt.typ)
			if p, ok := typ.Lookup(tt.path); ok {
				t.Errorf("Lookup(%q) = %v", tt.path, p)
			}
			listed, p, ok := typ.Closest(tt.path)
			want, wantOK := typ.Lookup(tt.closest)
			if listed != tt.closest || p != want || ok != wantOK {
				t.Errorf("Closest(%q) = %q %v %v, want %q %v %v", tt.path, listed, p, ok, tt.closest, want, wantOK)
			}
		})
	}
}

func TestUnknownType(t *testing.T) {
	s := schema.Embedded()
	for _, name := range []string{"", "_", "aws", "aws_", "aws_no_such", "kubernetes_pod", "../aws_vpc", "..", "x/aws_vpc", "\xff_"} {
		if got := s.Type(name); got != nil {
			t.Errorf("Type(%q) = %v", name, got)
		}
	}
	if got := schema.New(nil).Type("aws_vpc"); got != nil {
		t.Errorf("New(nil) knows aws_vpc")
	}
	for path := range s.Type("aws_no_such").Paths() {
		t.Errorf("a nil type has path %q", path)
	}
}

func TestPathPredicates(t *testing.T) {
	tests := []struct {
		flags                                                                                          string
		required, optional, computed, computedOnly, optionalComputed, sensitive, writeOnly, deprecated bool
	}{
		{flags: ""},
		{flags: "R", required: true},
		{flags: "O", optional: true},
		{flags: "C", computed: true, computedOnly: true},
		{flags: "OC", optional: true, computed: true, optionalComputed: true},
		{flags: "CSD", computed: true, computedOnly: true, sensitive: true, deprecated: true},
		{flags: "OSW", optional: true, sensitive: true, writeOnly: true},
	}
	for _, tt := range tests {
		t.Run(tt.flags, func(t *testing.T) {
			f, err := schema.ParseFlags(tt.flags)
			if err != nil || f.String() != tt.flags {
				t.Fatalf("ParseFlags: %q, %v", f, err)
			}
			p := schema.Path{Flags: f}
			got := []bool{p.Required(), p.Optional(), p.Computed(), p.ComputedOnly(), p.OptionalComputed(), p.Sensitive(), p.WriteOnly(), p.Deprecated()}
			want := []bool{tt.required, tt.optional, tt.computed, tt.computedOnly, tt.optionalComputed, tt.sensitive, tt.writeOnly, tt.deprecated}
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	if _, err := schema.ParseFlags("OX"); err == nil {
		t.Error("unknown letter: no error")
	}
}

func TestKind(t *testing.T) {
	tests := []struct {
		kind                                        schema.Kind
		block, list, set, mapped, object, primitive bool
		elem                                        schema.Kind
	}{
		{kind: "string", primitive: true},
		{kind: "dynamic"},
		{kind: ""},
		{kind: "list(string)", list: true, elem: "string"},
		{kind: "set(number)", set: true, elem: "number"},
		{kind: "map(bool)", mapped: true, elem: "bool"},
		{kind: "list(list(string))", list: true, elem: "list(string)"},
		{kind: "set(object(object))", set: true, elem: "object(object)"},
		{kind: "object(object)", object: true},
		{kind: "block list", block: true, list: true},
		{kind: "block set", block: true, set: true},
		{kind: "block map", block: true, mapped: true},
		{kind: "block single", block: true, object: true},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			k := tt.kind
			got := []bool{k.IsBlock(), k.IsList(), k.IsSet(), k.IsMap(), k.IsObject(), k.IsPrimitive()}
			want := []bool{tt.block, tt.list, tt.set, tt.mapped, tt.object, tt.primitive}
			if !slices.Equal(got, want) || k.Elem() != tt.elem {
				t.Errorf("got %v %q, want %v %q", got, k.Elem(), want, tt.elem)
			}
		})
	}
}

func TestNew(t *testing.T) {
	s := schema.New(map[string]map[string][2]string{
		"test_thing": {
			"id":            {"string", "C"},
			"auth":          {"set(object(object))", "OS"},
			"auth.user":     {"string", "O"},
			"auth.token_wo": {"string", "OW"},
			"token_wo":      {"string", "OW"},
		},
	})
	typ := s.Type("test_thing")
	if typ == nil || typ.Name != "test_thing" {
		t.Fatalf("Type: %v", typ)
	}
	var paths []string
	for path, p := range typ.Paths() {
		if got, ok := typ.Lookup(path); !ok || got != p {
			t.Errorf("Lookup(%q) = %v %v, Paths has %v", path, got, ok, p)
		}
		paths = append(paths, path)
	}
	if want := []string{"auth", "auth.token_wo", "auth.user", "id", "token_wo"}; !slices.Equal(paths, want) {
		t.Errorf("Paths: %q, want %q", paths, want)
	}
	for path, want := range map[string]bool{"id": false, "auth": true, "auth.user": true, "auth.user.unlisted": true, "token_wo": true, "unlisted": false} {
		if got := typ.Sensitive(path); got != want {
			t.Errorf("Sensitive(%q) = %v", path, got)
		}
	}
	if s.Type("aws_vpc") != nil {
		t.Error("a literal set knows an embedded type")
	}

	defer func() {
		if recover() == nil {
			t.Error("unknown flag: no panic")
		}
	}()
	schema.New(map[string]map[string][2]string{"test_thing": {"id": {"string", "X"}}})
}

// The answer about a value within a sensitive attribute of object type is what keeps a kubeconfig out of the output.
func TestSensitiveWithinUnlistedObject(t *testing.T) {
	typ := schema.Embedded().Type("azurerm_kubernetes_cluster")
	if _, ok := typ.Lookup("kube_config.client_key"); ok {
		t.Skip("listed: the flags say it")
	}
	if !typ.Sensitive("kube_config.client_key") {
		t.Error("kube_config.client_key of azurerm_kubernetes_cluster is not sensitive")
	}
}

// Every type of every archive can be read, so that Type's panic cannot happen, and the archives stay small.
func TestEveryEmbeddedType(t *testing.T) {
	kinds := map[schema.Kind]bool{}
	s := schema.Embedded()
	var size int64
	files, err := fs.Glob(os.DirFS("data"), "*.zip")
	if err != nil || len(files) < 3 {
		t.Fatalf("archives: %v, %v", files, err)
	}
	for _, file := range files {
		f, err := os.Open(filepath.Join("data", file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
		a, err := archive.Open(f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		big := slices.Contains([]string{"aws.zip", "azurerm.zip", "google.zip"}, file)
		if n := len(a.Names()); n == 0 || big && n < 1000 {
			t.Errorf("%s has only %d types", file, n)
		}
		for _, name := range a.Names() {
			typ := s.Type(name)
			if typ == nil {
				t.Errorf("%s is in %s, and unknown", name, file)
			}
			for path, p := range typ.Paths() {
				kinds[p.Kind] = true
				if p.Flags == 0 {
					t.Errorf("%s.%s has no flags", name, path)
				}
			}
		}
	}
	for k := range kinds {
		if !k.IsBlock() && !k.IsList() && !k.IsSet() && !k.IsMap() && !k.IsObject() && !k.IsPrimitive() && k != "dynamic" {
			t.Errorf("kind %q is none that Kind documents", k)
		}
	}
	if size > 3<<20 {
		t.Errorf("the archives have %d bytes", size)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := schema.Embedded()
	names := []string{"aws_vpc", "aws_no_such", "azurerm_storage_account", "google_compute_instance", "aws_lb_listener"}
	got := make([][]*schema.Type, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			for _, name := range names {
				typ := s.Type(name)
				typ.Lookup("id")
				got[i] = append(got[i], typ)
			}
		})
	}
	wg.Wait()
	for i := range got {
		if !slices.Equal(got[i], got[0]) {
			t.Errorf("goroutine %d got other types than goroutine 0: decoded twice", i)
		}
	}
}

func BenchmarkColdType(b *testing.B) {
	for _, name := range []string{"aws_vpc", "azurerm_kubernetes_cluster", "google_compute_instance", "aws_wafv2_web_acl", "aws_quicksight_dashboard"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if schema.Embedded().Type(name) == nil {
					b.Fatal("unknown")
				}
			}
		})
	}
}

func BenchmarkNextType(b *testing.B) { // of a provider whose archive is open
	names := []string{"aws_vpc", "aws_subnet", "aws_instance", "aws_lb", "aws_db_instance", "aws_iam_role", "aws_s3_bucket", "aws_sqs_queue"}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s := schema.Embedded()
		s.Type("aws_eip")
		b.StartTimer()
		for _, name := range names {
			s.Type(name)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(names)), "µs/type")
}

func BenchmarkLookup(b *testing.B) {
	s := schema.Embedded()
	b.ReportAllocs()
	for b.Loop() {
		s.Type("aws_lb_listener").Lookup("default_action.target_group_arn")
	}
}
