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

var internetGateway = provider.Define(provider.Spec[*conn, attachedGateway]{
	Name:    "aws_internet_gateway",
	Actions: []string{"ec2:DescribeInternetGateways", "ec2:DescribeVpcs"},
	List:    listInternetGateways,
	ID:      func(g attachedGateway) string { return aws.ToString(g.InternetGatewayId) },
	Default: func(g attachedGateway) bool { return g.ofDefaultVPC || madeByService(g.Tags) },
	Attrs: func(g attachedGateway) resource.Attrs {
		return resource.Attrs{
			"owner_id": g.OwnerId,
			"vpc_id":   g.vpc(),
			"tags_all": ec2Tags(g.Tags),
		}
	},
	Rules:    map[string]resource.Rule{"tags_all": resource.AllTags("tags")},
	Children: []resource.Child{{Type: "aws_internet_gateway_attachment", Ref: "internet_gateway_id", Path: "vpc_id"}},
})

// attachedGateway is a gateway and whether AWS made it with the default VPC,
// which the gateway itself does not say.
type attachedGateway struct {
	types.InternetGateway
	ofDefaultVPC bool
}

// vpc is the VPC that the gateway is attached to, "" where there is none.
func (g attachedGateway) vpc() string {
	if len(g.Attachments) == 0 {
		return ""
	}
	return aws.ToString(g.Attachments[0].VpcId)
}

func listInternetGateways(ctx context.Context, c *conn, q provider.Query) iter.Seq2[attachedGateway, error] {
	return func(yield func(attachedGateway, error) bool) {
		isDefault := map[string]bool{}
		if q.Wanted == nil { // else only what a state holds is looked at
			for v, err := range vpcs(ctx, c) {
				if err != nil {
					yield(attachedGateway{}, err)
					return
				}
				isDefault[aws.ToString(v.VpcId)] = aws.ToBool(v.IsDefault)
			}
		}
		in := &ec2.DescribeInternetGatewaysInput{MaxResults: aws.Int32(1000), Filters: byID(q, "internet-gateway-id")}
		for v, err := range pages(ctx, ec2.NewDescribeInternetGatewaysPaginator(c.ec2, in),
			func(o *ec2.DescribeInternetGatewaysOutput) []types.InternetGateway { return o.InternetGateways }) {
			g := attachedGateway{InternetGateway: v}
			g.ofDefaultVPC = isDefault[g.vpc()]
			if (err != nil || c.owns(g.OwnerId)) && !yield(g, err) {
				return
			}
		}
	}
}
