package gcp

import (
	"strings"

	"google.golang.org/api/cloudkms/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var kmsCryptoKey = define(spec[cloudkms.CryptoKey]{
	Name:    "google_kms_crypto_key",
	Asset:   "cloudkms.googleapis.com/CryptoKey",
	Actions: []string{"cloudkms.locations.list", "cloudkms.keyRings.list", "cloudkms.cryptoKeys.list"},
	List:    cryptoKeys(),
	ChildOf: []resource.ChildOf{cryptoKeyOfRing()},
	StateIDs: func(a resource.Attrs) []string {
		if id := kmsName(a.String("id")); id != "" {
			return []string{id}
		}
		return nil
	},
	// Nobody can delete a key: without a version that works it is only its name.
	Default: func(it item[cloudkms.CryptoKey]) bool {
		p := it.v.Primary
		return p != nil && (p.State == "DESTROYED" || p.State == "DESTROY_SCHEDULED")
	},
	Fields: fields{
		"name": from("name").names(),
		"key_ring": from("name").then(func(v any) any {
			key, _ := v.(string)
			ring, _, _ := strings.Cut(key, "/cryptoKeys/")
			return ring
		}),
		"skip_initial_version_creation": skip(),
	},
	Rules: map[string]resource.Rule{"key_ring": {Canon: resource.CanonString(kmsName).Canon, Same: references().Same}},
})

func cryptoKeyOfRing() resource.ChildOf {
	return resource.ChildOf{Parent: "google_kms_key_ring", Ref: "key_ring", ParentID: kmsName}
}

func cryptoKeys() lister {
	return together("crypto keys", perParent("google_kms_crypto_key", cryptoKeyOfRing(), keysOf(keyRings(), path[cloudkms.KeyRing]),
		func(ring string) listing {
			return listing{path: "cloudkms/v1/" + ring + "/cryptoKeys", key: "cryptoKeys", limit: 1000}
		}))
}

// kmsName returns the full name of a ring or a key, of which old states have a
// short one: PROJECT/LOCATION/RING/KEY.
func kmsName(name string) string {
	parts := strings.Split(name, "/")
	if parts[0] == "projects" || len(parts) != 3 && len(parts) != 4 {
		return name
	}
	full := "projects/" + parts[0] + "/locations/" + parts[1] + "/keyRings/" + parts[2]
	if len(parts) == 4 {
		full += "/cryptoKeys/" + parts[3]
	}
	return full
}
