package sshsign

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const (
	edKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM9xqfVx6uk8lZY/r1AcebctP4j516blPPQPNSgc1uaE"
	edCert = "ssh-ed25519-cert-v01@openssh.com"
)

func TestReadAllowed(t *testing.T) {
	utc := func(y int, m time.Month, d, h, min, s int) time.Time {
		return time.Date(y, m, d, h, min, s, 0, time.UTC)
	}
	alice := []string{"alice"}
	for _, c := range []struct {
		name, line string
		want       allowedLine // but for the place and the key
	}{
		{"plain", "alice " + edKey, allowedLine{principals: alice}},
		{"comment, tabs and blanks", " \talice\t  " + edKey + "  laptop of \"alice # 1", allowedLine{principals: alice}},
		{"carriage return", "alice " + edKey + "\r", allowedLine{principals: alice}},
		{"several principals", "alice,*@example.org,!bob " + edKey, allowedLine{principals: []string{"alice", "*@example.org", "!bob"}}},
		{"principals in quotes", `"alice smith,bob" ` + edKey, allowedLine{principals: []string{"alice smith", "bob"}}},
		{"authority", "* cert-authority " + edKey, allowedLine{principals: []string{"*"}, authority: true}},
		{"option in other case", "alice CERT-Authority " + edKey, allowedLine{principals: alice, authority: true}},
		{"namespaces", `alice namespaces="git,plan@*" ` + edKey, allowedLine{principals: alice, restricted: true, namespaces: []string{"git", "plan@*"}}},
		{"no namespace", `alice namespaces="" ` + edKey, allowedLine{principals: alice, restricted: true, namespaces: []string{""}}},
		{"quote and blank within a value", `alice namespaces="a\" b,c" ` + edKey, allowedLine{principals: alice, restricted: true, namespaces: []string{`a" b`, "c"}}},
		{"day", `alice valid-after="20240229Z" ` + edKey, allowedLine{principals: alice, after: utc(2024, 2, 29, 0, 0, 0)}},
		{"minute", `alice valid-before="202412312359z" ` + edKey, allowedLine{principals: alice, before: utc(2024, 12, 31, 23, 59, 0)}},
		{"second", `alice valid-before="20241231235958UTC" ` + edKey, allowedLine{principals: alice, before: utc(2024, 12, 31, 23, 59, 58)}},
		{"local time", `alice valid-before="20241231" ` + edKey, allowedLine{principals: alice, before: time.Date(2024, 12, 31, 0, 0, 0, 0, time.Local)}},
		{"all options", `alice cert-authority,namespaces="git",valid-after="20240101Z",valid-before="20250101Z" ` + edKey, allowedLine{
			principals: alice, authority: true, restricted: true, namespaces: []string{"git"}, after: utc(2024, 1, 1, 0, 0, 0), before: utc(2025, 1, 1, 0, 0, 0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := allow(t, "# a comment", "", "  ", "\t# another", c.line)
			if len(a.lines) != 1 {
				t.Fatalf("%d lines; want 1", len(a.lines))
			}
			got := a.lines[0]
			if got.at != "allowed_signers:5" {
				t.Errorf("place %q", got.at)
			}
			if key, _ := publicKey(edKey); !bytes.Equal(got.key, key.Marshal()) {
				t.Errorf("another key: %q", got.key)
			}
			if !got.after.Equal(c.want.after) || !got.before.Equal(c.want.before) {
				t.Errorf("valid from %s to %s; want %s to %s", got.after, got.before, c.want.after, c.want.before)
			}
			got.at, got.key, got.after, got.before = "", nil, time.Time{}, time.Time{}
			c.want.after, c.want.before = time.Time{}, time.Time{}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestReadAllowedRefuses(t *testing.T) {
	cert, _ := certify(t, newKey(t, "ed25519").signer, newKey(t, "ed25519"), nil)
	for _, c := range []struct{ name, line, want string }{
		{"principal only", "alice", "it has no key"},
		{"no key after the type", "alice ssh-ed25519", "it has no key"},
		{"no key after the options", "alice cert-authority", "it has no key"},
		{"no principals", edKey, "neither an option nor a type"},
		{"not base64", "alice ssh-ed25519 AAAA!", "not base64"},
		{"cut key", "alice " + edKey[:60], "cannot be read"},
		{"key of another type", "alice ssh-rsa " + strings.Fields(edKey)[1], "not of the type"},
		{"key of a type that is not known", "alice ssh-newest AAAACnNzaC1uZXdlc3QAAAAA", "cannot be read"},
		{"certificate", "alice " + pubLine(cert), "cert-authority"},
		{"unknown option", "alice no-touch-required " + edKey, `"no-touch-required" is neither an option nor a type of key`},
		{"option without its value", "alice namespaces " + edKey, "needs a value in quotes"},
		{"value without quotes", "alice namespaces=git " + edKey, "needs a value in quotes"},
		{"open quote", `alice namespaces="git ` + edKey, "needs a value in quotes"},
		{"text after a value", `alice namespaces="git"x ` + edKey, "needs a value in quotes"},
		{"flag with a value", `alice cert-authority="yes" ` + edKey, "takes no value"},
		{"blank between options", `alice cert-authority, namespaces="git" ` + edKey, `"" is neither`},
		{"no comma between options", `alice cert-authoritynamespaces="git" ` + edKey, "is neither an option"},
		{"namespaces twice", `alice namespaces="a",namespaces="b" ` + edKey, "given twice"},
		{"time twice", `alice valid-after="20240101Z",VALID-after="20250101Z" ` + edKey, "given twice"},
		{"no such day", `alice valid-after="20230229" ` + edKey, "is no time"},
		{"time with separators", `alice valid-after="2024-01-01" ` + edKey, "is no time"},
		{"time with a fraction", `alice valid-after="202401010101.5" ` + edKey, "is no time"},
		{"no digits", `alice valid-after="Z" ` + edKey, "is no time"},
		{"epoch", `alice valid-after="19700101Z" ` + edKey, "is no time"},
		{"ends before it begins", `alice valid-after="20250101Z",valid-before="20240101Z" ` + edKey, "not later"},
		{"empty principal", "alice,,bob " + edKey, "a principal is empty"},
		{"list that ends in a comma", "alice, " + edKey, "a principal is empty"},
		{"negation of nothing", "alice,! " + edKey, "a principal is empty"},
		{"quote within principals", `al"ice" ` + edKey, "quote"},
		{"open quote of principals", `"alice ` + edKey, "not closed"},
		{"no blank after quotes", `"alice"` + edKey, "no blank"},
		{"byte order mark", "\ufeffalice " + edKey, "cannot be shown"},
		{"terminal escape", "al\x1b[1mice " + edKey, "cannot be shown"},
		{"text from right to left", "al\u202eice " + edKey, "cannot be shown"},
		{"no UTF-8", "al\xffice " + edKey, "cannot be shown"},
		{"long line", "alice " + edKey + strings.Repeat(" ", maxLine), "longer than"},
		{"private key", "-----BEGIN OPENSSH PRIVATE KEY-----", "neither an option"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadAllowed(strings.NewReader("alice "+edKey+"\n\n"+c.line+"\nbob "+edKey+"\n"), "dir/signers")
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error(); !strings.HasPrefix(got, "dir/signers:3: ") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") || len(got) > 300 {
				t.Errorf("error %q; want dir/signers:3: … %q", got, c.want)
			}
		})
	}
}

func TestReadAllowedOfBrokenFile(t *testing.T) {
	want := errors.New("disk is gone")
	if _, err := ReadAllowed(iotest.ErrReader(want), "signers"); !errors.Is(err, want) {
		t.Errorf("error %v; want %v", err, want)
	}
}

func FuzzReadAllowed(f *testing.F) {
	f.Add(string(readTestdata(f, "allowed_signers")))
	f.Add("\"a b\" cert-authority,namespaces=\"a\\\"b\",valid-after=\"20240101Z\" " + edKey + " c\r\n#\n\n")
	f.Add("a " + edCert + " AAAA")
	f.Fuzz(func(t *testing.T, file string) {
		a, err := ReadAllowed(strings.NewReader(file), "f")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		want := 0
		for line := range strings.Lines(file) {
			if line = strings.Trim(line, " \t\r\n"); line != "" && line[0] != '#' {
				want++
			}
		}
		if len(a.lines) != want {
			t.Errorf("%d lines were read of %d", len(a.lines), want)
		}
	})
}
