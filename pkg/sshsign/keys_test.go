package sshsign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

const (
	space = "plan@driftmgr.example"
	text  = "apply plan 42\n"
)

var now = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)

// testKey is a key made for a test.
type testKey struct {
	private any
	signer  ssh.Signer
	line    string // as in a .pub file
}

// newKey makes a key: ed25519, ecdsa, rsa (2048 bits) or rsa1024.
func newKey(t testing.TB, kind string) testKey {
	t.Helper()
	var private crypto.Signer
	var err error
	switch kind {
	case "ed25519":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "rsa1024":
		private, err = rsa.GenerateKey(rand.Reader, 1024)
	default:
		t.Fatalf("no kind of key: %s", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return testKey{private, signer, pubLine(signer.PublicKey())}
}

func pubLine(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func (k testKey) print() string { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// write writes the key to a file, encrypted if there is a passphrase.
func (k testKey) write(t testing.TB, file, passphrase string) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(k.private, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(k.private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, file, string(pem.EncodeToMemory(block)), 0o600)
}

func writeFile(t testing.TB, file, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// sign signs without any of this package's code.
func (k testKey) sign(t testing.TB, namespace, message string) string {
	t.Helper()
	return armorOf(t, k.signer, namespace, message)
}

func armorOf(t testing.TB, signer ssh.Signer, namespace, message string) string {
	t.Helper()
	sig, err := sshsig.Sign(strings.NewReader(message), signer, sshsig.HashSHA256, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return string(sshsig.Armor(sig))
}

// certify makes a certificate for alice@example.org of key by ca, after change.
func certify(t testing.TB, ca ssh.Signer, key testKey, change func(*ssh.Certificate)) (*ssh.Certificate, ssh.Signer) {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.signer.PublicKey(), Serial: 7, CertType: ssh.UserCert, KeyId: "alice-laptop",
		ValidPrincipals: []string{"alice@example.org"}, ValidBefore: ssh.CertTimeInfinity,
	}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(cert, key.signer)
	if err != nil {
		t.Fatal(err)
	}
	return cert, signer
}

func allow(t testing.TB, lines ...string) *Allowed {
	t.Helper()
	a, err := ReadAllowed(strings.NewReader(strings.Join(lines, "\n")+"\n"), "allowed_signers")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func revoke(t testing.TB, list string) *Revoked {
	t.Helper()
	r, err := ReadRevoked(strings.NewReader(list), "revoked")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// readTestdata returns a file that ssh-keygen of OpenSSH 9.2 made.
func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func recordedAllowed(t testing.TB) *Allowed {
	t.Helper()
	a, err := ReadAllowed(bytes.NewReader(readTestdata(t, "allowed_signers")), "allowed_signers")
	if err != nil {
		t.Fatal(err)
	}
	return a
}
