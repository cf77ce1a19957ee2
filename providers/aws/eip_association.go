package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var eipAssociation = provider.Define(provider.Spec[*conn, types.Address]{
	Name:    "aws_eip_association",
	Actions: []string{"ec2:DescribeAddresses"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.Address, error] {
		return where(addresses(ctx, c), func(v types.Address) bool { return v.AssociationId != nil })
	},
	ID:      func(v types.Address) string { return aws.ToString(v.AssociationId) },
	Default: func(v types.Address) bool { return v.ServiceManaged != "" },
	Attrs: func(v types.Address) resource.Attrs {
		return resource.Attrs{
			"allocation_id":        v.AllocationId,
			"public_ip":            v.PublicIp,
			"instance_id":          v.InstanceId,
			"network_interface_id": v.NetworkInterfaceId,
			"private_ip_address":   v.PrivateIpAddress,
		}
	},
	Rules:   map[string]resource.Rule{"allow_reassociation": resource.Ignore()},
	ChildOf: []resource.ChildOf{{Parent: "aws_eip", Ref: "allocation_id", Path: "instance"}},
})
