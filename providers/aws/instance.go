package aws

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Whether an instance runs or is stopped is nobody's configuration, and so is
// what comes and goes with it: public addresses and names.
var instance = provider.Define(provider.Spec[*conn, types.Instance]{
	Name:    "aws_instance",
	Actions: []string{"ec2:DescribeInstances"},
	List: func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[types.Instance, error] {
		in := &ec2.DescribeInstancesInput{MaxResults: aws.Int32(1000), Filters: byID(q, "instance-id")}
		return pages(ctx, ec2.NewDescribeInstancesPaginator(c.ec2, in), func(o *ec2.DescribeInstancesOutput) []types.Instance {
			var live []types.Instance
			for _, r := range o.Reservations {
				for _, v := range r.Instances {
					if !terminated(v) {
						live = append(live, v)
					}
				}
			}
			return live
		})
	},
	ID:      func(v types.Instance) string { return aws.ToString(v.InstanceId) },
	Default: func(v types.Instance) bool { return operated(v.Operator) || madeByService(v.Tags) },
	Attrs: func(v types.Instance) resource.Attrs {
		a := resource.Attrs{
			"ami":                                v.ImageId,
			"instance_type":                      v.InstanceType,
			"key_name":                           v.KeyName,
			"iam_instance_profile":               instanceProfileName(v.IamInstanceProfile),
			"subnet_id":                          v.SubnetId,
			"vpc_security_group_ids":             groupIDs(v.SecurityGroups),
			"private_ip":                         v.PrivateIpAddress,
			"ebs_optimized":                      v.EbsOptimized,
			"monitoring":                         monitored(v.Monitoring),
			"capacity_reservation_specification": capacityReservation(v.CapacityReservationSpecification),
			"cpu_options":                        cpuOptions(v.CpuOptions),
			"enclave_options":                    enclaveOptions(v.EnclaveOptions),
			"launch_template":                    launchTemplateOf(v.Tags),
			"maintenance_options":                maintenanceOptions(v.MaintenanceOptions),
			"metadata_options":                   metadataOptions(v.MetadataOptions),
			"network_interface":                  networkInterfaces(v.NetworkInterfaces),
			"private_dns_name_options":           privateDNSNameOptions(v.PrivateDnsNameOptions),
			"tags_all":                           ec2Tags(v.Tags),
		}
		if p := v.Placement; p != nil {
			a["availability_zone"] = p.AvailabilityZone
			a["tenancy"] = p.Tenancy
			a["placement_group"] = p.GroupName
			a["placement_partition_number"] = aws.ToInt32(p.PartitionNumber)
			a["host_id"] = p.HostId
			a["host_resource_group_arn"] = p.HostResourceGroupArn
		}
		if h := v.HibernationOptions; h != nil {
			a["hibernation"] = h.Configured
		}
		if v.SourceDestCheck != nil {
			a["source_dest_check"] = v.SourceDestCheck
		}
		if primary := primaryInterface(v); primary != nil {
			a["secondary_private_ips"] = secondaryAddresses(*primary)
			a["ipv6_addresses"] = ipv6Addresses(*primary)
		}
		return a
	},
	Details: []provider.Detail[*conn, types.Instance]{
		{
			Action: "ec2:DescribeVolumes",
			Paths:  []string{"root_block_device", "ebs_block_device"},
			Read:   blockDevices,
		},
		{
			Action: "ec2:DescribeInstanceCreditSpecifications",
			Paths:  []string{"credit_specification"},
			Read:   creditSpecification,
		},
		instanceAttribute(types.InstanceAttributeNameDisableApiTermination, []string{"disable_api_termination"},
			func(o *ec2.DescribeInstanceAttributeOutput) any { return boolOf(o.DisableApiTermination) }),
		instanceAttribute(types.InstanceAttributeNameDisableApiStop, []string{"disable_api_stop"},
			func(o *ec2.DescribeInstanceAttributeOutput) any { return boolOf(o.DisableApiStop) }),
		instanceAttribute(types.InstanceAttributeNameInstanceInitiatedShutdownBehavior, []string{"instance_initiated_shutdown_behavior"},
			func(o *ec2.DescribeInstanceAttributeOutput) any { return stringOf(o.InstanceInitiatedShutdownBehavior) }),
		// A state holds one of the two, whichever was configured.
		instanceAttribute(types.InstanceAttributeNameUserData, []string{"user_data", "user_data_base64"},
			func(o *ec2.DescribeInstanceAttributeOutput) any {
				if data := stringOf(o.UserData); data != "" {
					return userDataHash(data)
				}
				return nil
			}),
	},
	Rules: map[string]resource.Rule{
		"ebs_block_device":        asConfigured("device_name"),
		"network_interface":       asConfigured("device_index"),
		"secondary_private_ips":   asConfigured(),
		"launch_template":         asConfigured(),
		"launch_template.version": {Same: movingVersion},
		"hibernation":             resource.Default(false),
		"source_dest_check":       resource.Default(true),
		"ipv6_addresses":          resource.Unordered(),
		"user_data":               resource.CanonString(userDataHash),
		"user_data_base64":        resource.CanonString(userDataHash),
		"tags_all":                resource.AllTags("tags"),

		"get_password_data":           resource.Ignore(),
		"user_data_replace_on_change": resource.Ignore(),
		"ephemeral_block_device":      resource.Ignore(), // no API returns it
		"associate_public_ip_address": resource.Ignore(), // a stopped instance has none, a new EIP gives one
		"security_groups":             resource.Ignore(), // vpc_security_group_ids by name, in a default VPC only
		"cpu_core_count":              resource.Ignore(), // cpu_options, deprecated
		"cpu_threads_per_core":        resource.Ignore(),
		"ipv6_address_count":          resource.Ignore(), // of ipv6_addresses
	},
})

// terminated reports whether an instance is gone: EC2 lists it for an hour more.
func terminated(v types.Instance) bool {
	return v.State != nil && (v.State.Name == types.InstanceStateNameTerminated || v.State.Name == types.InstanceStateNameShuttingDown)
}

// operated reports whether a service manages the resource in the account and
// lets nobody else change it.
func operated(o *types.OperatorResponse) bool { return o != nil && aws.ToBool(o.Managed) }

// asConfigured is for what others add to an instance while it lives, and what
// the cloud adds by itself: volumes, interfaces, addresses. An element counts if
// the state shows it. keys identify an element.
func asConfigured(keys ...string) resource.Rule {
	r := resource.Keyed(keys...)
	r.Same = func(state, cloud any) bool {
		held, _ := state.([]any)
		there, _ := cloud.([]any)
		return !slices.ContainsFunc(held, func(e any) bool {
			return !slices.ContainsFunc(there, func(x any) bool { return agrees(e, x) })
		})
	}
	return r
}

// agrees reports whether an element of the cloud is what the state holds, as far
// as both say something.
func agrees(state, cloud any) bool {
	held, ok := state.(map[string]any)
	there, _ := cloud.(map[string]any)
	if !ok {
		return resource.Text(state) == resource.Text(cloud)
	}
	for name, v := range there {
		if b := held[name]; b != nil && resource.Text(b) != resource.Text(v) {
			return false
		}
	}
	return true
}

// movingVersion is true for a launch template's $Latest and $Default: what they
// meant when the instance was launched is not known any more, and an instance
// never changes its version.
func movingVersion(state, _ any) bool {
	s, _ := state.(string)
	return strings.HasPrefix(s, "$")
}

// launchTemplateOf reads the tags that EC2 leaves on an instance. The
// template's name is not among them.
func launchTemplateOf(tags []types.Tag) []map[string]any {
	m := map[string]any{}
	for _, t := range tags {
		switch aws.ToString(t.Key) {
		case "aws:ec2launchtemplate:id":
			m["id"] = t.Value
		case "aws:ec2launchtemplate:version":
			m["version"] = t.Value
		}
	}
	if m["id"] == nil {
		return nil
	}
	return []map[string]any{m}
}

func instanceProfileName(p *types.IamInstanceProfile) string {
	arn := ""
	if p != nil {
		arn = aws.ToString(p.Arn)
	}
	return arn[strings.LastIndex(arn, "/")+1:]
}

func groupIDs(groups []types.GroupIdentifier) []string {
	ids := []string{}
	for _, g := range groups {
		ids = append(ids, aws.ToString(g.GroupId))
	}
	return ids
}

func monitored(m *types.Monitoring) bool {
	return m != nil && (m.State == types.MonitoringStateEnabled || m.State == types.MonitoringStatePending)
}

func capacityReservation(o *types.CapacityReservationSpecificationResponse) []map[string]any {
	if o == nil {
		return nil
	}
	target := []map[string]any{}
	if t := o.CapacityReservationTarget; t != nil {
		target = append(target, map[string]any{
			"capacity_reservation_id":                 t.CapacityReservationId,
			"capacity_reservation_resource_group_arn": t.CapacityReservationResourceGroupArn,
		})
	}
	return []map[string]any{{"capacity_reservation_preference": o.CapacityReservationPreference, "capacity_reservation_target": target}}
}

func cpuOptions(o *types.CpuOptions) []map[string]any {
	if o == nil {
		return nil
	}
	return []map[string]any{{"amd_sev_snp": o.AmdSevSnp, "core_count": o.CoreCount, "threads_per_core": o.ThreadsPerCore}}
}

func enclaveOptions(o *types.EnclaveOptions) []map[string]any {
	if o == nil {
		return nil
	}
	return []map[string]any{{"enabled": o.Enabled}}
}

func maintenanceOptions(o *types.InstanceMaintenanceOptions) []map[string]any {
	if o == nil {
		return nil
	}
	return []map[string]any{{"auto_recovery": o.AutoRecovery}}
}

func metadataOptions(o *types.InstanceMetadataOptionsResponse) []map[string]any {
	if o == nil {
		return nil
	}
	return []map[string]any{{
		"http_endpoint":               o.HttpEndpoint,
		"http_protocol_ipv6":          o.HttpProtocolIpv6,
		"http_put_response_hop_limit": o.HttpPutResponseHopLimit,
		"http_tokens":                 o.HttpTokens,
		"instance_metadata_tags":      o.InstanceMetadataTags,
	}}
}

func privateDNSNameOptions(o *types.PrivateDnsNameOptionsResponse) []map[string]any {
	if o == nil {
		return nil
	}
	return []map[string]any{{
		"enable_resource_name_dns_a_record":    o.EnableResourceNameDnsARecord,
		"enable_resource_name_dns_aaaa_record": o.EnableResourceNameDnsAAAARecord,
		"hostname_type":                        o.HostnameType,
	}}
}

func networkInterfaces(all []types.InstanceNetworkInterface) []map[string]any {
	out := []map[string]any{}
	for _, n := range all {
		if a := n.Attachment; a != nil {
			out = append(out, map[string]any{
				"device_index":          a.DeviceIndex,
				"network_card_index":    aws.ToInt32(a.NetworkCardIndex),
				"network_interface_id":  n.NetworkInterfaceId,
				"delete_on_termination": a.DeleteOnTermination,
			})
		}
	}
	return out
}

func primaryInterface(v types.Instance) *types.InstanceNetworkInterface {
	for i, n := range v.NetworkInterfaces {
		if n.Attachment != nil && aws.ToInt32(n.Attachment.DeviceIndex) == 0 {
			return &v.NetworkInterfaces[i]
		}
	}
	return nil
}

func secondaryAddresses(n types.InstanceNetworkInterface) []string {
	out := []string{}
	for _, a := range n.PrivateIpAddresses {
		if !aws.ToBool(a.Primary) {
			out = append(out, aws.ToString(a.PrivateIpAddress))
		}
	}
	return out
}

func ipv6Addresses(n types.InstanceNetworkInterface) []string {
	out := []string{}
	for _, a := range n.Ipv6Addresses {
		out = append(out, aws.ToString(a.Ipv6Address))
	}
	return out
}

// blockDevices reads the instance's volumes: root_block_device is the root's,
// ebs_block_device every other one. Their tags are left out: default tags,
// volume_tags and aws_ebs_volume all claim them.
func blockDevices(ctx context.Context, c *conn, v types.Instance) (resource.Attrs, error) {
	volumes, err := ebsVolumesByID(ctx, c)
	if err != nil {
		return nil, err
	}
	root, others := []map[string]any{}, []map[string]any{}
	var rootSnapshot *string
	for _, d := range v.BlockDeviceMappings {
		if d.Ebs == nil {
			continue
		}
		volume, ok := volumes[aws.ToString(d.Ebs.VolumeId)]
		if !ok {
			continue
		}
		device := map[string]any{
			"delete_on_termination": d.Ebs.DeleteOnTermination,
			"device_name":           d.DeviceName,
			"encrypted":             volume.Encrypted,
			"iops":                  aws.ToInt32(volume.Iops),
			"kms_key_id":            volume.KmsKeyId,
			"throughput":            aws.ToInt32(volume.Throughput),
			"volume_id":             volume.VolumeId,
			"volume_size":           volume.Size,
			"volume_type":           volume.VolumeType,
		}
		if aws.ToString(d.DeviceName) == aws.ToString(v.RootDeviceName) {
			root, rootSnapshot = append(root, device), volume.SnapshotId
			continue
		}
		device["snapshot_id"] = volume.SnapshotId
		others = append(others, device)
	}
	if len(others) == 0 && len(root) == 1 {
		// The provider shows an only device here as well, for those who configure
		// the root volume so.
		only := maps.Clone(root[0])
		only["snapshot_id"] = rootSnapshot
		others = append(others, only)
	}
	return resource.Attrs{"root_block_device": root, "ebs_block_device": others}, nil
}

// creditSpecification reads how a burstable instance pays for credits. Asked for
// no instance in particular, EC2 returns all that have the unlimited option: one
// listing tells it of every instance.
func creditSpecification(ctx context.Context, c *conn, v types.Instance) (resource.Attrs, error) {
	family, _, _ := strings.Cut(string(v.InstanceType), ".")
	if !slices.Contains(burstable, family) {
		return nil, nil // the provider does not look either
	}
	credits, err := provider.Once(&c.memo, "ec2:DescribeInstanceCreditSpecifications", func() (map[string]string, error) {
		credits := map[string]string{}
		in := &ec2.DescribeInstanceCreditSpecificationsInput{MaxResults: aws.Int32(1000)}
		for s, err := range pages(ctx, ec2.NewDescribeInstanceCreditSpecificationsPaginator(c.ec2, in),
			func(o *ec2.DescribeInstanceCreditSpecificationsOutput) []types.InstanceCreditSpecification {
				return o.InstanceCreditSpecifications
			}) {
			if err != nil {
				return nil, err
			}
			credits[aws.ToString(s.InstanceId)] = aws.ToString(s.CpuCredits)
		}
		return credits, nil
	})
	if err != nil {
		return nil, err
	}
	option := cmp.Or(credits[aws.ToString(v.InstanceId)], "standard")
	return resource.Attrs{"credit_specification": []map[string]any{{"cpu_credits": option}}}, nil
}

// burstable are the families of burstable performance instances.
var burstable = []string{"t2", "t3", "t3a", "t4g"}

// instanceAttribute is one of the settings that DescribeInstances leaves out;
// the API returns one a call. Each of the paths gets its value.
func instanceAttribute(name types.InstanceAttributeName, paths []string, value func(*ec2.DescribeInstanceAttributeOutput) any) provider.Detail[*conn, types.Instance] {
	return provider.Detail[*conn, types.Instance]{
		Action: "ec2:DescribeInstanceAttribute",
		Paths:  paths,
		Read: func(ctx context.Context, c *conn, v types.Instance) (resource.Attrs, error) {
			o, err := c.ec2.DescribeInstanceAttribute(ctx, &ec2.DescribeInstanceAttributeInput{InstanceId: v.InstanceId, Attribute: name})
			if err != nil {
				return nil, err
			}
			a := resource.Attrs{}
			for _, path := range paths {
				a[path] = value(o)
			}
			return a, nil
		},
	}
}

func boolOf(v *types.AttributeBooleanValue) bool { return v != nil && aws.ToBool(v.Value) }

func stringOf(v *types.AttributeValue) string {
	if v == nil {
		return ""
	}
	return aws.ToString(v.Value)
}
