package gcp

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/api/storage/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// storageBucketIAM are the policies of buckets. A bucket's name does not say whose
// it is.
var storageBucketIAM = policies{
	types:  "google_storage_bucket",
	path:   func(parent string) string { return "storage/v1/" + parent + "/iam" },
	params: withConditions("optionsRequestedPolicyVersion"),
	parent: func(name string) string { return "b/" + strings.TrimPrefix(name, "b/") },
	all:    bucketNames,
	mine: func(ctx context.Context, c *conn, parent string) (bool, error) {
		names, err := bucketNames(ctx, c, provider.Query{})
		return slices.Contains(names, base(parent)), err
	},
	// The legacy roles are what a bucket's access control lists say.
	owners:  []resource.Owner{legacyRoles("google_storage_bucket_acl"), legacyRoles("google_storage_bucket_access_control")},
	attrs:   func(parent string) resource.Attrs { return resource.Attrs{"bucket": parent} },
	actions: []string{"storage.buckets.list"},
	action:  "storage.buckets.getIamPolicy",
}

// bucketNames lists the project's buckets once per run.
func bucketNames(ctx context.Context, c *conn, q provider.Query) ([]string, error) {
	return provider.Once(&c.memo, "bucket names", func() ([]string, error) {
		return keysOf(buckets(), func(it item[storage.Bucket]) string { return it.v.Name })(ctx, c, q)
	})
}

func legacyRoles(owner string) resource.Owner {
	return resource.Owner{
		Type: owner,
		Owns: func(m *resource.Managed) string { return m.Attrs.String("bucket") },
		Key: func(r *resource.Resource) string {
			if strings.HasPrefix(r.Attrs.String("role"), "roles/storage.legacy") {
				return base(r.Attrs.String("bucket"))
			}
			return ""
		},
	}
}
