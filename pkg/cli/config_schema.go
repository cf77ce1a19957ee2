package cli

import (
	"encoding/json"
	"strings"
	"time"
)

const schemaURL = "https://raw.githubusercontent.com/driftmgr/driftmgr/main/pkg/cli/config.schema.json"

// jsonSchema is a JSON schema, or a part of one.
type jsonSchema map[string]any

// configSchema is the JSON schema of the configuration file: config.schema.json.
// Where a value can be a reference, any text with one is allowed; what only
// several keys together show, such as a role without its ARN, is not said.
func configSchema() string {
	root := sectionSchema("")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = schemaURL
	root["title"] = "driftmgr configuration"
	root["description"] = "driftmgr.yaml: see driftmgr config init."
	root["$defs"] = jsonSchema{
		"reference": jsonSchema{
			"description": "A text with a reference, such as ${NAME}, ${NAME:-default} or ${secret:NAME}.",
			"type":        "string",
			"pattern":     referencePattern,
		},
		"text": jsonSchema{"type": []string{"string", "number"}},
	}
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(data) + "\n"
}

// referencePattern finds ${ that is no $${, with what follows.
const referencePattern = `(^|[^$])\$\{[^{}]+\}`

func sectionSchema(name string) jsonSchema {
	properties := jsonSchema{}
	for _, s := range configSections() {
		if parent, last := cutLast("."+s.name, "."); parent == strings.TrimSuffix("."+name, ".") {
			sub := sectionSchema(s.name)
			sub["description"] = s.doc
			properties[last] = sub
		}
	}
	for _, k := range configKeys() {
		if parent, last := cutLast(k.name, "."); parent == name {
			properties[last] = k.schema()
		}
	}
	return jsonSchema{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
}

func (k configKey) schema() jsonSchema {
	s := k.valueSchema()
	s["description"] = k.doc
	switch def := k.zero().(type) {
	case time.Duration:
		s["default"] = def.String()
	default:
		s["default"] = def
	}
	return s
}

func (k configKey) valueSchema() jsonSchema {
	reference := jsonSchema{"$ref": "#/$defs/reference"}
	null := jsonSchema{"type": "null"}
	either := func(s jsonSchema) jsonSchema { return jsonSchema{"anyOf": []jsonSchema{s, reference, null}} }
	switch k.kind {
	case kindBool:
		if len(k.values) > 0 {
			return either(jsonSchema{"const": k.values[0] == "true"})
		}
		return either(jsonSchema{"type": "boolean"})
	case kindInt:
		s := jsonSchema{"type": "integer"}
		if k.min != 0 || k.max != 0 {
			s["minimum"], s["maximum"] = k.min, k.max
		}
		return either(s)
	case kindDuration:
		return jsonSchema{"anyOf": []jsonSchema{
			{"type": "string", "pattern": `^\+?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`},
			{"const": 0}, reference, null,
		}}
	case kindSize:
		return jsonSchema{"anyOf": []jsonSchema{
			{"type": "string", "pattern": `^[0-9][0-9.,]*\s*([kKmMgGtT]([iI]?[bB])?|[bB])?$`},
			{"type": "integer", "minimum": 1}, reference, null,
		}}
	case kindEnum:
		return either(jsonSchema{"enum": k.values})
	case kindList:
		items := jsonSchema{"$ref": "#/$defs/text"}
		if len(k.values) > 0 {
			items = jsonSchema{"anyOf": []jsonSchema{{"enum": k.values}, reference}}
		}
		return jsonSchema{"type": []string{"array", "null"}, "items": items}
	case kindMap:
		return jsonSchema{"type": []string{"object", "null"}, "additionalProperties": jsonSchema{"$ref": "#/$defs/text"}}
	}
	pattern := ""
	switch {
	case k.form != nil:
		pattern = k.form.String() + "|^$"
	case k.url == anyURL:
		pattern = `^https?://[^/@]+(/[^@]*)?$|^$`
	case k.url == secureURL:
		pattern = `^(https://[^/@]+|http://(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?)(/[^@]*)?$|^$`
	default:
		return jsonSchema{"type": []string{"string", "number", "null"}}
	}
	return either(jsonSchema{"type": "string", "pattern": pattern})
}
