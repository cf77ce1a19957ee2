package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// listedAttachment is an attachment, and whether it came with the instance.
type listedAttachment struct {
	types.VolumeAttachment
	inline bool
}

var volumeAttachment = provider.Define(provider.Spec[*conn, listedAttachment]{
	Name:    "aws_volume_attachment",
	Actions: []string{"ec2:DescribeVolumes"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[listedAttachment, error] {
		return func(yield func(listedAttachment, error) bool) {
			shown := shownVolumes(q)
			for v, err := range ebsVolumes(ctx, c) {
				if err != nil {
					yield(listedAttachment{}, err)
					return
				}
				for _, a := range v.Attachments {
					// Without an instance it is a service's own attachment.
					if a.InstanceId == nil || a.State == types.VolumeAttachmentStateDetached {
						continue
					}
					if !yield(listedAttachment{a, launched(a) || operated(v.Operator) || shown[aws.ToString(v.VolumeId)]}, nil) {
						return
					}
				}
			}
		}
	},
	ID: func(a listedAttachment) string {
		return volumeAttachmentID(aws.ToString(a.VolumeId), aws.ToString(a.InstanceId))
	},
	StateIDs: func(a resource.Attrs) []string {
		volume, instance := a.String("volume_id"), a.String("instance_id")
		if volume == "" || instance == "" {
			return nil
		}
		return []string{volumeAttachmentID(volume, instance)}
	},
	Import:  importBy(":", "device_name", "volume_id", "instance_id"),
	Default: func(a listedAttachment) bool { return a.inline },
	Attrs: func(a listedAttachment) resource.Attrs {
		return resource.Attrs{"volume_id": a.VolumeId, "instance_id": a.InstanceId, "device_name": a.Device}
	},
	Rules: map[string]resource.Rule{
		"force_detach":                   resource.Ignore(),
		"skip_destroy":                   resource.Ignore(),
		"stop_instance_before_detaching": resource.Ignore(),
	},
	// An instance shows every volume but the root's in ebs_block_device.
	ChildOf: []resource.ChildOf{{Parent: "aws_instance", Ref: "instance_id", Path: "ebs_block_device"}},
})

// volumeAttachmentID is the join key: a volume is attached to an instance only once.
func volumeAttachmentID(volume, instance string) string { return volume + ":" + instance }
