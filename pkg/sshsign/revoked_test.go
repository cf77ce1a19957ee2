package sshsign

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/crypto/ssh"
)

func TestReadRevoked(t *testing.T) {
	key, ca, other := newKey(t, "ed25519"), newKey(t, "ecdsa"), newKey(t, "ecdsa")
	cert, _ := certify(t, ca.signer, key, nil)
	print := key.print()
	for _, c := range []struct {
		name, list string
		key, cert  bool // whether it revokes the key and the certificate
	}{
		{"empty", "", false, false},
		{"another key", other.line, false, false},
		{"key", "# left in May\n\n  " + key.line + " alice\r\n", true, true},
		{"second key", other.line + "\n" + key.line, true, true},
		{"fingerprint", print, true, true},
		{"fingerprint and a comment", print + " alice", true, true},
		{"fingerprint with padding", print + "=", true, true},
		{"certificate", pubLine(cert), true, true},
		{"authority", ca.line, false, true},
		{"fingerprint of the authority", ca.print(), false, true},
		{"key of an unknown type before", "ssh-newest AAAACnNzaC1uZXdlc3QAAAAA\n" + print, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := revoke(t, c.list)
			if got := list.revokes(key.signer.PublicKey()) != ""; got != c.key {
				t.Errorf("key revoked: %t; want %t", got, c.key)
			}
			if got := list.revokes(cert) != ""; got != c.cert {
				t.Errorf("certificate revoked: %t; want %t", got, c.cert)
			}
		})
	}
}

func TestVerifyRefusesRevoked(t *testing.T) {
	key := newKey(t, "ed25519")
	_, err := allow(t, "alice "+key.line).Verify(space, []byte(text), []byte(key.sign(t, space, text)), revoke(t, key.print()), now)
	check(t, err, ErrRevoked, key.print())
	// Whether the signature is one comes first.
	_, err = allow(t, "alice "+key.line).Verify(space, []byte("x"), []byte(key.sign(t, space, text)), revoke(t, key.print()), now)
	check(t, err, ErrSignature, "")
}

// krl writes a list: str is a string of the wire format, section one with its type.
func krl(sections ...[]byte) []byte {
	list := append([]byte(krlMagic), 0, 0, 0, 1)
	list = append(list, make([]byte, 8+8+8+4)...)
	list = append(list, str("comment")...)
	return append(list, bytes.Join(sections, nil)...)
}

func str(text string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
}

func section(kind byte, parts ...[]byte) []byte {
	return append([]byte{kind}, str(string(bytes.Join(parts, nil)))...)
}

func u64(numbers ...uint64) []byte {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func TestReadKRL(t *testing.T) {
	key, ca, other := newKey(t, "ed25519"), newKey(t, "ecdsa"), newKey(t, "ecdsa")
	cert, _ := certify(t, ca.signer, key, nil) // number 7, alice-laptop
	blob := string(key.signer.PublicKey().Marshal())
	sum1, sum256 := sha1.Sum([]byte(blob)), sha256.Sum256([]byte(blob))
	caBlob, otherBlob := str(string(ca.signer.PublicKey().Marshal())), str(string(other.signer.PublicKey().Marshal()))
	none := str("")
	certs := func(authority []byte, kind byte, parts ...[]byte) []byte {
		return section(krlCerts, authority, none, section(kind, parts...))
	}
	for _, c := range []struct {
		name      string
		list      []byte
		key, cert bool
	}{
		{"empty", krl(), false, false},
		{"key", krl(section(krlKeys, otherBlob, str(blob))), true, true},
		{"another key", krl(section(krlKeys, otherBlob)), false, false},
		{"sha1", krl(section(krlSHA1, str(string(sum1[:])))), true, true},
		{"sha256 in a second section", krl(section(krlSHA256, str(strings.Repeat("x", 32))), section(krlSHA256, str(string(sum256[:])))), true, true},
		{"number", krl(certs(caBlob, krlSerialList, u64(5, 7))), false, true},
		{"other numbers", krl(certs(caBlob, krlSerialList, u64(5, 8))), false, false},
		{"number of another authority", krl(certs(otherBlob, krlSerialList, u64(7))), false, false},
		{"number of any authority", krl(certs(none, krlSerialList, u64(7))), false, true},
		{"range up to it", krl(certs(caBlob, krlSerialRange, u64(5, 7))), false, true},
		{"range from it", krl(certs(caBlob, krlSerialRange, u64(7, math.MaxUint64))), false, true},
		{"range before", krl(certs(caBlob, krlSerialRange, u64(1, 6))), false, false},
		{"bitmap", krl(certs(caBlob, krlSerialBitmap, u64(3), str("\x10"))), false, true},
		{"bitmap of two bytes", krl(certs(caBlob, krlSerialBitmap, u64(5), str("\x01\x04"))), false, true},
		{"bitmap, bit of the second byte", krl(certs(caBlob, krlSerialBitmap, u64(1), str("\x01\x00\x40"))), false, true},
		{"bitmap without it", krl(certs(caBlob, krlSerialBitmap, u64(3), str("\x00\xef"))), false, false},
		{"bitmap behind it", krl(certs(caBlob, krlSerialBitmap, u64(8), str("\x7f"))), false, false},
		{"name", krl(certs(caBlob, krlKeyID, str("bob"), str("alice-laptop"))), false, true},
		{"another name", krl(certs(caBlob, krlKeyID, str("alice"))), false, false},
		{"authority", krl(section(krlKeys, caBlob)), false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := revoke(t, string(c.list))
			if got := list.revokes(key.signer.PublicKey()) != ""; got != c.key {
				t.Errorf("key revoked: %t; want %t", got, c.key)
			}
			if got := list.revokes(cert) != ""; got != c.cert {
				t.Errorf("certificate revoked: %t; want %t", got, c.cert)
			}
		})
	}

	t.Run("certificate without a number", func(t *testing.T) {
		cert, _ := certify(t, ca.signer, key, func(c *ssh.Certificate) { c.Serial = 0 })
		if why := revoke(t, string(krl(certs(none, krlSerialRange, u64(0, 9))))).revokes(cert); why != "" {
			t.Errorf("revoked: %s", why)
		}
	})
	t.Run("cut off anywhere", func(t *testing.T) {
		whole := krl(section(krlKeys, str(blob)))
		for n := len(krl()) + 1; n < len(whole); n++ {
			if _, err := ReadRevoked(bytes.NewReader(whole[:n]), "r"); !errors.Is(err, errTruncated) {
				t.Fatalf("%d of %d bytes: error %v", n, len(whole), err)
			}
		}
		for n := range len(krl()) {
			if _, err := ReadRevoked(bytes.NewReader(whole[:n]), "r"); err == nil && n > 0 {
				t.Fatalf("%d bytes: no error", n)
			}
		}
	})
}

func TestReadRevokedRefuses(t *testing.T) {
	at := func(offset int, b byte) []byte {
		list := krl()
		list[offset] = b
		return list
	}
	none := str("")
	for _, c := range []struct{ name, list, want string }{
		{"word", "\nalice", "revoked:2: it is neither"},
		{"line of allowed_signers", "alice " + edKey, "revoked:1: it is neither"},
		{"cut key", edKey[:60], "a key cannot be read"},
		{"key of another type", "ssh-rsa " + strings.Fields(edKey)[1], "not of the type"},
		{"certificate that cannot be read", edCert + " " + base64.StdEncoding.EncodeToString(str(edCert)) + "AAAA", "revoked:1: "},
		{"short fingerprint", "SHA256:AAAA", "no SHA256 fingerprint"},
		{"long fingerprint", "SHA256:" + strings.Repeat("A", 44), "no SHA256 fingerprint"},
		{"fingerprint of no base64", "SHA256:" + strings.Repeat("!", 43), "no SHA256 fingerprint"},
		{"MD5", "MD5:00:11:22:33", "revoked:1: it is neither"},
		{"output of ssh-keygen -l", "256 SHA256:" + strings.Repeat("A", 43) + " alice (ED25519)", "revoked:1: it is neither"},
		{"private key", "-----BEGIN OPENSSH PRIVATE KEY-----", "revoked:1: it is neither"},
		{"cut magic", krlMagic[:6], "revoked:1: it is neither"},
		{"version", string(at(11, 2)), "version 2"},
		{"flags", string(at(35, 1)), "flags"},
		{"signature", string(krl(section(4, none))), "type 4"},
		{"extension", string(krl(section(255, str("x@y"), []byte{0}, none))), "type 255"},
		{"unknown section", string(krl(section(9))), "type 9"},
		{"hash of another size", string(krl(section(krlSHA256, str("short")))), "5 bytes"},
		{"sha1 of another size", string(krl(section(krlSHA1, str(strings.Repeat("x", 32))))), "32 bytes"},
		{"no key", string(krl(section(krlKeys, str("x")))), "cannot be read"},
		{"cut key in a KRL", string(krl(section(krlKeys, str(string(str("ssh-ed25519"))+"x")))), "cannot be read"},
		{"certificate as a key", string(krl(section(krlKeys, str(string(str(edCert))+"x")))), "certificate where keys"},
		{"authority that is no key", string(krl(section(krlCerts, str("x"), none))), "authority"},
		{"reserved field of certificates", string(krl(section(krlCerts, none, str("x")))), "reserved"},
		{"unknown section of certificates", string(krl(section(krlCerts, none, none, section(0x39)))), "0x39"},
		{"numbers cut off", string(krl(section(krlCerts, none, none, section(krlSerialList, []byte{1, 2})))), "cut off"},
		{"range cut off", string(krl(section(krlCerts, none, none, section(krlSerialRange, u64(1))))), "cut off"},
		{"range of three", string(krl(section(krlCerts, none, none, section(krlSerialRange, u64(1, 2, 3))))), "after its end"},
		{"range backwards", string(krl(section(krlCerts, none, none, section(krlSerialRange, u64(2, 1))))), "before it begins"},
		{"negative bitmap", string(krl(section(krlCerts, none, none, section(krlSerialBitmap, u64(1), str("\x80"))))), "bitmap"},
		{"bitmap past the last number", string(krl(section(krlCerts, none, none, section(krlSerialBitmap, u64(math.MaxUint64-6), str("\x01"))))), "bitmap"},
		{"names cut off", string(krl(section(krlCerts, none, none, section(krlKeyID, []byte{0, 0})))), "cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadRevoked(strings.NewReader(c.list), "revoked")
			if err == nil || !strings.HasPrefix(err.Error(), "revoked:") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v; want revoked: … %q", err, c.want)
			}
		})
	}
	t.Run("broken file", func(t *testing.T) {
		want := errors.New("disk is gone")
		if _, err := ReadRevoked(iotest.ErrReader(want), "revoked"); !errors.Is(err, want) {
			t.Errorf("error %v; want %v", err, want)
		}
	})
}

// FuzzReadRevoked proves that nothing which can be read hides what comes after it.
func FuzzReadRevoked(f *testing.F) {
	for _, name := range []string{"alice-key.krl", "alice-sha1.krl", "bob-carol.krl", "dave-bitmap.krl", "dave-id.krl", "dave-serial.krl"} {
		f.Add(readTestdata(f, name))
	}
	f.Add([]byte("# c\n" + edKey + "\nSHA256:" + strings.Repeat("A", 43) + "\n"))
	key, err := publicKey(edKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, list []byte) {
		if _, err := ReadRevoked(bytes.NewReader(list), "f"); err != nil {
			if !strings.HasPrefix(err.Error(), "f:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		more := "\n" + edKey
		if bytes.HasPrefix(list, []byte(krlMagic)) {
			more = string(section(krlKeys, str(string(key.Marshal()))))
		}
		if revoke(t, string(list)+more).revokes(key) == "" {
			t.Errorf("not revoked after %q", list)
		}
	})
}
