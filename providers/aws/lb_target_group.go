package aws

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var (
	lbTargetGroup  = provider.Define(targetGroup("aws_lb_target_group"))
	albTargetGroup = provider.Define(targetGroup("aws_alb_target_group"))
)

func targetGroup(name string) provider.Spec[*conn, withBatch[types.TargetGroup]] {
	return provider.Spec[*conn, withBatch[types.TargetGroup]]{
		Name:    name,
		Actions: []string{"elasticloadbalancing:DescribeTargetGroups"},
		List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[withBatch[types.TargetGroup], error] {
			return withTags(q, targetGroups(ctx, c), targetGroupARN)
		},
		ID:     func(v withBatch[types.TargetGroup]) string { return targetGroupARN(v.of) },
		Object: func(v withBatch[types.TargetGroup]) string { return targetGroupARN(v.of) },
		Attrs:  func(v withBatch[types.TargetGroup]) resource.Attrs { return targetGroupAttrs(v.of) },
		Details: []provider.Detail[*conn, withBatch[types.TargetGroup]]{
			{
				Action: "elasticloadbalancing:DescribeTargetGroupAttributes",
				Paths: slices.Concat([]string{"stickiness", "target_failover", "target_health_state"},
					serverTargetSettings.paths(), lambdaTargetSettings.paths()),
				Read: func(ctx context.Context, c *conn, v withBatch[types.TargetGroup]) (resource.Attrs, error) {
					return readTargetGroupSettings(ctx, c, v.of)
				},
			},
			balancingTags(targetGroupARN),
		},
		Rules: map[string]resource.Rule{"tags_all": resource.AllTags("tags")},
		Facet: name != "aws_lb_target_group",
	}
}

func targetGroupARN(g types.TargetGroup) string { return aws.ToString(g.TargetGroupArn) }

func targetGroups(ctx context.Context, c *conn) iter.Seq2[types.TargetGroup, error] {
	in := &elb.DescribeTargetGroupsInput{PageSize: aws.Int32(400)}
	return provider.Shared(&c.memo, "elb:DescribeTargetGroups", pages(ctx, elb.NewDescribeTargetGroupsPaginator(c.elb, in),
		func(o *elb.DescribeTargetGroupsOutput) []types.TargetGroup { return o.TargetGroups }))
}

func targetGroupAttrs(g types.TargetGroup) resource.Attrs {
	a := resource.Attrs{
		"arn":             g.TargetGroupArn,
		"ip_address_type": g.IpAddressType,
		"name":            g.TargetGroupName,
		"target_type":     g.TargetType,
	}
	// A state may hold anything in the place of what functions do not have.
	lambda := g.TargetType == types.TargetTypeEnumLambda
	if !lambda {
		a["port"] = g.Port
		a["protocol"] = g.Protocol
		a["protocol_version"] = g.ProtocolVersion
		a["vpc_id"] = g.VpcId
	}
	check := map[string]any{
		"enabled":             g.HealthCheckEnabled,
		"healthy_threshold":   g.HealthyThresholdCount,
		"interval":            g.HealthCheckIntervalSeconds,
		"matcher":             nil,
		"path":                g.HealthCheckPath,
		"timeout":             g.HealthCheckTimeoutSeconds,
		"unhealthy_threshold": g.UnhealthyThresholdCount,
	}
	if !lambda {
		check["port"] = g.HealthCheckPort
		check["protocol"] = g.HealthCheckProtocol
	}
	if m := g.Matcher; m != nil {
		check["matcher"] = m.HttpCode
		if m.GrpcCode != nil {
			check["matcher"] = m.GrpcCode
		}
	}
	a["health_check"] = []any{check}
	return a
}

// serverTargetSettings are those of groups of instances and addresses,
// lambdaTargetSettings those of functions. Terraform reads no other.
var (
	serverTargetSettings = balancingSettings{
		{"deregistration_delay.connection_termination.enabled", "connection_termination", asBool},
		{"deregistration_delay.timeout_seconds", "deregistration_delay", asText},
		{"load_balancing.algorithm.anomaly_mitigation", "load_balancing_anomaly_mitigation", asText},
		{"load_balancing.algorithm.type", "load_balancing_algorithm_type", asText},
		{"load_balancing.cross_zone.enabled", "load_balancing_cross_zone_enabled", asText},
		{"preserve_client_ip.enabled", "preserve_client_ip", asText},
		{"proxy_protocol_v2.enabled", "proxy_protocol_v2", asBool},
		{"slow_start.duration_seconds", "slow_start", asNumber},
	}
	lambdaTargetSettings = balancingSettings{
		{"lambda.multi_value_headers.enabled", "lambda_multi_value_headers_enabled", asBool},
	}
)

func readTargetGroupSettings(ctx context.Context, c *conn, g types.TargetGroup) (resource.Attrs, error) {
	answered, err := provider.Once(&c.memo, "elb:DescribeTargetGroupAttributes "+targetGroupARN(g), func() (map[string]string, error) {
		o, err := c.elb.DescribeTargetGroupAttributes(ctx, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: g.TargetGroupArn})
		if err != nil {
			return nil, err
		}
		answered := map[string]string{}
		for _, s := range o.Attributes {
			answered[aws.ToString(s.Key)] = aws.ToString(s.Value)
		}
		return answered, nil
	})
	if err != nil {
		return nil, err
	}
	a := resource.Attrs{}
	switch g.TargetType {
	case types.TargetTypeEnumInstance, types.TargetTypeEnumIp:
		err = serverTargetSettings.add(a, answered)
	case types.TargetTypeEnumLambda:
		err = lambdaTargetSettings.add(a, answered)
	}
	if err != nil {
		return nil, err
	}
	for path, settings := range targetGroupBlocks(g.Protocol, answered["stickiness.type"]) {
		if err := settings.addBlock(a, path, answered); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// targetGroupBlocks returns the settings that Terraform shows in blocks: the
// protocol and the type of stickiness decide which of them it reads.
func targetGroupBlocks(protocol types.ProtocolEnum, stickiness string) map[string]balancingSettings {
	sticky := balancingSettings{
		{"stickiness.enabled", "enabled", asBool},
		{"stickiness.type", "type", asText},
	}
	blocks := map[string]balancingSettings{}
	switch protocol {
	case types.ProtocolEnumHttp, types.ProtocolEnumHttps:
		switch stickiness {
		case "lb_cookie":
			sticky = append(sticky, balancingSetting{"stickiness.lb_cookie.duration_seconds", "cookie_duration", asNumber})
		case "app_cookie":
			sticky = append(sticky,
				balancingSetting{"stickiness.app_cookie.cookie_name", "cookie_name", asText},
				balancingSetting{"stickiness.app_cookie.duration_seconds", "cookie_duration", asNumber})
		}
	case types.ProtocolEnumTcp, types.ProtocolEnumTls:
		blocks["target_health_state"] = balancingSettings{
			{"target_health_state.unhealthy.connection_termination.enabled", "enable_unhealthy_connection_termination", asBool},
		}
	case types.ProtocolEnumGeneve:
		blocks["target_failover"] = balancingSettings{
			{"target_failover.on_deregistration", "on_deregistration", asText},
			{"target_failover.on_unhealthy", "on_unhealthy", asText},
		}
	}
	blocks["stickiness"] = sticky
	return blocks
}
