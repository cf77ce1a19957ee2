package cli

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v3"
)

// value is what one place says of a key.
type value struct {
	place

	// data has the type of the key's kind. A string, list or map that refers to
	// secrets is a text, []text or map[string]text until they are read.
	data any

	refs  []string // the references in it, without their defaults
	plain bool     // a secret's text, or a part of it, stands in the file itself
	wrong *flaw
}

// fileValue reads what stands in the file.
func fileValue(k configKey, n *yaml.Node, getenv func(string) string) value {
	v := value{}
	fail := func(problem, remedy string) value {
		v.wrong = &flaw{problem, remedy}
		return v
	}
	if n = target(n); n == nil {
		return fail("refers to itself", "write it out")
	}
	switch k.kind {
	case kindList:
		if n.Kind != yaml.SequenceNode {
			return fail("is no list", "write a list, as in "+k.example())
		}
		items := []text{}
		for _, item := range n.Content {
			t, wrong := v.text(k, target(item), getenv)
			if wrong != nil {
				return fail(wrong.problem, wrong.remedy)
			}
			items = append(items, t)
		}
		v.list(k, items)
		return v
	case kindMap:
		return v.mapping(k, n, getenv)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		return fail("is a list", "write one value")
	case yaml.MappingNode:
		return fail("has keys below it", "write one value")
	}
	typed := map[kind]string{kindBool: "!!bool", kindInt: "!!int"}[k.kind]
	if typed != "" && n.ShortTag() == typed && n.Style&yaml.TaggedStyle == 0 {
		v.parse(k, n.Value, n.Value)
		return v
	}
	if typed != "" && !strings.Contains(n.Value, "${") {
		return fail(shown(k.secret, n.Value), k.remedy())
	}
	t, wrong := v.text(k, n, getenv)
	switch {
	case wrong != nil:
		v.wrong = wrong
	case !t.refersToSecret():
		v.parse(k, t.String(), n.Value)
	case !k.takesSecret():
		v.wrong = &flaw{plainOnly, plainRemedy}
	default:
		v.data = t
	}
	return v
}

const (
	plainOnly   = "refers to a secret, which it cannot"
	plainRemedy = "write its value, or refer to a variable: ${NAME}"
)

// takesSecret reports whether the key may refer to secrets: what is used only
// after they are read, and has no form to check before.
func (k configKey) takesSecret() bool {
	switch {
	case k.name == "detect.var" || k.name == "detect.backend_config":
		return true
	case !strings.HasPrefix(k.name, "providers.") && !strings.HasPrefix(k.name, "state_storage."):
		return false
	}
	return (k.kind == kindString || k.kind == kindMap) && k.url == noURL && k.form == nil
}

func (v value) mapping(k configKey, n *yaml.Node, getenv func(string) string) value {
	if n.Kind != yaml.MappingNode {
		v.wrong = &flaw{"is no map", "write one, as in " + k.example()}
		return v
	}
	texts, pending := map[string]text{}, false
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := target(n.Content[i])
		if name == nil || name.Kind != yaml.ScalarNode || name.Tag == "!!merge" {
			v.wrong = &flaw{"has a key that is no name", "write one, as in " + k.example()}
			return v
		}
		if _, ok := texts[name.Value]; ok {
			v.wrong = &flaw{"has " + oneWord(name.Value) + " twice", "remove one of them"}
			return v
		}
		t, wrong := v.text(k, target(n.Content[i+1]), getenv)
		if wrong != nil {
			v.wrong = wrong
			return v
		}
		texts[name.Value] = t
		pending = pending || t.refersToSecret()
	}
	if pending {
		v.data = texts
		return v
	}
	m := map[string]string{}
	for name, t := range texts {
		m[name] = t.String()
	}
	v.data = m
	return v
}

func (v *value) list(k configKey, items []text) {
	if slices.ContainsFunc(items, text.refersToSecret) {
		v.data = items
		if !k.takesSecret() {
			v.wrong = &flaw{plainOnly, plainRemedy}
		}
		return
	}
	list := []string{}
	for _, t := range items {
		list = append(list, t.String())
	}
	v.items(k, list)
}

func (v *value) items(k configKey, list []string) {
	for _, item := range list {
		if len(k.values) > 0 && !slices.Contains(k.values, item) {
			v.wrong = &flaw{shown(k.secret, item), "use " + either(k.values) + nearestValue(item, k.values)}
			return
		}
	}
	v.data = list
}

// text reads a scalar as a text and puts the environment in its place.
func (v *value) text(k configKey, n *yaml.Node, getenv func(string) string) (text, *flaw) {
	switch {
	case n == nil || n.Kind != yaml.ScalarNode:
		return nil, &flaw{"has more than texts in it", "write one text for each, as in " + k.example()}
	case n.ShortTag() == "!!bool":
		return nil, &flaw{"is true or false where a text is wanted", "put it in quotes"}
	case isNull(n):
		return nil, &flaw{"has an empty value in it", `write "" for an empty text`}
	case !isText(n):
		return nil, &flaw{"begins with !, which is a tag", "put it in quotes"}
	}
	t, err := parseText(n.Value)
	if err != nil {
		return nil, &flaw{err.Error(), referenceRemedy}
	}
	v.refs = append(v.refs, t.names()...)
	v.plain = v.plain || (!t.refers() || slices.ContainsFunc(t, func(p piece) bool { return p.fallback != "" })) && t.plain()
	expanded, missing := t.expand(getenv)
	if missing != "" {
		return nil, &flaw{"refers to the environment variable " + missing + ", which is not set", "set it, or write ${" + missing + ":-DEFAULT}"}
	}
	return expanded, nil
}

// textValue reads what the environment or a flag says.
func textValue(k configKey, s string) value {
	v := value{}
	switch k.kind {
	case kindList:
		v.items(k, splitList(s))
	case kindMap:
		m := map[string]string{}
		for _, item := range splitList(s) {
			name, text, ok := strings.Cut(item, "=")
			if !ok || name == "" {
				v.wrong = &flaw{"is no map", "write NAME=VALUE,NAME=VALUE"}
				return v
			}
			m[name] = text
		}
		v.data = m
	default:
		v.parse(k, s, s)
	}
	return v
}

func splitList(s string) []string {
	list := []string{}
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// parse sets the data of a kind that is one text. written is the text as it
// stands in its place: what a message may show.
func (v *value) parse(k configKey, s, written string) {
	if data, ok := k.parse(s); ok {
		v.data = data
		return
	}
	if k.kind == kindSize {
		written = short(strconv.Quote(written))
	} else {
		written = shown(k.secret, written)
	}
	switch {
	case k.kind == kindInt && k.outOfRange(s):
		v.wrong = &flaw{written, fmt.Sprintf("use %d to %d", k.min, k.max)}
	case k.kind == kindDuration && strings.HasPrefix(s, "-"):
		v.wrong = &flaw{strings.Trim(written, `"`), "use a positive duration, such as " + k.example()}
	case k.kind == kindEnum:
		v.wrong = &flaw{written, k.remedy() + nearestValue(s, k.values)}
	default:
		v.wrong = &flaw{written, k.remedy()}
	}
}

// parse turns a text into what the kind holds.
func (k configKey) parse(s string) (any, bool) {
	switch k.kind {
	case kindBool:
		b, err := strconv.ParseBool(s)
		return b, err == nil && (len(k.values) == 0 || slices.Contains(k.values, strconv.FormatBool(b)))
	case kindInt:
		n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 0, 32)
		return int(n), err == nil && !k.outOfRange(s)
	case kindDuration:
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0
	case kindSize:
		n, err := humanize.ParseBytes(s)
		return s, err == nil && n > 0 && n <= 1<<40
	case kindEnum:
		return s, slices.Contains(k.values, s)
	}
	return s, s == "" || k.url.fits(s) && (k.form == nil || k.form.MatchString(s))
}

func (k configKey) outOfRange(s string) bool {
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return err == nil && n == math.Trunc(n) && (k.min != 0 || k.max != 0) && (n < float64(k.min) || n > float64(k.max))
}

// remedy is what to write instead of a value that cannot be.
func (k configKey) remedy() string {
	switch k.kind {
	case kindBool:
		if len(k.values) > 0 {
			return "use " + either(k.values)
		}
		return "use true or false"
	case kindInt:
		if k.min != 0 || k.max != 0 {
			return fmt.Sprintf("use a number from %d to %d", k.min, k.max)
		}
		return "use a whole number"
	case kindDuration:
		return "use a duration with its unit, such as " + k.example()
	case kindSize:
		return "use a size, such as 512MiB"
	case kindEnum:
		return "use " + either(k.values)
	}
	switch k.url {
	case anyURL:
		return "use a URL without user and password, such as " + k.example()
	case secureURL:
		return "use an https:// URL without user and password, such as " + k.example()
	}
	return "write it like " + k.example()
}

// example is a value that the key takes, as YAML.
func (k configKey) example() string {
	switch {
	case k.like != "":
		return k.like
	case k.kind == kindList && len(k.values) > 0:
		return "[" + strings.Join(k.values, ", ") + "]"
	case k.kind == kindList:
		return "[one, two]"
	case k.kind == kindDuration:
		return "10m"
	}
	return "text"
}

// either joins alternatives: a, b or c.
func either(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

func nearestValue(s string, values []string) string {
	known := map[string]any{}
	for _, v := range values {
		known[v] = nil
	}
	return didYouMean(s, known, "")
}

// fits reports whether a text is such a URL. A password in it is refused: it
// would be shown wherever the endpoint is.
func (r urlRule) fits(s string) bool {
	if r == noURL {
		return true
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	return r != secureURL || !plainHTTP(s)
}

// plainHTTP reports whether a text is an http URL of another machine.
func plainHTTP(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return strings.HasPrefix(strings.ToLower(s), "http:")
	}
	host := u.Hostname()
	return u.Scheme == "http" && host != "localhost" && !strings.HasSuffix(host, ".localhost") && !net.ParseIP(host).IsLoopback()
}
