package code

import "bytes"

// Import is a resource that is to come under Terraform's management.
type Import struct {
	Address  string // the instance's
	ID       string // as the provider's documentation has it
	Provider string // of a provider configuration: "aws.west"; empty for the default one
}

// ImportBlocks writes `import` blocks, formatted as terraform fmt does
// (https://developer.hashicorp.com/terraform/language/import). What cannot be one
// becomes a comment that says so.
func ImportBlocks(imports []Import) []byte {
	var b bytes.Buffer
	for i, im := range imports {
		if i > 0 {
			b.WriteByte('\n')
		}
		id, ok := quote(im.ID)
		to, err := parseAddress(im.Address)
		if !ok || im.ID == "" || err != nil || to.typ == "" || to.data || im.Provider != "" && len(wholeTraversal(im.Provider)) == 0 {
			address, _ := quote(im.Address)
			b.WriteString("# not imported, as its address, id or provider is not valid: " + address + "\n")
			continue
		}
		b.WriteString("import {\n")
		if im.Provider == "" {
			b.WriteString("  to = " + im.Address + "\n  id = " + id + "\n}\n")
		} else {
			b.WriteString("  to       = " + im.Address + "\n  id       = " + id + "\n  provider = " + im.Provider + "\n}\n")
		}
	}
	return b.Bytes()
}
