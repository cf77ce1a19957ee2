// Package schema holds facts of the Terraform providers' resource schemas: for every resource type and attribute path its
// [Kind] (string, set, block list, …) and its [Flags] (required, computed, sensitive, …). The facts are embedded in the binary,
// so that comparing needs neither terraform nor a provider plugin nor the network.
//
// # Paths
//
// A path names an attribute or block in Terraform's spelling, joined by dots and WITHOUT indices or map keys: "ingress",
// "default_action.target_group_arn". A provider's schema states no flags for what lies within an attribute of object type, such as
// "ingress" of aws_security_group, which is set(object(object)): [Type.Lookup] does not know "ingress.from_port", and
// [Type.Closest] answers with "ingress". Attributes with a nested type of their own (terraform's "nested_type") have the
// kind of the equal object type and do list their nested paths.
//
// The "timeouts" of a resource are left out: they are settings of terraform's run, no cloud has them.
//
// # Embedded data
//
// data/PROVIDER.zip has one entry per resource type; PROVIDER is the type name up to its first underscore. An archive
// is opened when the first type of its provider is asked for, and only the types asked for are decoded. To read one by eye:
//
//	unzip -p data/aws.zip aws_vpc
//
// # Refreshing
//
// The facts are those of the provider versions the archives were made from, whatever versions the states were written with.
// What a newer provider added is unknown here until the archives are refreshed:
//
// First, in an empty folder, require the providers at exact versions in a versions.tf. Leave google-beta out: its types have the
// names of google's, and the generator refuses one type from two providers.
//
//	terraform {
//	  required_providers {
//	    aws     = { source = "hashicorp/aws", version = "X.Y.Z" }
//	    azurerm = { source = "hashicorp/azurerm", version = "X.Y.Z" }
//	    google  = { source = "hashicorp/google", version = "X.Y.Z" }
//	  }
//	}
//
// Second, in that folder (terraform 1.1 or newer; from 1.11 on it tells what is write-only):
//
//	terraform init
//	mkdir schemas
//	terraform providers schema -json > schemas/providers.json
//
// Third, in this repository:
//
//	DRIFTMGR_SCHEMAS=/absolute/path/to/schemas go generate ./pkg/schema
//	go test ./pkg/schema/...
//
// The generator prints one line per archive: types, paths, bytes. A provider that no input mentions keeps its archive, so one
// provider can be refreshed alone.
//
// Last, commit data/ and name the provider versions in the message: the output of terraform does not contain them.
//
// The folder may also hold flattened files, NAME.json or NAME.json.gz, of the form {"TYPE": {"PATH": ["KIND", "FLAGS"]}}.
// The same inputs and the same Go version give the same bytes.
package schema

//go:generate go run ./gen -from $DRIFTMGR_SCHEMAS -to data
