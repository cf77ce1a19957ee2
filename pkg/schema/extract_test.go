package schema

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// The embedded facts are those of the providers' own schemas, which lie beside the
// repository where it is developed: every type, path, kind and flag.
func TestEmbeddedIsWhatTheProvidersSay(t *testing.T) {
	embedded := Embedded()
	for _, provider := range []string{"aws", "azurerm", "google"} {
		t.Run(provider, func(t *testing.T) {
			f, err := os.Open(filepath.Join("..", "..", "..", "shared", "schema", provider+".json.gz"))
			if errors.Is(err, fs.ErrNotExist) {
				t.Skip("the providers' schemas are not here")
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			var types map[string]map[string][2]string
			if err := json.NewDecoder(z).Decode(&types); err != nil {
				t.Fatal(err)
			}
			paths := 0
			for name, want := range types {
				typ := embedded.Type(name)
				for path, fact := range want {
					if isTimeouts(path) {
						continue
					}
					p, ok := typ.Lookup(path)
					if flags, err := ParseFlags(fact[1]); !ok || err != nil || p.Kind != Kind(fact[0]) || p.Flags != flags {
						t.Errorf("%s.%s is %s %s, the provider says %v", name, path, p.Kind, p.Flags, fact)
					}
					paths++
				}
			}
			if len(types) < 1000 || paths < 10_000 {
				t.Errorf("compared %d types and %d paths only", len(types), paths)
			}
		})
	}
}

// isTimeouts: see the package comment.
func isTimeouts(path string) bool {
	return path == "timeouts" || len(path) > 9 && path[:9] == "timeouts."
}
