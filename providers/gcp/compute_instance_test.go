package gcp

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

const vm = "projects/acme-prod/zones/us-central1-a/instances/vm"

// found compares states with a project that has only what answers say, by the last
// part of the listing's path, and returns the findings as "kind address: paths".
func found(t *testing.T, answers map[string]string, managed ...resource.Managed) []string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := answers[base(r.URL.Path)]
		if body == "" {
			body = "{}"
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	p := New(Options{Endpoint: srv.URL, Projects: []string{"acme-prod"}, Auth: gcpauth.Options{AccessToken: "test"}})
	p.Locate(managed, nil)
	inv := inventory.Collect(t.Context(), inventory.Request{
		Providers: []provider.Provider{p}, Managed: managed, Unmanaged: true, Depth: provider.DepthFull, Parallel: 2,
		Type:  func(name string) bool { return strings.HasPrefix(name, "google_compute_") },
		Stats: &provider.Stats{}, Now: time.Now,
	})
	types := map[string]resource.Type{}
	for _, typ := range p.Types() {
		types[typ.Name] = typ.Type
	}
	var out []string
	for _, f := range drift.Compare(managed, inv, drift.Options{Types: types, Schemas: schema.Embedded(), Unmanaged: true}).Findings {
		name := f.Address
		if name == "" {
			name = f.ID
		}
		for _, c := range f.Changes {
			name += " " + c.Path
		}
		out = append(out, fmt.Sprintf("%s %s", f.Kind, name))
	}
	slices.Sort(out)
	return out
}

// held is a resource in a state. Attributes that it does not name are not in the
// state.
func held(typ, name string, attrs resource.Attrs) resource.Managed {
	attrs["project"] = "acme-prod"
	return resource.Managed{
		Key: resource.Key{Type: typ}, Address: typ + "." + name, Source: "terraform.tfstate",
		Provider: `provider["registry.terraform.io/hashicorp/google"]`, Attrs: resource.Normalize(attrs),
	}
}

func instanceWith(fields string) map[string]string {
	return map[string]string{"instances": `{"items":{"zones/us-central1-a":{"instances":[{"name":"vm","selfLink":"https://www.googleapis.com/compute/v1/` + vm + `",` + fields + `}]}}}`}
}

// A script that somebody adds by hand is a finding wherever the configuration has,
// or could have, its own.
func TestStartupScript(t *testing.T) {
	metadata := func(key, value string) map[string]string {
		return instanceWith(`"metadata":{"items":[{"key":"enable-oslogin","value":"TRUE"},{"key":"` + key + `","value":"` + value + `"}]}`)
	}
	const address = "changed google_compute_instance.vm"
	for _, c := range []struct {
		name    string
		answers map[string]string
		state   resource.Attrs
		want    []string
	}{
		{"in the metadata", metadata("startup-script", "a"), resource.Attrs{
			"metadata": map[string]any{"enable-oslogin": "TRUE", "startup-script": "a"}, "metadata_startup_script": nil}, nil},
		{"in its attribute", metadata("startup-script", "a"), resource.Attrs{
			"metadata": map[string]any{"enable-oslogin": "TRUE"}, "metadata_startup_script": "a"}, nil},
		{"changed in the metadata", metadata("startup-script", "b"), resource.Attrs{
			"metadata": map[string]any{"enable-oslogin": "TRUE", "startup-script": "a"}, "metadata_startup_script": nil},
			[]string{address + " metadata.startup-script"}},
		{"changed in its attribute", metadata("startup-script", "b"), resource.Attrs{
			"metadata": map[string]any{"enable-oslogin": "TRUE"}, "metadata_startup_script": "a"},
			[]string{address + " metadata_startup_script"}},
		{"removed", metadata("other", "b"), resource.Attrs{
			"metadata": map[string]any{"enable-oslogin": "TRUE", "other": "b"}, "metadata_startup_script": "a"},
			[]string{address + " metadata_startup_script"}},
		{"added", metadata("startup-script", "b"), resource.Attrs{
			"metadata": map[string]any{"enable-oslogin": "TRUE"}, "metadata_startup_script": nil},
			[]string{address + " metadata.startup-script"}},
		{"added to nothing, right after it was made", metadata("startup-script", "b"), resource.Attrs{
			"metadata": nil, "metadata_startup_script": nil},
			[]string{address + " metadata"}},
		{"added to nothing", metadata("startup-script", "b"), resource.Attrs{
			"metadata": map[string]any{}, "metadata_startup_script": nil},
			[]string{address + " metadata.enable-oslogin metadata.startup-script"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.state["id"] = vm
			if got := found(t, c.answers, held("google_compute_instance", "vm", c.state)); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// An external address is compared where a state reserved it; another one changes
// whenever the machine starts.
func TestExternalAddress(t *testing.T) {
	now := func(access string) map[string]string {
		return instanceWith(`"networkInterfaces":[null,{"name":"nic0","accessConfigs":[` + access + `]}]`)
	}
	instance := func() resource.Managed {
		access := map[string]any{"nat_ip": "203.0.113.1", "network_tier": "PREMIUM"}
		return held("google_compute_instance", "vm", resource.Attrs{"id": vm, "network_interface": []any{map[string]any{"access_config": []any{access}}}})
	}
	reserved := held("google_compute_address", "ip", resource.Attrs{
		"id": "projects/acme-prod/regions/us-central1/addresses/ip", "address": "203.0.113.1"})
	const other = `{"natIP":"203.0.113.9","networkTier":"PREMIUM"}`
	const kept = `{"natIP":"203.0.113.1","networkTier":"PREMIUM"}`
	for _, c := range []struct {
		name    string
		access  string
		managed []resource.Managed
		want    string
	}{
		{"of the pool, another", other, []resource.Managed{instance()}, ""},
		{"of the pool, removed", "", []resource.Managed{instance()}, "network_interface[0].access_config[0]"},
		{"reserved, the same", kept, []resource.Managed{instance(), reserved}, ""},
		{"reserved, another", other, []resource.Managed{instance(), reserved}, "network_interface[0].access_config[0].nat_ip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(slices.DeleteFunc(found(t, now(c.access), c.managed...), func(f string) bool { return !strings.Contains(f, "google_compute_instance.vm") }), "\n")
			want := c.want
			if want != "" {
				want = "changed google_compute_instance.vm " + want
			}
			if got != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

// The same with IPv6, which a reservation writes with the length of its prefix.
func TestExternalIPv6Address(t *testing.T) {
	instance := func() resource.Managed {
		access := map[string]any{"external_ipv6": "2001:db8:1:0:0:0:0:0", "network_tier": "PREMIUM"}
		return held("google_compute_instance", "vm", resource.Attrs{"id": vm, "network_interface": []any{map[string]any{"ipv6_access_config": []any{access}}}})
	}
	reserved := held("google_compute_address", "ip", resource.Attrs{
		"id": "projects/acme-prod/regions/us-central1/addresses/ip", "address": "2001:db8:1::/96"})
	for _, c := range []struct {
		name, address string
		managed       []resource.Managed
		want          int
	}{
		{"of the pool, another", "2001:db8:2::", []resource.Managed{instance()}, 0},
		{"reserved, the same", "2001:db8:1::", []resource.Managed{instance(), reserved}, 0},
		{"reserved, another", "2001:db8:2::", []resource.Managed{instance(), reserved}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := instanceWith(`"networkInterfaces":[{"ipv6AccessConfigs":[{"externalIpv6":"` + c.address + `","networkTier":"PREMIUM"}]}]`)
			n := 0
			for _, f := range found(t, now, c.managed...) {
				if f == "changed google_compute_instance.vm network_interface[0].ipv6_access_config[0].external_ipv6" {
					n++
				} else if strings.Contains(f, "google_compute_instance.vm") {
					t.Errorf("found %q", f)
				}
			}
			if n != c.want {
				t.Errorf("%d findings, want %d", n, c.want)
			}
		})
	}
}

// The asset inventory may settle an instance: what the states reserved counts there,
// too.
func TestExternalAddressInTheInventory(t *testing.T) {
	const at = "projects/p/zones/z/instances/vm"
	now := map[string]any{"name": "vm", "zone": "projects/p/zones/z", "selfLink": "https://www.googleapis.com/compute/v1/" + at,
		"networkInterfaces": []any{map[string]any{"accessConfigs": []any{map[string]any{"natIP": "203.0.113.9"}}}}}
	w := newWorld(t)
	w.inventory(inventoried("compute.googleapis.com/Instance", "//compute.googleapis.com/"+at, now))
	w.lists["compute/v1/projects/p/aggregated/instances"] = list{key: "items", scopes: map[string][]map[string]any{"zones/z": {now}}}
	nic := map[string]any{"access_config": []any{map[string]any{"nat_ip": "203.0.113.1"}}}
	instance := held("google_compute_instance", "vm", resource.Attrs{"id": at, "network_interface": []any{nic}})
	address := held("google_compute_address", "ip", resource.Attrs{"id": "projects/p/regions/r/addresses/ip", "address": "203.0.113.1"})
	instance.Attrs["project"], address.Attrs["project"] = "p", "p"
	r, _ := w.look([]resource.Managed{instance, address}, true, "google_compute_instance", anyName)
	if got := tell(r); !strings.Contains(got, "changed google_compute_instance.vm network_interface[0].access_config[0].nat_ip") {
		t.Errorf("told %q", got)
	}
}

// A domain name is the address's only where somebody asked for one.
func TestDomainNameOfAnAddress(t *testing.T) {
	state := func() resource.Managed {
		access := map[string]any{"network_tier": "PREMIUM", "public_ptr_domain_name": ""}
		return held("google_compute_instance", "vm", resource.Attrs{"id": vm, "network_interface": []any{map[string]any{"access_config": []any{access}}}})
	}
	for set, want := range map[string]int{"false": 0, "true": 1} {
		now := instanceWith(`"networkInterfaces":[{"accessConfigs":[{"networkTier":"PREMIUM","setPublicPtr":` + set + `,"publicPtrDomainName":"vm.example.com."}]}]`)
		if got := found(t, now, state()); len(got) != want {
			t.Errorf("set %s: found %q", set, got)
		}
	}
}

// Whether an instance runs matters where the configuration says so.
func TestDesiredStatus(t *testing.T) {
	for _, c := range []struct {
		desired any
		status  string
		want    int
	}{
		{nil, "TERMINATED", 0},
		{"RUNNING", "RUNNING", 0},
		{"RUNNING", "STAGING", 0},
		{"RUNNING", "TERMINATED", 1},
	} {
		state := held("google_compute_instance", "vm", resource.Attrs{"id": vm, "desired_status": c.desired})
		if got := found(t, instanceWith(`"status":"`+c.status+`"`), state); len(got) != c.want {
			t.Errorf("%v and %s: found %q", c.desired, c.status, got)
		}
	}
}

// What nobody manages is told of, but not what comes with a network or a job.
func TestNamesOfServices(t *testing.T) {
	route := func(name string) map[string]string {
		return map[string]string{"routes": `{"items":[{"name":"` + name + `","destRange":"0.0.0.0/0","selfLink":"https://www.googleapis.com/compute/v1/projects/acme-prod/global/routes/` + name + `"}]}`}
	}
	group := func(name string) map[string]string {
		return map[string]string{"instanceGroupManagers": `{"items":{"zones/z":{"instanceGroupManagers":[{"name":"` + name + `","zone":"z","selfLink":"https://www.googleapis.com/compute/v1/projects/acme-prod/zones/z/instanceGroupManagers/` + name + `"}]}}}`}
	}
	for _, c := range []struct {
		answers map[string]string
		want    int
	}{
		{route("default-route-0a1b2c3d4e5f6071"), 0},
		{route("default-route-to-appliance"), 1},
		{group("wordcount-10231234-a1b2-harness"), 0},
		{group("test-harness"), 1},
	} {
		if got := found(t, c.answers); len(got) != c.want {
			t.Errorf("%v: found %q", c.answers, got)
		}
	}
}

// Where a resource of its own attaches a disk, the instance's block is not
// compared, and a further disk is nobody's; else it is the instance's change.
func TestAttachedDisks(t *testing.T) {
	disk := func(name string) string {
		return `{"deviceName":"` + name + `","mode":"READ_WRITE","source":"https://compute.googleapis.com/compute/v1/projects/acme-prod/zones/us-central1-a/disks/` + name + `"}`
	}
	two := instanceWith(`"disks":[` + disk("a") + `,` + disk("b") + `]`)
	block := func(name string) map[string]any {
		return map[string]any{"device_name": name, "mode": "READ_WRITE", "source": "projects/acme-prod/zones/us-central1-a/disks/" + name}
	}
	instance := func(blocks ...any) resource.Managed {
		return held("google_compute_instance", "vm", resource.Attrs{"id": vm, "attached_disk": blocks})
	}
	attached := func(name string) resource.Managed {
		return held("google_compute_attached_disk", name, resource.Attrs{"id": vm + "/" + name, "instance": vm, "device_name": name, "mode": "READ_WRITE"})
	}
	for _, c := range []struct {
		name    string
		managed []resource.Managed
		want    []string
	}{
		{"inline, in another order", []resource.Managed{instance(block("b"), block("a"))}, nil},
		{"inline, one more", []resource.Managed{instance(block("a"))}, []string{"changed google_compute_instance.vm attached_disk[1]"}},
		{"both on their own", []resource.Managed{instance(), attached("a"), attached("b")}, nil},
		{"on its own, one more", []resource.Managed{instance(), attached("a")}, []string{"unmanaged " + vm + "/b"}},
		{"detached", []resource.Managed{instance(), attached("a"), attached("b"), attached("c")}, []string{"missing google_compute_attached_disk.c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, two, c.managed...); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
