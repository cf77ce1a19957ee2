package gcp

import (
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeImage = define(images())

func images() spec[compute.Image] {
	s := spec[compute.Image]{
		Name:    "google_compute_image",
		Asset:   "compute.googleapis.com/Image",
		Actions: []string{"compute.images.list"},
		List:    global("images"),
		Fields: fields{
			// Arguments of the creation that the provider does not read again.
			"params":                         skip(),
			"raw_disk":                       skip(),
			"source_disk_encryption_key":     skip(),
			"source_image_encryption_key":    skip(),
			"source_snapshot_encryption_key": skip(),
		},
		Rules: map[string]resource.Rule{
			"licenses":                               resource.Unordered(),
			"storage_locations":                      resource.Unordered(),
			"image_encryption_key.kms_key_self_link": cryptoKey(),
		},
	}
	encryption(s.Fields, "image_encryption_key", "kms_key_self_link")
	for _, block := range []string{"pk", "keks", "dbs", "dbxs"} {
		s.Rules["shielded_instance_initial_state."+block+".content"] = base64Text()
	}
	return s
}

// base64Text is for bytes in base64 of any alphabet, padded, in lines, or not.
func base64Text() resource.Rule {
	return resource.CanonString(strings.NewReplacer("\r", "", "\n", "", "=", "", "-", "+", "_", "/").Replace)
}
