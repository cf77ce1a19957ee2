package gcp

import (
	"regexp"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeInstanceTemplate = define(templates(spec[compute.InstanceTemplate]{
	Name:  "google_compute_instance_template",
	Asset: "compute.googleapis.com/InstanceTemplate",
	Keep:  func(it item[compute.InstanceTemplate]) bool { return it.v.Region == "" },
}))

// templates completes the spec of the global and of the regional templates, which
// are in one listing. Nobody can change a template: it is there or not, or another
// one has taken its name.
func templates(s spec[compute.InstanceTemplate]) spec[compute.InstanceTemplate] {
	s.Actions = []string{"compute.instanceTemplates.list"}
	s.List = together("instance templates", inAll("instanceTemplates"))
	s.Default = func(it item[compute.InstanceTemplate]) bool { return ofPlatform(it.v.Name) }
	s.Labels = map[string]string{"labels": "effective_labels"}
	s.Map = func(it item[compute.InstanceTemplate], a resource.Attrs) {
		if it.v.Properties == nil {
			return
		}
		reservation(it.v.Properties.ReservationAffinity, a)
		disks, _ := a["disk"].([]any)
		for i, d := range withoutNil(it.v.Properties.Disks) {
			disks[i].(map[string]any)["disk_size_gb"] = templateDiskSize(d)
		}
	}
	s.Details = []provider.Detail[*conn, item[compute.InstanceTemplate]]{
		metadataOf("compute.instanceTemplates.list", func(t *compute.InstanceTemplate) *compute.Metadata {
			if t.Properties == nil {
				return nil
			}
			return t.Properties.Metadata
		}),
	}
	s.Fit = fitStartupScript
	s.Fields = machineFields()
	s.Fields["numeric_id"] = field{from: "id", keep: true}
	s.Fields["tags"] = from("properties.tags.items")
	s.Fields["instance_description"] = from("properties.description")
	s.Fields["disk"] = from("properties.disks")
	s.Fields["guest_accelerator"] = from("properties.guestAccelerators")
	s.Fields["network_interface"] = from("properties.networkInterfaces")
	s.Fields["service_account"] = from("properties.serviceAccounts")
	for _, name := range []string{
		"advanced_machine_features", "can_ip_forward", "confidential_instance_config", "key_revocation_action_type", "labels", "machine_type",
		"min_cpu_platform", "network_performance_config", "reservation_affinity", "resource_policies", "scheduling",
		"shielded_instance_config", "workload_identity_config",
	} {
		s.Fields[name] = from("properties." + strings.ReplaceAll(name, "_", ""))
	}
	for _, name := range []string{
		"disk_name", "disk_type", "labels", "provisioned_iops", "provisioned_throughput", "resource_manager_tags", "resource_policies", "source_image",
	} {
		s.Fields["disk."+name] = from("initializeParams." + strings.ReplaceAll(name, "_", ""))
	}
	s.Fields["disk.storage_pool"] = from("initializeParams.storagePool").names()
	s.Fields["disk.guest_os_features"] = from("guestOsFeatures").then(featureNames)
	s.Fields["disk.disk_encryption_key.kms_key_self_link"] = from("kmsKeyName")
	// Where a global template's subnetwork is, by the provider's own account.
	s.Fields["region"] = field{skip: s.Name == "google_compute_instance_template"}
	// Arguments of the creation that the provider does not read again.
	for _, name := range []string{
		"architecture", "source_snapshot", "source_image_encryption_key", "source_snapshot_encryption_key", "disk_encryption_key.kms_key_service_account",
	} {
		s.Fields["disk."+name] = skip()
	}
	s.Rules = machineRules()
	s.Rules["numeric_id"] = resource.Identity()
	s.Rules["disk"] = resource.Unordered()
	s.Rules["disk.guest_os_features"] = resource.Unordered()
	s.Rules["disk.disk_encryption_key.kms_key_self_link"] = cryptoKey()
	return s
}

// scratchGB is the size of a local disk, which the API leaves out.
const scratchGB = 375

func templateDiskSize(d *compute.AttachedDisk) int64 {
	switch {
	case d.InitializeParams == nil:
		return 0
	case d.DiskSizeGb != 0:
		return d.DiskSizeGb
	case d.InitializeParams.DiskSizeGb != 0:
		return d.InitializeParams.DiskSizeGb
	case d.Type == "SCRATCH":
		return scratchGB
	}
	return 0
}

// ofPlatform reports whether the name of a template, or of a group of instances,
// is one that a cluster, App Engine, a connector of the serverless platforms or a
// job of Dataflow gives.
func ofPlatform(name string) bool {
	return hasPrefix(name, "gke-", "gk3-", "aef-", "aet-") || dataflowWorkers.MatchString(name)
}

// dataflowWorkers: JOB-MMDDHHMM-HASH-harness.
var dataflowWorkers = regexp.MustCompile(`-[0-9]{8}-[0-9a-z]{4}-harness$`)
