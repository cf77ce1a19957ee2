package code

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// assignment is an argument or key with a text beside it on one line.
var assignment = regexp.MustCompile(`^(\s*"?([A-Za-z0-9_.-]+)"?\s*[=:]\s*)"([^"\\]|\\.)+"`)

// Diff is the unified diff between two versions of a file, for people: what looks
// like a secret in the lines around a change is not shown. It is empty where they
// are equal.
func Diff(name string, before, after []byte) string {
	a, b := lines(before), lines(after)
	shownA, shownB := withoutSecrets(a), withoutSecrets(b)
	groups := difflib.NewMatcher(a, b).GetGroupedOpCodes(3)
	var out strings.Builder
	for i, group := range groups {
		if i == 0 {
			fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", name, name)
		}
		first, last := group[0], group[len(group)-1]
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", extent(first.I1, last.I2), extent(first.J1, last.J2))
		for _, op := range group {
			if op.Tag == 'e' {
				prefixed(&out, ' ', shownA[op.I1:op.I2])
				continue
			}
			prefixed(&out, '-', shownA[op.I1:op.I2])
			prefixed(&out, '+', shownB[op.J1:op.J2])
		}
	}
	return out.String()
}

// extent is a range of lines as the unified format counts them.
func extent(start, end int) string {
	switch n := end - start; n {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	default:
		return fmt.Sprintf("%d,%d", start+1, n)
	}
}

func prefixed(out *strings.Builder, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

func lines(text []byte) []string {
	all := strings.SplitAfter(string(text), "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

const hiddenText = "(hidden)"

// withoutSecrets returns the lines of a file as they may be shown.
func withoutSecrets(all []string) []string {
	out := make([]string, len(all))
	private := false // within a private key
	for i, line := range all {
		end := line[len(strings.TrimRight(line, "\r\n")):]
		m := assignment.FindStringSubmatchIndex(line)
		switch {
		case private, strings.Contains(line, "PRIVATE KEY-----"):
			private = !strings.Contains(line, "-----END")
			line = hiddenText + end
		case resource.SecretValue(strings.TrimSpace(line)):
			line = hiddenText + end
		case len(m) > 5 && resource.SecretName(line[m[4]:m[5]]):
			line = line[:m[3]] + `"` + hiddenText + `"` + line[m[1]:]
		}
		out[i] = line
	}
	return out
}
