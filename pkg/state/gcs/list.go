package gcs

import (
	"context"
	"errors"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// list returns the sources of a pattern: one listing of what begins as it does,
// in pages of 1000. Locks that are in it need not be asked for.
func (c *conn) list(ctx context.Context, ref string, p place, key []byte) ([]state.Source, error) {
	pattern, err := state.ParsePattern(ref, p.object)
	if err != nil {
		return nil, err
	}
	failed := source{place: p, conn: c}
	client, err := c.open(ctx)
	if err != nil {
		return nil, failed.fail(err)
	}
	query := &storage.Query{Prefix: pattern.Prefix()}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, failed.fail(err)
	}
	var names []string
	locks := map[string]bool{}
	for objects := client.Bucket(p.bucket).Objects(ctx, query); ; {
		attrs, err := objects.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, failed.failList(err)
		}
		switch name := attrs.Name; {
		case strings.HasSuffix(name, lockSuffix):
			locks[name] = true
		case !strings.HasSuffix(name, "/") && pattern.Match(name):
			names = append(names, name)
		}
	}
	return pattern.Sources(names, func(name string) state.Source {
		p := p
		p.object = name
		lock, _ := lockOf(name)
		return &source{place: p, conn: c, key: key, unlocked: strings.HasPrefix(lock, query.Prefix) && !locks[lock]}
	})
}
