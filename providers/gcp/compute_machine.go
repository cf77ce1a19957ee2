package gcp

import (
	"context"
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// machineFields are the fields that an instance and the properties of an instance
// template have in common.
func machineFields() fields {
	return fields{
		// See externalAddresses.
		"network_interface.access_config.nat_ip":             skip(),
		"network_interface.ipv6_access_config.external_ipv6": skip(),

		"network_interface.subnetwork_project": from("subnetwork").then(projectOfLink),
		"guest_accelerator.count":              from("acceleratorCount"),
		"guest_accelerator.type":               from("acceleratorType"),
		"reservation_affinity.type":            from("consumeReservationType"),
		"metadata":                             skip(), // see startupScript
	}
}

func machineRules() map[string]resource.Rule {
	return map[string]resource.Rule{
		"min_cpu_platform": resource.CanonString(anyPlatform),
		"advanced_machine_features.performance_monitoring_unit": resource.Default("STANDARD"),
		"network_interface.alias_ip_range":                      resource.Unordered(),
		"scheduling.provisioning_model":                         resource.Default("STANDARD"),
	}
}

// anyPlatform is what the API makes of "automatic": nothing.
func anyPlatform(s string) string {
	if strings.EqualFold(s, "automatic") {
		return ""
	}
	return s
}

// projectOfLink is the project in a link.
func projectOfLink(v any) any {
	s, _ := v.(string)
	rest, ok := strings.CutPrefix(link(s), "projects/")
	if !ok {
		return nil
	}
	project, _, _ := strings.Cut(rest, "/")
	return project
}

// reservation adds what names the reservations, which the API has a level higher.
func reservation(r *compute.ReservationAffinity, a resource.Attrs) {
	if r == nil || r.ConsumeReservationType != "SPECIFIC_RESERVATION" {
		return
	}
	block := a["reservation_affinity"].([]any)[0].(map[string]any)
	block["specific_reservation"] = []any{map[string]any{"key": r.Key, "values": r.Values}}
}

// withoutVersion is the name of a key without the version of it that was used.
func withoutVersion(k *compute.CustomerEncryptionKey) any {
	if k == nil {
		return nil
	}
	name, _, _ := strings.Cut(k.KmsKeyName, "/cryptoKeyVersions/")
	return name
}

// withoutNil leaves out the elements that the API wrote as null, as the mapper
// does.
func withoutNil[T any](all []*T) []*T {
	return slices.DeleteFunc(slices.Clone(all), func(v *T) bool { return v == nil })
}

// features are the names of the features of an operating system.
func features(all []*compute.GuestOsFeature) any {
	var names []any
	for _, f := range withoutNil(all) {
		names = append(names, f.Type)
	}
	return names
}

// featureNames are the features, as the mapper has them, by their names.
func featureNames(v any) any {
	all, _ := v.([]any)
	for i, f := range all {
		if f, ok := f.(compute.GuestOsFeature); ok {
			all[i] = f.Type
		}
	}
	return v
}

// scriptKey is the key of the metadata that Terraform has an attribute for as
// well.
const scriptKey = "startup-script"

// metadataOf reads the metadata, of what a state holds: those of a cluster's nodes
// are large. It makes no call: what it returns is in the listing.
func metadataOf[T any](action string, of func(*T) *compute.Metadata) provider.Detail[*conn, item[T]] {
	return provider.Detail[*conn, item[T]]{
		Action: action, Paths: []string{"metadata", "metadata_startup_script"},
		Read: func(_ context.Context, _ *conn, it item[T]) (resource.Attrs, error) {
			return resource.Attrs{"metadata": metadata(of(it.v))}, nil
		},
	}
}

// fitStartupScript: a configuration sets the script that runs at the start in one
// of two places, and the provider shows it in that one: in the metadata, or in an
// attribute of its own.
func fitStartupScript(state, cloud resource.Attrs) resource.Attrs {
	all, read := cloud["metadata"].(map[string]any)
	if !read || state["metadata_startup_script"] == nil {
		return cloud
	}
	cloud, all = maps.Clone(cloud), maps.Clone(all)
	cloud["metadata_startup_script"] = all[scriptKey]
	delete(all, scriptKey)
	cloud["metadata"] = all
	return cloud
}

func metadata(m *compute.Metadata) map[string]any {
	all := map[string]any{}
	if m == nil {
		return all
	}
	for _, i := range m.Items {
		if i != nil && i.Value != nil {
			all[i.Key] = *i.Value
		}
	}
	return all
}
