package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeInstance = define(instances())

func instances() spec[compute.Instance] {
	s := spec[compute.Instance]{
		Name:    "google_compute_instance",
		Asset:   "compute.googleapis.com/Instance",
		Actions: []string{"compute.instances.list"},
		Before:  rememberHeld,
		List:    listInstances,
		Default: madeByService,
		Fields:  machineFields(),
		Map: func(it item[compute.Instance], a resource.Attrs) {
			reservation(it.v.ReservationAffinity, a)
			instanceDisks(it.v.Disks, a)
			externalAddresses(it, a)
			heldMetadata(it, a)
			running(it.v.Status, a)
		},
		Details: []provider.Detail[*conn, item[compute.Instance]]{
			metadataOf("compute.instances.list", func(i *compute.Instance) *compute.Metadata { return i.Metadata }),
			{Action: "compute.disks.list", Paths: []string{"boot_disk"}, Read: bootDisk},
		},
		Fit:   fitStartupScript,
		Rules: machineRules(),
	}
	s.Fields["instance_id"] = field{from: "id", keep: true}
	s.Fields["machine_type"] = from("machineType").names()
	s.Fields["tags"] = from("tags.items")
	s.Fields["enable_display"] = from("displayDevice.enableDisplay")
	s.Fields["instance_encryption_key.kms_key_self_link"] = from("kmsKeyName")
	s.Fields["params"] = skip()
	s.Fields["workload_identity_config"] = skip() // the provider does not read it again

	s.Rules["instance_id"] = resource.Identity()
	s.Rules["instance_encryption_key.kms_key_self_link"] = cryptoKey()
	// The provider reads it only where it is configured.
	s.Rules["desired_status"] = onlyConfigured()
	s.Rules["network_interface.ipv6_access_config.external_ipv6"] = resource.Rule{Same: sameAddress}
	s.Rules["attached_disk"] = resource.Keyed("source")
	s.Rules["attached_disk.kms_key_self_link"] = cryptoKey()
	s.Rules["boot_disk.kms_key_self_link"] = cryptoKey()
	s.Rules["boot_disk.guest_os_features"] = resource.Unordered()
	// The provider reads these two only where they are configured.
	s.Rules["boot_disk.interface"] = onlyConfigured()
	s.Rules["boot_disk.initialize_params.resource_policies"] = onlyConfigured()
	s.Rules["boot_disk.initialize_params.labels"] = resource.Canon(allLabels("").Canon)
	return s
}

// allInstances lists the instances, once for all who ask.
func allInstances() lister { return together("instances", inAll("instances")) }

// listInstances lists them once for all who ask only where anybody else does: the
// metadata of a cluster's nodes are large.
func listInstances(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
	if holdsAny(q, "google_compute_attached_disk", "google_compute_resource_policy_attachment") {
		return allInstances()(ctx, c, q)
	}
	return inAll("instances")(ctx, c, q)
}

// onlyConfigured is for a value that Google chooses unless it is configured, and
// that a state holds only then.
func onlyConfigured() resource.Rule {
	r := references()
	same := r.Same
	r.Same = func(state, cloud any) bool { return resource.Empty(state) || same(state, cloud) }
	return r
}

// madeByService reports whether an instance belongs to a managed group, and so to
// a cluster, or to a service that runs its work on machines of its own.
func madeByService(it item[compute.Instance]) bool {
	for _, label := range []string{"goog-gke-node", "goog-dataproc-cluster-name", "dataflow_job_id", "batch-job-id"} {
		if _, ok := it.v.Labels[label]; ok {
			return true
		}
	}
	_, ok := metadata(it.v.Metadata)["created-by"]
	return ok
}

// instanceDisks adds the disks, which the API has in one list. What the boot disk
// was made from is not in it: see bootDisk.
func instanceDisks(all []*compute.AttachedDisk, a resource.Attrs) {
	var boot, attached, scratch []any
	for _, d := range all {
		switch {
		case d == nil:
		case d.Boot:
			boot = append(boot, map[string]any{
				"auto_delete":       d.AutoDelete,
				"device_name":       d.DeviceName,
				"guest_os_features": features(d.GuestOsFeatures),
				"interface":         d.Interface,
				"kms_key_self_link": withoutVersion(d.DiskEncryptionKey),
				"mode":              d.Mode,
				"source":            d.Source,
			})
		case d.Type == "SCRATCH":
			scratch = append(scratch, map[string]any{
				"device_name": d.DeviceName,
				"interface":   d.Interface,
				"size":        d.DiskSizeGb,
			})
		default:
			attached = append(attached, map[string]any{
				"device_name":       d.DeviceName,
				"kms_key_self_link": withoutVersion(d.DiskEncryptionKey),
				"mode":              d.Mode,
				"source":            d.Source,
			})
		}
	}
	a["boot_disk"], a["attached_disk"], a["scratch_disk"] = boot, attached, scratch
}

// bootDisk reads the boot disk with what it was made from, which is in the listing
// of the disks.
func bootDisk(ctx context.Context, c *conn, it item[compute.Instance]) (resource.Attrs, error) {
	all, err := provider.Once(&c.memo, "disks by link", func() (map[string]*compute.Disk, error) {
		byLink := map[string]*compute.Disk{}
		for o, err := range allDisks()(ctx, c, provider.Query{}) {
			if err != nil {
				return nil, err
			}
			d := new(compute.Disk)
			if err := json.Unmarshal(o.body, d); err != nil {
				return nil, fmt.Errorf("google_compute_instance: boot disks: %w", err)
			}
			byLink[link(d.SelfLink)] = d
		}
		return byLink, nil
	})
	if err != nil {
		return nil, err
	}
	a := resource.Attrs{}
	instanceDisks(it.v.Disks, a)
	i := slices.IndexFunc(it.v.Disks, func(d *compute.AttachedDisk) bool { return d != nil && d.Boot })
	if i < 0 {
		return resource.Attrs{"boot_disk": nil}, nil
	}
	if d := all[link(it.v.Disks[i].Source)]; d != nil {
		a["boot_disk"].([]any)[0].(map[string]any)["initialize_params"] = []any{initializeParams(d)}
	}
	return resource.Attrs{"boot_disk": a["boot_disk"]}, nil
}

func initializeParams(d *compute.Disk) map[string]any {
	zones := make([]any, len(d.ReplicaZones))
	for i, z := range d.ReplicaZones {
		zones[i] = base(z)
	}
	return map[string]any{
		"architecture":                d.Architecture,
		"enable_confidential_compute": d.EnableConfidentialCompute,
		"image":                       d.SourceImage,
		"labels":                      d.Labels,
		"provisioned_iops":            d.ProvisionedIops,
		"provisioned_throughput":      d.ProvisionedThroughput,
		"replica_zones":               zones,
		"resource_policies":           d.ResourcePolicies,
		"size":                        d.SizeGb,
		"storage_pool":                base(d.StoragePool),
		"type":                        base(d.Type),
	}
}

// running adds the state of an instance that somebody can ask for. What is on its
// way from one to another says nothing.
func running(status string, a resource.Attrs) {
	if slices.Contains([]string{"RUNNING", "TERMINATED", "SUSPENDED"}, status) {
		a["desired_status"] = status
	}
}

// heldKey is where the connection remembers what the states say of instances.
const heldKey = "held instances"

// heldInstances are the instances of the states, and those of them that have, by
// their states, an external address that a state reserved. Any other address comes
// and goes with the machine, and nothing in the API's answer tells one kind from the
// other.
type heldInstances struct{ all, reserved map[string]bool }

func rememberHeld(c *conn, q provider.Query) {
	_, _ = provider.Once(&c.memo, heldKey, func() (heldInstances, error) {
		reserved := map[string]bool{}
		for _, m := range q.Held("google_compute_address") {
			reserved[canonAddress(m.Attrs["address"])] = true
		}
		delete(reserved, "")
		held := heldInstances{map[string]bool{}, map[string]bool{}}
		for _, m := range q.Held("google_compute_instance") {
			held.all[m.Key.ID] = true
			for nic := range blocks(m.Attrs, "network_interface") {
				for access := range blocks(nic, "access_config") {
					held.reserved[m.Key.ID] = held.reserved[m.Key.ID] || reserved[canonAddress(access["nat_ip"])]
				}
				for access := range blocks(nic, "ipv6_access_config") {
					held.reserved[m.Key.ID] = held.reserved[m.Key.ID] || reserved[canonAddress(access["external_ipv6"])]
				}
			}
		}
		return held, nil
	})
}

func heldBy(c *conn) heldInstances {
	held, _ := provider.Once(&c.memo, heldKey, func() (heldInstances, error) { return heldInstances{}, nil })
	return held
}

// canonAddress is one form of an IP address, without the length of a prefix.
func canonAddress(v any) string {
	s, _ := v.(string)
	s, _, _ = strings.Cut(s, "/")
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.String()
	}
	return s
}

// externalAddresses adds the external addresses of an instance that has reserved
// ones, and leaves out a domain name that nobody asked for.
func externalAddresses(it item[compute.Instance], a resource.Attrs) {
	reserved := heldBy(it.conn).reserved[path(it)]
	nics := slices.Collect(blocks(a, "network_interface"))
	for i, nic := range withoutNil(it.v.NetworkInterfaces) {
		access := slices.Collect(blocks(nics[i], "access_config"))
		for j, config := range withoutNil(nic.AccessConfigs) {
			if !config.SetPublicPtr {
				access[j]["public_ptr_domain_name"] = nil
			}
			if reserved {
				access[j]["nat_ip"] = config.NatIP
			}
		}
		access = slices.Collect(blocks(nics[i], "ipv6_access_config"))
		for j, config := range withoutNil(nic.Ipv6AccessConfigs) {
			if reserved {
				access[j]["external_ipv6"] = config.ExternalIpv6
			}
		}
	}
}

// heldMetadata adds the metadata of every instance of a state. A detail reads only what
// a state has a value for, and right after an apply there is none: what somebody adds
// then would go unseen.
func heldMetadata(it item[compute.Instance], a resource.Attrs) {
	if heldBy(it.conn).all[path(it)] {
		a["metadata"] = metadata(it.v.Metadata)
	}
}

// blocks yields the blocks of a name.
func blocks(in map[string]any, name string) iter.Seq[map[string]any] {
	return func(yield func(map[string]any) bool) {
		list, _ := in[name].([]any)
		for _, e := range list {
			if b, ok := e.(map[string]any); ok && !yield(b) {
				return
			}
		}
	}
}
