package archive

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	types := Types{
		"aws_vpc": {"arn": {"string", "C"}, "tags": {"map(string)", "O"}},
		"aws_nested": {
			"a":      {"block list", "O"},
			"a.b":    {"block set", "R"},
			"a.b.c":  {"set(object(object))", "OCSD"},
			"a.d":    {"string", ""},
			"a1":     {"number", "O"},
			"a_b":    {"bool", "O"},
			"a_b.c9": {"bool", "OW"},
		},
		"aws_empty": {},
	}
	var first, second bytes.Buffer
	if err := Write(&first, types); err != nil {
		t.Fatal(err)
	}
	if err := Write(&second, maps.Clone(types)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same types gave other bytes")
	}
	a, err := Open(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Names(), []string{"aws_empty", "aws_nested", "aws_vpc"}; !slices.Equal(got, want) {
		t.Errorf("names: %q, want %q", got, want)
	}
	for name, want := range types {
		got := map[string][2]string{}
		var order []string
		found, err := a.Read(name, func(path, kind, flags string) error {
			got[path] = [2]string{kind, flags}
			order = append(order, path)
			return nil
		})
		if err != nil || !found || !maps.Equal(got, want) {
			t.Errorf("%s: got %v %v %v, want %v", name, got, found, err, want)
		}
		if !slices.IsSorted(order) {
			t.Errorf("%s: paths not sorted: %q", name, order)
		}
	}
	if found, err := a.Read("aws_other", nil); found || err != nil {
		t.Errorf("unknown type: %v %v", found, err)
	}
	stop := errors.New("stop")
	if _, err := a.Read("aws_vpc", func(_, _, _ string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of visit: got %v", err)
	}
}

func TestWriteErrors(t *testing.T) {
	tests := map[string]Types{
		"type name":       {"aws vpc": {}},
		"path outside":    {"aws_vpc": {"a.b": {"string", "O"}}},
		"empty segment":   {"aws_vpc": {"a": {"string", "O"}, "a.": {"string", "O"}}},
		"name with space": {"aws_vpc": {"a b": {"string", "O"}}},
		"dash":            {"aws_vpc": {"a-b": {"string", "O"}}}, // sorts before the dot
		"no kind":         {"aws_vpc": {"a": {"", "O"}}},
		"line break":      {"aws_vpc": {"a": {"block\nlist", "O"}}},
		"flags":           {"aws_vpc": {"a": {"string", "O C"}}},
	}
	for name, types := range tests {
		t.Run(name, func(t *testing.T) {
			if err := Write(&bytes.Buffer{}, types); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	if _, err := Open(strings.NewReader("not a zip"), 9); err == nil {
		t.Error("not a zip: no error")
	}
	var b bytes.Buffer
	if err := Write(&b, Types{"aws_vpc": {"arn": {"string", "C"}}}); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	data[30+len("aws_vpc")] ^= 0xff // the first byte of the entry's content
	a, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Read("aws_vpc", func(_, _, _ string) error { return nil }); err == nil {
		t.Error("damaged entry: no error")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "a O string\n", "a O block list\n\tb C string\nc - set(string)", "\ta O string", "a O", "a  b", "a O string\n\t\tb O string"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := map[string][2]string{}
		err := decode(text, func(path, kind, flags string) error {
			got[path] = [2]string{kind, flags}
			return nil
		})
		if err != nil {
			return
		}
		encoded, err := encode(got)
		if err != nil {
			return // more is read than would be written, such as a tab in a kind
		}
		again := map[string][2]string{}
		if err := decode(encoded, func(path, kind, flags string) error {
			again[path] = [2]string{kind, flags}
			return nil
		}); err != nil || !maps.Equal(got, again) {
			t.Errorf("got %v, after writing %v, %v", got, again, err)
		}
	})
}
