package sshsign

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // G505: KRLs list keys by SHA-1; a collision could only revoke more
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

// maxRevoked is the largest list of revoked keys that is read, in bytes: about a
// million fingerprints.
const maxRevoked = 64 << 20

// Revoked is a list of keys whose signatures count no longer. It never changes:
// any number may use it at a time. A nil *Revoked revokes nothing.
type Revoked struct {
	keys   map[string]bool // wire form of plain keys
	sha1   map[string]bool // hash of that
	sha256 map[string]bool
	certs  []revokedCerts
}

// revokedCerts are certificates that are revoked without their keys.
type revokedCerts struct {
	authority []byte // wire form of the key that signed them; empty: any
	serials   []serials
	ids       map[string]bool
}

// ReadRevoked reads a list of revoked keys, as ssh-keygen -Y verify -r takes it:
// a binary KRL (PROTOCOL.krl), or a text with one public key a line. A line may
// also be a fingerprint, SHA256:…, which ssh-keygen itself takes in a
// specification for ssh-keygen -k only. Blank lines and lines that begin with #
// are skipped; a certificate revokes the key which it certifies.
//
// Whatever cannot be understood is an error that begins with name (and the line's
// number): in a KRL this includes extensions that may be ignored, signatures,
// which OpenSSH refuses too since 9.4, and what fills reserved fields.
func ReadRevoked(r io.Reader, name string) (*Revoked, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxRevoked+1))
	if err != nil {
		return nil, fmt.Errorf("%s: read: %w", name, err)
	}
	if len(data) > maxRevoked {
		return nil, fmt.Errorf("%s: it has more than %d MiB", name, maxRevoked>>20)
	}
	list := &Revoked{keys: map[string]bool{}, sha1: map[string]bool{}, sha256: map[string]bool{}}
	if krl, ok := bytes.CutPrefix(data, []byte(krlMagic)); ok {
		if err := list.readKRL(krl); err != nil {
			return nil, fmt.Errorf("%s: key revocation list: %w", name, err)
		}
		return list, nil
	}
	err = eachLine(bytes.NewReader(data), name, func(_, text string) error { return list.addLine(text) })
	if err != nil {
		return nil, err
	}
	return list, nil
}

// addLine reads a line: a fingerprint or a key.
func (list *Revoked) addLine(text string) error {
	word, _ := cutField(text)
	if encoded, ok := strings.CutPrefix(word, "SHA256:"); ok {
		hash, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(encoded, "="))
		if err != nil || len(hash) != sha256.Size {
			return errors.New("it is no SHA256 fingerprint: SHA256: and 43 characters of base64")
		}
		list.sha256[string(hash)] = true
		return nil
	}
	blob, err := keyBlob(text)
	if err != nil {
		return fmt.Errorf("it is neither a public key nor a SHA256: fingerprint: %w", err)
	}
	return list.addKey(blob)
}

// addKey lists a key by its bytes, for a certificate the key which it certifies. A
// key of a type that is not known is listed as it stands: none signs here either.
func (list *Revoked) addKey(blob []byte) error {
	key, err := ssh.ParsePublicKey(blob)
	if err == nil {
		blob = plain(key).Marshal()
	} else if name, ok := blobType(blob); !ok || isCertificate(name) || isKnownKeyType(name) {
		return fmt.Errorf("a key cannot be read: %w", err)
	}
	list.keys[string(blob)] = true
	return nil
}

// revokes returns why a key is revoked, or nothing. A certificate is by its own
// number or name, by its key and by its authority's.
func (list *Revoked) revokes(key ssh.PublicKey) (why string) {
	if list == nil {
		return ""
	}
	if list.lists(plain(key)) {
		return "it is listed"
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return ""
	}
	if list.lists(cert.SignatureKey) {
		return "the authority of its certificate is listed"
	}
	for _, certs := range list.certs {
		if len(certs.authority) > 0 && !bytes.Equal(certs.authority, cert.SignatureKey.Marshal()) {
			continue
		}
		if certs.ids[cert.KeyId] {
			return "its certificate is listed by name"
		}
		for _, s := range certs.serials {
			if s.has(cert.Serial) {
				return "its certificate is listed by number"
			}
		}
	}
	return ""
}

// lists reports whether a plain key is listed, in whichever form.
func (list *Revoked) lists(key ssh.PublicKey) bool {
	blob := key.Marshal()
	sum1 := sha1.Sum(blob) //nolint:gosec // G401: see the import
	sum256 := sha256.Sum256(blob)
	return list.keys[string(blob)] || list.sha1[string(sum1[:])] || list.sha256[string(sum256[:])]
}
