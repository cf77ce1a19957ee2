package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// The list says nothing of a table but its name.
var dynamodbTable = provider.Define(provider.Spec[*conn, string]{
	Name:    "aws_dynamodb_table",
	Actions: []string{"dynamodb:ListTables"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[string, error] {
		in := &dynamodb.ListTablesInput{Limit: aws.Int32(100)}
		return pages(ctx, dynamodb.NewListTablesPaginator(c.dynamodb, in), func(o *dynamodb.ListTablesOutput) []string { return o.TableNames })
	},
	ID: func(name string) string { return name },
	StateIDs: func(a resource.Attrs) []string {
		if name := a.String("name"); name != "" {
			return []string{name}
		}
		return nil
	},
	Attrs: func(name string) resource.Attrs { return resource.Attrs{"name": name} },
	Details: []provider.Detail[*conn, string]{
		{
			Action: "dynamodb:DescribeTable",
			Paths: []string{
				"attribute", "billing_mode", "deletion_protection_enabled", "global_secondary_index", "hash_key", "local_secondary_index",
				"range_key", "read_capacity", "replica", "stream_enabled", "stream_view_type", "table_class", "write_capacity",
			},
			Read: func(ctx context.Context, c *conn, name string) (resource.Attrs, error) {
				t, err := describeDynamodbTable(ctx, c, name)
				if err != nil {
					return nil, err
				}
				return dynamodbTableAttrs(t), nil
			},
		},
		{
			Action: "kms:DescribeKey",
			Paths:  []string{"server_side_encryption"},
			Read: func(ctx context.Context, c *conn, name string) (resource.Attrs, error) {
				t, err := describeDynamodbTable(ctx, c, name)
				if err != nil {
					return nil, err
				}
				return dynamodbTableEncryption(ctx, c, t)
			},
		},
		{
			Action: "dynamodb:DescribeTimeToLive",
			Paths:  []string{"ttl"},
			Read:   dynamodbTableTTL,
		},
		{
			Action: "dynamodb:DescribeContinuousBackups",
			Paths:  []string{"point_in_time_recovery"},
			Read:   dynamodbTableRecovery,
		},
		{
			Action: "dynamodb:ListTagsOfResource",
			Paths:  []string{"tags_all"},
			Read: func(ctx context.Context, c *conn, name string) (resource.Attrs, error) {
				t, err := describeDynamodbTable(ctx, c, name)
				if err != nil {
					return nil, err
				}
				tags, err := dynamodbTableTags(ctx, c, t.TableArn)
				if err != nil {
					return nil, err
				}
				return resource.Attrs{"tags_all": tags}, nil
			},
		},
	},
	Rules: map[string]resource.Rule{
		"attribute":                                resource.Keyed("name"),
		"global_secondary_index":                   resource.Keyed("name"),
		"local_secondary_index":                    resource.Keyed("name"),
		"local_secondary_index.non_key_attributes": resource.Unordered(),
		"point_in_time_recovery":                   offMeansNone("enabled", false),
		"replica":                                  resource.Keyed("region_name"),
		"server_side_encryption":                   offMeansNone("enabled", false),
		"table_class":                              resource.Default(types.TableClassStandard),
		"tags_all":                                 resource.AllTags("tags"),
		"ttl":                                      offMeansNone("enabled", false),
	},
})

func describeDynamodbTable(ctx context.Context, c *conn, name string) (*types.TableDescription, error) {
	return provider.Once(&c.memo, "dynamodb:DescribeTable "+name, func() (*types.TableDescription, error) {
		o, err := c.dynamodb.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			return nil, err
		}
		return o.Table, nil
	})
}

func dynamodbTableAttrs(t *types.TableDescription) resource.Attrs {
	a := resource.Attrs{
		"arn":                         t.TableArn,
		"billing_mode":                types.BillingModeProvisioned,
		"deletion_protection_enabled": aws.ToBool(t.DeletionProtectionEnabled),
		"stream_enabled":              false,
		"table_class":                 types.TableClassStandard,
	}
	addKeySchema(a, t.KeySchema)
	addThroughput(a, t.ProvisionedThroughput)
	if t.BillingModeSummary != nil {
		a["billing_mode"] = t.BillingModeSummary.BillingMode
	}
	if t.TableClassSummary != nil {
		a["table_class"] = t.TableClassSummary.TableClass
	}
	// Without a stream the API says no view type, and Terraform keeps its own.
	if s := t.StreamSpecification; s != nil {
		a["stream_enabled"], a["stream_view_type"] = aws.ToBool(s.StreamEnabled), s.StreamViewType
	}

	var attributes, global, local, replicas []any
	for _, d := range t.AttributeDefinitions {
		attributes = append(attributes, map[string]any{"name": d.AttributeName, "type": d.AttributeType})
	}
	for _, i := range t.GlobalSecondaryIndexes {
		m := map[string]any{"name": i.IndexName}
		addKeySchema(m, i.KeySchema)
		addThroughput(m, i.ProvisionedThroughput)
		addProjection(m, i.Projection)
		global = append(global, m)
	}
	for _, i := range t.LocalSecondaryIndexes {
		m := map[string]any{"name": i.IndexName}
		addKeySchema(m, i.KeySchema)
		delete(m, "hash_key") // always the table's
		addProjection(m, i.Projection)
		local = append(local, m)
	}
	// What a replica has of its own is told in its own region only.
	for _, r := range t.Replicas {
		replicas = append(replicas, map[string]any{"region_name": r.RegionName})
	}
	a["attribute"], a["global_secondary_index"], a["local_secondary_index"], a["replica"] = attributes, global, local, replicas
	return a
}

// addKeySchema adds hash_key and range_key. A global index may have several
// attributes of a kind, which is no value of either.
func addKeySchema(a map[string]any, keys []types.KeySchemaElement) {
	byType := map[types.KeyType][]*string{}
	for _, k := range keys {
		byType[k.KeyType] = append(byType[k.KeyType], k.AttributeName)
	}
	for typ, path := range map[types.KeyType]string{types.KeyTypeHash: "hash_key", types.KeyTypeRange: "range_key"} {
		switch names := byType[typ]; len(names) {
		case 0:
			a[path] = nil
		case 1:
			a[path] = names[0]
		}
	}
}

// addThroughput adds the provisioned capacity, which is zero on demand.
func addThroughput(a map[string]any, p *types.ProvisionedThroughputDescription) {
	if p == nil {
		p = &types.ProvisionedThroughputDescription{}
	}
	a["read_capacity"], a["write_capacity"] = aws.ToInt64(p.ReadCapacityUnits), aws.ToInt64(p.WriteCapacityUnits)
}

func addProjection(a map[string]any, p *types.Projection) {
	if p != nil {
		a["projection_type"], a["non_key_attributes"] = p.ProjectionType, p.NonKeyAttributes
	}
}

// dynamodbTableEncryption reads the key that a table is encrypted with. A state holds
// none where it is the one that AWS manages for DynamoDB, and only KMS knows
// which that is.
func dynamodbTableEncryption(ctx context.Context, c *conn, t *types.TableDescription) (resource.Attrs, error) {
	s := t.SSEDescription
	if s == nil || s.Status == types.SSEStatusDisabled || s.Status == types.SSEStatusDisabling {
		return resource.Attrs{"server_side_encryption": nil}, nil
	}
	key := aws.ToString(s.KMSMasterKeyArn)
	if key != "" {
		managed, err := provider.Once(&c.memo, "kms:DescribeKey alias/aws/dynamodb", func() (string, error) {
			o, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String("alias/aws/dynamodb")})
			if notFound(err) {
				return "", nil // made with the first table that uses it
			}
			if err != nil {
				return "", err
			}
			return aws.ToString(o.KeyMetadata.Arn), nil
		})
		if err != nil {
			return nil, err
		}
		if key == managed {
			key = ""
		}
	}
	return resource.Attrs{"server_side_encryption": []any{map[string]any{"enabled": true, "kms_key_arn": key}}}, nil
}

func dynamodbTableTTL(ctx context.Context, c *conn, name string) (resource.Attrs, error) {
	o, err := c.dynamodb.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return nil, err
	}
	d := o.TimeToLiveDescription
	if d == nil {
		return resource.Attrs{"ttl": nil}, nil
	}
	on := d.TimeToLiveStatus == types.TimeToLiveStatusEnabled || d.TimeToLiveStatus == types.TimeToLiveStatusEnabling
	return resource.Attrs{"ttl": []any{map[string]any{"attribute_name": d.AttributeName, "enabled": on}}}, nil
}

func dynamodbTableRecovery(ctx context.Context, c *conn, name string) (resource.Attrs, error) {
	o, err := c.dynamodb.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	switch {
	case notFound(err):
		// Also said of a table that is there, but archived.
		return resource.Attrs{"point_in_time_recovery": nil}, nil
	case err != nil:
		return nil, err
	}
	on := false
	if b := o.ContinuousBackupsDescription; b != nil && b.PointInTimeRecoveryDescription != nil {
		on = b.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled
	}
	return resource.Attrs{"point_in_time_recovery": []any{map[string]any{"enabled": on}}}, nil
}

// dynamodbTableTags reads every page of a table's tags: the SDK has no paginator for
// them.
func dynamodbTableTags(ctx context.Context, c *conn, arn *string) (map[string]any, error) {
	tags := map[string]any{}
	in := &dynamodb.ListTagsOfResourceInput{ResourceArn: arn}
	for {
		o, err := c.dynamodb.ListTagsOfResource(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, t := range o.Tags {
			addTag(tags, aws.ToString(t.Key), aws.ToString(t.Value))
		}
		if o.NextToken == nil {
			return tags, nil
		}
		in.NextToken = o.NextToken
	}
}
