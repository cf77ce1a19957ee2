package aws

import (
	"context"
	"errors"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// listedKMSKey is all that ListKeys and ListAliases say of a key.
type listedKMSKey struct {
	id, arn    *string
	awsManaged bool
}

var kmsKey = provider.Define(provider.Spec[*conn, listedKMSKey]{
	Name:    "aws_kms_key",
	Actions: []string{"kms:ListKeys", "kms:ListAliases"},
	List:    listKMSKeys,
	ID:      func(k listedKMSKey) string { return aws.ToString(k.id) },
	StateIDs: func(a resource.Attrs) []string {
		// After an import by ARN, `id` is the ARN.
		if id := a.String("key_id"); id != "" {
			return []string{id}
		}
		return nil
	},
	Default: func(k listedKMSKey) bool { return k.awsManaged },
	Attrs: func(k listedKMSKey) resource.Attrs {
		return resource.Attrs{"arn": k.arn, "key_id": k.id}
	},
	Details: []provider.Detail[*conn, listedKMSKey]{
		{
			Action: "kms:DescribeKey",
			Paths: []string{
				"custom_key_store_id", "customer_master_key_spec", "description", "is_enabled", "key_usage", "multi_region", "xks_key_id",
			},
			Read: kmsKeyMetadata,
		},
		{Action: "kms:GetKeyPolicy", Paths: []string{"policy"}, Read: kmsKeyPolicy},
		{Action: "kms:GetKeyRotationStatus", Paths: []string{"enable_key_rotation"}, Read: kmsKeyRotation},
		{Action: "kms:ListResourceTags", Paths: []string{"tags_all"}, Read: kmsKeyTags},
	},
	Rules: map[string]resource.Rule{
		"bypass_policy_lockout_safety_check": resource.Ignore(),
		"deletion_window_in_days":            resource.Ignore(),
		"policy":                             resource.Policy(),
		"tags_all":                           resource.AllTags("tags"),
	},
})

// listKMSKeys yields the keys of a region. The list does not say of a key whose
// it is, of which kind, nor whether it awaits deletion. What a state holds is
// described as a detail. AWS's own keys are told by their aliases. The others
// have to be described right here, after everything else, or they would be
// called unmanaged without being there or without being this type's.
func listKMSKeys(ctx context.Context, c *conn, q provider.Query) iter.Seq2[listedKMSKey, error] {
	return func(yield func(listedKMSKey, error) bool) {
		held := map[string]bool{}
		for _, m := range q.Held("aws_kms_key") {
			held[m.Key.ID] = true
		}
		var others []listedKMSKey
		in := &kms.ListKeysInput{Limit: aws.Int32(1000)}
		for k, err := range pages(ctx, kms.NewListKeysPaginator(c.kms, in), func(o *kms.ListKeysOutput) []types.KeyListEntry { return o.Keys }) {
			if err != nil {
				yield(listedKMSKey{}, err)
				return
			}
			key := listedKMSKey{id: k.KeyId, arn: k.KeyArn}
			if !held[aws.ToString(k.KeyId)] {
				others = append(others, key)
			} else if !yield(key, nil) {
				return
			}
		}
		if q.Wanted != nil {
			return
		}
		awsManaged, err := awsManagedKeys(ctx, c)
		if err != nil {
			yield(listedKMSKey{}, err)
			return
		}
		for _, key := range others {
			key.awsManaged = awsManaged[aws.ToString(key.id)]
			if !key.awsManaged && q.Depth == provider.DepthFull {
				plain, err := isPlainKMSKey(ctx, c, key)
				if err != nil {
					yield(listedKMSKey{}, err)
					return
				}
				if !plain {
					continue
				}
			}
			if !yield(key, nil) {
				return
			}
		}
	}
}

// awsManagedKeys returns the ids of the keys that AWS's services made.
func awsManagedKeys(ctx context.Context, c *conn) (map[string]bool, error) {
	ids := map[string]bool{}
	for a, err := range kmsAliases(ctx, c) {
		if err != nil {
			return nil, err
		}
		if reservedKMSAlias(a) {
			ids[aws.ToString(a.TargetKeyId)] = true
		}
	}
	return ids, nil
}

// isPlainKMSKey reports whether a key is there, and of the kind that aws_kms_key
// makes: one with imported material is an aws_kms_external_key, a replica an
// aws_kms_replica_key. A key whose own policy does not let it be described is
// there.
func isPlainKMSKey(ctx context.Context, c *conn, k listedKMSKey) (bool, error) {
	m, err := describeKMSKey(ctx, c, k.id)
	switch {
	case notFound(err):
		return false, nil
	case awsauth.Explain(err).Kind == awsauth.Denied:
		return true, nil
	case err != nil:
		return false, err
	}
	replica := m.MultiRegionConfiguration != nil && m.MultiRegionConfiguration.MultiRegionKeyType == types.MultiRegionKeyTypeReplica
	return m.Origin != types.OriginTypeExternal && !replica, nil
}

// describeKMSKey returns what KMS says of a key. One that awaits its deletion
// counts as gone, as it does for Terraform: nothing can use it any more.
func describeKMSKey(ctx context.Context, c *conn, id *string) (*types.KeyMetadata, error) {
	return provider.Once(&c.memo, "kms:DescribeKey "+aws.ToString(id), func() (*types.KeyMetadata, error) {
		o, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
		if err != nil {
			return nil, err
		}
		switch o.KeyMetadata.KeyState {
		case types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
			return nil, &types.NotFoundException{Message: aws.String(string(o.KeyMetadata.KeyState))}
		}
		return o.KeyMetadata, nil
	})
}

func kmsKeyMetadata(ctx context.Context, c *conn, k listedKMSKey) (resource.Attrs, error) {
	m, err := describeKMSKey(ctx, c, k.id)
	if err != nil {
		return nil, err
	}
	a := resource.Attrs{
		"custom_key_store_id":      m.CustomKeyStoreId,
		"customer_master_key_spec": m.KeySpec,
		"description":              m.Description,
		"is_enabled":               m.Enabled,
		"key_usage":                m.KeyUsage,
		"multi_region":             aws.ToBool(m.MultiRegion),
		"xks_key_id":               nil,
	}
	if m.XksKeyConfiguration != nil {
		a["xks_key_id"] = m.XksKeyConfiguration.Id
	}
	return a, nil
}

func kmsKeyPolicy(ctx context.Context, c *conn, k listedKMSKey) (resource.Attrs, error) {
	// A key has one policy, and this is its name.
	o, err := c.kms.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: k.id, PolicyName: aws.String("default")})
	if err != nil {
		return nil, err
	}
	return resource.Attrs{"policy": o.Policy}, nil
}

func kmsKeyRotation(ctx context.Context, c *conn, k listedKMSKey) (resource.Attrs, error) {
	o, err := c.kms.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: k.id})
	var unsupported *types.UnsupportedOperationException
	switch {
	case errors.As(err, &unsupported): // a kind of key that KMS never rotates
		return resource.Attrs{"enable_key_rotation": false}, nil
	case err != nil:
		return nil, err
	}
	return resource.Attrs{"enable_key_rotation": o.KeyRotationEnabled}, nil
}

func kmsKeyTags(ctx context.Context, c *conn, k listedKMSKey) (resource.Attrs, error) {
	in := &kms.ListResourceTagsInput{KeyId: k.id, Limit: aws.Int32(50)}
	tags := map[string]any{}
	for t, err := range pages(ctx, kms.NewListResourceTagsPaginator(c.kms, in), func(o *kms.ListResourceTagsOutput) []types.Tag { return o.Tags }) {
		if err != nil {
			return nil, err
		}
		addTag(tags, aws.ToString(t.TagKey), aws.ToString(t.TagValue))
	}
	return resource.Attrs{"tags_all": tags}, nil
}
