package azure

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v7"
)

// sshKeys are the keys that may log in. The API says a file, the provider whose it is.
func sshKeys(s *armcompute.SSHConfiguration) []any {
	out := []any{}
	for _, k := range value(s).PublicKeys {
		user := strings.TrimSuffix(strings.TrimPrefix(value(k.Path), "/home/"), "/.ssh/authorized_keys")
		out = append(out, map[string]any{"public_key": k.KeyData, "username": user})
	}
	return out
}

// canonSSHKey drops the line breaks and blanks that a public key gathers on its way
// through files and forms.
func canonSSHKey(s string) string { return strings.Join(strings.Fields(s), " ") }
