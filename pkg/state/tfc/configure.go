package tfc

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// Configure implements state.Backend, for the blocks cloud
// (https://developer.hashicorp.com/terraform/language/block/terraform#cloud) and
// backend "remote"
// (https://developer.hashicorp.com/terraform/language/backend/remote). Blocks by
// tags, project or prefix stand for all workspaces that match as long as none of
// them is selected.
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	r, err := b.reference(block)
	if err == nil {
		r.host, err = normalHost(r.host)
		if err != nil {
			err = &state.Error{Problem: "the " + block.Type + " block names a host that cannot be one", Remedy: "set hostname to a name such as tfe.example.com"}
		}
	}
	if err == nil {
		var sources []state.Source
		if sources, err = b.sources(ctx, r); err == nil {
			return sources, nil
		}
	}
	return nil, fail(block.Dir, r.host, err, 0)
}

// reference is what a block stands for. Its errors have no Source.
func (b *backend) reference(block state.Block) (reference, error) {
	workspaces, err := nested(block, "workspaces")
	if err != nil {
		return reference{}, err
	}
	r := reference{
		text: block.Dir,
		host: first(text(block.Attrs, "hostname"), hcpHost),
		org:  text(block.Attrs, "organization"),
		name: text(workspaces, "name"),
	}
	r.token = text(block.Attrs, "token")
	selected := first(b.getenv("TF_WORKSPACE"), block.Workspace)
	if selected == "default" {
		selected = "" // the platform has no workspace of this name
	}
	if block.Type == "remote" {
		err = b.remote(&r, workspaces, selected)
	} else {
		r.host = first(text(block.Attrs, "hostname"), b.getenv("TF_CLOUD_HOSTNAME"), hcpHost)
		r.org = first(r.org, b.getenv("TF_CLOUD_ORGANIZATION"))
		err = b.cloud(&r, workspaces, selected)
	}
	if err != nil {
		return r, err
	}
	if r.org == "" {
		remedy := "set organization in it"
		if block.Type == "cloud" {
			remedy += ", or TF_CLOUD_ORGANIZATION"
		}
		return r, &state.Error{Problem: "the " + block.Type + " block names no organization", Remedy: remedy}
	}
	for _, name := range []string{r.org, r.name} {
		if name != "" && name != "*" && (!validName(name) || state.IsPattern(name)) {
			return r, &state.Error{Problem: fmt.Sprintf("the %s block has a name that cannot be one: %q", block.Type, name), Remedy: "names have letters, digits, - and _"}
		}
	}
	return r, nil
}

// remote completes the reference of a backend "remote".
func (*backend) remote(r *reference, workspaces map[string]any, selected string) error {
	r.prefix = text(workspaces, "prefix")
	switch {
	case r.name == "" && r.prefix == "", r.name != "" && r.prefix != "":
		return &state.Error{Problem: "the remote block needs a workspace's name or a prefix, and not both", Remedy: "set name or prefix in its workspaces block"}
	case r.name != "" && selected != "":
		return &state.Error{Problem: fmt.Sprintf("the remote block has one workspace, %s, but %s is selected", r.name, selected), Remedy: "unset TF_WORKSPACE or select the workspace default, or use prefix instead of name"}
	case r.name != "":
	case selected == "":
		r.name = "*"
	default:
		r.name = r.prefix + strings.TrimPrefix(selected, r.prefix)
		r.prefix = ""
	}
	return nil
}

// cloud completes the reference of a cloud block.
func (b *backend) cloud(r *reference, workspaces map[string]any, selected string) error {
	var err error
	if r.tags, err = blockTags(workspaces["tags"]); err != nil {
		return err
	}
	r.project = first(text(workspaces, "project"), b.getenv("TF_CLOUD_PROJECT"))
	switch {
	case r.name != "" && len(r.tags) > 0:
		return &state.Error{Problem: "the cloud block has both a workspace's name and tags", Remedy: "leave one of them out of its workspaces block"}
	case r.name != "" && selected != "" && selected != r.name:
		return &state.Error{Problem: fmt.Sprintf("the cloud block has one workspace, %s, but %s is selected", r.name, selected), Remedy: "unset TF_WORKSPACE or run terraform init, or use tags instead of name"}
	case first(r.name, selected) != "":
		// The project and the tags of one workspace choose nothing more.
		r.name, r.tags, r.project = first(r.name, selected), nil, ""
	case len(r.tags) == 0 && r.project == "":
		return &state.Error{Problem: "the cloud block names no workspace", Remedy: "set name, tags or project in its workspaces block, or TF_WORKSPACE"}
	default:
		r.name = "*"
	}
	return nil
}

// blockTags reads tags, which are a list, or a map with their values.
func blockTags(v any) ([]tag, error) {
	var items []string
	switch v := v.(type) {
	case nil:
	case []any:
		for _, item := range v {
			s, ok := item.(string)
			if !ok || strings.Contains(s, "=") {
				return nil, errTags()
			}
			items = append(items, s)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			value, ok := v[key].(string)
			if !ok {
				return nil, errTags()
			}
			items = append(items, key+"="+value)
		}
	default:
		return nil, errTags()
	}
	items = slices.DeleteFunc(items, func(s string) bool { return s == "" })
	if slices.ContainsFunc(items, func(s string) bool { return strings.Contains(s, ",") }) {
		return nil, errTags()
	}
	tags, err := parseTags(strings.Join(items, ","))
	if err != nil {
		return nil, errTags()
	}
	return tags, nil
}

func errTags() error {
	return &state.Error{Problem: "the cloud block has tags that are no list of texts and no map of texts", Remedy: `write tags = ["a", "b"] or tags = { key = "value" }`}
}

func text(attrs map[string]any, name string) string {
	s, _ := attrs[name].(string)
	return s
}

// nested returns a nested block that may stand there once.
func nested(block state.Block, name string) (map[string]any, error) {
	blocks, _ := block.Attrs[name].([]any)
	switch len(blocks) {
	case 0:
		return nil, nil
	case 1:
		attrs, _ := blocks[0].(map[string]any)
		return attrs, nil
	}
	return nil, &state.Error{Problem: "the " + block.Type + " block has several " + name + " blocks", Remedy: "leave one of them"}
}
