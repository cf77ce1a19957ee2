package remediate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// FormatVersion is the version of the manifest's JSON form. The major number changes
// when a reader of the old one would misunderstand the new one.
const FormatVersion = "1.0"

// Manifest says all that a plan will do. Its digest is that of the plan: it holds
// the digest of every other file.
type Manifest struct {
	FormatVersion string    `json:"format_version"`
	ID            string    `json:"id"`
	Created       time.Time `json:"created"`

	// Author is who made the plan, as the machine says: only a signature proves it.
	Author string `json:"author"`

	// Driftmgr is the version of the tool, Inventory the digest of what was seen of
	// the clouds, or of the report that the plan was made from: sha256:….
	Driftmgr  string `json:"driftmgr"`
	Inventory string `json:"inventory"`

	Risk   Risk    `json:"risk"` // the highest of all steps
	States []State `json:"states"`

	// Left are the findings about which the plan does nothing.
	Left []Left `json:"left,omitempty"`

	Files []File `json:"files"`
}

// State is what a plan does by one saved Terraform plan.
type State struct {
	Source    string `json:"source"` // the state, as in reports
	Dir       string `json:"dir"`    // the root module, from the folder that driftmgr is run in
	Workspace string `json:"workspace"`
	Lineage   string `json:"lineage"`
	Serial    uint64 `json:"serial"`

	Terraform string `json:"terraform"` // Terraform or OpenTofu
	Version   string `json:"version"`

	Mode    Mode     `json:"mode"`
	Targets []string `json:"targets"`
	Saved   string   `json:"plan"` // the saved Terraform plan: one of Files

	Steps []Step `json:"steps"`
	Edits []Edit `json:"edits,omitempty"`

	// Outputs are those whose values change with it.
	Outputs []string `json:"outputs,omitempty"`

	// Refreshed are the addresses of what the state takes over from the cloud on the
	// way, beside the steps; Reads those of the data that is read only as Terraform
	// applies.
	Refreshed []string `json:"refreshed,omitempty"`
	Reads     []string `json:"reads,omitempty"`
}

// Step is what happens to one resource.
type Step struct {
	Address  string   `json:"address"`
	Type     string   `json:"type"`
	Strategy Strategy `json:"strategy"`

	// Finding is what was observed; null for what Terraform changes along with the
	// rest.
	Finding *drift.Finding `json:"finding,omitempty"`

	// ImportID is that of what is imported.
	ImportID string `json:"import_id,omitempty"`

	// Actions are Terraform's: update; two are a replacement. For a refresh-only plan
	// they are those that happened behind Terraform's back.
	Actions []string `json:"actions"`
	Changes []Change `json:"changes,omitempty"`

	Risk     Risk     `json:"risk"`
	Reasons  []string `json:"reasons,omitempty"` // why the risk is not none
	Warnings []string `json:"warnings,omitempty"`
	Hints    []string `json:"hints,omitempty"` // what is left to be done by hand
}

// Change is one attribute that a step changes: in the cloud, or for a refresh-only
// plan in the state.
type Change struct {
	Path   string `json:"path"`
	Before any    `json:"before"`
	After  any    `json:"after"`

	// Sensitive: both values are null here. Unknown: After is known after the apply.
	Sensitive bool `json:"sensitive,omitempty"`
	Unknown   bool `json:"unknown,omitempty"`

	// Replaces: the change is one that takes a replacement.
	Replaces bool `json:"replaces,omitempty"`
}

// Edit is a file of code that is written once Terraform has applied.
type Edit struct {
	Path   string `json:"path"`             // in the module
	Before string `json:"before,omitempty"` // the digest of what it is now; empty: there is none
	After  string `json:"after"`            // one of Files

	// Diff shows it, a unified diff without the lines that look like secrets.
	Diff string `json:"diff"`
}

// Left is a finding about which the plan does nothing.
type Left struct {
	Finding  drift.Finding `json:"finding"`
	Strategy Strategy      `json:"strategy"`
	Reason   string        `json:"reason"`

	// Hints are what can be done by hand: of what cannot be imported, the import block.
	Hints []string `json:"hints,omitempty"`
}

// File is one file of the plan.
type File struct {
	Name   string `json:"name"` // with slashes
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"` // in bytes
}

// Digest is how digests are written: sha256:HEX.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Steps are those of every state.
func (m *Manifest) Steps() []Step {
	var all []Step
	for _, s := range m.States {
		all = append(all, s.Steps...)
	}
	return all
}

// written is encode, so that decoding and encoding it again is the same: what is no
// UTF-8 has another form then.
func (m *Manifest) written() ([]byte, error) {
	data, err := m.encode()
	if err != nil {
		return nil, err
	}
	var again Manifest
	if err := decodeStrict(data, &again); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return again.encode()
}

// encode is the manifest as it is stored and digested.
func (m *Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return b.Bytes(), nil
}

// decodeManifest reads a manifest, and nothing but what this version knows: what it
// does not know it could not check.
func decodeManifest(data []byte) (*Manifest, error) {
	var version struct {
		FormatVersion string `json:"format_version"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("%s is no manifest: %w", manifestName, err)
	}
	if major, _, _ := strings.Cut(version.FormatVersion, "."); major != "1" {
		return nil, fmt.Errorf("%s has the format %q, and this driftmgr reads %s: use the driftmgr that made the plan", manifestName, version.FormatVersion, FormatVersion)
	}
	m := &Manifest{}
	if err := decodeStrict(data, m); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", manifestName, err)
	}
	if err := m.valid(); err != nil {
		return nil, fmt.Errorf("%s %w: plan again", manifestName, err)
	}
	return m, nil
}

// valid refuses words that this version does not know, and what contradicts itself:
// who reads the plan would be told something else than what is checked.
func (m *Manifest) valid() error {
	risk := NoRisk
	for _, s := range m.States {
		if s.Mode != Normal && s.Mode != RefreshOnly {
			return fmt.Errorf("has the mode %q, which is none", s.Mode)
		}
		if len(s.Steps) == 0 {
			return fmt.Errorf("has a saved plan for %s and no step", s.Source)
		}
		for _, step := range s.Steps {
			if !step.proposed(s.Mode) && (step.Strategy != Along || step.Finding != nil) {
				return fmt.Errorf("has a step with the strategy %q that does not go with its finding or the mode %s", step.Strategy, s.Mode)
			}
			if step.Risk.level() < 0 {
				return fmt.Errorf("has the risk %q, which is none", step.Risk)
			}
			risk = highest(risk, step.Risk)
		}
	}
	if m.Risk != risk {
		return fmt.Errorf("says that the highest risk is %q, and it is %q", m.Risk, risk)
	}
	return nil
}

// proposed reports whether a step is one that Propose could have led to.
func (s Step) proposed(mode Mode) bool {
	return s.Finding != nil && s.Strategy != Leave && s.Strategy.fits(s.Finding.Kind) && s.Strategy.mode() == mode
}

// decodeStrict reads one JSON document without unknown fields and anything after it.
// Numbers stay as they are written.
func decodeStrict(data []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(to); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows its end")
	}
	return nil
}
