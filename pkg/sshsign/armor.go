package sshsign

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/hiddeco/sshsig"
)

const (
	armorBegin = "-----BEGIN " + sshsig.PEMType + "-----"
	armorEnd   = "-----END " + sshsig.PEMType + "-----"

	// maxArmor is many times the size of the largest signature that is made: by an
	// RSA key of 16384 bits, with a certificate.
	maxArmor = 64 << 10
)

// readSignature reads an armored signature. It has to be the only thing in the
// input and written in the one way there is to write it, so that nothing can be
// added to a signature that nobody signed: ssh-keygen ignores what follows the
// armor and what is in the reserved field.
func readSignature(armored []byte) (*sshsig.Signature, error) {
	if len(armored) > maxArmor {
		return nil, fmt.Errorf("%w: it has more than %d KiB", ErrSignature, maxArmor>>10)
	}
	text := bytes.TrimSpace(bytes.ReplaceAll(armored, []byte("\r\n"), []byte("\n")))
	body, begins := bytes.CutPrefix(text, []byte(armorBegin+"\n"))
	body, ends := bytes.CutSuffix(body, []byte("\n"+armorEnd))
	if !begins || !ends {
		return nil, fmt.Errorf("%w: it is not one SSH signature from %s to %s", ErrSignature, armorBegin, armorEnd)
	}
	// Line ends are the decoder's to skip. A second signature, a header and a blank
	// are no base64.
	blob, err := base64.StdEncoding.Strict().DecodeString(string(body))
	if err != nil {
		return nil, fmt.Errorf("%w: what is between %s and %s is not the base64 of one signature", ErrSignature, armorBegin, armorEnd)
	}
	sig, err := sshsig.ParseSignature(blob)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be read: %w", ErrSignature, err)
	}
	if !bytes.Equal(sig.Marshal(), blob) {
		return nil, fmt.Errorf("%w: it holds something that is not part of a signature", ErrSignature)
	}
	return sig, nil
}
