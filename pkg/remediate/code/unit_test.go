package code

import (
	"slices"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

func TestPath(t *testing.T) {
	for path, want := range map[string]string{
		"a":                    "a",
		"tags.env":             "tags|env",
		`tags["a.b"].c`:        "tags|a.b|c",
		`tags["a\"]"]`:         `tags|a"]`,
		"ingress[0].from_port": "ingress|0|from_port",
		"a[1][2]":              "a|1|2",
		"tags.0":               "tags|0",
	} {
		steps, err := parsePath(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var got []string
		for _, s := range steps {
			if s.isIndex {
				text, _ := scalarText(s.index)
				got = append(got, text)
			} else {
				got = append(got, s.key)
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q, want %s", path, got, want)
		}
	}
	for _, path := range []string{"", "[0]", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", `a["b]`, `a["b"`, "a[0]b", "a\nb", "a b", "a[99999999999]"} {
		if steps, err := parsePath(path); err == nil {
			t.Errorf("%q was read as %v", path, steps)
		}
	}
	if got := unindexed("a[0].b[1]"); got != "a.b" {
		t.Errorf("unindexed: %s", got)
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]address{
		"aws_vpc.a":        {typ: "aws_vpc", name: "a"},
		"aws_vpc.a[1]":     {typ: "aws_vpc", name: "a", keyed: true, key: "1", count: true},
		`aws_vpc.a["x.y"]`: {typ: "aws_vpc", name: "a", keyed: true, key: "x.y"},
		`module.m["k"].module.n[0].aws_vpc.a["x"]`: {module: "m", typ: "aws_vpc", name: "a", keyed: true, key: "x"},
		`module.m["k"].module.n[0]`:                {module: "m"},
		"data.aws_ami.a":                           {data: true, typ: "aws_ami", name: "a"},
	} {
		if got, err := parseAddress(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "a.b.c", "a.b[0].c", "a.b (deposed 12345678)", "module", "a[0].b", "a.*", `a.b[true]`} {
		if got, err := parseAddress(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestFind(t *testing.T) {
	f := Files{
		"main.tf":       []byte("\nmodule \"m\" {\n  source = \"./m\"\n}\nresource \"a_b\" \"c\" {\n}\n"),
		"a_override.tf": []byte("resource \"a_b\" \"c\" {\n}\n"),
		"x.tf.json":     []byte("{\"resource\": {\"a_b\":\n {\"d\":\n {}}}}"),
		"x.tfvars":      []byte("a_b = 1\n"),
	}
	for address, want := range map[string]place{
		"a_b.c":               {"main.tf", 5},
		"a_b.c[0]":            {"main.tf", 5},
		"a_b.d":               {"x.tf.json", 3},
		`module.m["x"].e_f.g`: {"main.tf", 2},
	} {
		if file, line, ok := f.Find(address); !ok || (place{file, line}) != want {
			t.Errorf("%s: %s:%d %v, want %s", address, file, line, ok, want)
		}
	}
	for _, address := range []string{"a_b.z", "module.z.a_b.c", "data.a_b.c", "x"} {
		if file, line, ok := f.Find(address); ok {
			t.Errorf("%s was found in %s:%d", address, file, line)
		}
	}
}

func TestName(t *testing.T) {
	free := func(string) bool { return false }
	for _, c := range []struct{ typ, id, want string }{
		{"aws_s3_bucket", "My.Bucket-1", "aws_s3_bucket.my_bucket_1"},
		{"aws_iam_role", "arn:aws:iam::123456789012:role/path/Deploy Role", "aws_iam_role.deploy_role"},
		{"aws_iam_role_policy", "role:policy", "aws_iam_role_policy.policy"},
		{"azurerm_subnet", "/subscriptions/1/x/subnets/App/", "azurerm_subnet.app"},
		{"aws_sqs_queue", "123", "aws_sqs_queue.queue_123"},
		{"aws_sqs_queue", "", "aws_sqs_queue.queue"},
		{"aws_sqs_queue", "日本", "aws_sqs_queue.queue"},
		{"aws_x_", "1", "aws_x_.imported_1"},
		{"aws_x", strings.Repeat("ab", 100), "aws_x." + strings.Repeat("ab", 32)},
	} {
		got := Name(c.typ, c.id, free)
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.typ, c.id, got, c.want)
		}
		if _, err := parseAddress(got); err != nil {
			t.Error(err)
		}
	}
	taken := []string{"a_b.x", "a_b.x_2"}
	if got := Name("a_b", "x", func(a string) bool { return slices.Contains(taken, a) }); got != "a_b.x_3" {
		t.Errorf("%s is not free", got)
	}
}

func TestImportBlocks(t *testing.T) {
	got := string(ImportBlocks([]Import{
		{Address: "aws_s3_bucket.logs", ID: "logs"},
		{Address: `aws_x.y["a"]`, ID: `${a}"%{b}` + "\n", Provider: "aws.west"},
		{Address: "x.y\nresource", ID: "z"},
		{Address: "module.z", ID: "a"},
		{Address: "aws_x.z"},
		{Address: "aws_x.z", ID: "a", Provider: "aws west"},
	}))
	want := `import {
  to = aws_s3_bucket.logs
  id = "logs"
}

import {
  to       = aws_x.y["a"]
  id       = "$${a}\"%%{b}\n"
  provider = aws.west
}

# not imported, as its address, id or provider is not valid: "x.y\nresource"

# not imported, as its address, id or provider is not valid: "module.z"

# not imported, as its address, id or provider is not valid: "aws_x.z"

# not imported, as its address, id or provider is not valid: "aws_x.z"
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if p := parse("import.tf", []byte(got)).problem; p != nil {
		t.Error(p.text)
	}
}

// generatedByTerraform has the form of what Terraform 1.11 writes, with what is
// secret put together here.
const generatedByTerraform = `# __generated__ by Terraform
# Please review these resources and move them into your main configuration files.

# __generated__ by Terraform from "db-1"
resource "aws_db_instance" "db" {
  allocated_storage = 20
  kms_key_id        = null
  password          = null # sensitive
  tags = {
    env         = "prod"
    db_password = "hunter22"
  }
  url = "https://u:` + `pw@example.org/"
  policy = jsonencode({
    Statement = [{ Sid = "x", Token = "abcdefgh" }]
  })
  settings = [
    {
      name  = "STAGE"
      value = "prod"
    },
    {
      name  = "API_TOKEN"
      value = "abcdefgh"
    },
    {
      key = null # sensitive
      on  = true
    },
  ]
  hidden = {} # sensitive
  keys = ["a", "AKIA` + `ABCDEFGHIJKLMNOP"]
  text = <<-EOT
    # __generated__ by Terraform
    # sensitive
  EOT
  env {
    name  = "DB_SECRET"
    value = "abcdefgh"
    unit  = null
  }
  secret_block {} # sensitive
  features {
  }
  timeouts {
    create = null
  }
}

# __generated__ by Terraform
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
`

func TestGenerated(t *testing.T) {
	out, hints, err := Generated([]byte(generatedByTerraform))
	if err != nil {
		t.Fatal(err)
	}
	want := `resource "aws_db_instance" "db" {
  allocated_storage = 20
  tags = {
    env = "prod"
  }
  settings = [
    {
      name  = "STAGE"
      value = "prod"
    },
    {
      name = "API_TOKEN"
    },
    {
      on = true
    },
  ]
  text = <<-EOT
    # __generated__ by Terraform
    # sensitive
  EOT
  env {
    name = "DB_SECRET"
  }
  features {
  }
}

resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
`
	if string(out) != want {
		t.Errorf("got\n%s", out)
	}
	var paths []string
	for _, h := range hints {
		paths = append(paths, h.Path)
		if h.Address != "aws_db_instance.db" || h.Line == 0 || strings.Contains(h.Text, "abcdefgh") {
			t.Errorf("hint %+v", h)
		}
	}
	wantPaths := "password tags.db_password url policy settings[1].value settings[2].key hidden keys env.value secret_block"
	if got := strings.Join(paths, " "); got != wantPaths {
		t.Errorf("hints for %s, want %s", got, wantPaths)
	}
	if _, _, err := Generated([]byte("resource {")); err == nil {
		t.Error("what cannot be parsed was cleaned")
	}
}

func TestSplit(t *testing.T) {
	parts, err := Split([]byte("# one\nresource \"a\" \"b\" {\n  c = 1\n}\n\nlocals {}\n\n# two\n# more\nresource \"a\" \"d\" {}"))
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 2 || string(parts["a.b"]) != "# one\nresource \"a\" \"b\" {\n  c = 1\n}\n" || string(parts["a.d"]) != "# two\n# more\nresource \"a\" \"d\" {}\n" {
		t.Errorf("got %q", parts)
	}
	if _, err := Split([]byte("resource \"a\" \"b\" {}\nresource \"a\" \"b\" {}\n")); err == nil {
		t.Error("two blocks of one address")
	}
}

func TestDiff(t *testing.T) {
	before := "1\n2\n3\n4\n5\npassword = \"hunter22\" # x\nurl = \"https://u:" + "pw@h/\"\n-----BEGIN " + "PRIVATE KEY-----\nabc\n-----END " + "PRIVATE KEY-----\n6\n7"
	after := strings.Replace(strings.Replace(before, "2\n", "two\n", 1), "\n6\n", "\nsix\nseven\n", 1)
	want := `--- a/main.tf
+++ b/main.tf
@@ -1,5 +1,5 @@
 1
-2
+two
 3
 4
 5
@@ -8,5 +8,6 @@
 (hidden)
 (hidden)
 (hidden)
-6
+six
+seven
 7
\ No newline at end of file
`
	if got := Diff("main.tf", []byte(before), []byte(after)); got != want {
		t.Errorf("got\n%s", got)
	}
	near := Diff("x", []byte(before), []byte(strings.Replace(before, "5\n", "five\n", 1)))
	if !strings.Contains(near, ` password = "(hidden)" # x`) || strings.Contains(near, "hunter22") || strings.Contains(near, "pw@") {
		t.Errorf("got\n%s", near)
	}
	if got := Diff("x", []byte("a\n"), []byte("a\n")); got != "" {
		t.Errorf("equal files differ: %s", got)
	}
	if got := Diff("x", nil, []byte("a\n")); got != "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n" {
		t.Errorf("got %q", got)
	}
}

// TestValues proves that what is written means what was to be written.
func TestValues(t *testing.T) {
	for _, s := range []string{"", "a", "${x}", "$${x}", "$$${x}", "$$$${x}", "%{if}", "%%{", "$", "$$", "${", "\"", "\\", "\\n", "\n", "\r\n", "\t", "\x00", "\u200b", "é", "e\u0301", "日本", "😀", "<<EOT"} {
		text, ok := quote(s)
		if !ok || !means(text, s) {
			t.Errorf("%q was written as %s", s, text)
		}
	}
	for _, v := range []any{nil, true, 0.0, -1.5, 1e15, 1e-7, "x", []any{}, []any{"a", 1.0}, []any{[]any{"a"}, map[string]any{"b": nil}}, map[string]any{}, map[string]any{"a.b": "${c}", "for": 1.0, "null": "x"}} {
		text, ok := literal(v, "  ")
		if !ok || !means(text, v) {
			t.Errorf("%v was written as %s", v, text)
		}
	}
	for _, v := range []any{"\xff", 1e17, []any{1e300}, struct{}{}} {
		if text, ok := literal(v, ""); ok {
			t.Errorf("%v was written as %s", v, text)
		}
	}
}

// TestNoFinalNewline: the last line of a file may lack its end.
func TestNoFinalNewline(t *testing.T) {
	src := "resource \"a\" \"b\" {\n  c = 1\n}"
	e := Adopt(Files{"main.tf": []byte(src)}, []Want{{Address: "a.b", Changes: []drift.Change{{Path: "c", Before: 1.0, After: 2.0}}}}, nil)
	if got := string(e.Files["main.tf"]); got != strings.Replace(src, "1", "2", 1) {
		t.Errorf("got %q", got)
	}
}
