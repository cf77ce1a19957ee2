package gcp

import "github.com/driftmgr/driftmgr/pkg/resource"

var computeRegionDiskResourcePolicyAttachment = define(policyAttachments("google_compute_region_disk_resource_policy_attachment", "compute.disks.list",
	whereHeld(allDisks(), "google_compute_region_disk_resource_policy_attachment", "google_compute_region_disk"),
	resource.ChildOf{Parent: "google_compute_region_disk"}, "regions", "disks"))
