package rootmodule

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

const (
	// maxDepth is how deep module calls are followed.
	maxDepth = 20

	// maxCalls is how many module calls are followed in all.
	maxCalls = 5000
)

// readProviders reads the provider configurations of the root module and of
// those it calls.
func (r *reader) readProviders(ctx context.Context, root *code, s *scope) {
	r.walk(ctx, root, s, nil, []string{root.dir})
	slices.SortStableFunc(r.module.Providers, func(a, b resource.ProviderConfig) int { return cmp.Compare(a.Address, b.Address) })
	slices.SortStableFunc(r.module.Unknown, func(a, b Unknown) int { return cmp.Compare(a.Address, b.Address) })
	slices.Sort(r.module.Warnings)
	r.module.Warnings = slices.Compact(r.module.Warnings)
}

// walk reads a module's provider configurations, and those of its calls. Only
// modules that are called once, without count and for_each, can have any
// (https://developer.hashicorp.com/terraform/language/modules/develop/providers#legacy-shared-modules-with-provider-configurations).
//
// chain are the directories of the module and of those that lead to it.
func (r *reader) walk(ctx context.Context, c *code, s *scope, module, chain []string) {
	for _, p := range c.providers {
		r.addProvider(c, s, p, module)
	}
	for _, call := range c.calls {
		if call.repeated || ctx.Err() != nil {
			continue
		}
		inner := append(slices.Clone(module), call.name)
		dir := filepath.Join(c.dir, filepath.FromSlash(call.source))
		if !call.local() {
			installed, ok := r.installed[strings.Join(inner, ".")]
			if !ok {
				continue // not installed: nothing is known of it
			}
			dir = installed
		}
		if slices.Contains(chain, dir) {
			r.warn(fmt.Sprintf("%s: module %s calls itself: it is not followed", at(call.at), strings.Join(inner, ".")))
			continue
		}
		if r.calls++; r.calls > maxCalls || len(inner) > maxDepth {
			r.warn(fmt.Sprintf("module calls nest deeper than %d or are more than %d: the provider configurations of the rest are not read", maxDepth, maxCalls))
			return
		}
		path := dir
		if rel, err := filepath.Rel(r.dir, dir); err == nil {
			path = rel
		}
		child, err := r.child(dir, filepath.ToSlash(path))
		if err != nil {
			r.warn(fmt.Sprintf("%s: the provider configurations of module %s are not read: %s", at(call.at), strings.Join(inner, "."), err))
			continue
		}
		r.walk(ctx, child, s.callScope(call, child, filepath.ToSlash(path)), inner, append(slices.Clone(chain), dir))
	}
}

// child parses a module that another one calls; shown is its path in messages.
func (r *reader) child(dir, shown string) (*code, error) {
	if c, ok := r.parsed[dir]; ok {
		return c, nil
	}
	files, err := r.listFiles(dir)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be listed", shown)
	}
	for i := range files.config {
		files.config[i].name = shown + "/" + files.config[i].name
	}
	c, err := parse(files.config)
	if err != nil {
		return nil, err
	}
	c.dir = dir
	r.parsed[dir] = c
	return c, nil
}

func (r *reader) addProvider(c *code, s *scope, p *providerBlock, module []string) {
	source := r.providerSource(c.required[p.name], p.name)
	address := fmt.Sprintf("provider[%q]", source)
	for i := len(module) - 1; i >= 0; i-- {
		address = "module." + module[i] + "." + address
	}
	if p.alias != "" {
		address += "." + p.alias
	}
	add := func(s *scope, address string) {
		attrs, gaps := s.decode(p.args, func(name string) bool { return isProviderBlock(p, name) })
		config := resource.ProviderConfig{Address: address, Name: source[strings.LastIndex(source, "/")+1:], Attrs: attrs}
		for _, g := range gaps {
			config.Unknown = append(config.Unknown, g.argument)
			r.module.Unknown = append(r.module.Unknown, Unknown{Address: address, Argument: g.argument, Place: g.place, Reason: g.why})
		}
		r.module.Providers = append(r.module.Providers, config)
	}
	if p.forEach == nil {
		add(s, address)
		return
	}
	// https://opentofu.org/docs/language/providers/configuration/#for_each-multiple-instances-of-a-provider-configuration
	each, why := s.eval(p.forEach)
	if !each.IsKnown() || each.IsNull() || !each.CanIterateElements() {
		r.module.Providers = append(r.module.Providers, resource.ProviderConfig{
			Address: address, Name: source[strings.LastIndex(source, "/")+1:], Attrs: resource.Attrs{}, Unknown: []string{"for_each"},
		})
		r.module.Unknown = append(r.module.Unknown, Unknown{Address: address, Argument: "for_each", Place: at(p.at), Reason: cmp.Or(why, "it is no map and no set")})
		return
	}
	for it := each.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if each.Type().IsSetType() {
			key = value
		}
		if key.Type() != cty.String || !key.IsKnown() || key.IsNull() {
			continue
		}
		inner := s.with("each", cty.ObjectVal(map[string]cty.Value{"key": key, "value": value}))
		add(inner, address+"["+strconv.Quote(key.AsString())+"]")
	}
}

// isProviderBlock reports whether what looks like an object in JSON's syntax is
// a nested block. At the top level of a provider's configuration almost every
// object is; arguments that are maps are the exception.
func isProviderBlock(p *providerBlock, name string) bool {
	switch p.name {
	case "google", "google-beta":
		return name != "default_labels"
	}
	return name != "headers" && name != "tags" && name != "labels"
}

// providerSource is the full source address of a provider, as states write it
// (https://developer.hashicorp.com/terraform/language/providers/requirements#source-addresses).
// Terraform and OpenTofu differ in the registry that goes without saying: the
// lock file knows which of them it was.
func (r *reader) providerSource(source, localName string) string {
	if source == "" {
		if localName == "terraform" {
			return "terraform.io/builtin/terraform"
		}
		source = localName
	}
	source = strings.ToLower(source)
	switch strings.Count(source, "/") {
	case 0:
		source = "hashicorp/" + source
	case 1:
	default:
		return source
	}
	switch tofu, terraform := tofuRegistry+"/"+source, terraformRegistry+"/"+source; {
	case slices.Contains(r.lock, terraform):
		return terraform
	case slices.Contains(r.lock, tofu), r.module.Tofu:
		return tofu
	default:
		return terraform
	}
}
