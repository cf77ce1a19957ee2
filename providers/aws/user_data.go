package aws

import (
	"crypto/sha1" //nolint:gosec // the hash that Terraform's provider chose, no protection of anything
	"encoding/base64"
	"encoding/hex"
)

// userDataHash is the form in which an instance's user data is compared, and
// the only one in which it leaves the reader: it often holds secrets. The
// provider stores this SHA-1 of the decoded bytes up to version 5, the text
// from version 6, and base64 in user_data_base64. EC2 answers in base64.
func userDataHash(s string) string {
	if isSHA1(s) {
		return s
	}
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		data = []byte(s) // the text itself
	}
	sum := sha1.Sum(data) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

func isSHA1(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha1.Size
}
