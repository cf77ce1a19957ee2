package gcp

import "google.golang.org/api/cloudkms/v1"

var kmsKeyRing = define(spec[cloudkms.KeyRing]{
	Name:    "google_kms_key_ring",
	Asset:   "cloudkms.googleapis.com/KeyRing",
	Actions: []string{"cloudkms.keyRings.list", "cloudkms.locations.list"},
	List:    keyRings(),
	// Autokey makes it, and the keys in it.
	Default: func(it item[cloudkms.KeyRing]) bool { return base(it.v.Name) == "autokey" },
	Fields: fields{
		"name":     from("name").names(),
		"location": from("name").then(locationOf),
	},
})

func keyRings() lister {
	return together("key rings", perLocation("google_kms_key_ring", "cloudkms.googleapis.com/KeyRing", "cloudkms/v1/projects/{project}/locations",
		func(location string) listing {
			return listing{path: "cloudkms/v1/projects/{project}/locations/" + location + "/keyRings", key: "keyRings", limit: 1000}
		}))
}
