package cli

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// A text of the configuration file may refer to what is elsewhere:
//
//	${NAME}             the environment variable, an error where it is unset or empty
//	${NAME:-default}    the same with a default, which may be empty
//	${secret:NAME}      a secret of the configured store, secrets.backend
//	${aws-secret:NAME}  a secret of AWS Secrets Manager, by name or ARN
//	${azure-secret:VAULT/NAME}
//	${gcp-secret:projects/P/secrets/S}
//	${file:/path}       the content of a file
//	$${                 a literal ${
//
// #KEY after a secret's name takes one key of a secret that is a JSON object. A
// $ before anything else is a $.
//
// A reference does not nest, and what it stands for is not looked into again.

// text is a text of the file in its parts.
type text []piece

// piece is a literal, an environment variable or a secret.
type piece struct {
	literal string

	env      string // the variable's name
	fallback string
	optional bool // there is a fallback, if only an empty one

	secret *secretRef
}

// secretRef names a secret.
type secretRef struct {
	store string // one of storeSecret …
	name  string
	key   string // of a JSON object; empty: the secret is taken whole
}

// The kinds of secret references, as they are written.
const (
	storeSecret = "secret"
	storeAWS    = "aws-secret"
	storeAzure  = "azure-secret"
	storeGCP    = "gcp-secret"
	storeFile   = "file"
)

// String is the reference as it is written. It is no secret.
func (r secretRef) String() string {
	s := "${" + r.store + ":" + r.name
	if r.key != "" {
		s += "#" + r.key
	}
	return s + "}"
}

var (
	variable  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	gcpSecret = regexp.MustCompile(`^projects/[^/]+/secrets/[^/]+(/versions/[^/]+)?$`)
)

// parseText takes a text apart. Its errors do not repeat the text, which may
// hold a secret.
func parseText(s string) (text, error) {
	var t text
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t = append(t, piece{literal: literal.String()})
			literal.Reset()
		}
	}
	for s != "" {
		switch {
		case strings.HasPrefix(s, "$${"):
			literal.WriteString("${")
			s = s[len("$${"):]
		case strings.HasPrefix(s, "${"):
			body, rest, closed := strings.Cut(s[len("${"):], "}")
			if !closed {
				return nil, errors.New("has ${ without }")
			}
			if strings.Contains(body, "${") {
				return nil, errors.New("has a reference within a reference")
			}
			p, err := parseReference(body)
			if err != nil {
				return nil, err
			}
			flush()
			t, s = append(t, p), rest
		default:
			literal.WriteByte(s[0])
			s = s[1:]
		}
	}
	flush()
	return t, nil
}

// parseReference parses what is between ${ and }.
func parseReference(body string) (piece, error) {
	name, fallback, optional := strings.Cut(body, ":-")
	if variable.MatchString(name) {
		return piece{env: name, fallback: fallback, optional: optional}, nil
	}
	store, name, found := strings.Cut(body, ":")
	if !found || !slices.Contains([]string{storeSecret, storeAWS, storeAzure, storeGCP, storeFile}, store) {
		return piece{}, errors.New("has a reference of no known kind")
	}
	r := &secretRef{store: store, name: name}
	if store != storeFile {
		var hasKey bool
		r.name, r.key, hasKey = strings.Cut(name, "#")
		if hasKey && r.key == "" {
			return piece{}, errors.New("has a secret reference with no JSON key after #")
		}
	}
	if r.name == "" || strings.ContainsAny(body, "\x00\r\n") {
		return piece{}, errors.New("has a secret reference without a name")
	}
	switch store {
	case storeAzure:
		vault, secret := cutLast(r.name, "/")
		if vault == "" || secret == "" {
			return piece{}, errors.New("has an Azure secret without its vault")
		}
	case storeGCP:
		if !gcpSecret.MatchString(r.name) {
			return piece{}, errors.New("has a Google secret without its project")
		}
	}
	return piece{secret: r}, nil
}

// referenceRemedy is what to do about an error of parseText.
const referenceRemedy = "write ${NAME}, ${NAME:-default}, ${secret:NAME}, ${aws-secret:NAME}, ${azure-secret:VAULT/NAME}, " +
	"${gcp-secret:projects/P/secrets/S} or ${file:/path}, and $${ for a literal ${"

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+len(sep):]
}

// expand puts the environment in its place. missing is the first variable that is
// unset and has no default.
func (t text) expand(getenv func(string) string) (expanded text, missing string) {
	for _, p := range t {
		if p.env != "" {
			value := getenv(p.env)
			if value == "" && !p.optional {
				return nil, p.env
			}
			if value == "" {
				value = p.fallback
			}
			p = piece{literal: value}
		}
		expanded = append(expanded, p)
	}
	return expanded, ""
}

// refersToSecret reports whether a store has to be asked.
func (t text) refersToSecret() bool {
	return slices.ContainsFunc(t, func(p piece) bool { return p.secret != nil })
}

// plain reports whether a part of the text stands in the file itself.
func (t text) plain() bool {
	return slices.ContainsFunc(t, func(p piece) bool { return p.literal != "" || p.fallback != "" })
}

// refers reports whether there is a reference at all.
func (t text) refers() bool {
	return slices.ContainsFunc(t, func(p piece) bool { return p.env != "" || p.secret != nil })
}

// names lists the references without their defaults.
func (t text) names() []string {
	var names []string
	for _, p := range t {
		switch {
		case p.env != "":
			names = append(names, "${"+p.env+"}")
		case p.secret != nil:
			names = append(names, p.secret.String())
		}
	}
	return names
}

// String is an expanded text with its secrets as they are written: as
// references.
func (t text) String() string {
	var s strings.Builder
	for _, p := range t {
		if p.secret != nil {
			s.WriteString(p.secret.String())
		} else {
			s.WriteString(p.literal)
		}
	}
	return s.String()
}
