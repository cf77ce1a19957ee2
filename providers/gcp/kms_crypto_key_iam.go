package gcp

import (
	"google.golang.org/api/cloudkms/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// kmsCryptoKeyIAM are the policies of keys: who may encrypt and decrypt.
var kmsCryptoKeyIAM = policies{
	types:   "google_kms_crypto_key",
	path:    func(parent string) string { return "cloudkms/v1/" + parent + ":getIamPolicy" },
	params:  withConditions("options.requestedPolicyVersion"),
	parent:  kmsName,
	imports: func(parent string) string { return barePath(parent, "projects", "locations", "keyRings", "cryptoKeys") },
	all:     keysOf(cryptoKeys(), path[cloudkms.CryptoKey]),
	attrs:   func(parent string) resource.Attrs { return resource.Attrs{"crypto_key_id": parent} },
	actions: []string{"cloudkms.locations.list", "cloudkms.keyRings.list", "cloudkms.cryptoKeys.list"},
	action:  "cloudkms.cryptoKeys.getIamPolicy",
}
