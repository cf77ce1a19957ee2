package gcp

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"sync"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// anyName is the listing of every type: the Cloud Asset Inventory's.
const anyName = "cloudasset.googleapis.com/Asset"

// asset is one resource as the Cloud Asset Inventory lists it.
// https://docs.cloud.google.com/asset-inventory/docs/reference/rest/v1/assets/list
type asset struct {
	Name      string `json:"name"`      // //compute.googleapis.com/projects/P/zones/Z/disks/D
	AssetType string `json:"assetType"` // compute.googleapis.com/Disk
	Resource  struct {
		Location string          `json:"location"`
		Data     json.RawMessage `json:"data"`
	} `json:"resource"`
}

// projectAsset is the type that no project's inventory lacks.
const projectAsset = "cloudresourcemanager.googleapis.com/Project"

// errNoInventory is an answer that cannot be a project's inventory.
type errNoInventory struct{ project string }

func (e errNoInventory) Error() string {
	return "the Cloud Asset Inventory of project " + e.project + ", which knows not even the project: enable cloudasset.googleapis.com"
}

// assets is the inventory of a project.
type assets struct {
	all   []asset // without their data
	types map[string]bool
	paths map[string]bool // see pathOf

	mu     sync.Mutex
	bodies map[string][]json.RawMessage // by type, until they are taken
}

// assets lists what the project has, once per run. An inventory that does not hold
// the project itself is none, be it that it was not made yet.
func (c *conn) assets(ctx context.Context) (*assets, error) {
	return provider.Once(&c.memo, "assets", func() (*assets, error) {
		l := listing{path: "cloudasset/v1/projects/" + c.project + "/assets", key: "assets", limit: 1000,
			params: map[string][]string{"contentType": {"RESOURCE"}}}
		inv := &assets{types: map[string]bool{}, paths: map[string]bool{}, bodies: map[string][]json.RawMessage{}}
		for o, err := range l.all(ctx, c) {
			if err != nil {
				return nil, err
			}
			var a asset
			if err := json.Unmarshal(o.body, &a); err != nil {
				return nil, err
			}
			inv.types[a.AssetType] = true
			inv.paths[pathOf(a.Name, c.project)] = true
			if c.settle {
				inv.bodies[a.AssetType] = append(inv.bodies[a.AssetType], a.Resource.Data)
			}
			a.Resource.Data = nil
			inv.all = append(inv.all, a)
		}
		if !inv.types[projectAsset] {
			return nil, errNoInventory{c.project}
		}
		return inv, nil
	})
}

// take returns the bodies of a type's assets, and lets go of them. It returns false
// where there is no inventory, and the second time.
func (c *conn) take(ctx context.Context, typ string) ([]json.RawMessage, bool) {
	inv, err := c.assets(ctx)
	if err != nil {
		return nil, false
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	bodies, first := inv.bodies[typ], inv.bodies[typ] != nil || !inv.types[typ]
	delete(inv.bodies, typ)
	return bodies, first
}

// presence is what the asset inventory says of a type.
type presence int

const (
	unknown presence = iota
	some
	none
)

// has asks the asset inventory, whose answer may be minutes old, whether the
// project has anything of a type. It proves nothing of what a state holds.
func (c *conn) has(ctx context.Context, typ string) presence {
	if typ == "" {
		return unknown
	}
	inv, err := c.assets(ctx)
	switch {
	case err != nil:
		return unknown
	case inv.types[typ]:
		return some
	}
	return none
}

// anyAsset is the type for whatever else there is.
func anyAsset(read map[string]bool) provider.Type {
	return provider.Type{
		Type:    resource.Type{Name: anyName, Global: true, Any: true},
		Actions: []string{"cloudasset.assets.listResource"},
		List: func(ctx context.Context, erased any, _ provider.Query) iter.Seq2[provider.Item, error] {
			c := erased.(*conn)
			return func(yield func(provider.Item, error) bool) {
				inv, err := c.assets(ctx)
				if err != nil {
					yield(provider.Item{}, err)
					return
				}
				for _, a := range inv.all {
					if read[a.AssetType] && !inRegion(a) || parts[a.AssetType] || ofKubernetesAPI(a.AssetType) {
						continue
					}
					if !yield(provider.Item{Resource: inv.resource(a, c.project)}, nil) {
						return
					}
				}
			}
		},
	}
}

// parts are the asset types that are no resource of their own: versions, runs and
// copies that something else makes, and what a project always has.
var parts = map[string]bool{
	projectAsset: true,
	"artifactregistry.googleapis.com/DockerImage":       true,
	"cloudbilling.googleapis.com/ProjectBillingInfo":    true,
	"cloudkms.googleapis.com/CryptoKeyVersion":          true,
	"cloudkms.googleapis.com/ImportJob":                 true,
	"compute.googleapis.com/InstanceSettings":           true,
	"compute.googleapis.com/Project":                    true,
	"containerregistry.googleapis.com/Image":            true,
	"dataflow.googleapis.com/Job":                       true,
	"dataproc.googleapis.com/Job":                       true,
	"logging.googleapis.com/LogBucket":                  true,
	"run.googleapis.com/Execution":                      true,
	"run.googleapis.com/Revision":                       true,
	"secretmanager.googleapis.com/SecretVersion":        true,
	"sqladmin.googleapis.com/BackupRun":                 true,
	"iam.googleapis.com/ServiceAccountKey":              true,
	"aiplatform.googleapis.com/MetadataStore":           true,
	"cloudresourcemanager.googleapis.com/TagBinding":    true,
	"osconfig.googleapis.com/OSPolicyAssignmentReport":  true,
	"osconfig.googleapis.com/VulnerabilityReport":       true,
	"networkmanagement.googleapis.com/ConnectivityTest": true,
	"firebase.googleapis.com/FirebaseProject":           true,
}

// globalOnly are the types of which only what is in no region has a reader.
var globalOnly = map[string]bool{
	"compute.googleapis.com/BackendBucket":  true,
	"compute.googleapis.com/SecurityPolicy": true,
	"compute.googleapis.com/SslPolicy":      true,
}

// inRegion reports whether the reader of an asset's type passes over it, as it
// is in a region.
func inRegion(a asset) bool {
	return globalOnly[a.AssetType] && strings.Contains(a.Name, "/regions/")
}

// ofKubernetesAPI reports whether a type is of Kubernetes: its objects are in a cluster,
// and no resource of Google Cloud.
func ofKubernetesAPI(typ string) bool {
	api, _, _ := strings.Cut(typ, "/")
	return api == "k8s.io" || strings.HasSuffix(api, ".k8s.io")
}

// ofService reports whether a service made something by itself: the group of a
// manager of instances, or what a cluster or a platform made.
func (inv *assets) ofService(typ, path string) bool {
	if typ == "compute.googleapis.com/InstanceGroup" && inv.paths[strings.Replace(path, "/instanceGroups/", "/instanceGroupManagers/", 1)] {
		return true
	}
	return strings.HasPrefix(typ, "compute.googleapis.com/") && (ofGKE(base(path), "") || ofPlatform(base(path)))
}

func (inv *assets) resource(a asset, project string) resource.Resource {
	path := pathOf(a.Name, project)
	attrs := resource.Attrs{}
	if a.Resource.Location != "" {
		attrs["location"] = a.Resource.Location
	}
	return resource.Resource{
		Key:    resource.Key{Type: a.AssetType, ID: a.Name},
		Object: path,
		Via:    anyName,
		Within: inv.parent(path),
		Attrs:  attrs,

		Default: inv.ofService(a.AssetType, path),
	}
}

// pathOf is an asset's full name from its project on.
func pathOf(name, project string) string {
	_, path, _ := strings.Cut(strings.TrimPrefix(name, "//"), "/")
	return ofProject(path, project)
}

// parent returns the path of the asset that one at a path is a part of: of an
// instance's database the instance.
func (inv *assets) parent(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) < 6 {
		return ""
	}
	if parent := strings.Join(parts[:len(parts)-2], "/"); inv.paths[parent] {
		return parent
	}
	return ""
}
