package resource

import (
	"regexp"
	"strings"
)

const secretWords = `password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credential|connection[_-]?string`

var (
	secretName = regexp.MustCompile(`(?i)` + secretWords)

	// secretValue matches what is a secret whatever it is called: private keys,
	// the token formats of common services, a password in a URL or a connection
	// string, and a secret's name beside its value in a JSON document.
	secretValue = regexp.MustCompile(strings.Join([]string{
		`-----BEGIN [A-Z ]*PRIVATE KEY`,
		`\b(AKIA|ASIA)[A-Z0-9]{16}\b`,
		`\bgh[pousr]_[A-Za-z0-9]{20,}`, `\bgithub_pat_[A-Za-z0-9_]{20,}`, `\bglpat-[A-Za-z0-9_-]{15,}`,
		`\bxox[abeprs]-[A-Za-z0-9-]{10,}`,
		`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.`,
		`\b(sk|rk)_(live|test)_[A-Za-z0-9]{10,}`,
		`\bAIza[A-Za-z0-9_-]{30,}`, `\bya29\.[A-Za-z0-9_-]{10,}`,
		`\bhv[sb]\.[A-Za-z0-9_-]{20,}`,
		`hooks\.slack\.com/(services|workflows|triggers)/.`, `discord(app)?\.com/api/webhooks/.`, `webhook\.office\.com/webhookb2/.`,
		`[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@"]*:[^/\s@"]+@`,
		`(?i)\b(password|pwd|accountkey|sharedaccesskey|sig)=[^;&\s"]+`,
		`(?i)://[^\s"]*[?&]([a-z_-]*(token|secret|signature)|api[_-]?key|key|code)=[^&\s"]+`,
		`(?i)"[^":]*(` + secretWords + `)[^":]*"\s*:\s*"[^"]+"`,
		`(?i)"name"\s*:\s*"[^"]*(` + secretWords + `)[^"]*"\s*,\s*"value"\s*:\s*"[^"]+"`,
	}, "|"))
)

// SecretName reports whether a key that a user chose – of a tag, an environment
// variable, a setting – says that its value is a secret. It is not for the names
// of attributes: there the schema knows.
func SecretName(key string) bool { return secretName.MatchString(key) }

// SecretValue reports whether a text is a secret or holds one.
func SecretValue(s string) bool { return len(s) >= 8 && secretValue.MatchString(s) }
