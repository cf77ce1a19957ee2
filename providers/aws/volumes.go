package aws

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// ebsVolumes lists the volumes of the scope, attachments included, once for
// aws_ebs_volume, aws_volume_attachment and the block devices of aws_instance.
// It is not narrowed to what is wanted: the three want different volumes, and
// one listing costs less than three.
func ebsVolumes(ctx context.Context, c *conn) iter.Seq2[types.Volume, error] {
	in := &ec2.DescribeVolumesInput{MaxResults: aws.Int32(500)}
	return provider.Shared(&c.memo, "ec2:DescribeVolumes",
		pages(ctx, ec2.NewDescribeVolumesPaginator(c.ec2, in), func(o *ec2.DescribeVolumesOutput) []types.Volume { return o.Volumes }))
}

// ebsVolumesByID is ebsVolumes for those who look for some of them.
func ebsVolumesByID(ctx context.Context, c *conn) (map[string]types.Volume, error) {
	return provider.Once(&c.memo, "ec2:DescribeVolumes by id", func() (map[string]types.Volume, error) {
		byID := map[string]types.Volume{}
		for v, err := range ebsVolumes(ctx, c) {
			if err != nil {
				return nil, err
			}
			byID[aws.ToString(v.VolumeId)] = v
		}
		return byID, nil
	})
}

// rootDevices are the device names that AWS reserves for root volumes.
// Source: "Device names for volumes on Amazon EC2 instances".
var rootDevices = []string{"/dev/sda1", "/dev/xvda"}

// launched reports whether a volume came with its instance: it is the root
// volume, or it goes when the instance goes. A volume attached later stays
// unless somebody asks otherwise.
func launched(a types.VolumeAttachment) bool {
	return aws.ToBool(a.DeleteOnTermination) || slices.Contains(rootDevices, aws.ToString(a.Device))
}

// shownVolumes are the ids of the volumes that the states show inside an
// instance, in its block devices. They tell of a volume that came with its
// instance and is to outlive it.
func shownVolumes(q provider.Query) map[string]bool {
	shown := map[string]bool{}
	for _, m := range q.Held("aws_instance") {
		for _, path := range []string{"root_block_device", "ebs_block_device"} {
			devices, _ := m.Attrs[path].([]any)
			for _, d := range devices {
				if d, ok := d.(map[string]any); ok {
					id, _ := d["volume_id"].(string)
					shown[id] = true
				}
			}
		}
	}
	return shown
}
