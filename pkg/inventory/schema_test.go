package inventory

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func lineSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("inventory.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFileFitsTheSchema(t *testing.T) {
	s := lineSchema(t)
	read := collect(t, world(), request{unmanaged: true, fault: func(call string) error {
		if call == "list t_network r2 1" || call == "size d1" {
			return errDenied
		}
		return nil
	}})
	for name, inv := range map[string]*Inventory{"every field": example(), "nothing": {TakenAt: noon}, "collected": read} {
		t.Run(name, func(t *testing.T) {
			lines := bytes.Split(bytes.TrimSuffix(written(t, inv), []byte("\n")), []byte("\n"))
			if want := 2 + len(inv.Resources) + len(inv.Coverage); len(lines) != want {
				t.Errorf("%d lines; want %d", len(lines), want)
			}
			for _, l := range lines {
				doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(l))
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Validate(doc); err != nil {
					t.Errorf("%s\n%v", l, err)
				}
			}
		})
	}
}

func TestSchemaIsStrict(t *testing.T) {
	s := lineSchema(t)
	for name, line := range map[string]string{
		"an empty object":            `{}`,
		"two in one line":            `{"coverage":{"type":"aws_vpc","complete":true,"listed":0},"end":{"resources":0,"coverage":0}}`,
		"a newer header":             `{"format_version":"2.0","taken_at":"2026-01-02T12:00:00Z"}`,
		"a header without time":      `{"format_version":"1.0"}`,
		"a time that is none":        `{"format_version":"1.0","taken_at":"noon"}`,
		"a resource without key":     `{"resource":{"attrs":{}}}`,
		"a resource without id":      `{"resource":{"key":{"type":"aws_vpc"},"attrs":{}}}`,
		"a resource without attrs":   `{"resource":{"key":{"type":"aws_vpc","id":"v"}}}`,
		"attrs are null":             `{"resource":{"key":{"type":"aws_vpc","id":"v"},"attrs":null}}`,
		"another property":           `{"resource":{"key":{"type":"aws_vpc","id":"v"},"attrs":{},"extra":1}}`,
		"a gap without reason":       `{"resource":{"key":{"type":"aws_vpc","id":"v"},"attrs":{},"gaps":[{"paths":["a"]}]}}`,
		"incomplete without reason":  `{"coverage":{"type":"aws_vpc","complete":false,"listed":0}}`,
		"complete with a reason":     `{"coverage":{"type":"aws_vpc","complete":true,"listed":0,"reason":"denied"}}`,
		"a negative number":          `{"end":{"resources":-1,"coverage":0}}`,
		"an end without its numbers": `{"end":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if !json.Valid([]byte(line)) {
				t.Fatal("the example is not JSON")
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if s.Validate(doc) == nil {
				t.Error("the schema takes it")
			}
		})
	}
}
