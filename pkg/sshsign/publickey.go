package sshsign

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

const blanks = " \t"

// cutField returns the text up to the first blank, and what follows the blanks.
func cutField(text string) (field, rest string) {
	end := strings.IndexAny(text, blanks)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeft(text[end:], blanks)
}

// keyBlob reads the text form of a public key, "type base64 comment", as far as
// its bytes. The key need not be of a type that this package knows.
func keyBlob(text string) (blob []byte, err error) {
	word, rest := cutField(text)
	encoded, _ := cutField(rest)
	if encoded == "" {
		return nil, errors.New("it has no key")
	}
	blob, err = base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("its key is not base64")
	}
	name, ok := blobType(blob)
	if !ok || name != word {
		return nil, fmt.Errorf("its key is not of the type that is written before it, %s", quote(word))
	}
	return blob, nil
}

// blobType returns the name of the key type with which a key's bytes begin.
func blobType(blob []byte) (name string, ok bool) {
	r := wire{rest: blob}
	name = string(r.string())
	return name, name != "" && r.more()
}

// isCertificate reports whether a key type's name is that of certificates.
func isCertificate(name string) bool { return strings.Contains(name, "-cert-v0") }

// isKnownKeyType reports whether keys of a type can be read.
func isKnownKeyType(name string) bool {
	switch name {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoRSA, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, algoDSA:
		return true
	}
	return false
}

// publicKey reads the text form of a public key.
func publicKey(text string) (ssh.PublicKey, error) {
	blob, err := keyBlob(text)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, fmt.Errorf("its key cannot be read: %w", err)
	}
	return key, nil
}

// quote quotes a word of a file for an error: whole if it is short, since the
// file may turn out to be something else.
func quote(word string) string {
	const most = 40
	if len(word) > most {
		word = word[:most] + "…"
	}
	return fmt.Sprintf("%q", word)
}
