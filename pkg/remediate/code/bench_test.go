package code

import (
	"fmt"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

func BenchmarkAdopt(b *testing.B) {
	var src strings.Builder
	var wants []Want
	for i := range 200 {
		fmt.Fprintf(&src, "resource \"aws_instance\" \"n%d\" {\n  ami  = \"a\"\n  size = \"small\"\n  tags = {\n    env = \"dev\"\n  }\n}\n\n", i)
		wants = append(wants, Want{Address: fmt.Sprintf("aws_instance.n%d", i), Changes: []drift.Change{{Path: "size", Before: "small", After: "large"}}})
	}
	files := Files{"main.tf": []byte(src.String())}
	for b.Loop() {
		if e := Adopt(files, wants, nil); len(e.Done) != len(wants) {
			b.Fatal(e.Hints)
		}
	}
}
