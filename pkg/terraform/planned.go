package terraform

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// configOf is the digest of the code in a saved plan: what Terraform tells of it, and
// the files, which a plan carries whole below tfconfig/, with the versions of the
// providers. Two plans with one digest were made from the same code. A plan that
// OpenTofu encrypts is no archive: of that, what Terraform tells has to do.
func configOf(planFile string, told *tfjson.Config) (string, error) {
	sum := sha256.New()
	_, _ = io.WriteString(sum, jsonText(told))
	archive, err := zip.OpenReader(planFile)
	if err != nil {
		return hex.EncodeToString(sum.Sum(nil)), nil //nolint:nilerr // see above: show has read the plan
	}
	defer func() { _ = archive.Close() }() // it was only read
	files := slices.DeleteFunc(slices.Clone(archive.File), func(f *zip.File) bool {
		return !strings.HasPrefix(f.Name, "tfconfig/") && f.Name != ".terraform.lock.hcl"
	})
	slices.SortFunc(files, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range files {
		data, err := unzip(f)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Name, err)
		}
		own := sha256.Sum256(data)
		_, _ = fmt.Fprintf(sum, "%q %x\n", f.Name, own)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// maxConfig bounds one file of code in a plan, in bytes.
const maxConfig = 64 << 20

func unzip(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(in, maxConfig+1))
	if err == nil && len(data) > maxConfig {
		err = fmt.Errorf("it is larger than %d MiB", maxConfig>>20)
	}
	return data, err
}

// Recoded says in which way a plan was made from something else than a later one: it
// names the variables that differ, or the code. It is empty where both are the same.
func (p *Planned) Recoded(later *Planned) string {
	var differ []string
	for _, pair := range [][2]map[string]string{{p.Variables, later.Variables}, {later.Variables, p.Variables}} {
		for name, value := range pair[0] {
			if other, ok := pair[1][name]; !ok || other != value {
				differ = append(differ, name)
			}
		}
	}
	slices.Sort(differ)
	switch {
	case len(differ) > 0:
		return "the variables " + strings.Join(slices.Compact(differ), ", ")
	case p.Config != later.Config:
		return "the code"
	}
	return ""
}

// secretsOf are the texts in a plan that are sensitive.
func secretsOf(plan *tfjson.Plan) []string {
	var out []string
	for _, rc := range plan.ResourceChanges {
		if rc.Change != nil {
			out = sensitive(out, rc.Change.Before, rc.Change.BeforeSensitive)
			out = sensitive(out, rc.Change.After, rc.Change.AfterSensitive)
		}
	}
	if plan.Config != nil && plan.Config.RootModule != nil {
		for name, v := range plan.Config.RootModule.Variables {
			if value := plan.Variables[name]; v.Sensitive && value != nil {
				out = sensitive(out, value.Value, true)
			}
		}
	}
	return out
}

// sensitive appends the texts in a value that a mark of its shape says are sensitive.
func sensitive(out []string, v, mark any) []string {
	switch v := v.(type) {
	case string:
		if mark == true {
			out = append(out, v)
		}
	case []any:
		marks, _ := mark.([]any)
		for i, v := range v {
			if i < len(marks) {
				out = sensitive(out, v, marks[i])
			} else {
				out = sensitive(out, v, mark)
			}
		}
	case map[string]any:
		marks, isMap := mark.(map[string]any)
		for k, v := range v {
			if isMap {
				out = sensitive(out, v, marks[k])
			} else {
				out = sensitive(out, v, mark)
			}
		}
	}
	return out
}

// provisioners are the types of the provisioners in the code by the address of their
// resource, sorted.
func provisioners(c *tfjson.Config) map[string][]string {
	out := map[string][]string{}
	if c != nil {
		collectProvisioners(out, "", c.RootModule)
	}
	return out
}

func collectProvisioners(out map[string][]string, prefix string, m *tfjson.ConfigModule) {
	if m == nil {
		return
	}
	for _, r := range m.Resources {
		for _, p := range r.Provisioners {
			address := prefix + r.Address
			if !slices.Contains(out[address], p.Type) {
				out[address] = append(out[address], p.Type)
				slices.Sort(out[address])
			}
		}
	}
	for name, call := range m.ModuleCalls {
		collectProvisioners(out, prefix+"module."+name+".", call.Module)
	}
}

// unindexed is an address as the code has it, without the keys of count and for_each,
// and without a deposed object's key.
func unindexed(address string) string {
	if i := strings.LastIndex(address, " (deposed "); i >= 0 && strings.HasSuffix(address, ")") {
		address = address[:i] // no key ends so: keys are in quotes
	}
	var b strings.Builder
	inKey, quoted := false, false
	for i := 0; i < len(address); i++ {
		switch c := address[i]; {
		case quoted && c == '\\':
			i++
		case inKey && c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			inKey = true
		case c == ']':
			inKey = false
		case !inKey:
			b.WriteByte(c)
		}
	}
	return b.String()
}
