package sshsign

import (
	"bytes"
	"crypto/dsa" //nolint:staticcheck // SA1019: that it is refused is what the test proves
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// TestVerifyRecorded verifies what ssh-keygen made: keys of each kind, and a
// certificate.
func TestVerifyRecorded(t *testing.T) {
	allowed := recordedAllowed(t)
	for _, c := range []struct {
		name, sig, revoked string
		want               []string
		err                error
	}{
		{"ed25519", "alice.sig", "", []string{"alice@example.org"}, nil},
		{"ecdsa, two names", "bob.sig", "", []string{"bob@example.org", "bob"}, nil},
		{"rsa", "carol.sig", "", []string{"carol@example.org"}, nil},
		{"certificate", "dave.sig", "", []string{"dave@example.org"}, nil},
		{"key in a list of others", "alice.sig", "bob-carol.krl", []string{"alice@example.org"}, nil},
		{"revoked by the hash of a key", "bob.sig", "bob-carol.krl", nil, ErrRevoked},
		{"revoked by fingerprint", "carol.sig", "bob-carol.krl", nil, ErrRevoked},
		{"revoked by SHA-1", "alice.sig", "alice-sha1.krl", nil, ErrRevoked},
		{"revoked key", "alice.sig", "alice-key.krl", nil, ErrRevoked},
		{"certificate of a revoked key", "dave.sig", "alice-key.krl", nil, ErrRevoked},
		{"certificate in a range", "dave.sig", "dave-serial.krl", nil, ErrRevoked},
		{"certificate in a bitmap", "dave.sig", "dave-bitmap.krl", nil, ErrRevoked},
		{"certificate by name", "dave.sig", "dave-id.krl", nil, ErrRevoked},
		{"plain key of a revoked certificate", "alice.sig", "dave-id.krl", []string{"alice@example.org"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var revoked *Revoked
			if c.revoked != "" {
				revoked = revoke(t, string(readTestdata(t, c.revoked)))
			}
			id, err := allowed.Verify(space, readTestdata(t, "message"), readTestdata(t, c.sig), revoked, now)
			if !errors.Is(err, c.err) || !reflect.DeepEqual(id.Principals, c.want) {
				t.Fatalf("%+v, %v; want %q, %v", id, err, c.want, c.err)
			}
			if err == nil && (id.Principal != c.want[0] || !strings.HasPrefix(id.Fingerprint, "SHA256:")) {
				t.Errorf("%+v", id)
			}
		})
	}
}

// TestVerifyLines is about what the lines of the signer's key say.
func TestVerifyLines(t *testing.T) {
	key, other := newKey(t, "ed25519"), newKey(t, "ecdsa")
	armored := key.sign(t, space, text)
	for _, c := range []struct {
		name  string
		lines []string // KEY and OTHER stand for the keys
		want  string   // principals
		err   error
		says  string
	}{
		{"one line", []string{"alice KEY"}, "alice", nil, ""},
		{"line of another", []string{"bob OTHER", "alice KEY"}, "alice", nil, ""},
		{"unknown key", []string{"bob OTHER"}, "", ErrUnknownKey, key.print()},
		{"empty file", nil, "", ErrUnknownKey, ""},
		{"key as an authority", []string{"alice cert-authority KEY"}, "", ErrUnknownKey, ""},
		{"two lines", []string{"alice KEY", "bob,alice KEY"}, "alice bob", nil, ""},
		{"first line has expired", []string{`alice valid-before="20200101Z" KEY`, "bob KEY"}, "bob", nil, ""},
		{"both lines refuse", []string{`alice valid-before="20200101Z" KEY`, `bob namespaces="git" KEY`}, "", ErrNotValid, "allowed_signers:1: valid only before 2020-01-01T00:00:00Z; allowed_signers:2: its namespaces do not include"},
		{"not valid yet", []string{`alice valid-after="20300101Z" KEY`}, "", ErrNotValid, "valid only after 2030"},
		{"first valid second", []string{`alice valid-after="20260517120000Z" KEY`}, "alice", nil, ""},
		{"second before", []string{`alice valid-after="20260517120001Z" KEY`}, "", ErrNotValid, ""},
		{"last valid second", []string{`alice valid-before="20260517120000Z" KEY`}, "alice", nil, ""},
		{"second after", []string{`alice valid-before="20260517115959Z" KEY`}, "", ErrNotValid, ""},
		{"its namespace", []string{`alice namespaces="git,plan@*" KEY`}, "alice", nil, ""},
		{"negated namespace", []string{`alice namespaces="*,!plan@*" KEY`}, "", ErrNotValid, ""},
		{"no namespace", []string{`alice namespaces="" KEY`}, "", ErrNotValid, ""},
		{"name after a pattern", []string{"*@example.org,alice KEY"}, "alice", nil, ""},
		{"patterns only", []string{"*@example.org KEY"}, "", ErrNotValid, "patterns only"},
		{"everybody", []string{"* KEY"}, "", ErrNotValid, "patterns only"},
		{"negation only", []string{"!bob KEY"}, "", ErrNotValid, ""},
		{"name that is negated", []string{"alice,bob,!ali* KEY"}, "bob", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := strings.NewReplacer("KEY", key.line, "OTHER", other.line).Replace(strings.Join(c.lines, "\n"))
			id, err := allow(t, file).Verify(space, []byte(text), []byte(armored), nil, now)
			check(t, err, c.err, c.says)
			if got := strings.Join(id.Principals, " "); got != c.want {
				t.Errorf("principals %q; want %q", got, c.want)
			}
			if err == nil && (id.Principal != id.Principals[0] || id.Fingerprint != key.print()) {
				t.Errorf("%+v", id)
			}
		})
	}
}

// check tells an error that is of another kind, says other things, or is not one
// line.
func check(t *testing.T, err, want error, says string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v; want %v", err, want)
	}
	if err == nil {
		return
	}
	for _, kind := range []error{ErrSignature, ErrUnknownKey, ErrRevoked, ErrNotValid, ErrWeakKey} {
		if !errors.Is(kind, want) && errors.Is(err, kind) {
			t.Errorf("error %v is also %v", err, kind)
		}
	}
	if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q; want one line with %q", err, says)
	}
}

// TestVerifyAttacks presents what is not the signature of this message by an
// allowed signer.
func TestVerifyAttacks(t *testing.T) {
	alice, bob, mallory := newKey(t, "ed25519"), newKey(t, "ecdsa"), newKey(t, "ed25519")
	allowed := allow(t, "alice "+alice.line, "bob "+bob.line)
	good := alice.sign(t, space, text)
	block, _ := pem.Decode([]byte(good))
	// change writes a signature anew of which something was changed.
	change := func(f func(*sshsig.Signature)) string {
		sig, err := sshsig.ParseSignature(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		f(sig)
		return string(sshsig.Armor(sig))
	}
	wrap := func(blob []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: sshsig.PEMType, Bytes: blob}))
	}
	reserved := strings.Replace(string(block.Bytes), space+"\x00\x00\x00\x00", space+"\x00\x00\x00\x02hi", 1)
	if reserved == string(block.Bytes) {
		t.Fatal("the reserved field was not found")
	}
	lines := strings.Split(strings.TrimSpace(good), "\n")

	for _, c := range []struct {
		name, armored string
		want          error
	}{
		{"as it is", good, nil},
		{"with carriage returns", strings.ReplaceAll(good, "\n", "\r\n"), nil},
		{"without its last line end", strings.TrimSpace(good), nil},
		{"of another message", alice.sign(t, space, text+"."), ErrSignature},
		{"of nothing", alice.sign(t, space, ""), ErrSignature},
		{"in another namespace", alice.sign(t, "git", text), ErrSignature},
		{"in a namespace that begins alike", alice.sign(t, space+"x", text), ErrSignature},
		{"by an unknown key", mallory.sign(t, space, text), ErrUnknownKey},
		{"by another allowed signer", bob.sign(t, space, text), nil},
		{"with another's key in it", change(func(s *sshsig.Signature) { s.PublicKey = bob.signer.PublicKey() }), ErrSignature},
		{"with another's key of the same type in it", change(func(s *sshsig.Signature) { s.PublicKey = mallory.signer.PublicKey() }), ErrSignature},
		{"with the namespace changed", change(func(s *sshsig.Signature) { s.Namespace = "git" }), ErrSignature},
		{"with the hash changed", change(func(s *sshsig.Signature) { s.HashAlgorithm = sshsig.HashSHA512 }), ErrSignature},
		{"with a hash that is weak", change(func(s *sshsig.Signature) { s.HashAlgorithm = "sha1" }), ErrSignature},
		{"with another version", change(func(s *sshsig.Signature) { s.Version = 2 }), ErrSignature},
		{"with a bit changed", change(func(s *sshsig.Signature) { s.Signature.Blob[0] ^= 1 }), ErrSignature},
		{"of zeros", change(func(s *sshsig.Signature) { s.Signature.Blob = make([]byte, 64) }), ErrSignature},
		{"of no bytes", change(func(s *sshsig.Signature) { s.Signature.Blob = nil }), ErrSignature},
		{"with something after the raw signature", change(func(s *sshsig.Signature) { s.Signature.Rest = []byte("hi") }), ErrSignature},
		{"with another algorithm", change(func(s *sshsig.Signature) { s.Signature.Format = "none" }), ErrSignature},
		{"with something after the blob", wrap(append(bytes.Clone(block.Bytes), 0)), ErrSignature},
		{"with something in the reserved field", wrap([]byte(reserved)), ErrSignature},
		{"without its end", wrap(block.Bytes[:len(block.Bytes)-1]), ErrSignature},
		{"empty blob", wrap(nil), ErrSignature},
		{"empty", "", ErrSignature},
		{"of another kind of armor", strings.ReplaceAll(good, "SSH SIGNATURE", "PGP SIGNATURE"), ErrSignature},
		{"cut off within", good[:len(good)/2], ErrSignature},
		{"cut off before the end line", strings.Join(lines[:len(lines)-1], "\n"), ErrSignature},
		{"a line missing", strings.Join(append(lines[:1:1], lines[2:]...), "\n"), ErrSignature},
		{"two lines swapped", strings.Join([]string{lines[0], lines[2], lines[1], lines[3], lines[len(lines)-1]}, "\n"), ErrSignature},
		{"two signatures", good + good, ErrSignature},
		{"another's signature after it", good + bob.sign(t, space, text), ErrSignature},
		{"another's signature before it", mallory.sign(t, space, text) + good, ErrSignature},
		{"text before it", "approved\n" + good, ErrSignature},
		{"text after it", good + "approved\n", ErrSignature},
		{"a header in it", strings.Replace(good, "\n", "\nComment: hi\n\n", 1), ErrSignature},
		{"a blank in it", strings.Replace(good, "\nU1", "\nU 1", 1), ErrSignature},
		{"bits after the base64", unpad(t, block.Bytes), ErrSignature},
		{"larger than any", strings.Replace(good, "\n", strings.Repeat("\n", maxArmor), 1), ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := allowed.Verify(space, []byte(text), []byte(c.armored), nil, now)
			check(t, err, c.want, "")
			if err != nil && !reflect.DeepEqual(id, Identity{}) {
				t.Errorf("identity %+v with an error", id)
			}
		})
	}
}

// unpad writes a signature in base64 whose last character has bits that count for
// nothing: another text of the same bytes.
func unpad(t *testing.T, blob []byte) string {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString(blob)
	bare := strings.TrimRight(encoded, "=")
	if bare == encoded {
		t.Fatal("the signature needs no padding")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := alphabet[strings.IndexByte(alphabet, bare[len(bare)-1])|1]
	return armorBegin + "\n" + bare[:len(bare)-1] + string(last) + encoded[len(bare):] + "\n" + armorEnd + "\n"
}

func TestVerifyNeedsNamespaceAndTime(t *testing.T) {
	key := newKey(t, "ed25519")
	allowed := allow(t, `alice valid-before="20200101Z" `+key.line)
	armored := []byte(key.sign(t, space, text))
	for _, c := range []struct {
		name, namespace string
		at              time.Time
		want            string
	}{
		{"no namespace", "", now, "no namespace"},
		{"no time", space, time.Time{}, "no time"},
		{"epoch", space, time.Unix(0, 0), "no time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if id, err := allowed.Verify(c.namespace, []byte(text), armored, nil, c.at); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; want an error with %q", id, err, c.want)
			}
		})
	}
}

// sha1Signer signs with RSA keys as SSH did at first.
type sha1Signer struct{ ssh.AlgorithmSigner }

func (s sha1Signer) SignWithAlgorithm(rand io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	return s.AlgorithmSigner.SignWithAlgorithm(rand, data, ssh.KeyAlgoRSA)
}

func (s sha1Signer) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(rand, data, "")
}

func TestVerifyRefusesWeakKeys(t *testing.T) {
	small, large, ca := newKey(t, "rsa1024"), newKey(t, "rsa"), newKey(t, "ed25519")
	var old dsa.PrivateKey
	if err := dsa.GenerateParameters(&old.Parameters, rand.Reader, dsa.L1024N160); err != nil {
		t.Fatal(err)
	}
	if err := dsa.GenerateKey(&old, rand.Reader); err != nil {
		t.Fatal(err)
	}
	oldSigner, err := ssh.NewSignerFromKey(&old)
	if err != nil {
		t.Fatal(err)
	}
	weakCert, weakSigner := certify(t, ca.signer, small, nil)
	smallCert := sha2Signer{weakSigner.(ssh.AlgorithmSigner), weakCert}
	_, sha1Cert := certify(t, ca.signer, large, nil)
	_, byRSA := certify(t, large.signer, newKey(t, "ed25519"), nil)
	_, bySmall := certify(t, small.signer, newKey(t, "ed25519"), nil)
	_, bySHA1 := certify(t, sha1Signer{large.signer.(ssh.AlgorithmSigner)}, newKey(t, "ed25519"), nil)
	allowed := allow(t, "a "+small.line, "a "+large.line, "a "+pubLine(oldSigner.PublicKey()),
		"* cert-authority "+ca.line, "* cert-authority "+large.line, "* cert-authority "+small.line)
	for _, c := range []struct {
		name   string
		signer ssh.Signer
		want   error
	}{
		{"rsa", large.signer, nil},
		{"rsa of 1024 bits", small.signer, ErrWeakKey},
		{"dsa", oldSigner, ErrWeakKey},
		{"sha-1", sha1Signer{large.signer.(ssh.AlgorithmSigner)}, ErrSignature},
		{"certificate of 1024 bits", smallCert, ErrWeakKey},
		{"certificate, sha-1", sha1Cert, ErrSignature}, // the library's default for certificates
		{"authority of 2048 bits", byRSA, nil},
		{"authority of 1024 bits", bySmall, ErrWeakKey},
		{"authority with sha-1", bySHA1, ErrWeakKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			sig, err := sshsig.Sign(strings.NewReader(text), c.signer, sshsig.HashSHA512, space)
			if err != nil {
				t.Fatal(err)
			}
			_, err = allowed.Verify(space, []byte(text), sshsig.Armor(sig), nil, now)
			check(t, err, c.want, "")
		})
	}
}

func TestVerifyCertificates(t *testing.T) {
	ca, otherCA, key := newKey(t, "ed25519"), newKey(t, "ecdsa"), newKey(t, "ecdsa")
	forge := func(cert *ssh.Certificate) { cert.SignatureKey = ca.signer.PublicKey() }
	for _, c := range []struct {
		name, lines string // CA and KEY stand for the keys
		change      func(*ssh.Certificate)
		want        string
		err         error
		says        string
	}{
		{"pattern of the line", "*@example.org cert-authority CA", nil, "alice@example.org", nil, ""},
		{"several names", "*@example.org cert-authority CA", func(c *ssh.Certificate) { c.ValidPrincipals = []string{"alice", "a@example.org", "b@example.org"} }, "a@example.org b@example.org", nil, ""},
		{"name the line excludes", "*,!alice@* cert-authority CA", nil, "", ErrNotValid, "for nobody"},
		{"name of another domain", "*@example.com cert-authority CA", nil, "", ErrNotValid, "for nobody"},
		{"name that is a pattern", "* cert-authority CA", func(c *ssh.Certificate) { c.ValidPrincipals = []string{"*"} }, "", ErrNotValid, "for nobody"},
		{"no names", "* cert-authority CA", func(c *ssh.Certificate) { c.ValidPrincipals = nil }, "", ErrNotValid, "names nobody"},
		{"key of the authority as a signer's", "alice@example.org CA", nil, "", ErrUnknownKey, ""},
		{"certified key without the certificate", "alice@example.org KEY", nil, "", ErrUnknownKey, ""},
		{"another authority", "* cert-authority OTHER", nil, "", ErrUnknownKey, ""},
		{"host certificate", "* cert-authority CA", func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, "", ErrNotValid, "not a user's"},
		{"critical option", "* cert-authority CA", func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "true"} }, "", ErrNotValid, "critical"},
		{"extension", "* cert-authority CA", func(c *ssh.Certificate) { c.Extensions = map[string]string{"permit-pty": ""} }, "alice@example.org", nil, ""},
		{"not valid yet", "* cert-authority CA", func(c *ssh.Certificate) { c.ValidAfter = uint64(now.Unix()) + 1 }, "", ErrNotValid, "yet"},
		{"first second", "* cert-authority CA", func(c *ssh.Certificate) { c.ValidAfter = uint64(now.Unix()) }, "alice@example.org", nil, ""},
		{"expired", "* cert-authority CA", func(c *ssh.Certificate) { c.ValidBefore = uint64(now.Unix()) }, "", ErrNotValid, "expired"},
		{"last second", "* cert-authority CA", func(c *ssh.Certificate) { c.ValidBefore = uint64(now.Unix()) + 1 }, "alice@example.org", nil, ""},
		{"limits of the line", `* cert-authority,namespaces="git" CA`, nil, "", ErrNotValid, "namespaces"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, signer := certify(t, ca.signer, key, c.change)
			lines := strings.NewReplacer("CA", ca.line, "KEY", key.line, "OTHER", otherCA.line).Replace(c.lines)
			id, err := allow(t, lines).Verify(space, []byte(text), []byte(armorOf(t, signer, space, text)), nil, now)
			check(t, err, c.err, c.says)
			if got := strings.Join(id.Principals, " "); got != c.want {
				t.Errorf("principals %q; want %q", got, c.want)
			}
			if err == nil && id.Fingerprint != key.print() {
				t.Errorf("fingerprint %s; want %s", id.Fingerprint, key.print())
			}
		})
	}

	t.Run("forged", func(t *testing.T) {
		cert, signer := certify(t, otherCA.signer, key, nil)
		forge(cert)
		_, err := allow(t, "* cert-authority "+ca.line).Verify(space, []byte(text), []byte(armorOf(t, signer, space, text)), nil, now)
		check(t, err, ErrSignature, "not its authority's")
	})
	t.Run("widened", func(t *testing.T) {
		cert, signer := certify(t, ca.signer, key, nil)
		cert.ValidPrincipals = []string{"root@example.org"}
		_, err := allow(t, "* cert-authority "+ca.line).Verify(space, []byte(text), []byte(armorOf(t, signer, space, text)), nil, now)
		check(t, err, ErrSignature, "not its authority's")
	})
}

func FuzzVerify(f *testing.F) {
	message := readTestdata(f, "message")
	known := map[string]bool{}
	for _, name := range []string{"alice.sig", "bob.sig", "carol.sig", "dave.sig"} {
		sig := readTestdata(f, name)
		f.Add(sig)
		block, _ := pem.Decode(sig)
		known[string(block.Bytes)] = true
	}
	allowed := recordedAllowed(f)
	f.Fuzz(func(t *testing.T, armored []byte) {
		id, err := allowed.Verify(space, message, armored, nil, now)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !reflect.DeepEqual(id, Identity{}) {
				t.Errorf("%+v, %q", id, err)
			}
			return
		}
		// Only their keys can sign, so what verifies is one of theirs.
		block, rest := pem.Decode(bytes.TrimSpace(armored))
		if block == nil || len(rest) > 0 || !known[string(block.Bytes)] {
			t.Errorf("%+v signed by %q", id, armored)
		}
	})
}
