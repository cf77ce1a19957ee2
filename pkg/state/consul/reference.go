package consul

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// reference is what a reference says.
type reference struct {
	connection connection
	raw        string // the key as written, with escapes
	key        string // the key or, where pattern is true, the pattern
	pattern    bool
}

// parseReference reads a reference. Its error, an *Error, shows nothing that
// could be a secret.
func parseReference(ref string) (reference, error) {
	fail := func(problem, remedy string) (reference, error) {
		return reference{}, &state.Error{Source: state.Masked(ref), Problem: problem, Remedy: remedy}
	}
	_, rest, _ := strings.Cut(ref, "://")
	place, query, _ := strings.Cut(rest, "?")
	host, raw, _ := strings.Cut(place, "/")
	if strings.Contains(host, "@") {
		return fail("holds a user, a password or a token", "leave it out, and set CONSUL_HTTP_TOKEN or CONSUL_HTTP_AUTH")
	}
	if host != "" && !validHost(host) {
		return fail("has a host that is none", "write it as consul://HOST:PORT/KEY")
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return fail("has parameters that cannot be read", "write special characters as % and their code")
	}
	c := fromEnvironment()
	if host != "" {
		c = c.at(host)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		own := map[string]*string{"dc": &c.datacenter, "scheme": &c.scheme, "ns": &c.namespace, "partition": &c.partition, "prefix": &c.prefix, "socket": &c.socket}[name]
		switch {
		case name == "token":
			return fail("holds a token", "leave it out, and set CONSUL_HTTP_TOKEN")
		case own == nil && parameterName.MatchString(name):
			return fail(fmt.Sprintf("has the unknown parameter %s", name), "use dc, scheme, ns, partition, prefix or socket")
		case own == nil || len(values[name]) > 1 || values[name][0] == "":
			return fail("has parameters that cannot be read", "give each of dc, scheme, ns, partition, prefix and socket one value")
		}
		*own = values[name][0]
	}
	if c.socket != "" {
		c.address = ""
	}
	r := reference{connection: c, raw: trimKey(raw), pattern: state.IsPattern(raw)}
	r.key, err = unescape(r.raw, r.pattern)
	r.key = trimKey(r.key)
	switch {
	case err != nil:
		return fail("is not a valid reference", "write a % in it as %25")
	case r.key == "":
		return fail("names no key", "write it as consul://HOST:PORT/KEY")
	}
	return r, c.check(state.Masked(ref))
}

var parameterName = regexp.MustCompile(`^[a-z_-]{1,20}$`)

// validHost reports whether a text is a host with or without a port.
func validHost(text string) bool {
	u, err := url.Parse("//" + text)
	return err == nil && u.Host == text && u.User == nil && u.Hostname() != ""
}

// special are the characters that a pattern gives a meaning.
const special = `*?[]{}\`

// unescape returns the key that is written with escapes. In a pattern, what was
// escaped stands for itself.
func unescape(raw string, pattern bool) (string, error) {
	if !pattern {
		return url.PathUnescape(raw)
	}
	var b strings.Builder
	for raw != "" {
		if raw[0] != '%' || len(raw) < 3 {
			b.WriteByte(raw[0])
			raw = raw[1:]
			continue
		}
		c, err := url.PathUnescape(raw[:3])
		if err != nil {
			return "", err
		}
		if strings.Contains(special, c) {
			b.WriteByte('\\')
		}
		b.WriteString(c)
		raw = raw[3:]
	}
	return b.String(), nil
}

// escape writes a key so that unescape reads it back as a key.
func escape(key string) string {
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/:,=+@$", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// trimKey leaves out what no key begins with.
func trimKey(key string) string { return strings.TrimLeft(key, "/") }
