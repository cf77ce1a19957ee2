package gcp

import (
	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeSnapshot = define(snapshots())

func snapshots() spec[compute.Snapshot] {
	s := spec[compute.Snapshot]{
		Name:    "google_compute_snapshot",
		Asset:   "compute.googleapis.com/Snapshot",
		Actions: []string{"compute.snapshots.list"},
		List:    global("snapshots"),
		// A schedule's, and those that a cluster makes of its volumes.
		Default: func(it item[compute.Snapshot]) bool {
			return it.v.AutoCreated || it.v.SourceSnapshotSchedulePolicy != "" || ofKubernetesSnapshot(it.v)
		},
		Fields: fields{
			"snapshot_id": {from: "id", keep: true},
			// Arguments of the creation that the provider does not read again.
			"params":                     skip(),
			"source_disk_encryption_key": skip(),
			"source_instant_snapshot":    skip(),
		},
		Rules: map[string]resource.Rule{
			"snapshot_id":       resource.Identity(),
			"storage_locations": resource.Unordered(),
			"snapshot_encryption_key.kms_key_self_link": cryptoKey(),
		},
	}
	encryption(s.Fields, "snapshot_encryption_key", "kms_key_self_link")
	return s
}

// ofKubernetesSnapshot reports whether a cluster's storage driver made a
// snapshot for a volume snapshot.
func ofKubernetesSnapshot(s *compute.Snapshot) bool {
	_, volume := s.Labels["goog-gke-volume"]
	return volume || s.Description == "Snapshot created by GCE-PD CSI Driver"
}
