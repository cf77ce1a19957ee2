package gcp

import "google.golang.org/api/compute/v1"

var computeDisk = define(spec[compute.Disk]{
	Name:    "google_compute_disk",
	Asset:   "compute.googleapis.com/Disk",
	Actions: []string{"compute.disks.list"},
	List:    inAll("disks"),
	// A boot disk that goes with its instance is the instance's.
	Default: func(it item[compute.Disk]) bool { return len(it.v.Users) > 0 },
	Fields: fields{
		"size":                                  from("sizeGb"),
		"type":                                  from("type").names(),
		"image":                                 from("sourceImage"),
		"snapshot":                              from("sourceSnapshot"),
		"disk_encryption_key.kms_key_self_link": from("kmsKeyName"),
		"deletion_policy":                       skip(),
		"params":                                skip(),
	},
})
