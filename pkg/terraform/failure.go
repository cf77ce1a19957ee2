package terraform

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// failed makes the one line of a command that failed: Terraform's own first line
// where there is no better one, without secrets.
func (p pulled) failed(ctx context.Context, c command, what string, err error, data *dataDir) error {
	if ctx.Err() != nil {
		return p.fail("was not opened: "+ctx.Err().Error(), "", ctx.Err())
	}
	name := c.name()
	if errors.Is(err, errTooLong) {
		e := &state.Error{Source: p.String()}
		e.Problem, e.Remedy = fmt.Sprintf("is larger than the size limit of %d bytes", c.limit), "raise the limit with --max-state-size"
		return e
	}
	f := (*failure)(nil)
	errors.As(err, &f)
	said := plain(f.stderr)
	if problem, remedy, ok := explained(said, name, p.dir); ok {
		return p.fail(problem, remedy, nil)
	}
	line := redact(firstLine(said), secretValues(p.o.Environ, data))
	if line == "" {
		line = f.err.Error() // exit status 1
	}
	return p.fail(name+" "+what+" failed: "+line, "run "+name+" "+what+" in "+p.dir+" to see all of it", nil)
}

// explained is a better line than Terraform's, where there is one.
func explained(said, name, dir string) (problem, remedy string, ok bool) {
	for _, known := range knownFailures {
		if known.sign.MatchString(said) {
			again := strings.NewReplacer("NAME", name, "DIR", dir)
			return again.Replace(known.problem), again.Replace(known.remedy), true
		}
	}
	return "", "", false
}

// knownFailures are the ones that have a better line than Terraform's.
var knownFailures = []struct {
	sign            *regexp.Regexp
	problem, remedy string
}{
	{regexp.MustCompile(`Backend type changed|[Bb]ackend configuration( block)? (has )?changed|Backend configuration changed|Unsetting the previously set backend|Migrating from backend`),
		"its backend has been changed since NAME init", "run NAME init in DIR first, which driftmgr never does, as it writes"},
	{regexp.MustCompile(`initialization required|Required plugins are not installed|[Mm]odule not installed|please run "(terraform|tofu) init"`),
		"is not initialised", "run NAME init in DIR first, which driftmgr never does, as it writes"},
	{regexp.MustCompile(`Unsupported (Terraform|OpenTofu) Core version`),
		"its configuration wants another version than this NAME", "use the version that required_version in DIR allows"},
	{regexp.MustCompile(`which is newer than current|format version \d+, which is not supported`),
		"was written by a newer version than this NAME", "use the version that wrote it, or a newer one"},
	{regexp.MustCompile(`(?i)decrypt|is encrypted and can ?not be read|\bkey_provider\b`),
		"is encrypted, and NAME could not decrypt it", "give NAME its keys: the encryption block in DIR, TF_ENCRYPTION, or the variables (TF_VAR_…) that they use"},
	{regexp.MustCompile(`does not have a "version" attribute`),
		"is no state that NAME can read", "if OpenTofu encrypts it, read it with tofu"},
}

// plain takes out the frame that Terraform puts around its messages.
func plain(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "│╷╵|")))
		b.WriteByte('\n')
	}
	return b.String()
}

// firstLine is the first that says what is wrong: that of the first error, or
// else the last of all, as warnings come first.
func firstLine(text string) string {
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "Error: "); ok {
			return rest
		}
		if strings.HasPrefix(line, "Error ") || strings.HasPrefix(line, "Failed ") {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}

var (
	secretNames = regexp.MustCompile(`(?i)secret|token|passw|passphrase|credential|key|conn_str|encryption|sas`)
	userinfo    = regexp.MustCompile(`://[^/\s@"']*@`)
	query       = regexp.MustCompile(`(://[^\s?"']*)\?[^\s"']*`)
	assignment  = regexp.MustCompile(`(?i)([a-z_-]*(?:secret|token|passw(?:or)?d|passphrase|accountkey|access_?key|signature|authorization|bearer)[a-z_-]*)(["']?\s*[=:]\s*|\s+)("[^"]*"|'[^']*'|(?:(?:bearer|basic)\s+)?[^\s,;"']+)`)
	accessKey   = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b`)
	longOpaque  = regexp.MustCompile(`[A-Za-z0-9+_=.-]{32,}`)
)

func secretName(name string) bool { return secretNames.MatchString(name) }

// secretValues are the values that must not be told, whatever is around them.
func secretValues(environ []string, data *dataDir) []string {
	values := append([]string(nil), data.secrets...)
	for _, v := range environ {
		if name, value, _ := strings.Cut(v, "="); secretName(name) || strings.HasPrefix(name, "TF_VAR_") {
			values = append(values, value)
		}
	}
	return values
}

const (
	mask   = "***"
	widest = 300 // bytes of a line
)

// redact takes the secrets out of a line: the known ones, and what looks like
// one.
func redact(line string, values []string) string {
	for _, v := range values {
		if len(v) >= 4 {
			line = strings.ReplaceAll(line, v, mask)
		}
	}
	line = userinfo.ReplaceAllString(line, "://"+mask+"@")
	line = query.ReplaceAllString(line, "$1?"+mask)
	line = assignment.ReplaceAllString(line, "$1$2"+mask)
	line = accessKey.ReplaceAllString(line, mask)
	line = longOpaque.ReplaceAllStringFunc(line, func(s string) string {
		if strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
			return mask
		}
		return s
	})
	if len(line) > widest {
		line = strings.ToValidUTF8(line[:widest], "") + "…"
	}
	return line
}
