package sshsign

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// maxKeyFile is the largest key file that is read, in bytes: OpenSSH's own limit.
const maxKeyFile = 1 << 20

// KeyOptions say which key signs.
type KeyOptions struct {
	// File is a private key, in OpenSSH's format or PEM, or a public key or
	// certificate whose private key the agent holds or lies beside it
	// (id_ed25519.pub and id_ed25519), as in git's user.signingKey. Empty: the
	// agent's only key.
	File string
	// AgentSocket is the path of the agent's socket, the value of SSH_AUTH_SOCK.
	// Empty: there is no agent.
	AgentSocket string
	// Passphrase asks for the passphrase of a private key file. It is called once,
	// and only if the agent does not hold the key; what it returns is wiped. Nil:
	// nobody can be asked.
	Passphrase func(file string) ([]byte, error)
}

// Signer signs with one key. One goroutine uses it at a time.
type Signer struct {
	ctx   context.Context // of OpenSigner
	key   ssh.Signer      // nil after Close
	agent *agentKeys      // nil unless it was asked
}

// OpenSigner finds the private key that signs, in a file or in the agent. A file
// that is not encrypted is used as it is; for one that is, the agent is asked
// first. Private key files which others can read are refused, as ssh does, and so
// are keys that are too weak ([ErrWeakKey]).
//
// The context is that of the signer: when it is done, the agent is waited for no
// longer, in Sign neither. Call Close when done.
func OpenSigner(ctx context.Context, o KeyOptions) (*Signer, error) {
	s := &Signer{ctx: ctx}
	key, err := s.find(o)
	if err == nil {
		s.key, err = newSHA2Signer(key)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Fingerprint returns the fingerprint of the signer's key, SHA256:…; for a
// certificate, that of the key which it certifies.
func (s *Signer) Fingerprint() string {
	if s.key == nil {
		return ""
	}
	return fingerprint(s.key.PublicKey())
}

// Sign returns the armored signature of a message in a namespace, as ssh-keygen -Y
// sign writes it: over the message's SHA-512, RSA keys by rsa-sha2-512. It has
// been verified with the signer's key.
func (s *Signer) Sign(namespace string, message []byte) (armored []byte, err error) {
	if s.key == nil {
		return nil, errors.New("sign: the signer is closed")
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("sign with key %s: %w", s.Fingerprint(), err)
		}
	}()
	sig, err := sshsig.Sign(bytes.NewReader(message), s.key, sshsig.HashSHA512, namespace)
	if err != nil {
		return nil, cause(s.ctx, err)
	}
	armored = sshsig.Armor(sig)
	// An agent may be any program, and may ignore which algorithm it was asked for.
	if _, err := signedBy(namespace, message, armored); err != nil {
		return nil, err
	}
	return armored, nil
}

// Close ends the connection to the agent. The signer signs no more.
func (s *Signer) Close() error {
	s.key = nil
	if s.agent == nil {
		return nil
	}
	conn := s.agent.conn
	s.agent = nil
	return conn.Close()
}

func (s *Signer) find(o KeyOptions) (ssh.Signer, error) {
	if o.File == "" {
		if err := s.openAgent(o); err != nil {
			return nil, fmt.Errorf("no key file is named, and %w", err)
		}
		return s.agent.only()
	}
	data, info, err := readKeyFile(o.File)
	if err != nil {
		return nil, err
	}
	if isPrivate(data) {
		return s.fromPrivate(o, o.File, data, info, nil)
	}
	text, rest, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	key, err := publicKey(strings.TrimSpace(text))
	if err == nil && rest != "" {
		err = errors.New("it has more than one line")
	}
	if err != nil {
		return nil, fmt.Errorf("key file %s: it is neither a private nor a public key: %w", o.File, err)
	}
	return s.fromPublic(o, key)
}

// openAgent connects to the agent, once.
func (s *Signer) openAgent(o KeyOptions) (err error) {
	if s.agent == nil {
		s.agent, err = openAgent(s.ctx, o.AgentSocket)
	}
	return err
}

// fromPublic returns the signer of a public key or certificate: the agent's, or
// that of the private key file beside it.
func (s *Signer) fromPublic(o KeyOptions, key ssh.PublicKey) (ssh.Signer, error) {
	agentErr := s.openAgent(o)
	if agentErr == nil {
		if signer := s.agent.find(key); signer != nil {
			return signer, nil
		}
		agentErr = errors.New("the SSH agent does not hold it")
	}
	file, ok := strings.CutSuffix(o.File, "-cert.pub")
	if !ok {
		file, ok = strings.CutSuffix(o.File, ".pub")
	}
	if ok {
		data, info, err := readKeyFile(file)
		switch {
		case err == nil && isPrivate(data):
			return s.fromPrivate(o, file, data, info, key)
		case err == nil:
			return nil, fmt.Errorf("key file %s: it is no private key", file)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return nil, fmt.Errorf("the private key of %s is not at hand: %w: add it by ssh-add", o.File, agentErr)
}

// fromPrivate returns the signer of a private key file. want is the key or
// certificate that it has to have, or nil.
func (s *Signer) fromPrivate(o KeyOptions, file string, data []byte, info fs.FileInfo, want ssh.PublicKey) (ssh.Signer, error) {
	if isExposed(info) {
		return nil, fmt.Errorf("private key %s has mode %#o, so others can read it: chmod 600 it", file, info.Mode().Perm())
	}
	raw, err := ssh.ParseRawPrivateKey(data)
	var encrypted *ssh.PassphraseMissingError
	if errors.As(err, &encrypted) {
		if signer := s.held(o, encrypted.PublicKey, want); signer != nil {
			return signer, nil
		}
		raw, err = s.decrypt(o, file, data)
		if err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("private key %s cannot be read: %w: if it is a security key's, add it by ssh-add and name the public key", file, err)
	}
	signer, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return nil, fmt.Errorf("private key %s cannot sign: %w", file, err)
	}
	if want == nil {
		return signer, nil
	}
	if !bytes.Equal(plain(want).Marshal(), signer.PublicKey().Marshal()) {
		return nil, fmt.Errorf("private key %s is not that of %s", file, o.File)
	}
	if cert, ok := want.(*ssh.Certificate); ok {
		return ssh.NewCertSigner(cert, signer)
	}
	return signer, nil
}

// held returns the agent's signer of the public key in an encrypted file, or nil.
// fromPublic has looked for a key that is wanted.
func (s *Signer) held(o KeyOptions, key, want ssh.PublicKey) ssh.Signer {
	if key == nil || want != nil || s.openAgent(o) != nil {
		return nil
	}
	return s.agent.find(key)
}

// decrypt asks for a file's passphrase and returns the private key in it.
func (s *Signer) decrypt(o KeyOptions, file string, data []byte) (any, error) {
	if o.Passphrase == nil {
		return nil, fmt.Errorf("private key %s is encrypted and the SSH agent does not hold it: add it by ssh-add %s", file, file)
	}
	passphrase, err := o.Passphrase(file)
	defer clear(passphrase)
	if err != nil {
		return nil, fmt.Errorf("passphrase of private key %s: %w", file, err)
	}
	raw, err := ssh.ParseRawPrivateKeyWithPassphrase(data, passphrase)
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, fmt.Errorf("private key %s: the passphrase is wrong", file)
	}
	if err != nil {
		return nil, fmt.Errorf("private key %s cannot be decrypted: %w", file, err)
	}
	return raw, nil
}

// isPrivate reports whether a key file is one of a private key.
func isPrivate(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN "))
}

// readKeyFile reads a key file, of which the info is that of the open file.
func readKeyFile(file string) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("key file: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("key file %s is no regular file", file)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("key file: %w", err)
	}
	if len(data) > maxKeyFile {
		return nil, nil, fmt.Errorf("key file %s has more than %d MiB: it is no key", file, maxKeyFile>>20)
	}
	return data, info, nil
}

// sha2Signer signs with RSA keys by rsa-sha2-512. Asked for nothing, the signers of
// x/crypto and agents sign by ssh-rsa, with SHA-1, and certificates are not asked
// for anything else.
type sha2Signer struct {
	ssh.AlgorithmSigner
	key ssh.PublicKey // the signer's own, but of its true type where that is *agent.Key
}

func newSHA2Signer(signer ssh.Signer) (ssh.Signer, error) {
	key, err := ssh.ParsePublicKey(signer.PublicKey().Marshal())
	if err != nil {
		return nil, fmt.Errorf("key %s cannot sign here: %w", ssh.FingerprintSHA256(signer.PublicKey()), err)
	}
	if err := refuseWeak(key); err != nil {
		return nil, err
	}
	algorithms, ok := signer.(ssh.AlgorithmSigner)
	if !ok {
		return nil, fmt.Errorf("key %s cannot sign here: its algorithm cannot be chosen", fingerprint(key))
	}
	return sha2Signer{algorithms, key}, nil
}

func (s sha2Signer) PublicKey() ssh.PublicKey { return s.key }

func (s sha2Signer) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	if plain(s.key).Type() == ssh.KeyAlgoRSA {
		return s.SignWithAlgorithm(rand, data, ssh.KeyAlgoRSASHA512)
	}
	return s.AlgorithmSigner.Sign(rand, data)
}
