package gcp

import (
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeDisk = define(zonalDisks())

func zonalDisks() spec[compute.Disk] {
	s := disks(spec[compute.Disk]{
		Name:  "google_compute_disk",
		Asset: "compute.googleapis.com/Disk",
		Keep:  func(it item[compute.Disk]) bool { return it.v.Region == "" },
	}, "kms_key_self_link")
	s.Rules["source_snapshot_encryption_key.kms_key_self_link"] = cryptoKey()
	return s
}

// disks completes the spec of the zonal and of the regional disks, which are in
// one listing. key is what Terraform calls an encryption key.
func disks(s spec[compute.Disk], key string) spec[compute.Disk] {
	s.Actions = []string{"compute.disks.list"}
	s.List = allDisks()
	// A disk in use is its instance's: told of with that, or as what is attached
	// to it. A Kubernetes volume is its cluster's.
	s.Default = func(it item[compute.Disk]) bool { return len(it.v.Users) > 0 || ofKubernetes(it.v) }
	s.Fields = fields{
		"disk_id":      {from: "id", keep: true},
		"size":         from("sizeGb"),
		"type":         from("type").names(),
		"storage_pool": from("storagePool").names(),
		"image":        from("sourceImage"),
		"snapshot":     from("sourceSnapshot"),
		// Arguments of the creation that the provider does not read again.
		"architecture":          skip(),
		"params":                skip(),
		"source_storage_object": skip(),
	}
	s.Rules = map[string]resource.Rule{
		"disk_id":  resource.Identity(),
		"licenses": resource.Unordered(),
	}
	for _, block := range []string{"disk_encryption_key", "source_image_encryption_key", "source_snapshot_encryption_key"} {
		encryption(s.Fields, block, key)
	}
	for _, block := range []string{"disk_encryption_key", "source_image_encryption_key"} {
		s.Rules[block+"."+key] = cryptoKey()
	}
	return s
}

// allDisks lists the zonal and the regional disks, once for all who ask.
func allDisks() lister { return together("disks", inAll("disks")) }

// ofKubernetes reports whether a disk is what a volume claim of a cluster made.
func ofKubernetes(d *compute.Disk) bool {
	_, volume := d.Labels["goog-gke-volume"]
	return volume || hasPrefix(d.Name, "pvc-", "gke-") || strings.Contains(d.Description, "kubernetes.io/created-for/") ||
		strings.HasSuffix(d.Description, "created by GCE-PD CSI Driver")
}

// encryption adds the fields of a block that names an encryption key. Keys that
// a caller brings along are never returned.
func encryption(f fields, block, key string) {
	f[block+"."+key] = from("kmsKeyName")
	f[block+".raw_key"] = skip()
	f[block+".rsa_encrypted_key"] = skip()
}

// cryptoKey is for the name of a KMS key, to which the API may add the version
// that it used.
func cryptoKey() resource.Rule {
	r := references()
	r.Canon = func(v any) any {
		s, ok := v.(string)
		if !ok {
			return v
		}
		s, _, _ = strings.Cut(link(s), "/cryptoKeyVersions/")
		return s
	}
	return r
}
