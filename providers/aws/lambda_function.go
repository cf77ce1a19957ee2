package aws

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var lambdaFunction = provider.Define(provider.Spec[*conn, types.FunctionConfiguration]{
	Name:    "aws_lambda_function",
	Actions: []string{"lambda:ListFunctions"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.FunctionConfiguration, error] {
		in := &lambda.ListFunctionsInput{MaxItems: aws.Int32(50)}
		return pages(ctx, lambda.NewListFunctionsPaginator(c.lambda, in), func(o *lambda.ListFunctionsOutput) []types.FunctionConfiguration { return o.Functions })
	},
	ID: func(f types.FunctionConfiguration) string { return aws.ToString(f.FunctionName) },
	StateIDs: func(a resource.Attrs) []string {
		for _, name := range []string{"function_name", "id"} {
			if s := a.String(name); s != "" {
				return []string{lambdaFunctionName(s)}
			}
		}
		return nil
	},
	Attrs: lambdaFunctionAttrs,
	Details: []provider.Detail[*conn, types.FunctionConfiguration]{{
		Action: "lambda:GetFunction",
		Paths:  []string{"image_uri", "reserved_concurrent_executions", "tags_all"},
		Read: func(ctx context.Context, c *conn, f types.FunctionConfiguration) (resource.Attrs, error) {
			o, err := c.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: f.FunctionName})
			if err != nil {
				return nil, err
			}
			a := resource.Attrs{"image_uri": nil, "reserved_concurrent_executions": nil}
			if o.Code != nil {
				a["image_uri"] = o.Code.ImageUri
			}
			if o.Concurrency != nil {
				a["reserved_concurrent_executions"] = o.Concurrency.ReservedConcurrentExecutions
			}
			a["tags_all"] = tagMap(o.Tags)
			return a, nil
		},
	}},
	Rules: map[string]resource.Rule{
		"function_name":                  resource.CanonString(lambdaFunctionName),
		"reserved_concurrent_executions": resource.Default(-1),
		"tags_all":                       resource.AllTags("tags"),
	},
})

// lambdaFunctionName returns the name of a function of which the state may hold the
// ARN: `arn:aws:lambda:…:function:name`, perhaps with a version behind it.
func lambdaFunctionName(s string) string {
	if _, name, ok := strings.Cut(s, ":function:"); ok {
		s, _, _ = strings.Cut(name, ":")
	}
	return s
}

func lambdaFunctionAttrs(f types.FunctionConfiguration) resource.Attrs {
	a := resource.Attrs{
		"architectures":      f.Architectures,
		"arn":                f.FunctionArn,
		"dead_letter_config": nil,
		"description":        f.Description,
		"ephemeral_storage":  nil,
		"function_name":      f.FunctionName,
		"handler":            f.Handler,
		"image_config":       nil,
		"kms_key_arn":        f.KMSKeyArn,
		"logging_config":     nil,
		"memory_size":        f.MemorySize,
		"package_type":       f.PackageType,
		"role":               f.Role,
		"runtime":            f.Runtime,
		"snap_start":         nil,
		"timeout":            f.Timeout,
		"vpc_config":         nil,
	}
	var layers, fileSystems []any
	for _, l := range f.Layers {
		layers = append(layers, l.Arn)
	}
	for _, s := range f.FileSystemConfigs {
		fileSystems = append(fileSystems, map[string]any{"arn": s.Arn, "local_mount_path": s.LocalMountPath})
	}
	a["layers"], a["file_system_config"] = layers, fileSystems

	if d := f.DeadLetterConfig; d != nil && d.TargetArn != nil {
		a["dead_letter_config"] = []any{map[string]any{"target_arn": d.TargetArn}}
	}
	// Where the caller may not use the function's key, Lambda answers with an
	// error in the place of the variables: they were not read.
	switch e := f.Environment; {
	case e == nil:
		a["environment"] = nil
	case e.Error == nil:
		a["environment"] = []any{map[string]any{"variables": e.Variables}}
	}
	if s := f.EphemeralStorage; s != nil {
		a["ephemeral_storage"] = []any{map[string]any{"size": s.Size}}
	}
	if r := f.ImageConfigResponse; r != nil && r.ImageConfig != nil {
		i := r.ImageConfig
		a["image_config"] = []any{map[string]any{"command": i.Command, "entry_point": i.EntryPoint, "working_directory": i.WorkingDirectory}}
	}
	if l := f.LoggingConfig; l != nil {
		a["logging_config"] = []any{map[string]any{
			"application_log_level": l.ApplicationLogLevel,
			"log_format":            l.LogFormat,
			"log_group":             l.LogGroup,
			"system_log_level":      l.SystemLogLevel,
		}}
	}
	if s := f.SnapStart; s != nil && s.ApplyOn != types.SnapStartApplyOnNone {
		a["snap_start"] = []any{map[string]any{"apply_on": s.ApplyOn}}
	}
	tracing := types.TracingModePassThrough
	if f.TracingConfig != nil {
		tracing = f.TracingConfig.Mode
	}
	a["tracing_config"] = []any{map[string]any{"mode": tracing}}
	// After a function left its VPC, Lambda answers with an empty configuration.
	if v := f.VpcConfig; v != nil && len(v.SubnetIds)+len(v.SecurityGroupIds) > 0 {
		a["vpc_config"] = []any{map[string]any{
			"ipv6_allowed_for_dual_stack": aws.ToBool(v.Ipv6AllowedForDualStack),
			"security_group_ids":          v.SecurityGroupIds,
			"subnet_ids":                  v.SubnetIds,
		}}
	}
	return a
}
