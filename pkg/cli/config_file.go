package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// configFile is read from the working directory where no other is named.
	configFile = "driftmgr.yaml"

	// maxConfigSize bounds the file, and maxConfigNodes what its aliases make of
	// it.
	maxConfigSize  = 1 << 20
	maxConfigNodes = 2_000

	// maxConfigProblems are enough to begin with.
	maxConfigProblems = 100
)

// configSource is the configuration file, if there is one.
type configSource struct {
	name string // empty: there is none
	data []byte
}

// readConfigFile reads the file that is named, or driftmgr.yaml if it exists.
func readConfigFile(name string) (configSource, error) {
	named := name != ""
	if !named {
		name = configFile
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return configSource{}, nil
	}
	if err != nil {
		return configSource{}, fmt.Errorf("configuration %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxConfigSize+1))
	if err != nil {
		return configSource{}, fmt.Errorf("configuration %s: %w", name, err)
	}
	if len(data) > maxConfigSize {
		return configSource{}, fmt.Errorf("configuration %s: is larger than 1 MiB: name the right file", name)
	}
	return configSource{name, data}, nil
}

// entry is a key of the file with what stands there.
type entry struct {
	name  string
	line  int // of the key
	value *yaml.Node
}

// fileReader turns YAML into entries. It says what is wrong with lines and keys,
// never with the values it finds.
type fileReader struct {
	name     string
	keys     map[string]bool
	sections map[string]bool
	known    map[string]any // keys and sections
	entries  []entry
	problems []problem
	nodes    int
}

// parseConfig takes the file apart. Its problems are those of the form; values are
// looked at later.
func parseConfig(source configSource, keys []configKey) ([]entry, []problem) {
	r := &fileReader{name: source.name, keys: map[string]bool{}, sections: map[string]bool{}, known: map[string]any{}}
	for _, k := range keys {
		r.keys[k.name], r.known[k.name] = true, nil
	}
	for _, s := range configSections() {
		r.sections[s.name], r.known[s.name] = true, nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(source.data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		r.syntax(source.data, err)
		return nil, r.problems
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		r.problem(second.Line, "", "has several documents", "keep one")
	case !errors.Is(err, io.EOF):
		r.syntax(source.data, err)
	}
	if len(doc.Content) == 1 {
		r.section("", doc.Content[0])
	}
	return r.entries, r.problems
}

func (r *fileReader) problem(line int, key, what, remedy string) {
	if len(r.problems) == maxConfigProblems {
		return
	}
	r.problems = append(r.problems, problem{place{fromFile, r.name, line}, key, flaw{what, remedy}})
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// syntax tells what the YAML parser refuses. Its text is repeated only where it
// cannot quote the file.
func (r *fileReader) syntax(data []byte, err error) {
	line, what := 1, "cannot be parsed"
	if m := yamlError.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		if !strings.ContainsAny(m[2], "`\"") && !strings.Contains(m[2], "unknown anchor") {
			what = m[2]
		}
	}
	remedy := "correct it there or on the line before; put a text with special characters in quotes"
	if strings.Contains(err.Error(), "unknown anchor") {
		what, remedy = "is not YAML: a value begins with *, and no anchor has that name", "put the value in quotes"
		r.problem(max(line, unquoted(data, '*')), "", what, remedy)
		return
	}
	for i, l := range bytes.Split(data, []byte("\n")) {
		if indent := l[:len(l)-len(bytes.TrimLeft(l, " \t"))]; bytes.ContainsRune(indent, '\t') && len(bytes.TrimSpace(l)) > 0 {
			r.problem(i+1, "", "is indented with a tab", "use spaces")
			return
		}
	}
	r.problem(line, "", "is not YAML: "+what, remedy)
}

// unquoted is the first line with a value that begins with a character.
func unquoted(data []byte, c byte) int {
	for i, l := range bytes.Split(data, []byte("\n")) {
		_, value, found := bytes.Cut(l, []byte(": "))
		if value = bytes.TrimSpace(value); found && len(value) > 0 && value[0] == c {
			return i + 1
		}
	}
	return 1
}

// section reads the keys below prefix, which is empty at the top.
func (r *fileReader) section(prefix string, n *yaml.Node) {
	n, line := target(n), n.Line
	switch {
	case n == nil:
		r.problem(line, prefix, "refers to itself", "write it out")
		return
	case isNull(n):
		return // says nothing
	case n.Kind != yaml.MappingNode && prefix == "":
		r.problem(line, "", "has no keys", "begin it with a section, such as detect:")
		return
	case n.Kind != yaml.MappingNode:
		r.problem(line, prefix, "is a section", "indent its keys below it")
		return
	}
	for _, p := range r.pairs(prefix, n) {
		name := p.name
		if prefix != "" {
			name = prefix + "." + name
		}
		switch isKey := r.keys[name]; {
		case strings.Contains(p.name, ".") && (isKey || r.sections[name]):
			r.problem(p.line, name, "has a dot in it", "indent what is after the dot below what is before it")
		case isKey:
			r.entries = append(r.entries, entry{name, p.line, p.value})
		case r.sections[name]:
			r.section(name, p.value)
		default:
			r.problem(p.line, name, "unknown key"+r.nearest(name), "")
		}
	}
}

// nearest suggests a key: one of the same name elsewhere, or one that is spelled
// like it.
func (r *fileReader) nearest(name string) string {
	_, last := cutLast("."+name, ".")
	if s := didYouMean(name, r.known, ""); s != "" {
		return s
	}
	for _, k := range slices.Sorted(maps.Keys(r.known)) {
		if strings.HasSuffix(k, "."+last) {
			return ": did you mean " + k + "?"
		}
	}
	return ""
}

// pairs lists the keys of a mapping with their values. Merged ones (<<) come
// after its own and count where it has none of the name.
func (r *fileReader) pairs(prefix string, n *yaml.Node) []entry {
	var own []entry
	var merged []*yaml.Node
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := target(n.Content[i]), n.Content[i+1]
		line := n.Content[i].Line
		if r.nodes++; r.nodes > maxConfigNodes {
			if r.nodes == maxConfigNodes+1 {
				r.problem(line, prefix, "has too many keys with its aliases", "write it shorter")
			}
			return nil
		}
		switch {
		case k == nil || k.Kind != yaml.ScalarNode:
			r.problem(line, prefix, "has a key that is no name", "write one name before each colon")
		case k.Tag == "!!merge":
			merged = append(merged, v)
		case lines[k.Value] != 0:
			name := k.Value
			if prefix != "" {
				name = prefix + "." + name
			}
			r.problem(line, name, fmt.Sprintf("stands on line %d already", lines[k.Value]), "remove one of them")
		default:
			lines[k.Value] = line
			own = append(own, entry{k.Value, line, v})
		}
	}
	for _, m := range merged {
		for _, e := range r.merge(prefix, m) {
			if lines[e.name] == 0 {
				lines[e.name] = e.line
				own = append(own, e)
			}
		}
	}
	return own
}

// merge lists the keys of what << refers to: a mapping or a list of them.
func (r *fileReader) merge(prefix string, n *yaml.Node) []entry {
	line := n.Line
	n = target(n)
	switch {
	case n != nil && n.Kind == yaml.MappingNode:
		return r.pairs(prefix, n)
	case n != nil && n.Kind == yaml.SequenceNode:
		var all []entry
		for _, item := range n.Content {
			if item = target(item); item != nil && item.Kind == yaml.MappingNode {
				all = append(all, r.pairs(prefix, item)...)
			}
		}
		return all
	}
	r.problem(line, prefix, "merges what is no section", "merge an anchor of a section: <<: *NAME")
	return nil
}

// target follows aliases; nil where they lead nowhere.
func target(n *yaml.Node) *yaml.Node {
	for range 100 {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// isText reports whether a scalar is read as it is written: a number or date
// counts as the text that stands there.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && slices.Contains([]string{"!!str", "!!int", "!!float", "!!timestamp"}, n.ShortTag())
}
