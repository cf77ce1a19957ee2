package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var kmsAlias = provider.Define(provider.Spec[*conn, types.AliasListEntry]{
	Name:    "aws_kms_alias",
	Actions: []string{"kms:ListAliases"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.AliasListEntry, error] {
		return kmsAliases(ctx, c)
	},
	ID:      func(a types.AliasListEntry) string { return aws.ToString(a.AliasName) },
	Default: reservedKMSAlias,
	Attrs: func(a types.AliasListEntry) resource.Attrs {
		return resource.Attrs{
			"arn":           a.AliasArn,
			"name":          a.AliasName,
			"target_key_id": a.TargetKeyId,
		}
	},
	Rules: map[string]resource.Rule{
		"name_prefix": resource.Ignore(),
		// The configuration names the key by its id or its ARN.
		"target_key_id": resource.LastSegment("/"),
	},
})

// kmsAliases yields the region's aliases; the keys ask for them as well.
func kmsAliases(ctx context.Context, c *conn) iter.Seq2[types.AliasListEntry, error] {
	in := &kms.ListAliasesInput{Limit: aws.Int32(100)}
	return provider.Shared(&c.memo, "kms:ListAliases", pages(ctx, kms.NewListAliasesPaginator(c.kms, in),
		func(o *kms.ListAliasesOutput) []types.AliasListEntry { return o.Aliases }))
}

// reservedKMSAlias is true for a name that AWS keeps for the keys it manages. It
// has no key until a service makes one.
func reservedKMSAlias(a types.AliasListEntry) bool {
	return strings.HasPrefix(aws.ToString(a.AliasName), "alias/aws/")
}
