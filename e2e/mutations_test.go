//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// operator changes the world behind Terraform's back.
type operator struct {
	t     *testing.T
	ctx   context.Context
	cfg   aws.Config
	attrs map[string]map[string]any // address without index → attributes
}

func newOperator(t *testing.T, state string) *operator {
	t.Helper()
	cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context()))
	var doc struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct{ Attributes map[string]any }
		}
	}
	data := must[[]byte](t)(os.ReadFile(state))
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	o := &operator{t: t, ctx: t.Context(), cfg: cfg, attrs: map[string]map[string]any{}}
	for _, r := range doc.Resources {
		if r.Mode == "managed" {
			o.attrs[r.Type+"."+r.Name] = r.Instances[0].Attributes
		}
	}
	return o
}

// get returns an attribute of a resource of the state.
func (o *operator) get(address, name string) *string {
	o.t.Helper()
	s, ok := o.attrs[address][name].(string)
	if !ok {
		o.t.Fatalf("the state has no %s of %s", name, address)
	}
	return &s
}

func (o *operator) ec2() *ec2.Client { return ec2.NewFromConfig(o.cfg) }
func (o *operator) iam() *iam.Client { return iam.NewFromConfig(o.cfg) }
func (o *operator) sqs() *sqs.Client { return sqs.NewFromConfig(o.cfg) }
func (o *operator) s3() *s3.Client {
	return s3.NewFromConfig(o.cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// done ends a mutation's call.
func done[T any](o *operator) func(T, error) { return func(v T, err error) { must[T](o.t)(v, err) } }

// mutation is one change and what driftmgr is to say of it, beside what
// Terraform says in testdata/gold/aws/expected/<name>.json.
type mutation struct {
	name  string
	apply func(*operator)

	// onChild are addresses whose change Terraform shows and which driftmgr tells
	// of once, on the child that owns the element.
	onChild []string

	// unmanaged are types of which one unmanaged resource is to be told.
	unmanaged []string
}

func mutations() []mutation {
	anywhere := []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}
	return []mutation{
		{name: "sg_opened", apply: func(o *operator) {
			done[*ec2.AuthorizeSecurityGroupIngressOutput](o)(o.ec2().AuthorizeSecurityGroupIngress(o.ctx, &ec2.AuthorizeSecurityGroupIngressInput{
				GroupId:       o.get("aws_security_group.inline", "id"),
				IpPermissions: []types.IpPermission{{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), IpRanges: anywhere}},
			}))
		}},
		{name: "sg_rule_added_beside", onChild: []string{"aws_security_group.rules[0]"}, unmanaged: []string{"aws_vpc_security_group_ingress_rule"}, apply: func(o *operator) {
			done[*ec2.AuthorizeSecurityGroupIngressOutput](o)(o.ec2().AuthorizeSecurityGroupIngress(o.ctx, &ec2.AuthorizeSecurityGroupIngressInput{
				GroupId:       o.get("aws_security_group.rules", "id"),
				IpPermissions: []types.IpPermission{{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(3389), ToPort: aws.Int32(3389), IpRanges: anywhere}},
			}))
		}},
		{name: "vpc_tag_changed", apply: func(o *operator) {
			done[*ec2.CreateTagsOutput](o)(o.ec2().CreateTags(o.ctx, &ec2.CreateTagsInput{
				Resources: []string{*o.get("aws_vpc.main", "id")},
				Tags:      []types.Tag{{Key: aws.String("env"), Value: aws.String("dev")}, {Key: aws.String("owner"), Value: aws.String("me")}},
			}))
		}},
		{name: "subnet_public_off", apply: func(o *operator) {
			done[*ec2.ModifySubnetAttributeOutput](o)(o.ec2().ModifySubnetAttribute(o.ctx, &ec2.ModifySubnetAttributeInput{
				SubnetId:            o.get("aws_subnet.a", "id"),
				MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: aws.Bool(false)},
			}))
		}},
		{name: "bucket_versioning_suspended", onChild: []string{"aws_s3_bucket.b[0]"}, apply: func(o *operator) {
			done[*s3.PutBucketVersioningOutput](o)(o.s3().PutBucketVersioning(o.ctx, &s3.PutBucketVersioningInput{
				Bucket:                  o.get("aws_s3_bucket.b", "id"),
				VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended},
			}))
		}},
		{name: "bucket_policy_changed", onChild: []string{"aws_s3_bucket.b[0]"}, apply: func(o *operator) {
			bucket := o.get("aws_s3_bucket.b", "id")
			done[*s3.PutBucketPolicyOutput](o)(o.s3().PutBucketPolicy(o.ctx, &s3.PutBucketPolicyInput{
				Bucket: bucket,
				Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Sid":"open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + *bucket + `/*"}]}`),
			}))
		}},
		{name: "bucket_policy_reordered", apply: func(o *operator) {
			arn := *o.get("aws_s3_bucket.b", "arn")
			done[*s3.PutBucketPolicyOutput](o)(o.s3().PutBucketPolicy(o.ctx, &s3.PutBucketPolicyInput{
				Bucket: o.get("aws_s3_bucket.b", "id"),
				Policy: aws.String(strings.ReplaceAll(`{"Statement":[{"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Resource":["ARN","ARN/*"],"Action":["s3:*"],"Principal":"*","Effect":"Deny","Sid":"tls"}],"Version":"2012-10-17"}`, "ARN", arn)),
			}))
		}},
		{name: "role_policy_widened", onChild: []string{"aws_iam_role.r[0]"}, apply: func(o *operator) {
			done[*iam.PutRolePolicyOutput](o)(o.iam().PutRolePolicy(o.ctx, &iam.PutRolePolicyInput{
				RoleName: o.get("aws_iam_role.r", "name"), PolicyName: aws.String("inline"),
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`),
			}))
		}},
		{name: "attachment_removed", onChild: []string{"aws_iam_role.r[0]"}, apply: func(o *operator) {
			done[*iam.DetachRolePolicyOutput](o)(o.iam().DetachRolePolicy(o.ctx, &iam.DetachRolePolicyInput{
				RoleName: o.get("aws_iam_role.r", "name"), PolicyArn: o.get("aws_iam_policy.p", "arn"),
			}))
		}},
		{name: "lambda_resized", apply: func(o *operator) {
			done[*lambda.UpdateFunctionConfigurationOutput](o)(lambda.NewFromConfig(o.cfg).UpdateFunctionConfiguration(o.ctx, &lambda.UpdateFunctionConfigurationInput{
				FunctionName: o.get("aws_lambda_function.f", "function_name"), MemorySize: aws.Int32(512),
				Environment: &lambdatypes.Environment{Variables: map[string]string{"STAGE": "dev", "TOKEN": "abc"}},
			}))
		}},
		{name: "db_resized", apply: func(o *operator) {
			done[*rds.ModifyDBInstanceOutput](o)(rds.NewFromConfig(o.cfg).ModifyDBInstance(o.ctx, &rds.ModifyDBInstanceInput{
				DBInstanceIdentifier: o.get("aws_db_instance.d", "identifier"), DBInstanceClass: aws.String("db.t3.large"), ApplyImmediately: aws.Bool(true),
			}))
		}},
		{name: "log_retention_changed", apply: func(o *operator) {
			done[*cloudwatchlogs.PutRetentionPolicyOutput](o)(cloudwatchlogs.NewFromConfig(o.cfg).PutRetentionPolicy(o.ctx, &cloudwatchlogs.PutRetentionPolicyInput{
				LogGroupName: o.get("aws_cloudwatch_log_group.l", "name"), RetentionInDays: aws.Int32(7),
			}))
		}},
		{name: "queue_timeout_changed", apply: func(o *operator) {
			done[*sqs.SetQueueAttributesOutput](o)(o.sqs().SetQueueAttributes(o.ctx, &sqs.SetQueueAttributesInput{
				QueueUrl: o.get("aws_sqs_queue.q", "id"), Attributes: map[string]string{"VisibilityTimeout": "90"},
			}))
		}},
		{name: "topic_deleted", apply: func(o *operator) {
			done[*sns.DeleteTopicOutput](o)(sns.NewFromConfig(o.cfg).DeleteTopic(o.ctx, &sns.DeleteTopicInput{TopicArn: o.get("aws_sns_topic.t", "arn")}))
		}},
		{name: "route_deleted", onChild: []string{"aws_route_table.private[0]"}, apply: func(o *operator) {
			done[*ec2.DeleteRouteOutput](o)(o.ec2().DeleteRoute(o.ctx, &ec2.DeleteRouteInput{
				RouteTableId: o.get("aws_route_table.private", "id"), DestinationCidrBlock: aws.String("0.0.0.0/0"),
			}))
		}},
		{
			name:      "unmanaged_created",
			unmanaged: []string{"aws_ebs_volume", "aws_iam_user", "aws_s3_bucket", "aws_security_group", "aws_sqs_queue"},
			apply: func(o *operator) {
				done[*ec2.CreateSecurityGroupOutput](o)(o.ec2().CreateSecurityGroup(o.ctx, &ec2.CreateSecurityGroupInput{
					GroupName: aws.String("by-hand"), Description: aws.String("by hand"), VpcId: o.get("aws_vpc.main", "id"),
				}))
				done[*ec2.CreateVolumeOutput](o)(o.ec2().CreateVolume(o.ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String("us-east-1a"), Size: aws.Int32(8)}))
				done[*s3.CreateBucketOutput](o)(o.s3().CreateBucket(o.ctx, &s3.CreateBucketInput{Bucket: aws.String("by-hand-bucket")}))
				done[*iam.CreateUserOutput](o)(o.iam().CreateUser(o.ctx, &iam.CreateUserInput{UserName: aws.String("by-hand")}))
				done[*sqs.CreateQueueOutput](o)(o.sqs().CreateQueue(o.ctx, &sqs.CreateQueueInput{QueueName: aws.String("by-hand")}))
			},
		},
	}
}
