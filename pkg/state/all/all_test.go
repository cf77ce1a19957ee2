package all_test

import (
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state/all"
)

func TestBackends(t *testing.T) {
	var schemes []string
	for _, b := range all.Backends(nil) {
		schemes = append(schemes, b.Scheme())
	}
	if want := []string{"file"}; !slices.Equal(schemes, want) {
		t.Errorf("schemes %q; want %q", schemes, want)
	}
}
