package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	from := t.TempDir()
	document, err := os.ReadFile("testdata/providers.json")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(from, "providers.json"), document)
	write(t, filepath.Join(from, "other.json.gz"), gzipped(t, `{"other_thing": {"id": ["string", "C"]}}`))

	first, second := t.TempDir(), t.TempDir()
	var out bytes.Buffer
	for _, to := range []string{first, second} {
		out.Reset()
		if err := run(from, to, &out); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"other.zip", "terraform.zip", "test.zip"} {
		a, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(second, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s: a second run wrote other bytes", name)
		}
	}
	if want := "test.zip: 3 types, 32 paths, "; !strings.Contains(out.String(), want) {
		t.Errorf("summary %q, want %q in it", out.String(), want)
	}
}

func TestRunErrors(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no file", nil, "no *.json or *.json.gz file"},
		{"one type twice", map[string]string{"a.json": `{"x_y": {"id": ["string", "C"]}}`, "b.json": `{"x_y": {"id": ["string", "C"]}}`}, "leave one out"},
		{"one broken", map[string]string{"a.json": `{"x_y": {"id": ["string", "C"]}}`, "b.json": `{`}, "b.json"},
		{"not gzip", map[string]string{"a.json.gz": `{}`}, "a.json.gz"},
		{"path outside", map[string]string{"a.json": `{"x_y": {"a.b": ["string", "C"]}}`}, `"a" is not listed`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, to := t.TempDir(), t.TempDir()
			for name, content := range tt.files {
				write(t, filepath.Join(from, name), []byte(content))
			}
			err := run(from, to, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if written, _ := os.ReadDir(to); len(written) > 0 {
				t.Errorf("wrote %v", written)
			}
		})
	}
	if err := run("", "data", &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "DRIFTMGR_SCHEMAS") {
		t.Errorf("no folder: got %v", err)
	}
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func gzipped(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
