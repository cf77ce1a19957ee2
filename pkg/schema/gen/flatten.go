package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/schema/internal/archive"
)

// document is the output of `terraform providers schema -json`, as far as it is needed:
// https://developer.hashicorp.com/terraform/cli/commands/providers/schema
type document struct {
	FormatVersion   string `json:"format_version"`
	ProviderSchemas map[string]struct {
		ResourceSchemas map[string]struct {
			Block block `json:"block"`
		} `json:"resource_schemas"`
	} `json:"provider_schemas"`
}

type block struct {
	Attributes map[string]attribute   `json:"attributes"`
	BlockTypes map[string]nestedBlock `json:"block_types"`
	Deprecated bool                   `json:"deprecated"`
}

type nestedBlock struct {
	NestingMode string `json:"nesting_mode"`
	MinItems    int    `json:"min_items"`
	Block       block  `json:"block"`
}

type attribute struct {
	Type       json.RawMessage `json:"type"`        // either this, a cty type,
	NestedType *nestedType     `json:"nested_type"` // or this
	Required   bool            `json:"required"`
	Optional   bool            `json:"optional"`
	Computed   bool            `json:"computed"`
	Sensitive  bool            `json:"sensitive"`
	WriteOnly  bool            `json:"write_only"`
	Deprecated bool            `json:"deprecated"`
}

type nestedType struct {
	NestingMode string               `json:"nesting_mode"`
	Attributes  map[string]attribute `json:"attributes"`
}

// readFile reads a schema document, or one that is flattened already, gzipped or not.
func readFile(file string) (archive.Types, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read schemas: %w", err)
	}
	defer func() { _ = f.Close() }()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("read schemas of %s: %w", file, err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read schemas of %s: %w", file, err)
	}
	types, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("read schemas of %s: %w", file, err)
	}
	return types, nil
}

func read(data []byte) (archive.Types, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, err
	}
	var types archive.Types
	_, isDocument := keys["format_version"]
	if isDocument {
		var d document
		err := json.Unmarshal(data, &d)
		if err == nil {
			types, err = flatten(d)
		}
		if err != nil {
			return nil, err
		}
	} else if err := json.Unmarshal(data, &types); err != nil {
		return nil, err
	}
	if len(types) == 0 {
		return nil, errors.New("no resource types: was terraform run in the folder with the required_providers, after terraform init?")
	}
	return types, nil
}

// flatten lists the paths of every resource type of every provider in the document; data sources, functions and the providers' own
// configuration are left out.
func flatten(d document) (archive.Types, error) {
	// Within a major version terraform only adds to the format.
	if !strings.HasPrefix(d.FormatVersion, "1.") {
		return nil, fmt.Errorf("format version %q: want 1.x, which terraform writes from 1.1 on", d.FormatVersion)
	}
	types := archive.Types{}
	for source, p := range d.ProviderSchemas {
		for name, r := range p.ResourceSchemas {
			if _, ok := types[name]; ok {
				return nil, fmt.Errorf("%s is declared by two providers, one of them %s: leave one out", name, source)
			}
			delete(r.Block.Attributes, "timeouts")
			delete(r.Block.BlockTypes, "timeouts")
			f := flattener{}
			if err := f.block("", r.Block); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			types[name] = f
		}
	}
	return types, nil
}

// flattener collects path → kind and flags of one type.
type flattener map[string][2]string

func (f flattener) block(prefix string, b block) error {
	if err := f.attributes(prefix, b.Attributes); err != nil {
		return err
	}
	for name, n := range b.BlockTypes {
		mode := n.NestingMode
		switch mode {
		case "single", "list", "set", "map":
		case "group": // a single block that counts as present, with its defaults, when it is not
			mode = "single"
		default:
			return fmt.Errorf("block %s%s: unknown nesting mode %q", prefix, name, mode)
		}
		flags := attribute{Required: n.MinItems > 0, Optional: n.MinItems == 0, Deprecated: n.Block.Deprecated}.flags()
		f[prefix+name] = [2]string{"block " + mode, flags}
		if err := f.block(prefix+name+".", n.Block); err != nil {
			return err
		}
	}
	return nil
}

func (f flattener) attributes(prefix string, attributes map[string]attribute) error {
	for name, a := range attributes {
		path := prefix + name
		var kind string
		var err error
		if a.NestedType != nil {
			kind, err = nestedKind(a.NestedType.NestingMode)
			if err == nil {
				err = f.attributes(path+".", a.NestedType.Attributes)
			}
		} else {
			kind, err = ctyKind(a.Type)
		}
		if err != nil {
			return fmt.Errorf("attribute %s: %w", path, err)
		}
		f[path] = [2]string{kind, a.flags()}
	}
	return nil
}

// flags returns the letters that pkg/schema.ParseFlags reads. The package itself is not imported: it cannot be built while the archives
// are yet to be written.
func (a attribute) flags() string {
	var letters string
	for _, f := range []struct {
		set    bool
		letter string
	}{
		{a.Required, "R"}, {a.Optional, "O"}, {a.Computed, "C"},
		{a.Sensitive, "S"}, {a.WriteOnly, "W"}, {a.Deprecated, "D"},
	} {
		if f.set {
			letters += f.letter
		}
	}
	return letters
}

const object = "object(object)"

func nestedKind(mode string) (string, error) {
	switch mode {
	case "single":
		return object, nil
	case "list", "set", "map":
		return mode + "(" + object + ")", nil
	}
	return "", fmt.Errorf("unknown nesting mode %q", mode)
}

// ctyKind reads a type in the JSON form of cty, https://github.com/zclconf/go-cty/blob/main/docs/json.md: "string", ["set","string"],
// ["list",["object",{"a":"string"}]], ….
func ctyKind(t json.RawMessage) (string, error) {
	if len(t) == 0 {
		return "", errors.New("neither type nor nested_type")
	}
	if bytes.HasPrefix(t, []byte(`"`)) {
		var name string
		if err := json.Unmarshal(t, &name); err != nil {
			return "", fmt.Errorf("type %s: %w", t, err)
		}
		switch name {
		case "string", "number", "bool", "dynamic":
			return name, nil
		}
		return "", fmt.Errorf("unknown type %s", t)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(t, &parts); err != nil {
		return "", fmt.Errorf("type %s: %w", t, err)
	}
	var constructor string
	if len(parts) >= 2 {
		if err := json.Unmarshal(parts[0], &constructor); err != nil {
			return "", fmt.Errorf("type %s: %w", t, err)
		}
	}
	switch constructor {
	case "list", "set", "map":
		elem, err := ctyKind(parts[1])
		return constructor + "(" + elem + ")", err
	case "object":
		return object, nil
	case "tuple": // no provider declares one; its elements differ in type, like those of a dynamic value
		return "dynamic", nil
	}
	return "", fmt.Errorf("unknown type %s", t)
}
