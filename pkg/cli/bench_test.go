package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// million is the estate that a laptop has to bear.
const million = 1_000_000

// BenchmarkCompareMillion matches and compares a state of a million resources
// with an inventory of the same size. The resources are those of the gold state,
// as the real provider wrote them, each copy with ids of its own; one in a
// thousand has drifted. Reading is not timed, but its memory counts: peak-GiB is
// the most that the process ever held.
func BenchmarkCompareMillion(b *testing.B) {
	limitMemory(os.Getenv)
	clouds := (&app{Streams: Streams{Getenv: func(string) string { return "" }}}).providers(config{}, &provider.Stats{})
	types := resourceTypes(clouds)
	schemas := schema.Embedded()
	managed := estate(b, types, million)
	(&states{managed: managed}).locate(clouds)
	inv := mirror(managed, types, schemas)
	o := drift.Options{Types: types, Schemas: schemas, Unmanaged: true}
	runtime.GC()
	b.ResetTimer()
	for b.Loop() {
		begun := time.Now()
		r := drift.Compare(managed, inv, o)
		b.ReportMetric(float64(time.Since(begun).Microseconds())/float64(len(managed)), "µs/resource")
		if r.Summary.Managed != len(managed) || r.Summary.Changed == 0 || r.Summary.Missing+r.Summary.Unmanaged+r.Summary.Unchecked > 0 {
			b.Fatalf("summary %+v", r.Summary)
		}
	}
	b.ReportMetric(peakGiB(b), "peak-GiB")
}

// estate reads a state of n resources.
func estate(b *testing.B, types map[string]resource.Type, n int) []resource.Managed {
	b.Helper()
	templates := goldTemplates(b, types)
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"bench","resources":[`)
		for i := range n {
			t := templates[i%len(templates)]
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			if _, err := io.WriteString(w, t.copy(i)); err != nil {
				break
			}
		}
		_, _ = io.WriteString(w, `]}`)
		_ = w.Close()
	}()
	f, err := state.Read(r, "bench.tfstate", 1<<40)
	if err != nil {
		b.Fatal(err)
	}
	return f.Managed
}

// template is a resource of the gold state with a hole for a number in each id.
type template struct{ typ, attrs string }

var goldID = regexp.MustCompile(`[0-9a-f]{17}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[a-z0-9]-0\b|/[0-9a-f]{16}`)

func goldTemplates(b *testing.B, types map[string]resource.Type) []template {
	b.Helper()
	data, err := os.ReadFile("../../testdata/gold/aws/gold.tfstate")
	if err != nil {
		b.Fatal(err)
	}
	var doc struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes json.RawMessage }
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		b.Fatal(err)
	}
	var out []template
	for _, r := range doc.Resources {
		if _, ok := types[r.Type]; !ok {
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, r.Instances[0].Attributes); err != nil {
			b.Fatal(err)
		}
		out = append(out, template{r.Type, goldID.ReplaceAllString(compact.String(), "$0#")})
	}
	return out
}

func (t template) copy(i int) string {
	return fmt.Sprintf(`{"mode":"managed","type":%q,"name":"r%d","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"schema_version":0,"attributes":%s}]}`,
		t.typ, i, strings.ReplaceAll(t.attrs, "#", strconv.Itoa(i)))
}

// mirror is an inventory with what the state says, of all that a cloud could
// say, and with a change in one of a thousand.
func mirror(managed []resource.Managed, types map[string]resource.Type, schemas *schema.Schemas) *inventory.Inventory {
	inv := &inventory.Inventory{}
	var pool resource.Pool // as inventory.Collect and inventory.Read have one
	rows := map[inventory.Coverage]bool{}
	for i := range managed {
		m := &managed[i]
		typ := types[m.Key.Type]
		paths := schemas.Type(m.Key.Type)
		attrs := resource.Attrs{}
		for name, v := range m.Attrs {
			if p, ok := paths.Lookup(name); ok && !p.ComputedOnly() && v != nil {
				attrs[name] = deepCopy(v)
			}
		}
		if i%997 == 0 {
			drifted(attrs, typ)
		}
		pool.Share(attrs)
		for _, id := range append([]string{m.Key.ID}, m.More...) {
			k := m.Key
			k.ID = id
			inv.Resources = append(inv.Resources, resource.Resource{Key: k, Attrs: attrs})
		}
		rows[inventory.Coverage{Type: m.Key.Type, Account: m.Key.Account, Region: m.Key.Region, Complete: true}] = true
	}
	for row := range rows {
		inv.Coverage = append(inv.Coverage, row)
	}
	return inv
}

func drifted(attrs resource.Attrs, typ resource.Type) {
	if tags, ok := attrs["tags_all"].(map[string]any); ok {
		tags["by-hand"] = "yes"
	}
	if _, ok := attrs["description"].(string); ok && !typ.Rules["description"].Ignored {
		attrs["description"] = "by hand"
	}
}

func deepCopy(v any) any {
	switch x := v.(type) {
	case string:
		return strings.Clone(x)
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = deepCopy(x[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = deepCopy(e)
		}
		return out
	}
	return v
}

// peakGiB is the process's high-water mark of resident memory.
func peakGiB(b *testing.B) float64 {
	b.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc: ", err)
	}
	for line := range strings.Lines(string(data)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n / (1 << 20)
		}
	}
	b.Fatal("no VmHWM in /proc/self/status")
	return 0
}
