package sshsign

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxLine is the longest line that is read of a list of keys, in bytes. A key of
// 16384 bits takes about 3 KiB.
const maxLine = 1 << 20

// Allowed is what an allowed_signers file says: which keys may sign, for whom, in
// which namespaces and when. It never changes: any number may use it at a time.
type Allowed struct {
	lines []allowedLine
}

// allowedLine is one line of an allowed_signers file.
type allowedLine struct {
	at         string   // name:line, for errors
	principals []string // patterns
	authority  bool     // the key signs certificates, no messages
	namespaces []string // patterns; not looked at unless restricted
	restricted bool
	after      time.Time // zero: from ever
	before     time.Time // zero: for ever
	key        []byte    // wire form of the plain key
}

// ReadAllowed reads an allowed_signers file in the format of ssh-keygen(1),
// section ALLOWED SIGNERS:
//
//	alice@example.org,bob@example.org namespaces="git,file" ssh-ed25519 AAAA… comment
//	*@example.org cert-authority,valid-before="20300101Z" ssh-ed25519 AAAA…
//
// Blank lines and lines that begin with # are skipped. A line that cannot be read
// is an error that begins with name and the line's number; so is a certificate in
// place of a key, a principal that cannot be shown, and an empty one. Times
// without Z are in the machine's time zone, as in ssh-keygen. Keys that are too
// weak can be read; their signatures are refused.
func ReadAllowed(r io.Reader, name string) (*Allowed, error) {
	a := &Allowed{}
	err := eachLine(r, name, func(at, text string) error {
		line, err := parseAllowedLine(text)
		line.at = at
		a.lines = append(a.lines, line)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// eachLine calls read with the place and the text of each line that is neither
// blank nor a comment, and puts the place before its error.
func eachLine(r io.Reader, name string, read func(at, text string) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	number := 0
	for lines.Scan() {
		number++
		text := strings.Trim(lines.Text(), blanks+"\r")
		if text == "" || text[0] == '#' {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, number)
		if err := read(at, text); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s:%d: the line is longer than %d KiB", name, number+1, maxLine>>10)
	case err != nil:
		return fmt.Errorf("%s: read: %w", name, err)
	}
	return nil
}

// parseAllowedLine reads a line: principals, options if there are any, key.
func parseAllowedLine(text string) (allowedLine, error) {
	var line allowedLine
	principals, rest, err := cutPrincipals(text)
	if err != nil {
		return line, err
	}
	line.principals = strings.Split(principals, ",")
	for _, p := range line.principals {
		if strings.TrimPrefix(p, "!") == "" {
			return line, errors.New("a principal is empty: separate principals by single commas, without blanks")
		}
		if !isPrintable(p) {
			return line, fmt.Errorf("principal %s has a character that cannot be shown", quote(p))
		}
	}
	key, err := publicKey(rest)
	if word, _ := cutField(rest); err != nil && !isKeyType(word) {
		end := endOfOptions(rest)
		options := rest[:end]
		if err := line.parseOptions(options); err != nil {
			return line, err
		}
		key, err = publicKey(strings.TrimLeft(rest[end:], blanks))
	}
	if err != nil {
		return line, err
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return line, errors.New("it has a certificate: write the key of its authority, with the option cert-authority")
	}
	line.key = key.Marshal()
	return line, nil
}

// isKeyType reports whether a word is meant as the type of a key: no option begins
// like one.
func isKeyType(word string) bool {
	for _, start := range []string{"ssh-", "ecdsa-", "sk-", "rsa-"} {
		if strings.HasPrefix(word, start) {
			return true
		}
	}
	return false
}

// cutPrincipals returns the first field of a line, which may be in quotes.
func cutPrincipals(text string) (principals, rest string, err error) {
	quoted, isQuoted := strings.CutPrefix(text, `"`)
	if !isQuoted {
		principals, rest = cutField(text)
		if strings.Contains(principals, `"`) {
			return "", "", errors.New("a quote is within the principals: quote all of them or none")
		}
	} else {
		end := strings.IndexByte(quoted, '"')
		if end < 0 {
			return "", "", errors.New("the quote before the principals is not closed")
		}
		principals, rest = quoted[:end], quoted[end+1:]
		trimmed := strings.TrimLeft(rest, blanks)
		if trimmed == rest && rest != "" {
			return "", "", errors.New("no blank follows the principals in quotes")
		}
		rest = trimmed
	}
	if rest == "" {
		return "", "", errors.New("it has no key")
	}
	return principals, rest, nil
}

// endOfOptions returns where the first blank outside quotes is.
func endOfOptions(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '"':
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(blanks, text[i]) >= 0:
			return i
		}
	}
	return len(text)
}

// parseOptions reads a line's options, which commas outside quotes separate. Their
// names are read in any case.
func (line *allowedLine) parseOptions(options string) error {
	for more := true; more; {
		var option string
		option, options, more = cutOption(options)
		name, value, hasValue := strings.Cut(option, "=")
		name = strings.ToLower(name)
		switch name {
		case "cert-authority":
			if hasValue {
				return errors.New("option cert-authority takes no value")
			}
			line.authority = true
			continue
		case "namespaces", "valid-after", "valid-before":
		default:
			return fmt.Errorf("%s is neither an option nor a type of key", quote(option))
		}
		value, ok := dequote(value)
		if !ok {
			return fmt.Errorf(`option %s needs a value in quotes: %s="…"`, name, name)
		}
		if err := line.setOption(name, value); err != nil {
			return err
		}
	}
	if !line.after.IsZero() && !line.before.IsZero() && !line.before.After(line.after) {
		return errors.New("valid-before is not later than valid-after")
	}
	return nil
}

// setOption sets one of the options that have a value and may be given once.
func (line *allowedLine) setOption(name, value string) error {
	twice := fmt.Errorf("option %s is given twice", name)
	if name == "namespaces" {
		if line.restricted {
			return twice
		}
		line.restricted = true
		line.namespaces = strings.Split(value, ",")
		return nil
	}
	at := &line.after
	if name == "valid-before" {
		at = &line.before
	}
	if !at.IsZero() {
		return twice
	}
	t, err := parseTime(value)
	if err != nil {
		return fmt.Errorf("option %s: %w", name, err)
	}
	*at = t
	return nil
}

// cutOption returns the text before the first comma outside quotes, what follows
// it, and whether there was one.
func cutOption(text string) (option, rest string, more bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '"':
			i++
		case text[i] == '"':
			quoted = !quoted
		case !quoted && text[i] == ',':
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// dequote returns what is between quotes that enclose all of the text. A quote
// within them is written \", and a backslash is itself.
func dequote(text string) (value string, ok bool) {
	rest, ok := strings.CutPrefix(text, `"`)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		switch {
		case rest[i] == '"':
			return b.String(), i == len(rest)-1
		case rest[i] == '\\' && i+1 < len(rest) && rest[i+1] == '"':
			i++
		}
		b.WriteByte(rest[i])
	}
	return "", false
}

// parseTime reads a time as ssh-keygen does: YYYYMMDD, YYYYMMDDHHMM or
// YYYYMMDDHHMMSS, in UTC if a Z or UTC follows and else in the machine's time
// zone. A day or second that does not exist is an error.
func parseTime(text string) (time.Time, error) {
	digits, zone := text, time.Local
	for _, suffix := range []string{"Z", "UTC"} {
		if n := len(text) - len(suffix); n > 0 && strings.EqualFold(text[n:], suffix) {
			digits, zone = text[:n], time.UTC
			break
		}
	}
	const layout = "20060102150405"
	if n := len(digits); (n == 8 || n == 12 || n == 14) && strings.Trim(digits, "0123456789") == "" {
		// A year of the epoch or before it is none that a key was made in.
		if t, err := time.ParseInLocation(layout[:n], digits, zone); err == nil && t.Unix() > 0 {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is no time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and Z for UTC", quote(text))
}
