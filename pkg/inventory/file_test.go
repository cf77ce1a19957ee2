package inventory

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// example has every field, in the order that Read returns.
func example() *Inventory {
	return &Inventory{
		FormatVersion: FormatVersion,
		TakenAt:       noon,
		Resources: []resource.Resource{
			{
				Key:   resource.Key{Type: "aws_iam_role", Account: "111122223333", ID: "ci"},
				Attrs: resource.Attrs{"path": "/", "max_session_duration": 3600.0, "description": nil},
				Gaps:  []resource.Gap{{Paths: []string{"inline_policy"}, Reason: "access denied: allow iam:GetRolePolicy"}},
			},
			{
				Key:     resource.Key{Type: "aws_vpc", Account: "111122223333", Region: "eu-west-1", ID: "vpc-1"},
				Attrs:   resource.Attrs{"cidr_block": "10.0.0.0/16", "tags_all": map[string]any{"Name": "<a> & b – ü\n"}, "list": []any{map[string]any{"on": true}}},
				Default: true,
				Object:  "vpc/vpc-1",
			},
		},
		Coverage: []Coverage{
			{Type: "aws_iam_role", Account: "111122223333", Complete: true, Listed: 1},
			{Type: "aws_sqs_queue", Account: "111122223333", Region: "eu-west-1", Complete: true, Targeted: true},
			{Type: "aws_vpc", Account: "111122223333", Region: "eu-west-1", Reason: "throttled", Listed: 1},
		},
	}
}

func written(t testing.TB, inv *Inventory) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, inv, schema.Embedded()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestWriteRead(t *testing.T) {
	for name, want := range map[string]*Inventory{
		"every field": example(),
		"nothing":     {FormatVersion: FormatVersion, TakenAt: noon},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(bytes.NewReader(written(t, want)), "account.jsonl")
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// The lines may come in any order: Read puts them in order.
func TestReadSorts(t *testing.T) {
	lines := bytes.SplitAfter(written(t, example()), []byte("\n"))
	var turned []byte
	turned = append(turned, lines[0]...)
	for i := len(lines) - 3; i >= 1; i-- { // the last two are the end and what follows it: nothing
		turned = append(turned, lines[i]...)
	}
	turned = append(turned, lines[len(lines)-2]...)
	got, err := Read(bytes.NewReader(turned), "turned.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, example()) {
		t.Errorf("got  %+v\nwant %+v", got, example())
	}
}

const key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEhunter2\n-----END RSA PRIVATE KEY-----"

func TestWriteLeavesSecretsOut(t *testing.T) {
	for _, tt := range []struct {
		name, typ string
		attrs     resource.Attrs
		want      resource.Attrs // after reading it back
	}{
		{
			"the schema marks it", "aws_db_instance",
			resource.Attrs{"password": "hunter2-db", "username": "admin", "port": 5432.0},
			resource.Attrs{"username": "admin", "port": 5432.0},
		},
		{
			"a key that a user chose", "aws_lambda_function",
			resource.Attrs{"environment": []any{map[string]any{"variables": map[string]any{"TOKEN": "hunter2", "LEVEL": "debug"}}}, "handler": "main"},
			resource.Attrs{"environment": []any{map[string]any{}}, "handler": "main"},
		},
		{
			"a tag's key", "aws_vpc",
			resource.Attrs{"tags_all": map[string]any{"ApiToken": "hunter2", "env": "prod"}, "cidr_block": "10.0.0.0/16"},
			resource.Attrs{"cidr_block": "10.0.0.0/16"},
		},
		{
			"a tag's key that is no plain name", "aws_vpc",
			resource.Attrs{"tags_all": map[string]any{"my.app/db password": "hunter2"}},
			resource.Attrs{},
		},
		{
			"a private key", "aws_instance",
			resource.Attrs{"user_data": "#!/bin/sh\ncat <<E\n" + key, "instance_type": "t3.micro"},
			resource.Attrs{"instance_type": "t3.micro"},
		},
		{
			"a password in a URL", "aws_vpc",
			resource.Attrs{"tags_all": map[string]any{"db": "postgres://app:hunter2@db.example.com/app"}},
			resource.Attrs{},
		},
		{
			"a secret in a JSON document", "aws_ecs_task_definition",
			resource.Attrs{"container_definitions": `[{"name":"web","environment":[{"name":"DB_PASSWORD","value":"hunter2"}]}]`, "family": "web"},
			resource.Attrs{"family": "web"},
		},
		{
			"a connection string", "aws_ssm_parameter",
			resource.Attrs{"description": "Server=db;User=sa;Password=hunter2;", "tier": "Standard"},
			resource.Attrs{"tier": "Standard"},
		},
		{
			"in a list", "aws_instance",
			resource.Attrs{"security_groups": []any{"web", key}},
			resource.Attrs{},
		},
		{
			"of a type that no schema knows", "aws_not_yet",
			resource.Attrs{"text": key, "size": 1.0},
			resource.Attrs{"size": 1.0},
		},
		{
			"what only sounds like one stays", "aws_vpc",
			resource.Attrs{"tags_all": map[string]any{"team": "secrets-and-tokens", "ApiToken": ""}, "cidr_block": "10.0.0.0/16"},
			resource.Attrs{"tags_all": map[string]any{"team": "secrets-and-tokens", "ApiToken": ""}, "cidr_block": "10.0.0.0/16"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := resource.Key{Type: tt.typ, Account: "111122223333", Region: "eu-west-1", ID: "x"}
			inv := &Inventory{TakenAt: noon, Resources: []resource.Resource{{Key: k, Attrs: tt.attrs}}}
			before := fmt.Sprint(tt.attrs)
			out := written(t, inv)
			if bytes.Contains(out, []byte("hunter2")) {
				t.Errorf("a secret is in the file:\n%s", out)
			}
			got, err := Read(bytes.NewReader(out), "x")
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Resources[0].Attrs, tt.want) {
				t.Errorf("got  %v\nwant %v", got.Resources[0].Attrs, tt.want)
			}
			if after := fmt.Sprint(tt.attrs); after != before {
				t.Errorf("writing changed the inventory: %s", after)
			}
		})
	}
}

// checkError wants one line that names the file.
func checkError(t *testing.T, err error, name string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if text := err.Error(); strings.ContainsAny(text, "\r\n") || !strings.HasPrefix(text, name+" ") || len(text) > 200 {
		t.Errorf("error %q: want one line that begins with %s", text, name)
	}
}

func TestReadErrors(t *testing.T) {
	good := string(written(t, example()))
	lines := strings.SplitAfter(good, "\n")
	without := func(i int) string { return strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "") }
	for _, tt := range []struct{ name, data, want string }{
		{"empty", "", "f is empty: write it with driftmgr inventory"},
		{"white space", " \n\n", "f is empty: write it with driftmgr inventory"},
		{"a text", "hello", "f is no inventory: write one with driftmgr inventory"},
		{"binary", "\x1f\x8b\x08\x00\x00", "f is no inventory: write one with driftmgr inventory"},
		{"a list", "[1]", "f is no inventory: write one with driftmgr inventory"},
		{"a number", "7", "f is no inventory: write one with driftmgr inventory"},
		{"null", "null", "f is no inventory: write one with driftmgr inventory"},
		{"a state", `{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": []}`, "f is no inventory: write one with driftmgr inventory"},
		{"no header", strings.Join(lines[1:], ""), "f is no inventory: write one with driftmgr inventory"},
		{"a header that breaks off", `{"format_version":"1.0","ta`, "f is no inventory: write one with driftmgr inventory"},
		{"a version that is no text", `{"format_version":1}`, "f is no inventory: write one with driftmgr inventory"},
		{"newer", strings.Replace(good, `"1.0"`, `"2.0"`, 1), "f has inventory format 2.0, this driftmgr reads 1.0: write it again with driftmgr inventory"},
		{"much newer", strings.Replace(good, `"1.0"`, `"10.0"`, 1), "f has inventory format 10.0, this driftmgr reads 1.0: write it again with driftmgr inventory"},
		{"a report", `{"format_version":"1.0","verdict":"clean"}`, "f is truncated after 0 resources: write it again with driftmgr inventory"},
		{"a header alone", lines[0], "f is truncated after 0 resources: write it again with driftmgr inventory"},
		{"no end", strings.Join(lines[:len(lines)-2], ""), "f is truncated after 2 resources: write it again with driftmgr inventory"},
		{"in a line", good[:len(good)-10], "f is truncated after 2 resources: write it again with driftmgr inventory"},
		{"garbage", lines[0] + lines[1] + "{{{\n" + strings.Join(lines[2:], ""), "f is damaged after 0 resources: write it again with driftmgr inventory"},
		{"another shape", lines[0] + `{"resource":[]}` + "\n", "f is damaged after 0 resources: write it again with driftmgr inventory"},
		{"a resource less", without(4), "f is damaged: it announces 2 resources and has 1"},
		{"a resource more", lines[0] + lines[4] + strings.Join(lines[1:], ""), "f is damaged: it announces 2 resources and has 3"},
		{"a listing less", without(1), ""},
		{"two inventories", good + good, "f has more behind its end: keep one inventory a file"},
		{"a bracket behind the end", good + "]", "f has more behind its end: keep one inventory a file"},
		{"garbage behind the end", good + "x", "f has more behind its end: keep one inventory a file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv, err := Read(strings.NewReader(tt.data), "f")
			checkError(t, err, "f")
			if tt.want != "" && err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
			if inv != nil {
				t.Errorf("returned in part: %+v", inv)
			}
		})
	}
}

// Whatever is behind the last complete line, a part of a file is never taken for
// the whole.
func TestReadTruncated(t *testing.T) {
	good := written(t, example())
	for n := range len(good) - 1 { // the last byte is the last line's end
		if inv, err := Read(bytes.NewReader(good[:n]), "f"); err == nil {
			t.Fatalf("%d of %d bytes were read as %+v", n, len(good), inv)
		}
	}
	if _, err := Read(bytes.NewReader(good[:len(good)-1]), "f"); err != nil {
		t.Errorf("without the last line's end: %v", err)
	}
	if _, err := Read(iotest.OneByteReader(bytes.NewReader(good)), "f"); err != nil {
		t.Errorf("byte by byte: %v", err)
	}
	for _, n := range []int{0, 10, len(good) / 2, len(good)} {
		broken := io.MultiReader(bytes.NewReader(good[:n]), iotest.ErrReader(errors.New("input/output error")))
		inv, err := Read(broken, "f")
		if err == nil {
			t.Fatalf("a read error after %d bytes: %+v", n, inv)
		}
		checkError(t, err, "f")
	}
}

// A newer minor version may say more than this driftmgr knows.
func TestReadNewerMinor(t *testing.T) {
	data := strings.Replace(string(written(t, example())), `"1.0"`, `"1.7","made_with":"x"`, 1)
	data = strings.Replace(data, `{"end"`, `{"note":{"text":"x"}}`+"\n"+`{"end"`, 1)
	inv, err := Read(strings.NewReader(data), "f")
	if err != nil {
		t.Fatal(err)
	}
	if len(inv.Resources) != 2 || len(inv.Coverage) != 3 {
		t.Errorf("got %+v", inv)
	}
}

func TestWriteErrors(t *testing.T) {
	big := example()
	for i := range 1000 {
		big.Resources = append(big.Resources, resource.Resource{Key: resource.Key{Type: "aws_vpc", ID: fmt.Sprint(i)}, Attrs: resource.Attrs{"x": strings.Repeat("y", 200)}})
	}
	want := errors.New("no space left on device")
	for _, room := range []int64{0, 1, 1 << 16, 1<<17 + 1} {
		if err := Write(&full{room, want}, big, schema.New(nil)); !errors.Is(err, want) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
}

type full struct {
	room int64
	err  error
}

func (f *full) Write(p []byte) (int, error) {
	if f.room -= int64(len(p)); f.room < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func FuzzRead(f *testing.F) {
	good := written(f, example())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(`{"format_version":"1.0","taken_at":"2026-01-02T03:04:05Z"}{"end":{"resources":0,"coverage":0}}`))
	f.Add([]byte(`{"format_version":"1","taken_at":"0000-01-01T00:00:00+23:59"}{"resource":{"key":{},"attrs":null}}{"end":{"resources":1,"coverage":0}}`))
	f.Add([]byte(`{"format_version":"2.0"}`))
	f.Add([]byte(`{"version":4}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := Read(bytes.NewReader(data), "fuzz.jsonl")
		if err != nil {
			if inv != nil {
				t.Errorf("returned in part: %+v", inv)
			}
			if strings.HasPrefix(err.Error(), "fuzz.jsonl has inventory format") {
				return // which repeats the version
			}
			checkError(t, err, "fuzz.jsonl")
			return
		}
		// What is written of it says the same, once its secrets are gone.
		schemas := schema.New(nil)
		write := func(inv *Inventory) []byte {
			var buf bytes.Buffer
			if err := Write(&buf, inv, schemas); err != nil {
				t.Fatal(err)
			}
			return buf.Bytes()
		}
		first := write(inv)
		again, err := Read(bytes.NewReader(first), "again.jsonl")
		if err != nil {
			t.Fatalf("%v of\n%s", err, first)
		}
		if len(again.Resources) != len(inv.Resources) || !reflect.DeepEqual(again.Coverage, inv.Coverage) || !again.TakenAt.Equal(inv.TakenAt) {
			t.Errorf("read  %+v\nagain %+v", inv, again)
		}
		if second := write(again); !bytes.Equal(first, second) {
			t.Errorf("written %s\nagain %s", first, second)
		}
	})
}

func TestReadGzip(t *testing.T) {
	var plain, packed bytes.Buffer
	want := &Inventory{TakenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Coverage: []Coverage{{Type: "aws_vpc", Complete: true}}}
	if err := Write(&plain, want, schema.Embedded()); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	inv, err := Read(bytes.NewReader(packed.Bytes()), "a.jsonl.gz")
	if err != nil || len(inv.Coverage) != 1 {
		t.Fatalf("%+v, %v", inv, err)
	}
	if _, err := Read(bytes.NewReader(packed.Bytes()[:packed.Len()/2]), "a.jsonl.gz"); err == nil {
		t.Error("half of it is taken for the whole")
	}
	if _, err := Read(strings.NewReader("\x1f\x8bno"), "a.jsonl.gz"); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}
