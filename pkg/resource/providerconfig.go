package resource

// ProviderConfig is what the code of a root module says of one provider configuration.
type ProviderConfig struct {
	// Source is the state it is for, as Managed.Source; the reader of the code leaves it empty.
	Source string
	// Address is the configuration's address as states write it: provider["registry.terraform.io/hashicorp/aws"].west
	Address string
	// Name is the provider's type: aws, azurerm, google.
	Name string
	// Attrs are the arguments whose values the code says, in JSON's shape; a nested block is a []any of map[string]any.
	Attrs Attrs
	// Unknown are the arguments whose values the code does not say (they depend on resources, data sources, unset variables), sorted.
	Unknown []string
}
