package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

const schemaFile = "report.schema.json"

func reportSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// document returns what is written of a report as JSON's values.
func document(t *testing.T, r *drift.Report) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, "json", Options{}, r)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestJSONFitsTheSchema(t *testing.T) {
	s := reportSchema(t)
	reports := map[string]*drift.Report{
		"every": every(), "long": long(), "policies": policies(), "clean": clean(), "incomplete": incomplete(), "unread": unread(),
		"compared": compared(), "nothing": drift.Compare(nil, &inventory.Inventory{}, drift.Options{Schemas: schema.New(nil)}),
	}
	quiet := clean()
	quiet.Stats = &drift.Stats{TakenAt: time.Unix(0, 0).UTC()} // not one call was made
	reports["no calls"] = quiet
	for name, r := range reports {
		t.Run(name, func(t *testing.T) {
			if err := s.Validate(document(t, r)); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	if quiet.Stats.APICalls != nil {
		t.Error("writing a report changed it")
	}
}

// compared is what drift.Compare makes of every kind of finding.
func compared() *drift.Report {
	schemas := schema.New(map[string]map[string][2]string{
		"aws_vpc":         {"id": {"string", "OC"}, "cidr_block": {"string", "O"}, "tags": {"map(string)", "O"}, "enable_dns_support": {"bool", "O"}},
		"aws_db_instance": {"id": {"string", "OC"}, "password": {"string", "OS"}},
	})
	managed := func(typ, name, id string, a resource.Attrs) resource.Managed {
		return resource.Managed{
			Key:     resource.Key{Type: typ, Account: account, Region: ireland, ID: id},
			Address: typ + "." + name, Source: "prod.tfstate", Attrs: a,
		}
	}
	real := func(typ, id string, a resource.Attrs) resource.Resource {
		return resource.Resource{Key: resource.Key{Type: typ, Account: account, Region: ireland, ID: id}, Attrs: a}
	}
	gap := real("aws_vpc", "vpc-gap", resource.Attrs{})
	gap.Gaps = []resource.Gap{{Paths: []string{"enable_dns_support"}, Reason: "access denied: allow ec2:DescribeVpcAttribute"}}
	return drift.Compare([]resource.Managed{
		managed("aws_vpc", "changed", "vpc-1", resource.Attrs{"cidr_block": "10.0.0.0/16", "tags": map[string]any{"env": "prod"}}),
		managed("aws_vpc", "missing", "vpc-2", resource.Attrs{}),
		managed("aws_vpc", "gap", "vpc-gap", resource.Attrs{"enable_dns_support": true}),
		managed("aws_db_instance", "secret", "db-1", resource.Attrs{"password": "hunter2-before"}),
		managed("aws_none", "unread", "x", nil),
		managed("random_password", "p", "none", nil),
		managed("aws_sns_topic", "denied", "t", nil),
	}, &inventory.Inventory{
		Resources: []resource.Resource{
			real("aws_vpc", "vpc-1", resource.Attrs{"cidr_block": "10.1.0.0/16", "tags": map[string]any{"new": "x"}}),
			real("aws_vpc", "vpc-3", resource.Attrs{}),
			real("aws_db_instance", "db-1", resource.Attrs{"password": "hunter2-after"}),
			gap,
		},
		Coverage: []inventory.Coverage{
			{Type: "aws_vpc", Account: account, Region: ireland, Complete: true, Listed: 3},
			{Type: "aws_db_instance", Account: account, Region: ireland, Complete: true, Listed: 1},
			{Type: "aws_sns_topic", Reason: "no valid credentials: renew them"},
		},
	}, drift.Options{
		Types:     map[string]resource.Type{"aws_vpc": {Name: "aws_vpc"}, "aws_db_instance": {Name: "aws_db_instance"}, "aws_sns_topic": {Name: "aws_sns_topic"}},
		Schemas:   schemas,
		Unmanaged: true,
	})
}

// The example of Compare has every kind, so that the schema is tried with each.
func TestComparedHasEveryKind(t *testing.T) {
	r := compared()
	for _, kind := range drift.Kinds() {
		found := false
		for _, f := range r.Findings {
			found = found || f.Kind == kind
		}
		if !found {
			t.Errorf("no finding is %s", kind)
		}
	}
	if out := render(t, "json", Options{}, r); strings.Contains(out, "hunter2") || !strings.Contains(out, `"sensitive": true`) {
		t.Errorf("the password's change:\n%s", out)
	}
}

// The schema refuses what the contract does not allow.
func TestSchemaIsStrict(t *testing.T) {
	s := reportSchema(t)
	base := render(t, "json", Options{}, every())
	first := func(kind string, doc map[string]any) map[string]any {
		for _, f := range doc["findings"].([]any) {
			if f := f.(map[string]any); f["kind"] == kind {
				return f
			}
		}
		panic("no finding is " + kind)
	}
	changes := func(doc map[string]any) []any { return first("changed", doc)["changes"].([]any) }
	stats := func(doc map[string]any) map[string]any { return doc["stats"].(map[string]any) }
	listing := func(doc map[string]any) map[string]any {
		return doc["coverage"].(map[string]any)["listings"].([]any)[0].(map[string]any)
	}
	for name, damage := range map[string]func(doc map[string]any){
		"another property":             func(d map[string]any) { d["extra"] = 1 },
		"no format version":            func(d map[string]any) { delete(d, "format_version") },
		"a newer format":               func(d map[string]any) { d["format_version"] = "2.0" },
		"another verdict":              func(d map[string]any) { d["verdict"] = "ok" },
		"findings are null":            func(d map[string]any) { d["findings"] = nil },
		"another kind":                 func(d map[string]any) { first("missing", d)["kind"] = "deleted" },
		"another finding's property":   func(d map[string]any) { first("missing", d)["severity"] = "high" },
		"changed without changes":      func(d map[string]any) { delete(first("changed", d), "changes") },
		"no change":                    func(d map[string]any) { first("changed", d)["changes"] = []any{} },
		"missing with changes":         func(d map[string]any) { first("missing", d)["changes"] = changes(d) },
		"missing without address":      func(d map[string]any) { delete(first("missing", d), "address") },
		"unmanaged with address":       func(d map[string]any) { first("unmanaged", d)["address"] = "aws_vpc.x" },
		"unmanaged without id":         func(d map[string]any) { delete(first("unmanaged", d), "id") },
		"unchecked without reason":     func(d map[string]any) { delete(first("unchecked", d), "reason") },
		"a change without before":      func(d map[string]any) { delete(changes(d)[0].(map[string]any), "before") },
		"a change without sensitive":   func(d map[string]any) { delete(changes(d)[0].(map[string]any), "sensitive") },
		"a sensitive change's value":   func(d map[string]any) { changes(d)[0].(map[string]any)["sensitive"] = true },
		"an incomplete listing's why":  func(d map[string]any) { listing(d)["complete"] = false },
		"a complete listing's reason":  func(d map[string]any) { listing(d)["reason"] = "denied" },
		"calls are null":               func(d map[string]any) { stats(d)["api_calls"] = nil },
		"a call's number is a text":    func(d map[string]any) { stats(d)["api_calls"] = map[string]any{"ec2:DescribeVpcs": "1"} },
		"a time that is none":          func(d map[string]any) { stats(d)["taken_at"] = "yesterday" },
		"a negative count":             func(d map[string]any) { d["summary"].(map[string]any)["changed"] = json.Number("-1") },
		"a summary that lacks a count": func(d map[string]any) { delete(d["summary"].(map[string]any), "in_sync") },
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(base))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); err != nil {
				t.Fatalf("before: %v", err)
			}
			damage(doc.(map[string]any))
			if s.Validate(doc) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}

// The stats of a real run fit as well.
func TestStatsOfARun(t *testing.T) {
	stats := &provider.Stats{}
	stats.Call("ec2:DescribeVpcs", true, 12)
	stats.Call("ec2:DescribeVpcs", false, 100)
	r := clean()
	r.Stats = &drift.Stats{Counts: stats.Counts(), Seconds: 0.25, TakenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	doc := document(t, r)
	if err := reportSchema(t).Validate(doc); err != nil {
		t.Error(err)
	}
	got := doc.(map[string]any)["stats"].(map[string]any)
	want := map[string]any{
		"api_calls": map[string]any{"ec2:DescribeVpcs": json.Number("2")}, "total_calls": json.Number("2"),
		"throttles": json.Number("1"), "bytes": json.Number("112"), "seconds": json.Number("0.25"), "taken_at": "2026-01-02T03:04:05Z",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if !bytes.Contains([]byte(render(t, "json", Options{}, r)), []byte(`"ec2:DescribeVpcs": 2`)) {
		t.Error("calls are not written by action")
	}
}
