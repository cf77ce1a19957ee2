package gcp

import (
	"google.golang.org/api/file/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var filestoreInstance = define(spec[file.Instance]{
	Name:    "google_filestore_instance",
	Asset:   "file.googleapis.com/Instance",
	Actions: []string{"file.instances.list"},
	List:    collection("file/v1/projects/{project}/locations/-/instances", "instances", 1000),
	// Those that GKE makes for the volumes of a cluster.
	Default: func(it item[file.Instance]) bool {
		return labelled(it.v.Labels, "storage_gke_io_", "kubernetes_io_created-for")
	},
	Fields: fields{
		"name":     from("name").names(),
		"location": from("name").then(locationOf),
		"zone":     from("name").then(locationOf),
		// The range that is used, which the one asked for only has to hold.
		"networks.reserved_ip_range": skip(),
		"tags":                       skip(), // only of the creation
	},
	Rules: map[string]resource.Rule{
		"protocol":              resource.Default("NFS_V3"),
		"networks.connect_mode": resource.Default("DIRECT_PEERING"),
		"networks.modes":        resource.Unordered(),
		"file_shares.nfs_export_options.access_mode": resource.Default("READ_WRITE"),
		"file_shares.nfs_export_options.squash_mode": resource.Default("NO_ROOT_SQUASH"),
		"file_shares.nfs_export_options.ip_ranges":   resource.Unordered(),
	},
})
