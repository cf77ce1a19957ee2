package s3

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, ref string
		want      place
		text      string // the canonical reference, if it is another
	}{
		{"key", "s3://states/env/prod/terraform.tfstate", place{bucket: "states", key: "env/prod/terraform.tfstate"}, ""},
		{"workspace", "s3://states/env:/prod/a", place{bucket: "states", key: "env:/prod/a"}, ""},
		{"scheme in capitals", "S3://states/a", place{bucket: "states", key: "a"}, "s3://states/a"},
		{"how it is reached is not its name", "s3://states/a?region=eu-west-1&profile=dev&role_arn=arn:aws:iam::1:role/x&dynamodb_table=locks",
			place{bucket: "states", key: "a", region: "eu-west-1", profile: "dev", role: "arn:aws:iam::1:role/x", table: "locks"}, "s3://states/a"},
		{"where it is, is", "s3://states/a?version_id=v1&endpoint=https://minio:9000/", place{bucket: "states", key: "a", version: "v1", endpoint: "https://minio:9000"},
			"s3://states/a?endpoint=https://minio:9000&version_id=v1"},
		{"endpoint, escaped", "s3://states/a?endpoint=https%3A%2F%2Fminio", place{bucket: "states", key: "a", endpoint: "https://minio"}, "s3://states/a?endpoint=https://minio"},
		{"pattern", "s3://states/env/**/terraform.tfstate", place{bucket: "states", key: "env/**/terraform.tfstate", pattern: true}, ""},
		{"question mark in a pattern", "s3://states/env-?/a?region=eu-west-1", place{bucket: "states", key: "env-?/a", pattern: true, region: "eu-west-1"}, "s3://states/env-?/a"},
		{"escaped", "s3://states/a%2Ab%20c%25", place{bucket: "states", key: "a*b c%"}, "s3://states/a%2Ab c%25"},
		{"escaped in a pattern", "s3://states/*/a%5B1%5D", place{bucket: "states", key: `*/a\[1\]`, pattern: true}, `s3://states/*/a\[1\]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse(tt.ref)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if tt.text == "" {
				tt.text = tt.ref
			}
			if got.String() != tt.text {
				t.Errorf("is named %s; want %s", got, tt.text)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, ref, want string }{
		{"nothing", "s3://", "state s3:///: names no bucket; write it as s3://BUCKET/KEY"},
		{"bucket only", "s3://states", "state s3://states/: names no object; name the state in the bucket, or a pattern: s3://states/**/terraform.tfstate"},
		{"folder", "s3://states/env/", "state s3://states/env/: is a folder; name the state in it, or a pattern: s3://states/env/**/terraform.tfstate"},
		{"pattern of buckets", "s3://states-*/a", "state s3://states-*/a: has a pattern for the bucket; name one bucket; its keys may be a pattern"},
		{"access point", "s3://arn:aws:s3:eu-west-1:1:accesspoint/x/a", "state s3://arn:aws:s3:eu-west-1:1:accesspoint/x/a: names an access point; name the bucket behind it"},
		{"credentials", "s3://AKIA:hush@states/a", "state s3://states/a: holds a user before the bucket; leave that out: credentials come from the environment, a profile or a role"},
		{"unknown parameter", "s3://states/a?secret_key=hush", `state s3://states/a: has a parameter "secret_key" that driftmgr does not know; use dynamodb_table, endpoint, profile, region, role_arn, version_id`},
		{"parameter twice", "s3://states/a?region=a&region=b", `state s3://states/a: has a parameter "region" that is empty or there twice; use dynamodb_table, endpoint, profile, region, role_arn, version_id`},
		{"escape", "s3://states/a%zz", "state s3://states/a%zz: is not a valid URL; write a % in it as %25"},
		{"escape in a pattern", "s3://states/*%2", "state s3://states/*%2: is not a valid URL; write a % in it as %25"},
		{"region", "s3://states/a?region=evil.example/", "state s3://states/a: has a region that is none; use dynamodb_table, endpoint, profile, region, role_arn, version_id"},
		{"endpoint", "s3://states/a?endpoint=https://hush:hush@minio", "state s3://states/a: has an endpoint that holds a user; use dynamodb_table, endpoint, profile, region, role_arn, version_id"},
		{"version of a pattern", "s3://states/*?version_id=v1", "state s3://states/*: is a pattern with a version_id; a version is of one object: name that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.ref)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Error("shows a credential")
			}
		})
	}
}

// What a reference is named is a reference to the same place.
func FuzzParse(f *testing.F) {
	for _, ref := range []string{"s3://states/a", "s3://states/env/**/a?region=x", "s3://b1/a%2A%25?version_id=a%26b", "s3://b1/*%5B?endpoint=http://h/", "s3://b1/a?b=c"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		p, err := parse(ref)
		if err != nil {
			return
		}
		again, err := parse(p.String())
		p.region, p.profile, p.role, p.table = "", "", "", ""
		if err != nil || again != p {
			t.Errorf("%q is %+v, named %q, which is %+v, %v", ref, p, p, again, err)
		}
	})
}
