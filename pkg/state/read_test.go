package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var update = flag.Bool("update", false, "write the golden files")

const states = "../../testdata/states"

func files(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(states, pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return found
}

func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadGolden(t *testing.T) {
	for _, path := range files(t, "*.tfstate") {
		base := filepath.Base(path)
		t.Run(base, func(t *testing.T) {
			f, err := Read(bytes.NewReader(content(t, path)), base, 0)
			if err != nil {
				t.Fatal(err)
			}
			got := render(t, f)
			for _, m := range f.Managed {
				if m.Source != base {
					t.Errorf("%s: source %q; want %q", m.Address, m.Source, base)
				}
			}
			golden := filepath.Join("testdata", strings.TrimSuffix(base, ".tfstate")+".golden.json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := content(t, golden); !bytes.Equal(got, want) {
				t.Errorf("read\n%s\nwant (%s; refresh with -update)\n%s", got, golden, want)
			}
		})
	}
}

// render prints what Read fills in, and nothing that other rooms add to the
// values.
func render(t *testing.T, f *File) []byte {
	t.Helper()
	type instance struct {
		Address   string         `json:"address"`
		Type      string         `json:"type"`
		ID        string         `json:"id,omitempty"`
		Provider  string         `json:"provider"`
		Data      bool           `json:"data,omitempty"`
		Attrs     resource.Attrs `json:"attrs"`
		Sensitive []string       `json:"sensitive,omitempty"`
	}
	doc := struct {
		Version          int        `json:"version"`
		TerraformVersion string     `json:"terraform_version"`
		Serial           uint64     `json:"serial"`
		Lineage          string     `json:"lineage"`
		Instances        []instance `json:"instances"`
	}{f.Version, f.TerraformVersion, f.Serial, f.Lineage, nil}
	for _, m := range f.Managed {
		doc.Instances = append(doc.Instances, instance{m.Address, m.Key.Type, m.Key.ID, m.Provider, m.Data, whole(m), m.Sensitive})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The order of names in a JSON object means nothing.
func TestReadAnyOrderOfNames(t *testing.T) {
	a, err := Read(bytes.NewReader(content(t, filepath.Join(states, "modules.tfstate"))), "x", 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(bytes.NewReader(content(t, filepath.Join(states, "sorted-names.tfstate"))), "x", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("read %+v\nand  %+v", a, b)
	}
}

// Input that arrives in pieces of any size is the same input.
func TestReadInPieces(t *testing.T) {
	for _, path := range append(files(t, "*.tfstate"), files(t, "bad/*.tfstate")...) {
		data := content(t, path)
		f, err := Read(bytes.NewReader(data), "x", 0)
		g, err2 := Read(iotest.DataErrReader(iotest.OneByteReader(bytes.NewReader(data))), "x", 0)
		if fmt.Sprint(err) != fmt.Sprint(err2) || !reflect.DeepEqual(f, g) {
			t.Errorf("%s: read %v, %v\nin pieces %v, %v", path, f, err, g, err2)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const (
		again   = "; write it again: terraform state pull > FILE"
		name    = "; name a state, as written by: terraform state pull > FILE"
		restore = "; restore it from a backup or write it again: terraform state pull > FILE"
	)
	tests := map[string]string{
		"empty":              "is empty" + again,
		"blank":              "is empty" + again,
		"text":               "is not a JSON object" + name,
		"scalar":             "is not a JSON object" + name,
		"html":               "is not JSON: it looks like HTML or XML" + name,
		"binary":             "is not JSON: it is a binary file" + name,
		"gzip":               "is compressed with gzip; decompress it: gunzip < STATE > FILE",
		"plan.zip":           "is a zip archive, such as a saved plan" + name,
		"utf-16":             "is UTF-16 text, as the > of Windows PowerShell writes it; write it as UTF-8: terraform state pull | Out-File -Encoding utf8 FILE",
		"binary-0.3":         "has the binary format of Terraform 0.3 or older, which driftmgr does not read" + name,
		"truncated":          "is cut off at byte 300" + again,
		"truncated-in-name":  "is cut off at byte 20" + again,
		"truncated-at-brace": "is cut off at byte 1" + again,
		"no-comma":           "is not valid JSON, at byte 14" + again,
		"bad-value":          "is not valid JSON, at byte 54" + again,
		"bad-second-element": "is not valid JSON, at byte 62" + again,
		"bad-key":            "is not valid JSON, at byte 15" + again,

		"list":            "is not a Terraform state: the document is a list" + name,
		"empty-object":    "is not a Terraform state: it is JSON without a state's version, serial and lineage" + name,
		"other-json":      "is not a Terraform state: it is JSON without a state's version, serial and lineage" + name,
		"plan":            "is not a Terraform state: it looks like a plan" + name,
		"show-json":       "is not a Terraform state: it looks like the output of terraform show -json" + name,
		"config":          "is not a Terraform state: it looks like a Terraform configuration" + name,
		"version-text":    "is not a Terraform state: its version is not a positive whole number" + name,
		"version-0":       "is not a Terraform state: its version is not a positive whole number" + name,
		"backend-note":    "is Terraform's note of which backend holds the state (.terraform/terraform.tfstate), not the state" + name,
		"version-1":       "has format version 1, written by Terraform 0.11 or older; convert it with Terraform 0.12 or newer: terraform state pull > FILE",
		"version-2":       "has format version 2, written by Terraform 0.11 or older; convert it with Terraform 0.12 or newer: terraform state pull > FILE",
		"version-3":       "has format version 3, written by Terraform 0.11 or older; convert it with Terraform 0.12 or newer: terraform state pull > FILE",
		"version-5":       "has format version 5, newer than driftmgr knows; upgrade driftmgr",
		"encrypted":       "is encrypted by OpenTofu; decrypt it: tofu state pull > FILE",
		"two-documents":   "goes on after the end of the JSON document at byte 564" + again,
		"trailing":        "goes on after the end of the JSON document at byte 564" + again,
		"resources-text":  "has resources that are not a list" + restore,
		"serial":          "has a serial that is not a whole number" + restore,
		"serial-negative": "has a serial that is not a whole number" + restore,
		"lineage":         "has a lineage that is not text" + restore,

		"resources-object":       "has resources that are not a list" + restore,
		"terraform-version":      "has a terraform_version that is not text" + restore,
		"duplicate-address":      "has aws_vpc.main twice" + restore,
		"duplicate-index":        "has aws_vpc.main[0] twice" + restore,
		"duplicate-index-float":  "has aws_vpc.main[1] twice" + restore,
		"duplicate-deposed":      "has aws_vpc.main (deposed 1a2b3c4d) twice" + restore,
		"index-bool":             "has an instance of aws_vpc.main with an index_key that is neither a whole number nor text" + restore,
		"index-list":             "has an instance of aws_vpc.main with an index_key that is neither a whole number nor text" + restore,
		"index-object":           "has an instance of aws_vpc.main with an index_key that is neither a whole number nor text" + restore,
		"index-fraction":         "has an instance of aws_vpc.main with an index_key that is neither a whole number nor text" + restore,
		"index-negative":         "has an instance of aws_vpc.main with an index_key that is neither a whole number nor text" + restore,
		"index-huge":             "has an instance of aws_vpc.main with an index_key that is neither a whole number nor text" + restore,
		"deposed-key":            "has aws_vpc.main with a deposed key that is not one" + restore,
		"deposed-number":         "has an instance of aws_vpc.main with a deposed that is not text" + restore,
		"attributes-list":        "has aws_vpc.main with attributes that are not an object" + restore,
		"attributes-text":        "has aws_vpc.main with attributes that are not an object" + restore,
		"attributes-huge-number": `has aws_vpc.main with a number that is too large in the attribute "n"` + restore,
		"attributes-flat-nested": "has aws_vpc.main with attributes_flat that holds something other than text" + restore,
		"sensitive-object":       "has aws_vpc.main with sensitive_attributes of a form that driftmgr does not know; upgrade driftmgr",
		"repeated-attribute":     `has aws_vpc.main with a repeated name in the attribute "id"` + restore,
		"repeated-nested":        `has aws_vpc.main with a repeated name in the attribute "tags"` + restore,
		"repeated-escaped":       `has aws_vpc.main with a repeated name in the attribute "tags"` + restore,
		"repeated-instance-name": `has an instance of aws_vpc.main that repeats the name "schema_version"` + restore,
		"repeated-resource-name": `has a resource (resources[0]) that repeats the name "type"` + restore,
		"repeated-top-name":      `repeats the name "serial"` + restore,
		"repeated-resources":     `repeats the name "resources"` + restore,
		"resource-list":          "has a resource (resources[0]) that is not an object" + restore,
		"resource-null":          "has a resource (resources[0]) that is not an object" + restore,
		"mode":                   `has a resource (resources[0]) of the mode "ephemeral", which driftmgr does not know; upgrade driftmgr`,
		"mode-missing":           "has a resource (resources[0]) without a mode" + restore,
		"type-missing":           "has a resource (resources[0]) without a usable type" + restore,
		"type-number":            "has a resource (resources[0]) with a type that is not text" + restore,
		"type-dot":               "has a resource (resources[0]) without a usable type" + restore,
		"name":                   "has a resource (resources[0]) without a usable name" + restore,
		"module":                 "has a resource (resources[0]) whose module is not a module's address" + restore,
		"provider":               "has a resource (resources[0]) with a provider that is not text" + restore,
		"instances-object":       "has the resource aws_vpc.main with instances that are not a list" + restore,
		"instance-text":          "has an instance of aws_vpc.main that is not an object" + restore,
		"deep":                   "is not valid JSON, at byte 10037" + again,
		"truncated-last-brace":   "is cut off at byte 563" + again,
	}
	for _, path := range files(t, "bad/*.tfstate") {
		base := strings.TrimSuffix(filepath.Base(path), ".tfstate")
		t.Run(base, func(t *testing.T) {
			want, ok := tests[base]
			if !ok {
				t.Fatal("no wanted error for this file")
			}
			delete(tests, base)
			f, err := Read(bytes.NewReader(content(t, path)), "bad.tfstate", 0)
			if f != nil {
				t.Errorf("partly returned: %+v", f)
			}
			checkError(t, err)
			if got := fmt.Sprint(err); got != "state bad.tfstate: "+want {
				t.Errorf("got  %s\nwant state bad.tfstate: %s", got, want)
			}
		})
	}
	for name := range tests {
		t.Errorf("no file bad/%s.tfstate", name)
	}
}

// checkError checks what holds for every error: its type, one line, no secret.
func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("error %v (%T); want an *Error", err, err)
		return
	}
	if text := e.Error(); strings.ContainsAny(text, "\r\n") || strings.Contains(text, "not-a-real-secret") {
		t.Errorf("error %q; want one line without values", text)
	}
}

func TestReadLimit(t *testing.T) {
	path := filepath.Join(states, "simple.tfstate")
	data := content(t, path)
	size := int64(len(data))
	file := func(t *testing.T) io.Reader {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	stream := func(*testing.T) io.Reader { return bytes.NewReader(data) }
	tests := []struct {
		name  string
		open  func(*testing.T) io.Reader
		limit int64
		want  string
	}{
		{"stream of the size", stream, size, ""},
		{"file of the size", file, size, ""},
		{"default", file, 0, ""},
		{"stream above", stream, size - 1, fmt.Sprintf("is larger than the size limit of %d bytes", size-1)},
		{"stream far above", stream, 10, "is larger than the size limit of 10 bytes"},
		{"stream of one byte", stream, 1, "is larger than the size limit of 1 bytes"},
		{"file above", file, size - 1, fmt.Sprintf("has %d bytes, more than the size limit of %d bytes", size, size-1)},
		{"white space without end", func(*testing.T) io.Reader { return endless(' ') }, 1 << 20, "is larger than the size limit of 1048576 bytes"},
		{"white space after the end", func(*testing.T) io.Reader { return io.MultiReader(bytes.NewReader(data), endless('\n')) }, 1 << 20, "is larger than the size limit of 1048576 bytes"},
		{"text without end", func(*testing.T) io.Reader { return io.MultiReader(strings.NewReader(`{"`), endless('a')) }, 1 << 20, "is larger than the size limit of 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read(tt.open(t), "x", tt.limit)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			checkError(t, err)
			if want := "state x: " + tt.want + "; raise the limit with --max-state-size"; err == nil || err.Error() != want || f != nil {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// endless is a stream of one byte.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// A failing stream is not a short state.
func TestReadFailingStream(t *testing.T) {
	data := content(t, filepath.Join(states, "simple.tfstate"))
	for _, cause := range []error{errors.New("connection reset"), io.ErrUnexpectedEOF, context.Canceled} {
		for _, n := range []int{0, 1, 7, 8, 200, len(data)} {
			f, err := Read(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(cause)), "x", 0)
			want := fmt.Sprintf("state x: could not be read: %v; try again", cause)
			if f != nil || !errors.Is(err, cause) || err.Error() != want {
				t.Errorf("after %d bytes: %v\nwant %s", n, err, want)
			}
		}
	}
}

// However much of a state is missing at its end, it is not read.
func TestReadEveryTruncation(t *testing.T) {
	data := bytes.TrimSpace(content(t, filepath.Join(states, "deposed.tfstate")))
	for n := 1; n < len(data); n++ {
		_, err := Read(bytes.NewReader(data[:n]), "x", 0)
		want := fmt.Sprintf("state x: is cut off at byte %d; write it again: terraform state pull > FILE", n)
		if err == nil || err.Error() != want {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestErrorIsOneLine(t *testing.T) {
	err := &Error{Source: "a\nb\x1b[31m", Problem: "could not be read: x\ny", Remedy: "try again", Err: fs.ErrNotExist}
	if want := `state a\nb\x1b[31m: could not be read: x\ny; try again`; err.Error() != want {
		t.Errorf("got %s\nwant %s", err, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
}

// What a state says of its attributes is what encoding/json says of them.
func TestReadAttributesAsEncodingJSON(t *testing.T) {
	for _, path := range files(t, "*.tfstate") {
		data := bytes.TrimPrefix(content(t, path), []byte("\xef\xbb\xbf"))
		compareAttributes(t, data)
	}
}

// compareAttributes reads a state, which must be valid, with encoding/json.
func compareAttributes(t *testing.T, data []byte) {
	t.Helper()
	f, err := Read(bytes.NewReader(data), "x", 0)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources []struct {
			Instances []map[string]any
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, r := range doc.Resources {
		for _, inst := range r.Instances {
			want, ok := inst["attributes"].(map[string]any)
			if ok && !reflect.DeepEqual(map[string]any(whole(f.Managed[i])), want) {
				t.Errorf("%s: attributes %v\nwant %v", f.Managed[i].Address, whole(f.Managed[i]), want)
			}
			i++
		}
	}
	if i != len(f.Managed) {
		t.Errorf("%d instances; want %d", len(f.Managed), i)
	}
}

func FuzzRead(f *testing.F) {
	for _, path := range append(files(f, "*.tfstate"), files(f, "bad/*.tfstate")...) {
		if data := content(f, path); len(data) < 16<<10 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), "fuzz", 1<<20)
		if err != nil {
			if file != nil {
				t.Error("a result beside an error")
			}
			checkFuzzError(t, err)
			return
		}
		if file.Version != 4 || !json.Valid(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
			t.Errorf("read %+v of what is no state", file)
		}
		seen := make(map[string]bool)
		for _, m := range file.Managed {
			if seen[m.Address] {
				t.Errorf("%s twice", m.Address)
			}
			seen[m.Address] = true
			checkManaged(t, m)
		}
		again, err := Read(iotest.OneByteReader(bytes.NewReader(data)), "fuzz", 1<<20)
		if err != nil || !reflect.DeepEqual(file, again) {
			t.Errorf("read once %+v\nand again %+v, %v", file, again, err)
		}
	})
}

func checkFuzzError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || strings.ContainsAny(err.Error(), "\r\n") || e.Remedy == "" {
		t.Errorf("error %q (%T); want an *Error of one line with a remedy", err, err)
	}
}

func checkManaged(t *testing.T, m resource.Managed) {
	t.Helper()
	if !strings.Contains(m.Address, m.Key.Type+".") || m.Key.Type == "" || m.Source != "fuzz" || m.Attrs == nil || strings.ContainsFunc(m.Address, unprintable) {
		t.Errorf("inconsistent: %+v", m)
	}
	if _, err := json.Marshal(m.Attrs); err != nil {
		t.Errorf("%s: attributes are not JSON's: %v", m.Address, err)
	}
}

// A state of n resources of some 30 attributes, like those of a real estate.
func large(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `
    {
      "module": "module.fleet",
      "mode": "managed",
      "type": "aws_instance",
      "name": "web_%[1]d",
      "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
      "instances": [
        {
          "schema_version": 1,
          "attributes": {
            "ami": "ami-0abcdef1234567890", "arn": "arn:aws:ec2:eu-west-1:111122223333:instance/i-%08[1]x",
            "associate_public_ip_address": false, "availability_zone": "eu-west-1a", "cpu_core_count": 2,
            "disable_api_termination": false, "ebs_block_device": [], "ebs_optimized": true, "hibernation": null,
            "iam_instance_profile": "web", "id": "i-%08[1]x", "instance_state": "running", "instance_type": "m5.large",
            "ipv6_addresses": [], "key_name": "ops", "metadata_options": [{"http_endpoint": "enabled", "http_put_response_hop_limit": 2, "http_tokens": "required"}],
            "monitoring": false, "primary_network_interface_id": "eni-%08[1]x", "private_dns": "ip-10-%[1]d.eu-west-1.compute.internal",
            "private_ip": "10.0.%[1]d", "public_ip": "", "root_block_device": [{"delete_on_termination": true, "encrypted": true, "volume_id": "vol-%08[1]x", "volume_size": 50, "volume_type": "gp3"}],
            "security_groups": [], "source_dest_check": true, "subnet_id": "subnet-1", "tags": {"Name": "web-%[1]d", "env": "prod"},
            "tags_all": {"Name": "web-%[1]d", "env": "prod", "team": "web"}, "tenancy": "default", "user_data": null, "vpc_security_group_ids": ["sg-1", "sg-2"]
          },
          "sensitive_attributes": [],
          "private": "eyJlMmJmYjczMC1lY2FhLTExZTYtOGY4OC0zNDM2M2JjN2M0YzAiOnsiY3JlYXRlIjo2MDAwMDAwMDAwMDAsImRlbGV0ZSI6MTIwMDAwMDAwMDAwMCwidXBkYXRlIjo2MDAwMDAwMDAwMDB9LCJzY2hlbWFfdmVyc2lvbiI6IjEifQ==",
          "dependencies": ["aws_subnet.a", "aws_security_group.web", "data.aws_ami.any"]
        }
      ]
    }`, i)
	}
	b.WriteString("]}\n")
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	const n = 10_000
	data := large(n)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var f *File
	for b.Loop() {
		var err error
		if f, err = Read(bytes.NewReader(data), "bench", 0); err != nil {
			b.Fatal(err)
		}
	}
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(f) // and not after this
	runtime.GC()
	runtime.ReadMemStats(&without)
	runtime.KeepAlive(data)
	b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/n, "heldB/resource")
	b.ReportMetric(float64(len(data))/n, "fileB/resource")
}

// whole are the attributes of a resource with those that are null.
func whole(m resource.Managed) resource.Attrs {
	all := maps.Clone(m.Attrs)
	for _, name := range m.Unset {
		all[name] = nil
	}
	return all
}
