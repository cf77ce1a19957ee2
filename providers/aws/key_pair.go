package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// A key pair never changes: somebody who replaces one under its name is told of
// by the new id. The public key is not read, as the provider does not.
var keyPair = provider.Define(provider.Spec[*conn, types.KeyPairInfo]{
	Name:    "aws_key_pair",
	Actions: []string{"ec2:DescribeKeyPairs"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.KeyPairInfo, error] {
		return func(yield func(types.KeyPairInfo, error) bool) {
			o, err := c.ec2.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{Filters: byID(q, "key-name")})
			if err != nil {
				yield(types.KeyPairInfo{}, err)
				return
			}
			for _, k := range o.KeyPairs {
				if !yield(k, nil) {
					return
				}
			}
		}
	},
	ID:      func(k types.KeyPairInfo) string { return aws.ToString(k.KeyName) },
	Default: func(k types.KeyPairInfo) bool { return madeByService(k.Tags) },
	Attrs: func(k types.KeyPairInfo) resource.Attrs {
		return resource.Attrs{
			"key_name":    k.KeyName,
			"key_pair_id": k.KeyPairId,
			"key_type":    k.KeyType,
			"tags_all":    ec2Tags(k.Tags),
		}
	},
	Rules: map[string]resource.Rule{
		"key_name_prefix": resource.Ignore(),
		"key_pair_id":     resource.Identity(),
		"tags_all":        resource.AllTags("tags"),
	},
})
