package s3

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Permissions implements state.Permitted.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func (o *object) Permissions() []state.Permission {
	partition := partitionOf(o.in.session.set.Region)
	in := "arn:" + partition + ":s3:::" + o.bucket
	get := "s3:GetObject"
	if o.version != "" {
		get = "s3:GetObjectVersion"
	}
	name := literal(o.key)
	needs := []state.Permission{
		// S3 tells a missing object from a denied one only to who may list.
		{Cloud: "aws", Action: "s3:ListBucket", Resource: in},
		{Cloud: "aws", Action: get, Resource: in + "/" + name},
	}
	if o.lockfile != unused {
		needs = append(needs, state.Permission{Cloud: "aws", Action: "s3:GetObject", Resource: in + "/" + name + lockSuffix})
	}
	if o.table != "" {
		table := o.table
		if !arn.IsARN(table) {
			table = "arn:" + partition + ":dynamodb:" + orAny(o.in.session.set.Region) + ":*:table/" + table
		}
		needs = append(needs, state.Permission{Cloud: "aws", Action: "dynamodb:GetItem", Resource: table})
	}
	if key, ok := o.kmsKey(partition); ok {
		needs = append(needs, state.Permission{Cloud: "aws", Action: "kms:Decrypt", Resource: key})
	}
	return needs
}

// literal writes a key as a policy takes it as it is, without wildcards and
// variables.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func literal(key string) string {
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(key)
}

// kmsKey returns the key that the state is encrypted with, as far as it is known. A
// policy's resource cannot be a key's alias: then it is empty.
func (o *object) kmsKey(partition string) (resource string, ok bool) {
	key := o.kms
	if used := o.kmsUsed.Load(); used != nil {
		key = *used
	}
	switch {
	case key == "":
		return "", false
	case strings.Contains(key, "alias/"):
		return "", true
	case arn.IsARN(key):
		return key, true
	}
	return "arn:" + partition + ":kms:" + orAny(o.in.session.set.Region) + ":*:key/" + key, true
}

func orAny(region string) string {
	if region == "" {
		return "*"
	}
	return region
}

// partitionOf returns the partition of a region, that of most where none is known.
// Source: https://docs.aws.amazon.com/general/latest/gr/rande.html
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"},
		{"us-iso-", "aws-iso"}, {"eu-isoe-", "aws-iso-e"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}
