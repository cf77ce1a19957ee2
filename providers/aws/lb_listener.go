package aws

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var (
	lbListener  = provider.Define(listener("aws_lb_listener", "aws_lb"))
	albListener = provider.Define(listener("aws_alb_listener", "aws_alb"))
)

func listener(name, parent string) provider.Spec[*conn, withBatch[types.Listener]] {
	typ := resource.Type{Name: name, ChildOf: []resource.ChildOf{{Parent: parent, Ref: "load_balancer_arn"}}}
	return provider.Spec[*conn, withBatch[types.Listener]]{
		Name:    name,
		Actions: []string{"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeListeners"},
		List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[withBatch[types.Listener], error] {
			return withTags(q, listeners(ctx, c, q, typ, parent), listenerARN)
		},
		ID:      func(v withBatch[types.Listener]) string { return listenerARN(v.of) },
		Object:  func(v withBatch[types.Listener]) string { return listenerARN(v.of) },
		Attrs:   func(v withBatch[types.Listener]) resource.Attrs { return listenerAttrs(v.of) },
		Details: []provider.Detail[*conn, withBatch[types.Listener]]{balancingTags(listenerARN)},
		Rules: map[string]resource.Rule{
			"default_action":                      resource.Canon(canonActions),
			"default_action.forward.stickiness":   offMeansNone("enabled", false),
			"default_action.forward.target_group": resource.Keyed("arn"),
			"mutual_authentication":               offMeansNone("mode", "off"),
			"tags_all":                            resource.AllTags("tags"),
		},
		ChildOf: typ.ChildOf,
	}
}

func listenerARN(l types.Listener) string { return aws.ToString(l.ListenerArn) }

// listeners yields those of the load balancers that matter: the API lists them
// by load balancer only. One that is gone has none.
func listeners(ctx context.Context, c *conn, q provider.Query, typ resource.Type, parent string) iter.Seq2[types.Listener, error] {
	return func(yield func(types.Listener, error) bool) {
		parents := q.Parents(typ, parent)
		if q.Everything {
			for b, err := range loadBalancers(ctx, c) {
				if err != nil {
					yield(types.Listener{}, err)
					return
				}
				parents[loadBalancerARN(b)] = true
			}
		}
		for _, arn := range slices.Sorted(maps.Keys(parents)) {
			in := &elb.DescribeListenersInput{LoadBalancerArn: &arn, PageSize: aws.Int32(400)}
			list := provider.Shared(&c.memo, "elb:DescribeListeners "+arn, pages(ctx, elb.NewDescribeListenersPaginator(c.elb, in),
				func(o *elb.DescribeListenersOutput) []types.Listener { return o.Listeners }))
			for l, err := range list {
				if notFound(err) {
					break
				}
				if !yield(l, err) || err != nil {
					return
				}
			}
		}
	}
}

func listenerAttrs(l types.Listener) resource.Attrs {
	a := resource.Attrs{
		"alpn_policy":           nil,
		"arn":                   l.ListenerArn,
		"certificate_arn":       nil,
		"load_balancer_arn":     l.LoadBalancerArn,
		"mutual_authentication": nil,
		"port":                  l.Port,
		"protocol":              l.Protocol,
		"ssl_policy":            l.SslPolicy,
	}
	if len(l.AlpnPolicy) > 0 {
		a["alpn_policy"] = l.AlpnPolicy[0]
	}
	// Only the default certificate is listed here.
	if len(l.Certificates) > 0 {
		a["certificate_arn"] = l.Certificates[0].CertificateArn
	}
	if m := l.MutualAuthentication; m != nil {
		a["mutual_authentication"] = []any{map[string]any{
			"ignore_client_certificate_expiry": aws.ToBool(m.IgnoreClientCertificateExpiry),
			"mode":                             m.Mode,
			"trust_store_arn":                  m.TrustStoreArn,
		}}
	}
	actions := slices.SortedStableFunc(slices.Values(l.DefaultActions), func(x, y types.Action) int {
		return cmp.Compare(aws.ToInt32(x.Order), aws.ToInt32(y.Order))
	})
	var blocks []any
	for _, action := range actions {
		blocks = append(blocks, actionBlock(action))
	}
	a["default_action"] = blocks
	return a
}

// actionBlock maps an action. The secret of an OpenID client is in no answer.
func actionBlock(action types.Action) map[string]any {
	block := map[string]any{
		"authenticate_cognito": nil,
		"authenticate_oidc":    nil,
		"fixed_response":       nil,
		"forward":              nil,
		"order":                aws.ToInt32(action.Order),
		"redirect":             nil,
		"target_group_arn":     action.TargetGroupArn,
		"type":                 action.Type,
	}
	if x := action.AuthenticateCognitoConfig; x != nil {
		block["authenticate_cognito"] = []any{map[string]any{
			"authentication_request_extra_params": x.AuthenticationRequestExtraParams,
			"on_unauthenticated_request":          x.OnUnauthenticatedRequest,
			"scope":                               x.Scope,
			"session_cookie_name":                 x.SessionCookieName,
			"session_timeout":                     x.SessionTimeout,
			"user_pool_arn":                       x.UserPoolArn,
			"user_pool_client_id":                 x.UserPoolClientId,
			"user_pool_domain":                    x.UserPoolDomain,
		}}
	}
	if x := action.AuthenticateOidcConfig; x != nil {
		block["authenticate_oidc"] = []any{map[string]any{
			"authentication_request_extra_params": x.AuthenticationRequestExtraParams,
			"authorization_endpoint":              x.AuthorizationEndpoint,
			"client_id":                           x.ClientId,
			"issuer":                              x.Issuer,
			"on_unauthenticated_request":          x.OnUnauthenticatedRequest,
			"scope":                               x.Scope,
			"session_cookie_name":                 x.SessionCookieName,
			"session_timeout":                     x.SessionTimeout,
			"token_endpoint":                      x.TokenEndpoint,
			"user_info_endpoint":                  x.UserInfoEndpoint,
		}}
	}
	if x := action.FixedResponseConfig; x != nil {
		block["fixed_response"] = []any{map[string]any{"content_type": x.ContentType, "message_body": x.MessageBody, "status_code": x.StatusCode}}
	}
	if x := action.RedirectConfig; x != nil {
		block["redirect"] = []any{map[string]any{
			"host": x.Host, "path": x.Path, "port": x.Port, "protocol": x.Protocol, "query": x.Query, "status_code": x.StatusCode,
		}}
	}
	if x := action.ForwardConfig; x != nil {
		var groups, stickiness []any
		for _, g := range x.TargetGroups {
			groups = append(groups, map[string]any{"arn": g.TargetGroupArn, "weight": g.Weight})
		}
		if s := x.TargetGroupStickinessConfig; s != nil {
			stickiness = []any{map[string]any{"duration": s.DurationSeconds, "enabled": aws.ToBool(s.Enabled)}}
		}
		block["forward"] = []any{map[string]any{"stickiness": stickiness, "target_group": groups}}
	}
	return block
}

// canonActions gives an action that forwards to one target group the form with
// `target_group_arn`, and every other one the form with `forward`. The API
// answers with both forms of the first; a state holds the one that was
// configured, or both after an import.
func canonActions(v any) any {
	list, _ := v.([]any)
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = e
		action, _ := e.(map[string]any)
		forward := resource.Attrs(action).Block("forward")
		if forward == nil {
			continue
		}
		action = maps.Clone(action)
		if arn := onlyTargetGroup(forward); arn != "" {
			action["target_group_arn"], action["forward"] = arn, nil
		} else {
			action["target_group_arn"] = nil
		}
		out[i] = action
	}
	return out
}

// onlyTargetGroup returns the target group of a `forward` block that says no
// more than its ARN, else "".
func onlyTargetGroup(forward resource.Attrs) string {
	groups, _ := forward["target_group"].([]any)
	if len(groups) != 1 || forward.Block("stickiness")["enabled"] == true {
		return ""
	}
	group := forward.Block("target_group")
	if weight, ok := group.Number("weight"); ok && weight == 0 {
		return ""
	}
	return group.String("arn")
}
