package gcp

import "google.golang.org/api/compute/v1"

var computeRegionInstanceTemplate = define(templates(spec[compute.InstanceTemplate]{
	Name:  "google_compute_region_instance_template",
	Asset: "compute.googleapis.com/InstanceTemplate",
	Keep:  func(it item[compute.InstanceTemplate]) bool { return it.v.Region != "" },
}))
