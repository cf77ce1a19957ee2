package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// conn is the connection to one scope: an account and a region, or an account
// and what lives once in it. It lives as long as one run.
type conn struct {
	account string
	region  string // where the clients send; set in the global scope as well

	ec2      *ec2.Client
	s3       *s3.Client
	iam      *iam.Client
	kms      *kms.Client
	lambda   *lambda.Client
	dynamodb *dynamodb.Client
	rds      *rds.Client
	sqs      *sqs.Client
	sns      *sns.Client
	logs     *cloudwatchlogs.Client
	elb      *elasticloadbalancingv2.Client
	tagging  *resourcegroupstaggingapi.Client

	memo provider.Memo
}

func newConn(cfg aws.Config, account, region string) *conn {
	cfg = cfg.Copy()
	cfg.Region = region
	return &conn{
		account: account,
		region:  region,
		ec2:     ec2.NewFromConfig(cfg),
		// Emulators and gateways have no host name per bucket.
		s3:       s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }),
		iam:      iam.NewFromConfig(cfg),
		kms:      kms.NewFromConfig(cfg),
		lambda:   lambda.NewFromConfig(cfg),
		dynamodb: dynamodb.NewFromConfig(cfg),
		rds:      rds.NewFromConfig(cfg),
		sqs:      sqs.NewFromConfig(cfg),
		sns:      sns.NewFromConfig(cfg),
		logs:     cloudwatchlogs.NewFromConfig(cfg),
		elb:      elasticloadbalancingv2.NewFromConfig(cfg),
		tagging:  resourcegroupstaggingapi.NewFromConfig(cfg),
	}
}

// paginator is what the SDK's paginators have in common: O is the operation's
// output, F the service's options.
type paginator[O, F any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, optFns ...func(*F)) (*O, error)
}

// pages yields the items of every page, and ends with the error of the first
// page that cannot be had.
func pages[O, F, T any](ctx context.Context, p paginator[O, F], items func(*O) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, v := range items(page) {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}
