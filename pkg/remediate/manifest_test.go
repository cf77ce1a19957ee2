package remediate

import (
	"bytes"
	"strings"
	"testing"
)

func TestDecodeManifest(t *testing.T) {
	data, err := everything().Manifest.encode()
	if err != nil {
		t.Fatal(err)
	}
	whole := string(data)
	with := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("the example has no %s", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	tests := []struct{ name, text, want string }{
		{"as it is", whole, ""},
		{"with a newer minor format of the same fields", with(`"format_version": "1.0"`, `"format_version": "1.7"`), ""},
		{"spaces after it", whole + " \n\n", ""},
		{"empty", "", "manifest.json is no manifest: unexpected end of JSON input"},
		{"no JSON", "plan", "manifest.json is no manifest: "},
		{"a list", "[]", "manifest.json is no manifest: "},
		{"null", "null", `manifest.json has the format "", and this driftmgr reads 1.0: use the driftmgr that made the plan`},
		{"newer", with(`"format_version": "1.0"`, `"format_version": "2.0"`), `manifest.json has the format "2.0"`},
		{"a newer one that looks like this", with(`"format_version": "1.0"`, `"format_version": "10.0"`), `manifest.json has the format "10.0"`},
		{"two documents", whole + "{}", "manifest.json is no manifest: "},
		{"half", whole[:len(whole)/2], "manifest.json is no manifest: "},
		{"unknown field", with(`"risk": "high"`, `"risk": "high", "force": true`), `manifest.json cannot be read: json: unknown field "force"`},
		{"unknown field of a step", with(`"strategy": "along"`, `"strategy": "along", "then": "destroy"`), `manifest.json cannot be read: json: unknown field "then"`},
		{"another kind of value", with(`"serial": 41`, `"serial": "41"`), "manifest.json cannot be read: json: cannot unmarshal"},
		{"serial that is too large", with(`"serial": 41`, `"serial": 18446744073709551616`), "manifest.json cannot be read: json: cannot unmarshal"},
		{"risk that is hidden", with(`"risk": "high"`, `"risk": "low"`), `manifest.json says that the highest risk is "low", and it is "high": plan again`},
		{"mode", with(`"mode": "normal"`, `"mode": "destroy"`), `manifest.json has the mode "destroy", which is none: plan again`},
		{"strategy", with(`"strategy": "along"`, `"strategy": "nothing"`), `manifest.json has a step with the strategy "nothing" that does not go with its finding or the mode normal: plan again`},
		{"strategy of the other mode", with(`"strategy": "adopt"`, `"strategy": "revert"`), `manifest.json has a step with the strategy "revert" that does not go with its finding or the mode refresh-only`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := decodeManifest([]byte(tt.text))
			if tt.want == "" {
				if err != nil || m.ID != everything().Manifest.ID {
					t.Errorf("%+v, %v", m, err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestSteps(t *testing.T) {
	var all []string
	m := everything().Manifest
	for _, s := range m.Steps() {
		all = append(all, s.Address)
	}
	if got, want := strings.Join(all, " "), "aws_db_instance.main aws_eip.web aws_instance.web aws_s3_bucket.acme_logs aws_sqs_queue.jobs aws_instance.web aws_sqs_queue.old"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDigest(t *testing.T) {
	if got, want := Digest(nil), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What is read can be written and read again, and says the same.
func FuzzDecodeManifest(f *testing.F) {
	data, err := everything().Manifest.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format_version":"1.0","risk":"none","states":[],"files":[]}`))
	f.Add([]byte(`{"format_version":"1.0","risk":"low","states":[{"mode":"normal","steps":[{"strategy":"along","risk":"low","changes":[{"before":1e400}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeManifest(data)
		if err != nil {
			return
		}
		first, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeManifest(first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second, err := again.encode(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%v\n%s\n%s", err, first, second)
		}
		for _, s := range m.Steps() {
			if s.Risk.Exceeds(m.Risk) {
				t.Errorf("%s exceeds the highest risk %s", s.Risk, m.Risk)
			}
		}
		var out bytes.Buffer
		if err := WriteText(&out, m, TextOptions{All: true}); err != nil || bytes.ContainsAny(out.Bytes(), "\x1b\r\x00") {
			t.Errorf("%v\n%q", err, out.String())
		}
	})
}
