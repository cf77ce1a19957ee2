package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var (
	lb  = provider.Define(loadBalancer("aws_lb"))
	alb = provider.Define(loadBalancer("aws_alb"))
)

func loadBalancer(name string) provider.Spec[*conn, withBatch[types.LoadBalancer]] {
	return provider.Spec[*conn, withBatch[types.LoadBalancer]]{
		Name:    name,
		Actions: []string{"elasticloadbalancing:DescribeLoadBalancers"},
		List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[withBatch[types.LoadBalancer], error] {
			return withTags(q, loadBalancers(ctx, c), loadBalancerARN)
		},
		ID:     func(v withBatch[types.LoadBalancer]) string { return loadBalancerARN(v.of) },
		Object: func(v withBatch[types.LoadBalancer]) string { return loadBalancerARN(v.of) },
		Attrs:  func(v withBatch[types.LoadBalancer]) resource.Attrs { return loadBalancerAttrs(v.of) },
		Details: []provider.Detail[*conn, withBatch[types.LoadBalancer]]{
			{
				Action: "elasticloadbalancing:DescribeLoadBalancerAttributes",
				Paths:  append(loadBalancerSettings.paths(), "access_logs", "connection_logs"),
				Read: func(ctx context.Context, c *conn, v withBatch[types.LoadBalancer]) (resource.Attrs, error) {
					return readLoadBalancerSettings(ctx, c, v.of)
				},
			},
			balancingTags(loadBalancerARN),
		},
		Rules: map[string]resource.Rule{
			"access_logs":     offMeansNone("enabled", false),
			"connection_logs": offMeansNone("enabled", false),
			"subnet_mapping":  resource.Keyed("subnet_id"),
			"tags_all":        resource.AllTags("tags"),
		},
		Facet: name != "aws_lb",
	}
}

func loadBalancerARN(b types.LoadBalancer) string { return aws.ToString(b.LoadBalancerArn) }

func loadBalancerAttrs(b types.LoadBalancer) resource.Attrs {
	var subnets, mappings []any
	for _, z := range b.AvailabilityZones {
		subnets = append(subnets, z.SubnetId)
		var fixed types.LoadBalancerAddress
		if len(z.LoadBalancerAddresses) > 0 {
			fixed = z.LoadBalancerAddresses[0]
		}
		mappings = append(mappings, map[string]any{
			"allocation_id":        fixed.AllocationId,
			"ipv6_address":         fixed.IPv6Address,
			"private_ipv4_address": fixed.PrivateIPv4Address,
			"subnet_id":            z.SubnetId,
		})
	}
	return resource.Attrs{
		"arn":                      b.LoadBalancerArn,
		"customer_owned_ipv4_pool": b.CustomerOwnedIpv4Pool,
		"enforce_security_group_inbound_rules_on_private_link_traffic": b.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic,
		"internal":           b.Scheme == types.LoadBalancerSchemeEnumInternal,
		"ip_address_type":    b.IpAddressType,
		"load_balancer_type": b.Type,
		"name":               b.LoadBalancerName,
		"security_groups":    b.SecurityGroups,
		"subnet_mapping":     mappings,
		"subnets":            subnets,
	}
}

var loadBalancerSettings = balancingSettings{
	{"deletion_protection.enabled", "enable_deletion_protection", asBool},
	{"dns_record.client_routing_policy", "dns_record_client_routing_policy", asText},
	{"idle_timeout.timeout_seconds", "idle_timeout", asNumber},
	{"load_balancing.cross_zone.enabled", "enable_cross_zone_load_balancing", asBool},
	{"routing.http.desync_mitigation_mode", "desync_mitigation_mode", asText},
	{"routing.http.drop_invalid_header_fields.enabled", "drop_invalid_header_fields", asBool},
	{"routing.http.preserve_host_header.enabled", "preserve_host_header", asBool},
	{"routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "enable_tls_version_and_cipher_suite_headers", asBool},
	{"routing.http.xff_client_port.enabled", "enable_xff_client_port", asBool},
	{"routing.http.xff_header_processing.mode", "xff_header_processing_mode", asText},
	{"routing.http2.enabled", "enable_http2", asBool},
	{"waf.fail_open.enabled", "enable_waf_fail_open", asBool},
}

func readLoadBalancerSettings(ctx context.Context, c *conn, b types.LoadBalancer) (resource.Attrs, error) {
	answered, err := provider.Once(&c.memo, "elb:DescribeLoadBalancerAttributes "+loadBalancerARN(b), func() (map[string]string, error) {
		o, err := c.elb.DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: b.LoadBalancerArn})
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
	if err := loadBalancerSettings.add(a, answered); err != nil {
		return nil, err
	}
	// It is always on in an application load balancer, whatever a state holds.
	if b.Type == types.LoadBalancerTypeEnumApplication {
		delete(a, "enable_cross_zone_load_balancing")
	}
	for _, logs := range []string{"access_logs", "connection_logs"} {
		err := balancingSettings{
			{logs + ".s3.bucket", "bucket", asText},
			{logs + ".s3.enabled", "enabled", asBool},
			{logs + ".s3.prefix", "prefix", asText},
		}.addBlock(a, logs, answered)
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}
