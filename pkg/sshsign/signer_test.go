package sshsign

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// serveAgent serves an agent at a socket in dir until the test ends.
func serveAgent(t *testing.T, dir string, a agent.Agent) (socket string) {
	t.Helper()
	socket = filepath.Join(dir, "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = agent.ServeAgent(a, conn)
			}()
		}
	}()
	return socket
}

func keyring(t *testing.T, keys ...agent.AddedKey) agent.Agent {
	t.Helper()
	ring := agent.NewKeyring()
	for _, k := range keys {
		if err := ring.Add(k); err != nil {
			t.Fatal(err)
		}
	}
	return ring
}

func TestSigner(t *testing.T) {
	ca := newKey(t, "ed25519")
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		key := newKey(t, kind)
		cert, _ := certify(t, ca.signer, key, nil)
		added := agent.AddedKey{PrivateKey: key.private}
		asks := func(passphrase string) func(string) ([]byte, error) {
			return func(string) ([]byte, error) { return []byte(passphrase), nil }
		}
		for _, c := range []struct {
			name string
			open func(t *testing.T, dir string) KeyOptions
		}{
			{"file", func(t *testing.T, dir string) KeyOptions {
				return KeyOptions{File: key.write(t, dir+"/id", "")}
			}},
			{"encrypted file", func(t *testing.T, dir string) KeyOptions {
				return KeyOptions{File: key.write(t, dir+"/id", "secret"), Passphrase: asks("secret")}
			}},
			{"encrypted file, agent without it", func(t *testing.T, dir string) KeyOptions {
				return KeyOptions{File: key.write(t, dir+"/id", "secret"), Passphrase: asks("secret"), AgentSocket: serveAgent(t, dir, keyring(t))}
			}},
			{"encrypted file, agent not there", func(t *testing.T, dir string) KeyOptions {
				return KeyOptions{File: key.write(t, dir+"/id", "secret"), Passphrase: asks("secret"), AgentSocket: dir + "/none"}
			}},
			{"encrypted file, agent with it", func(t *testing.T, dir string) KeyOptions {
				never := func(string) ([]byte, error) {
					t.Error("the passphrase was asked for")
					return nil, errors.New("no")
				}
				return KeyOptions{File: key.write(t, dir+"/id", "secret"), Passphrase: never, AgentSocket: serveAgent(t, dir, keyring(t, added))}
			}},
			{"public key, agent with it", func(t *testing.T, dir string) KeyOptions {
				return KeyOptions{File: writeFile(t, dir+"/any", key.line+" alice\n", 0o644), AgentSocket: serveAgent(t, dir, keyring(t, agent.AddedKey{PrivateKey: ca.private}, added))}
			}},
			{"public key, private key beside it", func(t *testing.T, dir string) KeyOptions {
				key.write(t, dir+"/id", "")
				return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line, 0o644), AgentSocket: serveAgent(t, dir, keyring(t))}
			}},
			{"public key, encrypted private key beside it", func(t *testing.T, dir string) KeyOptions {
				key.write(t, dir+"/id", "secret")
				return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line, 0o644), Passphrase: asks("secret")}
			}},
			{"only key of the agent", func(t *testing.T, dir string) KeyOptions {
				return KeyOptions{AgentSocket: serveAgent(t, dir, keyring(t, added))}
			}},
			{"certificate, private key beside it", func(t *testing.T, dir string) KeyOptions {
				key.write(t, dir+"/id", "")
				return KeyOptions{File: writeFile(t, dir+"/id-cert.pub", pubLine(cert), 0o644)}
			}},
			{"certificate, agent with it", func(t *testing.T, dir string) KeyOptions {
				certified := agent.AddedKey{PrivateKey: key.private, Certificate: cert}
				return KeyOptions{File: writeFile(t, dir+"/id-cert.pub", pubLine(cert), 0o644), AgentSocket: serveAgent(t, dir, keyring(t, added, certified))}
			}},
		} {
			if kind != "ed25519" && strings.Contains(c.name, "encrypted") {
				continue // slow by design, and the same for every kind
			}
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				o := c.open(t, shortDir(t))
				s, err := OpenSigner(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if s.Fingerprint() != key.print() {
					t.Errorf("fingerprint %s; want %s", s.Fingerprint(), key.print())
				}
				armored, err := s.Sign(space, []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				allowed, want := allow(t, "bob@example.org "+key.line, "* cert-authority "+ca.line), "bob@example.org"
				if strings.HasPrefix(c.name, "certificate") {
					want = "alice@example.org"
				}
				id, err := allowed.Verify(space, []byte(text), armored, nil, now)
				if err != nil || id.Principal != want || id.Fingerprint != key.print() {
					t.Errorf("%+v, %v; want %s", id, err, want)
				}
				if sig, _ := readSignature(armored); kind == "rsa" && sig.Signature.Format != ssh.KeyAlgoRSASHA512 {
					t.Errorf("signed by %s", sig.Signature.Format)
				}
				if _, err := s.Sign("", []byte(text)); err == nil {
					t.Error("it signs without a namespace")
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if _, err := s.Sign(space, []byte(text)); err == nil {
					t.Error("it signs after Close")
				}
				if err := s.Close(); err != nil {
					t.Errorf("second Close: %v", err)
				}
			})
		}
	}
}

// shortDir returns a directory of the test whose path leaves room for a socket's
// name: Linux allows 107 bytes.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sshsign")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestOpenSignerRefuses(t *testing.T) {
	key, other := newKey(t, "ed25519"), newKey(t, "ecdsa")
	weak := newKey(t, "rsa1024")
	for _, c := range []struct {
		name string
		open func(t *testing.T, dir string) KeyOptions
		want string
	}{
		{"nothing", func(*testing.T, string) KeyOptions { return KeyOptions{} }, "no key file is named, and no SSH agent is known"},
		{"no file", func(_ *testing.T, dir string) KeyOptions { return KeyOptions{File: dir + "/id"} }, "no such file"},
		{"directory", func(_ *testing.T, dir string) KeyOptions { return KeyOptions{File: dir} }, "no regular file"},
		{"no key", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: writeFile(t, dir+"/id", "hello", 0o600)}
		}, "neither a private nor a public key"},
		{"broken private key", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: writeFile(t, dir+"/id", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", 0o600)}
		}, "cannot be read"},
		{"large file", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: writeFile(t, dir+"/id", strings.Repeat("a", maxKeyFile+1), 0o600)}
		}, "more than 1 MiB"},
		{"encrypted, nobody to ask", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: key.write(t, dir+"/id", "secret")}
		}, "add it by ssh-add"},
		{"encrypted, wrong passphrase", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: key.write(t, dir+"/id", "secret"), Passphrase: func(string) ([]byte, error) { return []byte("hunter2"), nil }}
		}, "the passphrase is wrong"},
		{"encrypted, no answer", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: key.write(t, dir+"/id", "secret"), Passphrase: func(string) ([]byte, error) { return nil, errors.New("no terminal") }}
		}, "no terminal"},
		{"public key, no agent", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line, 0o644)}
		}, "no SSH agent is known"},
		{"public key, agent without it", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line, 0o644), AgentSocket: serveAgent(t, dir, keyring(t, agent.AddedKey{PrivateKey: other.private}))}
		}, "does not hold it"},
		{"public key, another private key beside it", func(t *testing.T, dir string) KeyOptions {
			other.write(t, dir+"/id", "")
			return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line, 0o644)}
		}, "is not that of"},
		{"public key, no key beside it", func(t *testing.T, dir string) KeyOptions {
			writeFile(t, dir+"/id", key.line, 0o600)
			return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line, 0o644)}
		}, "it is no private key"},
		{"two public keys", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{File: writeFile(t, dir+"/id.pub", key.line+"\n"+other.line, 0o644)}
		}, "more than one line"},
		{"agent not there", func(_ *testing.T, dir string) KeyOptions { return KeyOptions{AgentSocket: dir + "/none"} }, "connect to the SSH agent"},
		{"agent without keys", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{AgentSocket: serveAgent(t, dir, keyring(t))}
		}, "holds no key"},
		{"agent with two keys", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{AgentSocket: serveAgent(t, dir, keyring(t, agent.AddedKey{PrivateKey: key.private, Comment: "laptop\n"}, agent.AddedKey{PrivateKey: other.private}))}
		}, "holds 2 keys: name the file of one, which may be its public key: " + key.print() + ` ("laptop\n"), ` + other.print()},
		{"weak key", func(t *testing.T, dir string) KeyOptions { return KeyOptions{File: weak.write(t, dir+"/id", "")} }, "1024 bits"},
		{"weak key of the agent", func(t *testing.T, dir string) KeyOptions {
			return KeyOptions{AgentSocket: serveAgent(t, dir, keyring(t, agent.AddedKey{PrivateKey: weak.private}))}
		}, "1024 bits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := OpenSigner(t.Context(), c.open(t, shortDir(t)))
			if err == nil {
				s.Close()
				t.Fatal("no error")
			}
			if got := err.Error(); !strings.Contains(got, c.want) || strings.Contains(got, "\n") || strings.Contains(got, "secret") || strings.Contains(got, "hunter2") {
				t.Errorf("error %q; want %q", got, c.want)
			}
		})
	}
}

func TestOpenSignerRefusesExposedFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	for _, c := range []struct {
		mode os.FileMode
		ok   bool
	}{{0o600, true}, {0o400, true}, {0o640, false}, {0o604, false}, {0o660, false}, {0o601, false}} {
		t.Run(c.mode.String(), func(t *testing.T) {
			file := newKey(t, "ed25519").write(t, filepath.Join(t.TempDir(), "id"), "")
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			s, err := OpenSigner(t.Context(), KeyOptions{File: file})
			if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "chmod 600") {
				t.Fatalf("error %v", err)
			}
			if s != nil {
				s.Close()
			}
		})
	}
}

func TestOpenSignerWipesPassphrase(t *testing.T) {
	passphrase := []byte("secret")
	s, err := OpenSigner(t.Context(), KeyOptions{
		File:       newKey(t, "ed25519").write(t, filepath.Join(t.TempDir(), "id"), "secret"),
		Passphrase: func(string) ([]byte, error) { return passphrase, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := string(passphrase); got != strings.Repeat("\x00", 6) {
		t.Errorf("the passphrase is still there: %q", got)
	}
}

// oldAgent signs with RSA keys by SHA-1 whatever it is asked for, as agents did
// that knew no flags.
type oldAgent struct{ agent.ExtendedAgent }

func (a oldAgent) SignWithFlags(key ssh.PublicKey, data []byte, _ agent.SignatureFlags) (*ssh.Signature, error) {
	return a.ExtendedAgent.SignWithFlags(key, data, 0)
}

// forgetfulAgent signs other bytes than it is given.
type forgetfulAgent struct{ agent.ExtendedAgent }

func (a forgetfulAgent) SignWithFlags(key ssh.PublicKey, data []byte, flags agent.SignatureFlags) (*ssh.Signature, error) {
	return a.ExtendedAgent.SignWithFlags(key, append(data, '.'), flags)
}

// TestSignChecks proves that a signature which nobody could verify is not returned.
func TestSignChecks(t *testing.T) {
	key := newKey(t, "rsa")
	cert, _ := certify(t, key.signer, key, nil)
	ring := func(t *testing.T, certificate *ssh.Certificate) agent.ExtendedAgent {
		return keyring(t, agent.AddedKey{PrivateKey: key.private, Certificate: certificate}).(agent.ExtendedAgent)
	}
	for _, c := range []struct {
		name  string
		agent agent.Agent
	}{
		{"sha-1", oldAgent{ring(t, nil)}},
		{"certificate with sha-1", oldAgent{ring(t, cert)}},
		{"other bytes", forgetfulAgent{ring(t, nil)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := OpenSigner(t.Context(), KeyOptions{AgentSocket: serveAgent(t, shortDir(t), c.agent)})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if armored, err := s.Sign(space, []byte(text)); err == nil || !strings.Contains(err.Error(), key.print()) {
				t.Errorf("%s, %v", armored, err)
			}
		})
	}
}

// slowAgent waits for a person who does not come.
type slowAgent struct {
	agent.ExtendedAgent
	asked chan<- struct{}
	never <-chan struct{}
}

func (a slowAgent) SignWithFlags(ssh.PublicKey, []byte, agent.SignatureFlags) (*ssh.Signature, error) {
	close(a.asked)
	<-a.never
	return nil, errors.New("gone")
}

func TestContextEndsWaiting(t *testing.T) {
	key := newKey(t, "ed25519")
	t.Run("opening", func(t *testing.T) {
		socket := filepath.Join(shortDir(t), "agent")
		listener, err := net.Listen("unix", socket) // nobody accepts
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := OpenSigner(ctx, KeyOptions{AgentSocket: socket}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("signing", func(t *testing.T) {
		asked, never := make(chan struct{}), make(chan struct{})
		defer close(never)
		ring := keyring(t, agent.AddedKey{PrivateKey: key.private}).(agent.ExtendedAgent)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s, err := OpenSigner(ctx, KeyOptions{AgentSocket: serveAgent(t, shortDir(t), slowAgent{ring, asked, never})})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		go func() {
			<-asked
			cancel()
		}()
		if _, err := s.Sign(space, []byte(text)); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("patience", func(t *testing.T) {
		local, remote := net.Pipe()
		defer local.Close()
		go func() {
			time.Sleep(3 * lookEvery)
			remote.Write([]byte("late"))
			remote.Close()
		}()
		got := make([]byte, 8)
		n, err := interruptible{local, t.Context()}.Read(got)
		if err != nil || string(got[:n]) != "late" {
			t.Errorf("%q, %v", got[:n], err)
		}
	})
}

// TestSecurityKeys proves that a security key's signature counts only if it was
// touched: x/crypto has no such keys to sign with, so the test plays one.
func TestSecurityKeys(t *testing.T) {
	key := newKey(t, "ed25519")
	for _, c := range []struct {
		name  string
		flags byte
		rest  string
		want  error
	}{
		{"touched", 1, "", nil},
		{"touched, with a PIN", 5, "", nil},
		{"not touched", 0, "", ErrSignature},
		{"something after the counter", 1, "x", ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			sk := securityKey{t, key.signer, c.flags, c.rest}
			_, err := allow(t, "alice "+pubLine(sk.PublicKey())).Verify(space, []byte(text), []byte(armorOf(t, sk, space, text)), nil, now)
			check(t, err, c.want, "")
		})
	}
}

// securityKey signs as a FIDO key does (PROTOCOL.u2f), by an Ed25519 key.
type securityKey struct {
	t     *testing.T
	key   ssh.Signer
	flags byte
	rest  string
}

const application = "ssh:"

func (k securityKey) PublicKey() ssh.PublicKey {
	raw := k.key.PublicKey().Marshal()
	blob := append(str(ssh.KeyAlgoSKED25519), raw[len(raw)-4-ed25519.PublicKeySize:]...)
	key, err := ssh.ParsePublicKey(append(blob, str(application)...))
	if err != nil {
		k.t.Fatal(err)
	}
	return key
}

func (k securityKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	app, message := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	trailer := []byte{k.flags, 0, 0, 0, 9}
	sig, err := k.key.Sign(rand, slices.Concat(app[:], trailer, message[:]))
	if err != nil {
		return nil, err
	}
	sig.Format = ssh.KeyAlgoSKED25519
	sig.Rest = append(trailer, k.rest...)
	return sig, nil
}
