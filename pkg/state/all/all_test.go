package all_test

import (
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state/all"
)

func TestBackends(t *testing.T) {
	var schemes, blocks []string
	for _, b := range all.Backends(all.Options{}) {
		schemes = append(schemes, b.Scheme())
		blocks = append(blocks, b.Blocks()...)
	}
	slices.Sort(schemes)
	if want := []string{"azurerm", "consul", "file", "gs", "http", "https", "kubernetes", "pg", "postgres", "postgresql", "s3", "tfc"}; !slices.Equal(schemes, want) {
		t.Errorf("schemes %q; want %q", schemes, want)
	}
	slices.Sort(blocks)
	if want := []string{"azurerm", "cloud", "consul", "gcs", "http", "kubernetes", "local", "pg", "remote", "s3"}; !slices.Equal(slices.Compact(blocks), want) {
		t.Errorf("blocks %q; want %q", blocks, want)
	}
}
