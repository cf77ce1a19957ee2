package azurerm

import (
	"context"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// list returns the blobs that match a pattern, each with the lock that the listing
// tells: pages of 5,000, and no request for a single blob.
func (b *backend) list(ctx context.Context, r reference, p place) ([]state.Source, error) {
	pattern, err := state.ParsePattern(r.String(), r.key)
	if err != nil {
		return nil, err
	}
	client, err := b.client(p)
	if err != nil {
		return nil, fail(r.String(), p, err)
	}
	prefix := pattern.Prefix()
	options := &container.ListBlobsFlatOptions{Include: container.ListBlobsInclude{Metadata: true}}
	if prefix != "" {
		options.Prefix = &prefix
	}
	var keys []string
	locks := make(map[string]*state.Lock)
	for pager := client.NewListBlobsFlatPager(options); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fail(r.String(), p, err)
		}
		if page.Segment == nil {
			continue
		}
		for _, item := range page.Segment.BlobItems {
			if item.Name == nil || isFolder(item) || !pattern.Match(*item.Name) {
				continue
			}
			keys = append(keys, *item.Name)
			if item.Properties != nil {
				if lock := lockOf(item.Properties.LeaseStatus, item.Metadata); lock != nil {
					locks[*item.Name] = lock
				}
			}
		}
	}
	found, err := pattern.Sources(keys, func(key string) state.Source {
		return &source{backend: b, name: r.with(key), place: p, key: key, listed: true, lock: locks[key]}
	})
	if err != nil {
		return nil, err
	}
	// a query after the key can change their order
	slices.SortFunc(found, func(a, b state.Source) int { return strings.Compare(a.String(), b.String()) })
	return found, nil
}

// isFolder reports whether a blob is a directory of an account with a hierarchical
// namespace (https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-known-issues).
func isFolder(item *container.BlobItem) bool {
	return entry(item.Metadata, "hdi_isfolder") == "true"
}
