//go:build e2e

package sshsign

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// program returns the path of one of OpenSSH's programs, which must be there.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("these tests need %s on PATH: install the OpenSSH client", name)
	}
	return path
}

// try runs one of OpenSSH's programs with an agent, if socket names one, and
// returns what it says.
func try(t *testing.T, socket, input, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, name), args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket, "SSH_ASKPASS_REQUIRE=never", "LC_ALL=C")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out) + stderr.String(), fmt.Errorf("%s %s: %w: %s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out), nil
}

func must(t *testing.T, socket, input, name string, args ...string) string {
	t.Helper()
	out, err := try(t, socket, input, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// realAgent starts ssh-agent with the keys of files.
func realAgent(t *testing.T, dir string, files ...string) (socket string) {
	t.Helper()
	socket = filepath.Join(dir, "real-agent")
	cmd := exec.Command(program(t, "ssh-agent"), "-D", "-a", socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for range 100 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, file := range files {
		must(t, socket, "", "ssh-add", "-q", file)
	}
	return socket
}

// realKey makes a key by ssh-keygen.
func realKey(t *testing.T, file, passphrase string, kind ...string) (public string) {
	t.Helper()
	must(t, "", "", "ssh-keygen", append([]string{"-q", "-N", passphrase, "-C", filepath.Base(file), "-f", file, "-t"}, kind...)...)
	data, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// kinds are the keys which both sides can make.
func kinds() map[string][]string {
	return map[string][]string{
		"ed25519": {"ed25519"}, "rsa": {"rsa", "-b", "2048"},
		"p256": {"ecdsa", "-b", "256"}, "p384": {"ecdsa", "-b", "384"}, "p521": {"ecdsa", "-b", "521"},
	}
}

// gitVerifies returns the names that git accepts a signature under: it asks
// ssh-keygen for the principals and verifies under each.
func gitVerifies(t *testing.T, dir, message, armored, revoked string) []string {
	t.Helper()
	sig := writeFile(t, filepath.Join(dir, "sig"), armored, 0o600)
	common := []string{"-f", filepath.Join(dir, "allowed_signers"), "-s", sig, "-Overify-time=" + now.Format("20060102150405") + "Z"}
	out, err := try(t, "", "", "ssh-keygen", append([]string{"-Y", "find-principals"}, common...)...)
	if err != nil {
		return nil
	}
	var names []string
	for name := range strings.Lines(out) {
		name = strings.TrimSuffix(name, "\n")
		args := append([]string{"-Y", "verify", "-n", space, "-I", name}, common...)
		if revoked != "" {
			args = append(args, "-r", revoked)
		}
		if _, err := try(t, "", message, "ssh-keygen", args...); err == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// TestOpenSSHVerifies signs here and verifies by ssh-keygen.
func TestOpenSSHVerifies(t *testing.T) {
	for kind, arguments := range kinds() {
		t.Run(kind, func(t *testing.T) {
			dir := shortDir(t)
			public := realKey(t, dir+"/id", "", arguments...)
			locked := realKey(t, dir+"/locked", "open sesame", arguments...)
			socket := realAgent(t, dir, dir+"/id")
			agentOnly := writeFile(t, filepath.Join(t.TempDir(), "id.pub"), public, 0o644)
			writeFile(t, dir+"/allowed_signers", "alice@example.org "+public+"\nbob@example.org "+locked+"\n", 0o600)
			for _, c := range []struct {
				name string
				open KeyOptions
				want string
				file string // with its public key
			}{
				{"file", KeyOptions{File: dir + "/id"}, "alice@example.org", "/id.pub"},
				{"encrypted", KeyOptions{File: dir + "/locked", Passphrase: func(string) ([]byte, error) { return []byte("open sesame"), nil }}, "bob@example.org", "/locked.pub"},
				{"agent", KeyOptions{AgentSocket: socket}, "alice@example.org", "/id.pub"},
				{"public key", KeyOptions{File: agentOnly, AgentSocket: socket}, "alice@example.org", "/id.pub"},
			} {
				t.Run(c.name, func(t *testing.T) {
					s, err := OpenSigner(t.Context(), c.open)
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					armored, err := s.Sign(space, []byte(text))
					if err != nil {
						t.Fatal(err)
					}
					if shown := must(t, "", "", "ssh-keygen", "-l", "-f", dir+c.file); !strings.Contains(shown, s.Fingerprint()) {
						t.Errorf("fingerprint %s; ssh-keygen shows %s", s.Fingerprint(), shown)
					}
					if got := gitVerifies(t, dir, text, string(armored), ""); !slices.Equal(got, []string{c.want}) {
						t.Errorf("ssh-keygen verifies it for %q; want %s", got, c.want)
					}
					if got := gitVerifies(t, dir, text+"x", string(armored), ""); got != nil {
						t.Errorf("ssh-keygen verifies other bytes for %q", got)
					}
				})
			}
		})
	}
}

// TestOpenSSHSigns signs by ssh-keygen and verifies here.
func TestOpenSSHSigns(t *testing.T) {
	for kind, arguments := range kinds() {
		t.Run(kind, func(t *testing.T) {
			dir := shortDir(t)
			public := realKey(t, dir+"/id", "", arguments...)
			socket := realAgent(t, dir, dir+"/id")
			allowed := allow(t, "alice@example.org "+public)
			for name, args := range map[string][]string{
				"file":   {"-f", dir + "/id"},
				"sha256": {"-f", dir + "/id", "-Ohashalg=sha256"},
				"agent":  {"-f", writeFile(t, filepath.Join(t.TempDir(), "id.pub"), public, 0o644), "-U"},
			} {
				t.Run(name, func(t *testing.T) {
					armored := must(t, socket, text, "ssh-keygen", append([]string{"-Y", "sign", "-n", space}, args...)...)
					id, err := allowed.Verify(space, []byte(text), []byte(armored), nil, now)
					if err != nil || id.Principal != "alice@example.org" {
						t.Errorf("%+v, %v", id, err)
					}
					if _, err := allowed.Verify("git", []byte(text), []byte(armored), nil, now); err == nil {
						t.Error("it verifies in another namespace")
					}
				})
			}
		})
	}
}

// TestSameLines reads lines of allowed_signers with both.
func TestSameLines(t *testing.T) {
	dir := shortDir(t)
	key, ca := realKey(t, dir+"/id", "", "ed25519"), realKey(t, dir+"/ca", "", "ecdsa")
	must(t, "", "", "ssh-keygen", "-q", "-s", dir+"/ca", "-I", "alice-laptop", "-n", "alice@example.org,al@example.org,alice", "-V", "20260101Z:20270101Z", "-z", "7", dir+"/id.pub")
	plainSig := must(t, "", text, "ssh-keygen", "-Y", "sign", "-n", space, "-f", dir+"/id")
	certSig := must(t, "", text, "ssh-keygen", "-Y", "sign", "-n", space, "-f", dir+"/id-cert.pub")
	for _, c := range []struct {
		name, lines string
		differs     string // why ssh-keygen accepts what we do not
	}{
		{"plain", "alice KEY", ""},
		{"two names", "alice,bob KEY", ""},
		{"quoted", `"alice smith,bob" KEY`, ""},
		{"comments", "# c\n\n \t# d\n\talice \t KEY", ""},
		{"carriage return", "alice KEY\r", ""},
		{"other key", "alice CA", ""},
		{"namespace", `alice namespaces="plan@*" KEY`, ""},
		{"second namespace", `alice namespaces="git,plan@*" KEY`, ""},
		{"other namespace", `alice namespaces="git" KEY`, ""},
		{"negated namespace", `alice namespaces="*,!plan@*" KEY`, ""},
		{"empty namespace", `alice namespaces="" KEY`, ""},
		{"escaped quote", `alice namespaces="a\"b,plan@*" KEY`, ""},
		{"option in capitals", `alice NameSpaces="plan@*" KEY`, ""},
		{"valid", `alice valid-after="20260101Z",valid-before="20270101Z" KEY`, ""},
		{"expired", `alice valid-before="20260101Z" KEY`, ""},
		{"last second", `alice valid-before="20260517120000Z" KEY`, ""},
		{"second after", `alice valid-before="20260517115959Z" KEY`, ""},
		{"first second", `alice valid-after="20260517120000Z" KEY`, ""},
		{"second before", `alice valid-after="20260517120001Z" KEY`, ""},
		{"minute", `alice valid-after="202605171200Z" KEY`, ""},
		{"name that is negated", "alice,bob,!ali* KEY", ""},
		{"authority's key as signer", "alice CA\nbob KEY", ""},
		{"authority", "* cert-authority CA", ""},
		{"authority of a domain", "*@example.org cert-authority CA", ""},
		{"authority without one name", "*@example.org,!al@* cert-authority CA", ""},
		{"authority of another domain", "*@example.com cert-authority CA", ""},
		{"authority of one name", "alice cert-authority CA", ""},
		{"authority that has expired", `* cert-authority,valid-before="20260101Z" CA`, ""},
		{"own key as authority", "alice cert-authority KEY", ""},
		{"pattern", "*@example.org KEY", "it verifies under the pattern itself"},
		{"no name but a pattern", "alic? KEY", "it verifies under the pattern itself"},
	} {
		for kind, armored := range map[string]string{"key": plainSig, "certificate": certSig} {
			t.Run(c.name+"/"+kind, func(t *testing.T) {
				lines := strings.NewReplacer("KEY", key, "CA", ca).Replace(c.lines) + "\n"
				writeFile(t, dir+"/allowed_signers", lines, 0o600)
				id, _ := allow(t, lines).Verify(space, []byte(text), []byte(armored), nil, now)
				theirs := gitVerifies(t, dir, text, armored, "")
				if c.differs != "" && kind == "key" {
					if id.Principals != nil || theirs == nil {
						t.Errorf("we verify for %q, ssh-keygen for %q: %s", id.Principals, theirs, c.differs)
					}
					return
				}
				if !slices.Equal(id.Principals, theirs) {
					t.Errorf("we verify for %q, ssh-keygen for %q", id.Principals, theirs)
				}
			})
		}
	}
}

// TestSameRevocations reads lists of revoked keys with both.
func TestSameRevocations(t *testing.T) {
	dir := shortDir(t)
	key, ca, other := realKey(t, dir+"/id", "", "ed25519"), realKey(t, dir+"/ca", "", "ecdsa"), realKey(t, dir+"/other", "", "rsa", "-b", "2048")
	must(t, "", "", "ssh-keygen", "-q", "-s", dir+"/ca", "-I", "alice-laptop", "-n", "alice", "-z", "70", dir+"/id.pub")
	lines := "alice " + key + "\n* cert-authority " + ca + "\n"
	writeFile(t, dir+"/allowed_signers", lines, 0o600)
	plainSig := must(t, "", text, "ssh-keygen", "-Y", "sign", "-n", space, "-f", dir+"/id")
	certSig := must(t, "", text, "ssh-keygen", "-Y", "sign", "-n", space, "-f", dir+"/id-cert.pub")
	cert, err := os.ReadFile(dir + "/id-cert.pub")
	if err != nil {
		t.Fatal(err)
	}
	blob, err := keyBlob(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.ParsePublicKey(blob)
	if err != nil {
		t.Fatal(err)
	}
	bits := func(numbers ...int) string {
		var b strings.Builder
		for _, n := range numbers {
			fmt.Fprintf(&b, "serial: %d\n", n)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, list string
		krl        bool // list is a specification for ssh-keygen -k
		key, cert  bool // whether it revokes
	}{
		{"empty list", "", false, false, false},
		{"other key", other, false, false, false},
		{"key", "# c\n\n" + other + "\n" + key, false, true, true},
		{"certificate", string(cert), false, true, true},
		{"authority", ca, false, false, true},
		{"empty KRL", "", true, false, false},
		{"KRL of keys", "key: " + other + "\nkey: " + key, true, true, true},
		{"KRL of SHA-1", "sha1: " + other + "\nsha1: " + key, true, true, true},
		{"KRL of SHA-256", "sha256: " + other + "\nsha256: " + key, true, true, true},
		{"KRL of fingerprints", "hash: " + ssh.FingerprintSHA256(public), true, true, true},
		{"KRL of a certificate", string(cert), true, false, true},
		{"KRL of the authority", "key: " + ca, true, false, true},
		{"KRL of a number", "serial: 70", true, false, true},
		{"KRL of another number", "serial: 71", true, false, false},
		{"KRL of a range", "serial: 60-100000", true, false, true},
		{"KRL of a range that ends before", "serial: 60-69", true, false, false},
		{"KRL of a bitmap", bits(66, 67, 70, 72, 75, 76, 79, 80, 83), true, false, true},
		{"KRL of a bitmap without it", bits(66, 67, 69, 72, 75, 76, 79, 80, 83), true, false, false},
		{"KRL of a bitmap that ends with it", bits(55, 57, 59, 61, 63, 65, 66, 68, 70), true, false, true},
		{"KRL of numbers far apart", bits(1, 70, 1<<40), true, false, true},
		{"KRL of a name", "id: alice-laptop", true, false, true},
		{"KRL of another name", "id: alice", true, false, false},
		{"KRL of everything", "id: bob\nserial: 4-9\nserial: 70\nsha1: " + other + "\nkey: " + other, true, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := writeFile(t, filepath.Join(t.TempDir(), "list"), c.list+"\n", 0o600)
			if c.krl {
				must(t, "", c.list+"\n", "ssh-keygen", "-q", "-k", "-s", dir+"/ca.pub", "-f", file, "-")
			}
			list, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			revoked := revoke(t, string(list))
			for kind, want := range map[string]bool{"key": c.key, "certificate": c.cert} {
				armored := map[string]string{"key": plainSig, "certificate": certSig}[kind]
				_, err := allow(t, lines).Verify(space, []byte(text), []byte(armored), revoked, now)
				theirs := gitVerifies(t, dir, text, armored, file)
				if (err != nil) != want || (theirs == nil) != want {
					t.Errorf("%s: revoked %t; we say %v, ssh-keygen verifies it for %q", kind, want, err, theirs)
				}
			}
		})
	}
}
