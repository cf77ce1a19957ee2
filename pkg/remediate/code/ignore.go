package code

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Ignore makes Terraform leave arguments of resources as they are, by address: it adds
// `lifecycle { ignore_changes = […] }` to blocks that have no lifecycle block, as those
// that Terraform generates.
func Ignore(src []byte, names map[string][]string) ([]byte, error) {
	f, diags := hclwrite.ParseConfig(src, "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fmt.Errorf("the code cannot be read: %w", diags)
	}
	for _, b := range f.Body().Blocks() {
		if b.Type() != "resource" || len(b.Labels()) != 2 {
			continue
		}
		ignored := slices.Clone(names[b.Labels()[0]+"."+b.Labels()[1]])
		if len(ignored) == 0 {
			continue
		}
		if b.Body().FirstMatchingBlock("lifecycle", nil) != nil {
			return nil, fmt.Errorf("%s.%s has a lifecycle block already", b.Labels()[0], b.Labels()[1])
		}
		slices.Sort(ignored)
		var elements []hclwrite.Tokens
		for _, name := range ignored {
			elements = append(elements, hclwrite.TokensForIdentifier(name))
		}
		b.Body().AppendNewline()
		b.Body().AppendNewBlock("lifecycle", nil).Body().SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(elements))
	}
	return hclwrite.Format(f.Bytes()), nil
}
