package gcp

import (
	"slices"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Where a resource of its own attaches a policy to an instance, the instance's
// argument is not compared, and a further policy is nobody's.
func TestPolicyAttachments(t *testing.T) {
	answers := instanceWith(`"resourcePolicies":["https://www.googleapis.com/compute/v1/projects/acme-prod/regions/us-central1/resourcePolicies/office"]`)
	const id = "acme-prod/us-central1-a/vm/"
	instance := func(policies ...any) resource.Managed {
		return held("google_compute_instance", "vm", resource.Attrs{"id": vm, "resource_policies": policies})
	}
	attachment := func(name string) resource.Managed {
		return held("google_compute_resource_policy_attachment", name, resource.Attrs{"id": id + name, "name": name, "instance": "vm"})
	}
	for _, c := range []struct {
		name    string
		managed []resource.Managed
		want    []string
	}{
		{"the instance's", []resource.Managed{instance("projects/acme-prod/regions/us-central1/resourcePolicies/office")}, nil},
		{"by hand", []resource.Managed{instance()}, []string{"changed google_compute_instance.vm resource_policies[0]"}},
		{"on its own", []resource.Managed{instance(), attachment("office")}, nil},
		{"on its own, another by hand", []resource.Managed{instance(), attachment("weekend")},
			[]string{"missing google_compute_resource_policy_attachment.weekend", "unmanaged " + vm + "/office"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, answers, c.managed...); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
