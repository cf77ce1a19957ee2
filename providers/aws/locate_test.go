package aws

import (
	"reflect"
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// locator has types of three kinds: one that lives once per account, one that
// stands for several objects, and whatever has an id.
func locator() *cloud {
	return &cloud{types: []provider.Type{
		{Type: resource.Type{Name: "aws_role", Global: true}},
		{Type: resource.Type{Name: "aws_thing"}},
		{Type: resource.Type{Name: "aws_many", StateIDs: func(a resource.Attrs) []string { return a.Strings("ids") }}},
	}}
}

// located returns what Locate makes of the resources without any code.
func located(managed ...resource.Managed) []resource.Managed {
	locator().Locate(managed, nil)
	return managed
}

// in is a resource of a provider configuration of one state.
func in(config, typ string, a resource.Attrs) resource.Managed {
	return resource.Managed{Key: resource.Key{Type: typ}, Source: "a.tfstate", Provider: config, Attrs: a}
}

func data(config, typ string, a resource.Attrs) resource.Managed {
	m := in(config, typ, a)
	m.Data = true
	return m
}

const (
	main   = `provider["registry.terraform.io/hashicorp/aws"]`
	west   = `provider["registry.terraform.io/hashicorp/aws"].west`
	own    = "111122223333"
	other  = "444455556666"
	vpcARN = "arn:aws:ec2:eu-west-1:" + own + ":vpc/vpc-1"
)

func TestLocate(t *testing.T) {
	otherState := in(main, "aws_thing", resource.Attrs{"id": "t1"})
	otherState.Source = "b.tfstate"
	for _, tt := range []struct {
		name    string
		managed []resource.Managed
		account string // of the first one
		region  string
	}{
		// what the resource itself says
		{"its ARN", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": vpcARN})}, own, "eu-west-1"},
		{"its ARN in another partition", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": "arn:aws-cn:ec2:cn-north-1:" + own + ":vpc/v"})}, own, "cn-north-1"},
		{"an ARN without account and region", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": "arn:aws:s3:::bucket"})}, "", ""},
		{"an ARN of AWS's own", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})}, "", ""},
		{"what is no ARN", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": "vpc-1"})}, "", ""},
		{"an ARN that is no text", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": 7.0})}, "", ""},
		{"the region of provider v6", []resource.Managed{in(main, "aws_thing", resource.Attrs{"id": "t", "region": "us-gov-west-1"})}, "", "us-gov-west-1"},
		{"the ARN before the region", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": vpcARN, "region": "us-east-1"})}, own, "eu-west-1"},
		{"an S3 bucket", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": "arn:aws:s3:::bucket", "region": "eu-central-1"})}, "", "eu-central-1"},
		{"a region that is none", []resource.Managed{in(main, "aws_thing", resource.Attrs{"region": "Ireland"})}, "", ""},
		{"its owner", []resource.Managed{in(main, "aws_thing", resource.Attrs{"owner_id": own})}, own, ""},
		{"the ARN before the owner", []resource.Managed{in(main, "aws_thing", resource.Attrs{"arn": vpcARN, "owner_id": other})}, own, "eu-west-1"},
		{"the owner of a subscription", []resource.Managed{in(main, "aws_sns_topic_subscription", resource.Attrs{"arn": "arn:aws:sns:eu-west-1:" + other + ":t:1", "owner_id": own})}, own, "eu-west-1"},
		{"an owner that is no account", []resource.Managed{in(main, "aws_thing", resource.Attrs{"owner_id": "amazon"})}, "", ""},
		{"an owner of twelve letters", []resource.Managed{in(main, "aws_thing", resource.Attrs{"owner_id": "abcdefghijkl"})}, "", ""},
		{"nothing", []resource.Managed{in(main, "aws_thing", nil)}, "", ""},

		// what its siblings say
		{"siblings agree", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
			in(main, "aws_other", resource.Attrs{"arn": "arn:aws:sqs:eu-west-1:" + own + ":q"}),
		}, own, "eu-west-1"},
		{"siblings disagree about the region", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
			in(main, "aws_thing", resource.Attrs{"arn": "arn:aws:sqs:us-east-1:" + own + ":q"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}), // a majority proves nothing
		}, own, ""},
		{"siblings disagree about the account", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
			in(main, "aws_thing", resource.Attrs{"arn": "arn:aws:sqs:eu-west-1:" + other + ":q"}),
		}, "", "eu-west-1"},
		{"siblings against itself", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"region": "us-east-2", "owner_id": other}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
		}, other, "us-east-2"},
		{"another configuration's siblings", []resource.Managed{
			in(west, "aws_thing", resource.Attrs{"id": "r"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
		}, "", ""},
		{"the same configuration in another state", []resource.Managed{
			otherState,
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
		}, "", ""},

		// what data sources say
		{"data.aws_region", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			data(main, "aws_region", resource.Attrs{"name": "ap-south-1", "id": "ap-south-1"}),
		}, "", "ap-south-1"},
		{"data.aws_region of provider v6", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			data(main, "aws_region", resource.Attrs{"region": "ap-south-1", "id": "ap-south-1"}),
		}, "", "ap-south-1"},
		{"data.aws_caller_identity", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			data(main, "aws_caller_identity", resource.Attrs{"account_id": own, "arn": "arn:aws:iam::" + own + ":user/ci"}),
		}, own, ""},
		{"a data source of another account", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			data(main, "aws_ami", resource.Attrs{"arn": "arn:aws:ec2:us-east-1::image/ami-1", "owner_id": other, "region": "us-east-1"}),
			data(main, "aws_s3_bucket", resource.Attrs{"arn": "arn:aws:s3:::b", "region": "us-east-1"}),
		}, "", ""},

		// what lives once per account
		{"a global type has no region", []resource.Managed{
			in(main, "aws_role", resource.Attrs{"arn": "arn:aws:iam::" + own + ":role/r"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
		}, own, ""},
		{"nor where it says one", []resource.Managed{
			in(main, "aws_role", resource.Attrs{"region": "eu-west-1"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
		}, own, ""},
		{"a global type disputes no region", []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "r"}),
			in(main, "aws_role", resource.Attrs{"arn": "arn:aws:iam::" + own + ":role/r"}),
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
		}, own, "eu-west-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := located(tt.managed...)[0]
			if m.Key.Account != tt.account || m.Key.Region != tt.region {
				t.Errorf("got %q, %q; want %q, %q", m.Key.Account, m.Key.Region, tt.account, tt.region)
			}
		})
	}
}

func TestLocateIDs(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    resource.Managed
		id   string
		more []string
	}{
		{"the id", in(main, "aws_thing", resource.Attrs{"id": "t-1"}), "t-1", nil},
		{"none", in(main, "aws_thing", resource.Attrs{}), "", nil},
		{"of a type without a reader", in(main, "aws_not_yet", resource.Attrs{"id": "n-1"}), "n-1", nil},
		{"the type's own", in(main, "aws_many", resource.Attrs{"id": "x", "ids": []any{"m-1"}}), "m-1", nil},
		{"several", in(main, "aws_many", resource.Attrs{"id": "x", "ids": []any{"m-1", "m-2", "m-3"}}), "m-1", []string{"m-2", "m-3"}},
		{"the type's own, and none", in(main, "aws_many", resource.Attrs{"id": "x"}), "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := located(tt.m)[0]
			if m.Key.ID != tt.id || !slices.Equal(m.More, tt.more) {
				t.Errorf("got %q, %q; want %q, %q", m.Key.ID, m.More, tt.id, tt.more)
			}
		})
	}
}

// What is not AWS's stays as it is, and says nothing about what is.
func TestLocateLeavesOthersAlone(t *testing.T) {
	others := func() []resource.Managed {
		return []resource.Managed{
			{Key: resource.Key{Type: "google_compute_network"}, Source: "a.tfstate", Provider: main, Attrs: resource.Attrs{"id": "n", "region": "eu-west-1", "arn": vpcARN}},
			{Key: resource.Key{Type: "azurerm_subnet", Account: "sub", Region: "westeurope", ID: "s"}, Source: "a.tfstate", Provider: main, Attrs: resource.Attrs{"id": "x"}, More: []string{"y"}},
			{Key: resource.Key{Type: "awscc_ec2_vpc"}, Source: "a.tfstate", Provider: main, Attrs: resource.Attrs{"id": "v", "arn": vpcARN}},
			{Key: resource.Key{Type: "random_id"}, Source: "a.tfstate", Provider: main, Attrs: resource.Attrs{"id": "r"}},
		}
	}
	got := located(append(others(), in(main, "aws_thing", resource.Attrs{"id": "t"}))...)
	if want := others(); !reflect.DeepEqual(got[:len(want)], want) {
		t.Errorf("got  %+v\nwant %+v", got[:len(want)], want)
	}
	if k := got[len(got)-1].Key; k.Account != "" || k.Region != "" {
		t.Errorf("a resource of AWS is at %+v, as others say", k)
	}
}

// Data sources are compared with nothing, so they get no join key.
func TestLocateDataSource(t *testing.T) {
	m := located(data(main, "aws_thing", resource.Attrs{"id": "t", "arn": vpcARN}), in(main, "aws_thing", resource.Attrs{"region": "us-east-1"}))[0]
	if m.Key != (resource.Key{Type: "aws_thing"}) || m.More != nil {
		t.Errorf("got %+v, %v", m.Key, m.More)
	}
}

// Locate writes keys and nothing else, and the same ones when it runs again.
func TestLocateTwice(t *testing.T) {
	fresh := func() []resource.Managed {
		return []resource.Managed{
			in(main, "aws_thing", resource.Attrs{"id": "t"}), in(main, "aws_thing", resource.Attrs{"id": "v", "arn": vpcARN}),
			in(main, "aws_role", resource.Attrs{"id": "r"}), in(main, "aws_many", resource.Attrs{"ids": []any{"a", "b"}}),
		}
	}
	once := located(fresh()...)
	twice := located(located(fresh()...)...)
	if !reflect.DeepEqual(once, twice) {
		t.Errorf("once  %+v\ntwice %+v", once, twice)
	}
	for i, m := range fresh() {
		got := once[i]
		got.Key, got.More = m.Key, m.More
		if !reflect.DeepEqual(got, m) {
			t.Errorf("got %+v; want %+v", got, m)
		}
	}
}

func TestLocateOfNothing(t *testing.T) {
	New(Options{}).Locate(nil, nil)
}
