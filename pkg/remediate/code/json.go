package code

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// jsonNode is a value of a JSON document, with its line.
type jsonNode struct {
	line    int
	text    string
	isText  bool
	keys    []string
	members []*jsonNode // of an object beside its keys, or of a list
}

func parseJSON(src []byte) (*jsonNode, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(src, []byte("\ufeff"))))
	d.UseNumber()
	line, counted := 1, 0
	text := bytes.TrimPrefix(src, []byte("\ufeff"))
	var next func() (*jsonNode, error)
	next = func() (*jsonNode, error) {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		offset := int(d.InputOffset())
		line += bytes.Count(text[counted:offset], []byte("\n"))
		counted = offset
		n := &jsonNode{line: line}
		switch t := token.(type) {
		case string:
			n.text, n.isText = t, true
		case json.Delim:
			for d.More() {
				if t == '{' {
					key, err := next()
					if err != nil {
						return nil, err
					}
					n.keys = append(n.keys, key.text)
				}
				member, err := next()
				if err != nil {
					return nil, err
				}
				n.members = append(n.members, member)
			}
			if _, err := d.Token(); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	root, err := next()
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return root, nil
}

// member returns what is below the given keys; blocks may be in lists.
func (n *jsonNode) member(keys ...string) *jsonNode {
	if n == nil || len(keys) == 0 {
		return n
	}
	rest := keys
	for i, m := range n.members {
		if len(n.keys) > 0 {
			if n.keys[i] != keys[0] {
				continue
			}
			rest = keys[1:]
		}
		if found := m.member(rest...); found != nil {
			return found
		}
	}
	return nil
}

func (n *jsonNode) lineNumber() int {
	if n == nil {
		return 0
	}
	return n.line
}

// strings visits every text: values and keys, as a key may be a template.
func (n *jsonNode) strings(visit func(text string, line int)) {
	if n == nil {
		return
	}
	if n.isText {
		visit(n.text, n.line)
	}
	for i, m := range n.members {
		if len(n.keys) > 0 && strings.Contains(n.keys[i], "${") {
			visit(n.keys[i], m.line)
		}
		m.strings(visit)
	}
}
