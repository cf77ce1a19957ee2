package code_test

import (
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/remediate/code"
)

func TestIgnore(t *testing.T) {
	src := "resource \"a_b\" \"c\" {\n  name = \"x\"\n}\n\nresource \"a_b\" \"d\" {\n  name = \"y\"\n}\n"
	got, err := code.Ignore([]byte(src), map[string][]string{"a_b.c": {"token", "password"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "resource \"a_b\" \"c\" {\n  name = \"x\"\n\n  lifecycle {\n    ignore_changes = [password, token]\n  }\n}\n\nresource \"a_b\" \"d\" {\n  name = \"y\"\n}\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := code.Ignore(got, map[string][]string{"a_b.c": {"name"}}); err == nil || !strings.Contains(err.Error(), "lifecycle") {
		t.Errorf("a second lifecycle block: %v", err)
	}
}
