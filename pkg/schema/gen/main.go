// Command gen writes the archives of pkg/schema; see the comment of that package for how to run it.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/schema/internal/archive"
)

func main() {
	from := flag.String("from", "", "folder with the *.json and *.json.gz files to read")
	to := flag.String("to", "", "folder to write PROVIDER.zip files to")
	flag.Parse()
	if err := run(*from, *to, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads every schema document in the folder from, and writes one archive per provider to the folder to, with one line about each to
// out. Nothing is written unless all could be read.
func run(from, to string, out io.Writer) error {
	if from == "" || to == "" {
		return errors.New("-from or -to is empty: set DRIFTMGR_SCHEMAS to the absolute path of the folder with the output of `terraform providers schema -json`")
	}
	var files []string
	for _, pattern := range []string{"*.json", "*.json.gz"} {
		found, err := filepath.Glob(filepath.Join(from, pattern))
		if err != nil {
			return fmt.Errorf("list %s: %w", from, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return fmt.Errorf("no *.json or *.json.gz file in %s (go generate runs in the package's folder: give an absolute path)", from)
	}

	origin := map[string]string{} // type name → file
	providers := map[string]archive.Types{}
	for _, file := range files {
		types, err := readFile(file)
		if err != nil {
			return err
		}
		for name, paths := range types {
			if other, ok := origin[name]; ok {
				return fmt.Errorf("%s is in %s and in %s: leave one out", name, other, file)
			}
			origin[name] = file
			provider, _, _ := strings.Cut(name, "_")
			if providers[provider] == nil {
				providers[provider] = archive.Types{}
			}
			providers[provider][name] = paths
		}
	}

	archives := map[string][]byte{}
	for provider, types := range providers {
		var b bytes.Buffer
		if err := archive.Write(&b, types); err != nil {
			return err
		}
		archives[provider] = b.Bytes()
	}
	for _, provider := range slices.Sorted(maps.Keys(archives)) {
		file := filepath.Join(to, provider+".zip")
		if err := os.WriteFile(file, archives[provider], 0o644); err != nil { //nolint:gosec // a file to commit
			return fmt.Errorf("write archive: %w", err)
		}
		paths := 0
		for _, p := range providers[provider] {
			paths += len(p)
		}
		_, _ = fmt.Fprintf(out, "%s: %d types, %d paths, %d bytes\n", file, len(providers[provider]), paths, len(archives[provider]))
	}
	return nil
}
