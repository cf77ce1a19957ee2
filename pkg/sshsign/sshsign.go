// Package sshsign signs and verifies messages with SSH keys, in the format and by
// the rules of ssh-keygen -Y: signatures as PROTOCOL.sshsig describes them, an
// allowed_signers file that says whose keys count, and a list of revoked keys (a
// text or a binary KRL). What it signs, ssh-keygen verifies, and the other way
// round; where the two differ, this package is the stricter one and the doc
// comment says so.
//
// Sources: ssh-keygen(1), sections ALLOWED SIGNERS and KEY REVOCATION LISTS;
// PROTOCOL.sshsig, PROTOCOL.krl and PROTOCOL.certkeys of OpenSSH portable.
package sshsign

import (
	"crypto/rsa"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// What a caller of [Allowed.Verify] branches on. Each error says more than its
// sentinel; errors.Is tells which one it is.
var (
	// ErrSignature: no signature of this message in this namespace. It is garbled,
	// cut off, followed by something, made for other bytes, in another namespace
	// or by an algorithm that is not accepted.
	ErrSignature = errors.New("not a signature of this")
	// ErrUnknownKey: a good signature, by a key that no line of allowed_signers has.
	ErrUnknownKey = errors.New("the key is not an allowed signer's")
	// ErrRevoked: a good signature, by a key that is revoked, or by a certificate
	// that is or whose authority is.
	ErrRevoked = errors.New("the key is revoked")
	// ErrNotValid: the key has lines, but none lets it sign in this namespace, at
	// this time, for anybody with a name.
	ErrNotValid = errors.New("the key may not sign this")
	// ErrWeakKey: the key, or the authority of its certificate, is a DSA key, an RSA
	// key of less than 2048 bits, or relies on SHA-1. [OpenSigner] returns it too.
	ErrWeakKey = errors.New("the key is too weak")
)

// minRSA is the size below which RSA keys are refused, in bits. It is above
// OpenSSH's own RequiredRSASize, 1024.
const minRSA = 2048

// algoDSA is the type of DSA keys, which x/crypto deprecates.
const algoDSA = "ssh-dss"

// refuseWeak returns an error for a key that is too weak to rely on.
func refuseWeak(key ssh.PublicKey) error {
	key = plain(key)
	switch key.Type() {
	case algoDSA:
		return fmt.Errorf("%w: %s is a DSA key: use an Ed25519 key", ErrWeakKey, ssh.FingerprintSHA256(key))
	case ssh.KeyAlgoRSA:
		bits := 0
		if k, ok := key.(ssh.CryptoPublicKey); ok {
			if k, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok {
				bits = k.N.BitLen()
			}
		}
		if bits < minRSA {
			return fmt.Errorf("%w: %s is an RSA key of %d bits: use one of %d or more, or an Ed25519 key", ErrWeakKey, ssh.FingerprintSHA256(key), bits, minRSA)
		}
	}
	return nil
}

// plain returns the key that a certificate certifies, or the key itself.
// Fingerprints and revocations are of plain keys, as in OpenSSH.
func plain(key ssh.PublicKey) ssh.PublicKey {
	if cert, ok := key.(*ssh.Certificate); ok {
		return cert.Key
	}
	return key
}

// fingerprint returns the fingerprint that ssh-keygen -l shows: SHA256:…
func fingerprint(key ssh.PublicKey) string { return ssh.FingerprintSHA256(plain(key)) }
