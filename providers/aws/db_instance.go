package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// An instance is known by its identifier: that is what `id` was up to provider
// v4, the resource id since.
var dbInstance = provider.Define(provider.Spec[*conn, types.DBInstance]{
	Name:    "aws_db_instance",
	Actions: []string{"rds:DescribeDBInstances"},
	List: func(ctx context.Context, c *conn, _ provider.Query) iter.Seq2[types.DBInstance, error] {
		in := &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(100)}
		return pages(ctx, rds.NewDescribeDBInstancesPaginator(c.rds, in), standaloneInstances)
	},
	ID: func(i types.DBInstance) string { return aws.ToString(i.DBInstanceIdentifier) },
	StateIDs: func(a resource.Attrs) []string {
		if id := a.String("identifier"); id != "" {
			return []string{id}
		}
		return nil
	},
	Attrs: dbInstanceAttrs,
	Rules: map[string]resource.Rule{
		"engine_version":        resource.VersionPrefix(),
		"maintenance_window":    resource.Fold(),
		"max_allocated_storage": resource.Default(0),
		"monitoring_interval":   resource.Default(0),
		"replicate_source_db":   resource.LastSegment(":"), // an identifier or an ARN
		"resource_id":           resource.Identity(),
		"tags_all":              resource.AllTags("tags"),
	},
})

// standaloneInstances leaves out the members of clusters, which are
// aws_rds_cluster_instance: Aurora's, Neptune's and DocumentDB's, for the API is
// one, and those that a Multi-AZ cluster makes by itself.
func standaloneInstances(o *rds.DescribeDBInstancesOutput) []types.DBInstance {
	var out []types.DBInstance
	for _, i := range o.DBInstances {
		if aws.ToString(i.DBClusterIdentifier) == "" {
			out = append(out, i)
		}
	}
	return out
}

func dbInstanceAttrs(i types.DBInstance) resource.Attrs {
	a := resource.Attrs{
		"arn":                                   i.DBInstanceArn,
		"auto_minor_version_upgrade":            i.AutoMinorVersionUpgrade,
		"backup_retention_period":               i.BackupRetentionPeriod,
		"backup_target":                         i.BackupTarget,
		"backup_window":                         i.PreferredBackupWindow,
		"ca_cert_identifier":                    i.CACertificateIdentifier,
		"character_set_name":                    i.CharacterSetName,
		"copy_tags_to_snapshot":                 i.CopyTagsToSnapshot,
		"custom_iam_instance_profile":           i.CustomIamInstanceProfile,
		"customer_owned_ip_enabled":             aws.ToBool(i.CustomerOwnedIpEnabled),
		"db_name":                               i.DBName,
		"deletion_protection":                   i.DeletionProtection,
		"enabled_cloudwatch_logs_exports":       i.EnabledCloudwatchLogsExports,
		"engine":                                i.Engine,
		"engine_version":                        i.EngineVersion,
		"iam_database_authentication_enabled":   i.IAMDatabaseAuthenticationEnabled,
		"identifier":                            i.DBInstanceIdentifier,
		"instance_class":                        i.DBInstanceClass,
		"iops":                                  aws.ToInt32(i.Iops),
		"kms_key_id":                            i.KmsKeyId,
		"license_model":                         i.LicenseModel,
		"maintenance_window":                    i.PreferredMaintenanceWindow,
		"max_allocated_storage":                 aws.ToInt32(i.MaxAllocatedStorage),
		"monitoring_interval":                   aws.ToInt32(i.MonitoringInterval),
		"monitoring_role_arn":                   i.MonitoringRoleArn,
		"multi_az":                              i.MultiAZ,
		"nchar_character_set_name":              i.NcharCharacterSetName,
		"network_type":                          i.NetworkType,
		"performance_insights_enabled":          aws.ToBool(i.PerformanceInsightsEnabled),
		"performance_insights_kms_key_id":       i.PerformanceInsightsKMSKeyId,
		"performance_insights_retention_period": aws.ToInt32(i.PerformanceInsightsRetentionPeriod),
		"publicly_accessible":                   i.PubliclyAccessible,
		"replica_mode":                          i.ReplicaMode,
		"replicate_source_db":                   i.ReadReplicaSourceDBInstanceIdentifier,
		"resource_id":                           i.DbiResourceId,
		"storage_encrypted":                     i.StorageEncrypted,
		"storage_throughput":                    aws.ToInt32(i.StorageThroughput),
		"storage_type":                          i.StorageType,
		"tags_all":                              rdsTags(i.TagList),
		"timezone":                              i.Timezone,
		"username":                              i.MasterUsername,
	}
	// With autoscaling the storage grows by itself.
	if i.MaxAllocatedStorage == nil {
		a["allocated_storage"] = i.AllocatedStorage
	}
	// A failover swaps the zones of a Multi-AZ instance.
	if !aws.ToBool(i.MultiAZ) {
		a["availability_zone"] = i.AvailabilityZone
	}
	if i.DBSubnetGroup != nil {
		a["db_subnet_group_name"] = i.DBSubnetGroup.DBSubnetGroupName
	}
	// An instance that is being made has none.
	if i.Endpoint != nil {
		a["port"] = i.Endpoint.Port
	}
	if s := i.MasterUserSecret; s != nil {
		a["master_user_secret_kms_key_id"] = s.KmsKeyId
	}
	if len(i.OptionGroupMemberships) > 0 {
		a["option_group_name"] = i.OptionGroupMemberships[0].OptionGroupName
	}
	if len(i.DBParameterGroups) > 0 {
		a["parameter_group_name"] = i.DBParameterGroups[0].DBParameterGroupName
	}
	var groups []any
	for _, g := range i.VpcSecurityGroups {
		groups = append(groups, g.VpcSecurityGroupId)
	}
	a["vpc_security_group_ids"] = groups

	var d types.DomainMembership
	if len(i.DomainMemberships) > 0 {
		d = i.DomainMemberships[0]
	}
	a["domain"] = d.Domain
	a["domain_auth_secret_arn"] = d.AuthSecretArn
	a["domain_dns_ips"] = d.DnsIps
	a["domain_fqdn"] = d.FQDN
	a["domain_iam_role_name"] = d.IAMRoleName
	a["domain_ou"] = d.OU
	return a
}
