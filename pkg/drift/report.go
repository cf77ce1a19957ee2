// Package drift computes what differs between Terraform states and an
// inventory of the clouds. It is pure: values in, a value out; no context, no
// I/O, no clock.
package drift

import (
	"strings"

	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// FormatVersion is the version of the report's JSON form. The major number
// changes when a script written for the old one would misunderstand the new one.
const FormatVersion = "1.0"

// Report is the answer: what differs, what is gone, what nobody manages and
// what could not be checked.
type Report struct {
	FormatVersion string    `json:"format_version"`
	Verdict       Verdict   `json:"verdict"`
	Summary       Summary   `json:"summary"`
	Findings      []Finding `json:"findings"`
	Warnings      []Warning `json:"warnings,omitempty"`
	Coverage      Coverage  `json:"coverage"`
	Stats         *Stats    `json:"stats,omitempty"`
}

// Verdict is the report in one word.
type Verdict string

const (
	// Clean: everything was checked and nothing differs.
	Clean Verdict = "clean"
	// Drift: something differs, is gone, or is managed by nobody.
	Drift Verdict = "drift"
	// Incomplete: no drift was found, but not everything could be checked.
	Incomplete Verdict = "incomplete"
)

// Kind is the kind of a finding.
type Kind string

const (
	// Changed: attributes in the cloud are not those of the state.
	Changed Kind = "changed"
	// Missing: the state has it, the cloud provably does not.
	Missing Kind = "missing"
	// Unmanaged: the cloud has it, no given state does.
	Unmanaged Kind = "unmanaged"
	// Unchecked: it could not be told, for the given reason.
	Unchecked Kind = "unchecked"
)

// Kinds are all of them, in the order of reports.
func Kinds() []Kind { return []Kind{Changed, Missing, Unmanaged, Unchecked} }

// Finding is one thing to tell.
type Finding struct {
	Kind Kind `json:"kind"`

	// Address is Terraform's; empty where no state has the thing.
	Address string `json:"address,omitempty"`

	// Type and Provider are empty where a whole state could not be read.
	Type     string `json:"type,omitempty"`
	Provider string `json:"provider,omitempty"`
	ID       string `json:"id,omitempty"`
	Account  string `json:"account,omitempty"`
	Region   string `json:"region,omitempty"`

	// Source is the state, as the user named it.
	Source string `json:"source,omitempty"`

	// ImportID is what an import block takes for what nobody manages; empty where
	// it cannot be imported, or the id is not known.
	ImportID string `json:"import_id,omitempty"`

	Changes []Change `json:"changes,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// Change is one attribute that differs.
type Change struct {
	// Path is like `tags.env`, `ingress[0].from_port`. An index is that of the
	// state's element; one past the end is an element that only the cloud has.
	Path string `json:"path"`

	// Before is the state's value, After the cloud's. Both are null where the
	// change is sensitive.
	Before    any  `json:"before"`
	After     any  `json:"after"`
	Sensitive bool `json:"sensitive"`
}

// Summary counts.
type Summary struct {
	// Managed resources are those that the states hold and the user asked for;
	// InSync of them were compared and differ in nothing.
	Managed int `json:"managed"`
	InSync  int `json:"in_sync"`

	// Changed, Missing, Unmanaged and Unchecked count findings.
	Changed   int `json:"changed"`
	Missing   int `json:"missing"`
	Unmanaged int `json:"unmanaged"`
	Unchecked int `json:"unchecked"`

	// StateOnly resources have no counterpart in any cloud: random_password,
	// null_resource.
	StateOnly int `json:"state_only"`

	// LeftOut resources are in the states and were left out by the user's choice
	// of types and regions.
	LeftOut int `json:"left_out"`
}

// Coverage says how much of what the states hold was compared.
type Coverage struct {
	States     Ratio `json:"states"`     // of the states that were named, those that were read
	Types      Ratio `json:"types"`      // of the states' types, those with a complete listing
	Resources  Ratio `json:"resources"`  // of the managed resources, those that were found or proven missing
	Attributes Ratio `json:"attributes"` // of the checked resources' configurable attributes, those that were compared

	// Listings are what was read, one row per type and scope.
	Listings []inventory.Coverage `json:"listings"`
}

// Ratio is checked of total.
type Ratio struct {
	Checked int `json:"checked"`
	Total   int `json:"total"`
}

// Stats are what the run cost.
type Stats = inventory.Stats

// providerOf is the provider's short name: types start with it, unless they are
// named by their cloud.
func providerOf(typ string) string {
	if service, _, ok := strings.Cut(typ, "/"); ok {
		if strings.HasSuffix(service, ".googleapis.com") {
			return "google"
		}
		return "azurerm"
	}
	name, _, _ := strings.Cut(typ, "_")
	return name
}

func finding(kind Kind, k resource.Key) Finding {
	return Finding{Kind: kind, Type: k.Type, Provider: providerOf(k.Type), ID: k.ID, Account: k.Account, Region: k.Region}
}

func managedFinding(kind Kind, m *resource.Managed) Finding {
	f := finding(kind, m.Key)
	f.Address, f.Source = m.Address, m.Source
	if id := m.Attrs.String("id"); strings.EqualFold(id, f.ID) {
		f.ID = id // the join key may be folded
	}
	return f
}
