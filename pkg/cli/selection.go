package cli

import (
	"fmt"
	"path"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// selection is what --type, --exclude-type and --region leave.
type selection struct{ types, exclude, regions []string }

func newSelection(c config) (selection, error) {
	s := selection{c.Detect.Types, c.Detect.ExcludeTypes, c.Detect.Regions}
	for _, glob := range slices.Concat(s.types, s.exclude) {
		if _, err := path.Match(glob, ""); err != nil {
			return s, fmt.Errorf("type pattern %q: %w, write it like 'aws_iam_*'", glob, err)
		}
	}
	return s, nil
}

func (s selection) typ(name string) bool {
	matches := func(glob string) bool {
		ok, err := path.Match(glob, name)
		return err == nil && ok
	}
	return (len(s.types) == 0 || slices.ContainsFunc(s.types, matches)) && !slices.ContainsFunc(s.exclude, matches)
}

// key reports whether a resource is selected. What has no region, or whose state
// does not say it, is in every selection of regions.
func (s selection) key(k resource.Key) bool {
	return s.typ(k.Type) && (len(s.regions) == 0 || k.Region == "" || slices.Contains(s.regions, k.Region))
}
