package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRegionDisk = define(regionDisks())

func regionDisks() spec[compute.Disk] {
	s := disks(spec[compute.Disk]{
		Name:  "google_compute_region_disk",
		Asset: "compute.googleapis.com/RegionDisk",
		Keep:  func(it item[compute.Disk]) bool { return it.v.Region != "" },
	}, "kms_key_name")
	s.Fields["source_image_encryption_key"] = skip() // the provider does not read it again
	delete(s.Rules, "source_image_encryption_key.kms_key_name")
	s.Rules["replica_zones"] = resource.Unordered()
	return s
}
