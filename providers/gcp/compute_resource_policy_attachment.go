package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeResourcePolicyAttachment = define(policyAttachments("google_compute_resource_policy_attachment", "compute.instances.list",
	whereHeld(allInstances(), "google_compute_resource_policy_attachment"),
	resource.ChildOf{Parent: "google_compute_instance", Path: "resource_policies"}, "zones", "instances"))

// policyAttachment is one policy of an instance or a disk.
type policyAttachment struct {
	Name string `json:"name"`
}

// policyAttachments is the spec of what attaches a resource policy. place and
// collection are the way from the project to what it is attached to: "zones",
// "disks". Terraform's id has the names alone: P/Z/DISK/POLICY.
func policyAttachments(name, action string, list lister, of resource.ChildOf, place, collection string) spec[policyAttachment] {
	of.Ref = "id"
	of.ParentID = func(id string) string {
		p := strings.Split(id, "/")
		if len(p) != 4 {
			return ""
		}
		return strings.Join([]string{"projects", p[0], place, p[1], collection, p[2]}, "/")
	}
	return spec[policyAttachment]{
		Name:    name,
		Actions: []string{action},
		List:    policiesOf(name, list),
		Keep: func(it item[policyAttachment]) bool {
			p := strings.Split(it.parent, "/")
			return len(p) == 6 && p[2] == place
		},
		ID: func(it item[policyAttachment]) string { return it.parent + "/" + it.v.Name },
		StateIDs: func(a resource.Attrs) []string {
			id := a.String("id")
			if parent := of.ParentID(id); parent != "" {
				return []string{parent + "/" + base(id)}
			}
			return nil
		},
		Map: func(it item[policyAttachment], a resource.Attrs) {
			p := strings.Split(it.parent, "/")
			a["id"] = strings.Join([]string{p[1], p[3], p[5], it.v.Name}, "/")
			a[strings.TrimSuffix(place, "s")] = p[3]
			a[strings.TrimSuffix(collection, "s")] = p[5]
		},
		ChildOf: []resource.ChildOf{of},
	}
}

// policiesOf yields the policies that are in a listing of what has some.
func policiesOf(name string, list lister) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			for o, err := range list(ctx, c, q) {
				if err != nil {
					yield(object{}, err)
					return
				}
				var of struct {
					SelfLink         string   `json:"selfLink"`
					ResourcePolicies []string `json:"resourcePolicies"`
				}
				if err := json.Unmarshal(o.body, &of); err != nil {
					yield(object{}, fmt.Errorf("%s: %w", name, err))
					return
				}
				for _, policy := range of.ResourcePolicies {
					body, err := json.Marshal(policyAttachment{base(policy)})
					if !yield(object{body: body, parent: ofProject(link(of.SelfLink), c.project)}, err) || err != nil {
						return
					}
				}
			}
		}
	}
}
