package aws

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// listedVolume is a volume, and whether the states show it inside an instance.
type listedVolume struct {
	types.Volume
	shown bool
}

var ebsVolume = provider.Define(provider.Spec[*conn, listedVolume]{
	Name:    "aws_ebs_volume",
	Actions: []string{"ec2:DescribeVolumes"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[listedVolume, error] {
		shown := shownVolumes(q)
		alive := where(ebsVolumes(ctx, c), func(v types.Volume) bool {
			return v.State != types.VolumeStateDeleting && v.State != types.VolumeStateDeleted
		})
		return func(yield func(listedVolume, error) bool) {
			for v, err := range alive {
				if !yield(listedVolume{v, shown[aws.ToString(v.VolumeId)]}, err) {
					return
				}
			}
		}
	},
	ID: func(v listedVolume) string { return aws.ToString(v.VolumeId) },
	// The volumes of an instance are the instance's: nobody manages them apart.
	Default: func(v listedVolume) bool {
		return v.shown || slices.ContainsFunc(v.Attachments, launched) || operated(v.Operator) || madeByService(v.Tags)
	},
	Attrs: func(v listedVolume) resource.Attrs {
		return resource.Attrs{
			"availability_zone":    v.AvailabilityZone,
			"encrypted":            v.Encrypted,
			"iops":                 aws.ToInt32(v.Iops),
			"kms_key_id":           v.KmsKeyId,
			"multi_attach_enabled": aws.ToBool(v.MultiAttachEnabled),
			"outpost_arn":          v.OutpostArn,
			"size":                 v.Size,
			"snapshot_id":          v.SnapshotId,
			"throughput":           aws.ToInt32(v.Throughput),
			"type":                 v.VolumeType,
			"tags_all":             ec2Tags(v.Tags),
		}
	},
	Rules: map[string]resource.Rule{
		"final_snapshot":       resource.Ignore(),
		"multi_attach_enabled": resource.Default(false),
		"tags_all":             resource.AllTags("tags"),
	},
})
