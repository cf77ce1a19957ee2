package sshsign

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Identity is who made a signature.
type Identity struct {
	// Principal is the first of Principals.
	Principal string
	// Principals are all names under which the key may sign this, in the order of
	// the file: whoever compares two people has to compare all of them. There is
	// at least one, and none is a pattern.
	Principals []string
	// Fingerprint is the key's, SHA256:…; for a certificate, that of the key which
	// it certifies.
	Fingerprint string
}

// Verify returns who signed a message. It takes the steps of git, which are
// ssh-keygen -Y find-principals and then -Y verify for the names found: the
// signature is one of these bytes in this namespace, revoked (which may be nil)
// does not revoke its key, and a line of the file has the key and lets it sign in
// the namespace at the time.
//
// All lines with the key count: those that let it sign give the names, the others
// matter only if there are no such lines. The certificate of an authority needs
// both to name somebody: the line's patterns, and the certificate.
//
// It refuses what ssh-keygen accepts in these cases:
//   - The lines of the key have patterns only, *@example.org, without an authority.
//     ssh-keygen -Y find-principals prints the pattern; it names nobody.
//   - A name is negated on its own line. It prints this one too, and then verifies
//     no signature under it.
//   - Weak keys: see [ErrWeakKey].
//   - A certificate has critical options. They limit what it is for (a command, an
//     address), and none of them is about signing messages.
//   - A security key made the signature without being touched.
//   - Something surrounds the armor or fills the signature's reserved field.
//
// Its errors are the package's Err…, or one about the call itself: no namespace,
// or no time (the year 1970 and before).
func (a *Allowed) Verify(namespace string, message, armored []byte, revoked *Revoked, at time.Time) (Identity, error) {
	if namespace == "" {
		return Identity{}, errors.New("verify a signature: no namespace was given")
	}
	if at.Year() <= 1970 {
		return Identity{}, errors.New("verify a signature: no time was given")
	}
	key, err := signedBy(namespace, message, armored)
	if err != nil {
		return Identity{}, err
	}
	if err := refuseWeak(key); err != nil {
		return Identity{}, err
	}
	if why := revoked.revokes(key); why != "" {
		return Identity{}, fmt.Errorf("%w: %s: %s", ErrRevoked, fingerprint(key), why)
	}

	id := Identity{Fingerprint: fingerprint(key)}
	var refusals []error
	for _, line := range a.lines {
		if !line.has(key) {
			continue
		}
		names, err := line.names(key, namespace, at)
		if err != nil {
			refusals = append(refusals, fmt.Errorf("%s: %w", line.at, err))
		}
		for _, name := range names {
			if !slices.Contains(id.Principals, name) {
				id.Principals = append(id.Principals, name)
			}
		}
	}
	switch {
	case len(id.Principals) > 0:
		id.Principal = id.Principals[0]
		return id, nil
	case len(refusals) == 0:
		return Identity{}, fmt.Errorf("%w: %s is on no line", ErrUnknownKey, id.Fingerprint)
	}
	return Identity{}, refusal(id.Fingerprint, refusals)
}

// refusal makes one error, on one line, of the reasons of all lines. It is an
// ErrNotValid unless all lines have another reason.
func refusal(fingerprint string, reasons []error) error {
	kind := ErrNotValid
	for _, other := range []error{ErrSignature, ErrWeakKey} {
		if !slices.ContainsFunc(reasons, func(err error) bool { return !errors.Is(err, other) }) {
			kind = other
		}
	}
	texts := make([]string, len(reasons))
	for i, err := range reasons {
		texts[i] = err.Error()
	}
	return fmt.Errorf("%w: %s: %s", kind, fingerprint, strings.Join(texts, "; "))
}

// signedBy returns the key that signed a message. Nothing is known about the key:
// not whose it is, and of a certificate not even that its authority signed it.
func signedBy(namespace string, message, armored []byte) (ssh.PublicKey, error) {
	sig, err := readSignature(armored)
	if err != nil {
		return nil, err
	}
	key := sig.PublicKey
	kind := plain(key).Type()
	format := sig.Signature.Format
	if kind == ssh.KeyAlgoRSA && format != ssh.KeyAlgoRSASHA256 && format != ssh.KeyAlgoRSASHA512 {
		return nil, fmt.Errorf("%w: an RSA key made it by %s: sign by %s", ErrSignature, quote(format), ssh.KeyAlgoRSASHA512)
	}
	// Security keys add their flags and a counter after the signature proper.
	if len(sig.Signature.Rest) > 0 && !strings.HasPrefix(kind, "sk-") {
		return nil, fmt.Errorf("%w: something follows it", ErrSignature)
	}
	if sig.Namespace != namespace {
		return nil, fmt.Errorf("%w: it was made in another namespace than %s", ErrSignature, namespace)
	}
	if err := sshsig.Verify(bytes.NewReader(message), sig, key, sig.HashAlgorithm, namespace); err != nil {
		return nil, fmt.Errorf("%w: %s did not sign these bytes: %w", ErrSignature, fingerprint(key), err)
	}
	return key, nil
}

// has reports whether a line is about a key: the key itself, or the authority that
// a certificate names.
func (line *allowedLine) has(key ssh.PublicKey) bool {
	cert, isCert := key.(*ssh.Certificate)
	if isCert != line.authority {
		return false
	}
	if isCert {
		key = cert.SignatureKey
	}
	return bytes.Equal(key.Marshal(), line.key)
}

// names returns under which names a line lets a key sign, and why not if there are
// none. The limits are those of ssh-keygen: valid-before is the last second, that
// of a certificate the first one after.
func (line *allowedLine) names(key ssh.PublicKey, namespace string, at time.Time) ([]string, error) {
	now := at.Unix()
	switch {
	case line.restricted && !matchList(line.namespaces, namespace):
		return nil, fmt.Errorf("its namespaces do not include %s", namespace)
	case !line.after.IsZero() && now < line.after.Unix():
		return nil, fmt.Errorf("valid only after %s", line.after.UTC().Format(time.RFC3339))
	case !line.before.IsZero() && now > line.before.Unix():
		return nil, fmt.Errorf("valid only before %s", line.before.UTC().Format(time.RFC3339))
	}
	candidates := line.principals
	if cert, ok := key.(*ssh.Certificate); ok {
		if err := checkCertificate(cert, at); err != nil {
			return nil, fmt.Errorf("the certificate %w", err)
		}
		candidates = cert.ValidPrincipals
	}
	var names []string
	for _, name := range candidates {
		if isName(name) && matchList(line.principals, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		if line.authority {
			return nil, errors.New("the certificate is for nobody whom the line lets sign")
		}
		return nil, errors.New("it has patterns only, which name nobody: write the signer's name")
	}
	return names, nil
}

// checkCertificate returns why a certificate certifies nothing at a time. The error
// continues "the certificate".
func checkCertificate(cert *ssh.Certificate, at time.Time) error {
	if err := refuseWeak(cert.SignatureKey); err != nil {
		return fmt.Errorf("has a weak authority: %w", err)
	}
	if format := cert.Signature.Format; plain(cert.SignatureKey).Type() == ssh.KeyAlgoRSA && format != ssh.KeyAlgoRSASHA256 && format != ssh.KeyAlgoRSASHA512 {
		return fmt.Errorf("was signed by its authority with %s: %w", quote(format), ErrWeakKey)
	}
	now := uint64(max(at.Unix(), 0))
	switch {
	case cert.CertType != ssh.UserCert:
		return errors.New("is not a user's")
	case len(cert.ValidPrincipals) == 0:
		return errors.New("names nobody")
	case len(cert.CriticalOptions) > 0:
		return errors.New("has critical options, which limit it to something else than signing")
	case now < cert.ValidAfter:
		return errors.New("is not valid yet")
	case now >= cert.ValidBefore:
		return errors.New("has expired")
	}
	checker := ssh.CertChecker{Clock: func() time.Time { return at }}
	if err := checker.CheckCert(cert.ValidPrincipals[0], cert); err != nil {
		return fmt.Errorf("is not its authority's: %w: %w", ErrSignature, err)
	}
	return nil
}
