//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// gcpNumber is the project's, which several services write in the place of its id.
const gcpNumber = "738495061728"

// assetInventory stands before Google Cloud's gold server and adds the Cloud Asset
// Inventory to it, which the server lacks: GET cloudasset/v1/projects/P/assets. It
// knows the world as it is now, unless it is to be behind; everything else goes
// through.
//
// The real method lists what a project has of every type that the inventory knows,
// 100 a page if nobody asks for up to 1,000, for the content types RESOURCE (the
// body as the service's own API returns it, with its version, discovery name,
// parent and location) and IAM_POLICY (only what has a policy). assetTypes are
// regular expressions that match a whole type; one that matches no known type is
// an error. An asset is named by its full resource name, which is not always the
// path that the service's API has: service accounts and managed zones are named by
// their number, secrets, sinks and services by the project's. What it lists may be
// minutes old. It has no databases and users of Cloud SQL.
//
//   - https://docs.cloud.google.com/asset-inventory/docs/reference/rest/v1/assets/list
//   - https://docs.cloud.google.com/asset-inventory/docs/asset-types
//   - https://docs.cloud.google.com/asset-inventory/docs/asset-names
//   - https://docs.cloud.google.com/asset-inventory/quotas: 100 calls a minute
type assetInventory struct {
	*httptest.Server

	estate *estate
	page   int    // assets in a page, if fewer than asked for
	behind []byte // the world as it was, if the inventory lags
}

func newAssetInventory(t *testing.T, e *estate) *assetInventory {
	t.Helper()
	a := &assetInventory{estate: e}
	a.Server = proxy(t, e.endpoint, func(w http.ResponseWriter, r *http.Request) bool {
		parent, ok := strings.CutPrefix(r.URL.Path, "/cloudasset/v1/projects/")
		if !ok {
			return false
		}
		answer, err := a.list(t, r, strings.TrimSuffix(parent, "/assets"))
		code := http.StatusOK
		if err != nil {
			code, answer = http.StatusBadRequest, map[string]any{"error": map[string]any{
				"code": http.StatusBadRequest, "status": "INVALID_ARGUMENT", "message": err.Error(),
			}}
		}
		a.record(t, r, code)
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(answer)
		return true
	})
	return a
}

// record writes a request to the log of the server behind, in its form.
func (a *assetInventory) record(t *testing.T, r *http.Request, code int) {
	log, err := os.OpenFile(a.estate.log, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = log.Close() }()
	_, _ = fmt.Fprintf(log, "%s %s %d\n", r.Method, r.URL.RequestURI(), code)
}

// list answers one request for a page.
func (a *assetInventory) list(t *testing.T, r *http.Request, project string) (any, error) {
	q := r.URL.Query()
	content := q.Get("contentType")
	size, err := strconv.Atoi(cmp.Or(q.Get("pageSize"), "100"))
	at, tokenErr := strconv.Atoi(cmp.Or(q.Get("pageToken"), "0"))
	switch {
	case r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/assets"):
		return nil, fmt.Errorf("%s %s is not a method of the inventory", r.Method, r.URL.Path)
	case project != gcpProject && project != gcpNumber:
		return nil, fmt.Errorf("project %s is not known", project)
	case content != "" && content != "RESOURCE" && content != "IAM_POLICY":
		return nil, fmt.Errorf("contentType %s is not served here", content)
	case err != nil || size < 0 || size > 1000:
		return nil, fmt.Errorf("pageSize %s is not from 1 to 1000", q.Get("pageSize"))
	case tokenErr != nil:
		return nil, fmt.Errorf("pageToken %s is none of a page before", q.Get("pageToken"))
	}
	now := a.behind
	if now == nil {
		now = a.estate.world(t)
	}
	var world map[string]json.RawMessage
	if err := json.Unmarshal(now, &world); err != nil {
		return nil, err
	}
	assets := assetsOf(world, content)
	if assets, err = ofTypes(assets, q["assetTypes"]); err != nil {
		return nil, err
	}
	if a.page > 0 {
		size = min(size, a.page)
	}
	end := min(at+size, len(assets))
	answer := map[string]any{"readTime": "2026-01-05T10:05:00Z", "assets": assets[min(at, end):end]}
	if end < len(assets) {
		answer["nextPageToken"] = strconv.Itoa(end)
	}
	return answer, nil
}

// anAsset is one of the inventory's, as its API writes it.
type anAsset struct {
	Name       string         `json:"name"`
	AssetType  string         `json:"assetType"`
	Resource   *assetResource `json:"resource,omitempty"`
	IAMPolicy  any            `json:"iamPolicy,omitempty"`
	Ancestors  []string       `json:"ancestors"`
	UpdateTime string         `json:"updateTime"`
}

type assetResource struct {
	Version              string          `json:"version"`
	DiscoveryDocumentURI string          `json:"discoveryDocumentUri,omitempty"`
	DiscoveryName        string          `json:"discoveryName,omitempty"`
	Parent               string          `json:"parent"`
	Data                 json.RawMessage `json:"data"`
	Location             string          `json:"location,omitempty"`
}

const projectAssetType = "cloudresourcemanager.googleapis.com/Project"

// assetsOf turns a world into its assets, by name. A policy lies beside what it is
// of, at "<path>#iam".
func assetsOf(world map[string]json.RawMessage, content string) []anAsset {
	project, _ := json.Marshal(map[string]any{
		"projectId": gcpProject, "projectNumber": gcpNumber, "lifecycleState": "ACTIVE", "name": "Acme Prod",
		"parent": map[string]string{"type": "organization", "id": "123456789012"},
	})
	documents := map[string]json.RawMessage{"cloudresourcemanager/v1/projects/" + gcpProject: project}
	for path, document := range world {
		if !strings.Contains(path, "#") {
			documents[path] = document
		}
	}
	var out []anAsset
	for path, document := range documents {
		typ := assetTypeOf(path)
		if typ == "" {
			continue
		}
		asset := anAsset{
			Name: assetName(path, document), AssetType: typ, UpdateTime: "2026-01-05T10:00:00Z",
			Ancestors: []string{"projects/" + gcpNumber, "organizations/123456789012"},
		}
		switch policy, has := world[path+"#iam"]; {
		case content == "RESOURCE":
			_, discovery, _ := strings.Cut(typ, "/")
			version := strings.Split(path, "/")[1]
			parent := "//cloudresourcemanager.googleapis.com/projects/" + gcpNumber
			if typ == projectAssetType {
				parent = "//cloudresourcemanager.googleapis.com/organizations/123456789012"
			}
			asset.Resource = &assetResource{
				Version:              version,
				DiscoveryDocumentURI: "https://" + hostOf(typ) + "/$discovery/rest?version=" + version,
				DiscoveryName:        discovery,
				Parent:               parent,
				Data:                 document,
				Location:             assetLocation(path, document),
			}
		case content == "IAM_POLICY" && !has:
			continue
		case content == "IAM_POLICY":
			asset.IAMPolicy = policy
		}
		out = append(out, asset)
	}
	slices.SortFunc(out, func(a, b anAsset) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.AssetType, b.AssetType))
	})
	return out
}

// ofTypes keeps the assets whose type one of the expressions matches.
func ofTypes(assets []anAsset, expressions []string) ([]anAsset, error) {
	if len(expressions) == 0 {
		return assets, nil
	}
	types := []string{projectAssetType}
	for _, typ := range assetTypes() {
		types = append(types, typ)
	}
	var matchers []*regexp.Regexp
	for _, expression := range expressions {
		m, err := regexp.Compile("^(?:" + expression + ")$")
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(types, m.MatchString) {
			return nil, fmt.Errorf("assetTypes %s matches no type", expression)
		}
		matchers = append(matchers, m)
	}
	return slices.DeleteFunc(assets, func(a anAsset) bool {
		return !slices.ContainsFunc(matchers, func(m *regexp.Regexp) bool { return m.MatchString(a.AssetType) })
	}), nil
}

// assetTypes are the inventory's names of what the gold server has, by the first
// part of its path and the collection that it is in; of Compute also by its place,
// where the inventory tells regional things from global ones.
func assetTypes() map[string]string {
	return map[string]string{
		"artifactregistry repositories":   "artifactregistry.googleapis.com/Repository",
		"bigquery datasets":               "bigquery.googleapis.com/Dataset",
		"bigquery tables":                 "bigquery.googleapis.com/Table",
		"cloudkms cryptoKeyVersions":      "cloudkms.googleapis.com/CryptoKeyVersion",
		"cloudkms cryptoKeys":             "cloudkms.googleapis.com/CryptoKey",
		"cloudkms keyRings":               "cloudkms.googleapis.com/KeyRing",
		"cloudscheduler jobs":             "cloudscheduler.googleapis.com/Job",
		"cloudtasks queues":               "cloudtasks.googleapis.com/Queue",
		"compute addresses":               "compute.googleapis.com/Address",
		"compute addresses global":        "compute.googleapis.com/GlobalAddress",
		"compute backendBuckets":          "compute.googleapis.com/BackendBucket",
		"compute backendServices":         "compute.googleapis.com/BackendService",
		"compute backendServices regions": "compute.googleapis.com/RegionBackendService",
		"compute disks":                   "compute.googleapis.com/Disk",
		"compute disks regions":           "compute.googleapis.com/RegionDisk",
		"compute firewalls":               "compute.googleapis.com/Firewall",
		"compute forwardingRules":         "compute.googleapis.com/ForwardingRule",
		"compute forwardingRules global":  "compute.googleapis.com/GlobalForwardingRule",
		"compute healthChecks":            "compute.googleapis.com/HealthCheck",
		"compute images":                  "compute.googleapis.com/Image",
		"compute instanceGroupManagers":   "compute.googleapis.com/InstanceGroupManager",
		"compute instanceTemplates":       "compute.googleapis.com/InstanceTemplate",
		"compute instances":               "compute.googleapis.com/Instance",
		"compute networks":                "compute.googleapis.com/Network",
		"compute resourcePolicies":        "compute.googleapis.com/ResourcePolicy",
		"compute routers":                 "compute.googleapis.com/Router",
		"compute routes":                  "compute.googleapis.com/Route",
		"compute securityPolicies":        "compute.googleapis.com/SecurityPolicy",
		"compute snapshots":               "compute.googleapis.com/Snapshot",
		"compute sslPolicies":             "compute.googleapis.com/SslPolicy",
		"compute subnetworks":             "compute.googleapis.com/Subnetwork",
		"compute targetHttpProxies":       "compute.googleapis.com/TargetHttpProxy",
		"compute urlMaps":                 "compute.googleapis.com/UrlMap",
		"container clusters":              "container.googleapis.com/Cluster",
		"container nodePools":             "container.googleapis.com/NodePool",
		"dns managedZones":                "dns.googleapis.com/ManagedZone",
		"dns rrsets":                      "dns.googleapis.com/ResourceRecordSet",
		"file instances":                  "file.googleapis.com/Instance",
		"iam roles":                       "iam.googleapis.com/Role",
		"iam serviceAccounts":             "iam.googleapis.com/ServiceAccount",
		"logging sinks":                   "logging.googleapis.com/LogSink",
		"monitoring alertPolicies":        "monitoring.googleapis.com/AlertPolicy",
		"monitoring notificationChannels": "monitoring.googleapis.com/NotificationChannel",
		"pubsub subscriptions":            "pubsub.googleapis.com/Subscription",
		"pubsub topics":                   "pubsub.googleapis.com/Topic",
		"redis instances":                 "redis.googleapis.com/Instance",
		"run services":                    "run.googleapis.com/Service",
		"secretmanager secrets":           "secretmanager.googleapis.com/Secret",
		"secretmanager versions":          "secretmanager.googleapis.com/SecretVersion",
		"serviceusage services":           "serviceusage.googleapis.com/Service",
		"sql instances":                   "sqladmin.googleapis.com/Instance",
		"storage b":                       "storage.googleapis.com/Bucket",
		"cloudresourcemanager projects":   projectAssetType,
	}
}

// assetTypeOf returns the asset type of what is at a path of the gold server; ""
// where the inventory has none.
func assetTypeOf(path string) string {
	types, p := assetTypes(), strings.Split(path, "/")
	key := p[0] + " " + p[len(p)-2]
	if len(p) > 4 {
		if typ, ok := types[key+" "+p[4]]; ok {
			return typ
		}
	}
	return types[key]
}

func hostOf(typ string) string {
	host, _, _ := strings.Cut(typ, "/")
	return host
}

// assetName is the full resource name of what is at a path.
func assetName(path string, document json.RawMessage) string {
	var doc struct {
		ID       json.RawMessage `json:"id"`
		UniqueID string          `json:"uniqueId"`
	}
	_ = json.Unmarshal(document, &doc)
	typ := assetTypeOf(path)
	p := strings.Split(path, "/")
	rest := p[2:] // without product and version
	switch typ {
	case "storage.googleapis.com/Bucket":
		return "//storage.googleapis.com/" + rest[1]
	case "sqladmin.googleapis.com/Instance":
		return "//cloudsql.googleapis.com/" + strings.Join(rest, "/")
	case "iam.googleapis.com/ServiceAccount":
		rest[3] = doc.UniqueID
	case "dns.googleapis.com/ManagedZone":
		rest[3] = strings.Trim(string(doc.ID), `"`)
	case "dns.googleapis.com/ResourceRecordSet":
		rest[5] = strings.ReplaceAll(rest[5], "~", "/")
	case "container.googleapis.com/Cluster", "container.googleapis.com/NodePool":
		if strings.Count(rest[3], "-") == 2 {
			rest[2] = "zones"
		}
	case "secretmanager.googleapis.com/Secret", "secretmanager.googleapis.com/SecretVersion", "logging.googleapis.com/LogSink",
		"serviceusage.googleapis.com/Service", projectAssetType:
		rest[1] = gcpNumber
	}
	return "//" + hostOf(typ) + "/" + strings.Join(rest, "/")
}

// assetLocation is where a resource lives: a zone, a region or global.
func assetLocation(path string, document json.RawMessage) string {
	p := strings.Split(path, "/")
	for i, segment := range p[:len(p)-1] {
		switch segment {
		case "zones", "regions", "locations":
			return p[i+1]
		}
	}
	var doc struct{ Location, Region string }
	if json.Unmarshal(document, &doc) == nil && doc.Location+doc.Region != "" {
		return strings.ToLower(cmp.Or(doc.Location, doc.Region))
	}
	return "global"
}

// TestAssetInventory proves that the stand-in keeps to the real one's contract.
func TestAssetInventory(t *testing.T) {
	e := startGCP(t)
	a := newAssetInventory(t, e)
	list := func(query string) (names []string, code int) {
		t.Helper()
		for next := ""; ; {
			resp, err := http.Get(a.URL + "/cloudasset/v1/projects/" + gcpProject + "/assets?" + query + "&pageToken=" + next)
			if err != nil {
				t.Fatal(err)
			}
			var page struct {
				Assets        []anAsset
				NextPageToken string
			}
			err = json.NewDecoder(resp.Body).Decode(&page)
			_ = resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			for _, asset := range page.Assets {
				if (asset.Resource != nil) != strings.Contains(query, "RESOURCE") || (asset.IAMPolicy != nil) != strings.Contains(query, "IAM_POLICY") {
					t.Errorf("%s: %+v", query, asset)
				}
				names = append(names, asset.Name)
			}
			if next = page.NextPageToken; next == "" {
				return names, resp.StatusCode
			}
		}
	}
	all, _ := list("contentType=RESOURCE&pageSize=1000")
	for _, want := range []string{
		"//cloudresourcemanager.googleapis.com/projects/" + gcpNumber,
		"//compute.googleapis.com/projects/acme-prod/zones/us-central1-a/disks/app-data",
		"//container.googleapis.com/projects/acme-prod/zones/us-central1-a/clusters/main",
		"//storage.googleapis.com/acme-prod-logs",
		"//secretmanager.googleapis.com/projects/" + gcpNumber + "/secrets/db-password",
		"//dns.googleapis.com/projects/acme-prod/managedZones/7628375893976926525",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not in %q", want, all)
		}
	}
	if paged, _ := list("contentType=RESOURCE&pageSize=7"); !slices.Equal(paged, all) {
		t.Errorf("in pages of 7: %q, at once: %q", paged, all)
	}
	if bare, _ := list("pageSize=1000"); !slices.Equal(bare, all) {
		t.Errorf("without content: %q", bare)
	}
	if buckets, _ := list("contentType=RESOURCE&assetTypes=.*Bucket&assetTypes=pubsub.googleapis.com/Topic"); len(buckets) != 5 {
		t.Errorf("buckets, backend buckets and topics: %q", buckets)
	}
	if policies, _ := list("contentType=IAM_POLICY"); len(policies) != strings.Count(string(e.start), `#iam"`) {
		t.Errorf("policies: %q", policies)
	}
	if _, code := list("assetTypes=compute.googleapis.com/Nothing"); code != http.StatusBadRequest {
		t.Errorf("an unknown type is answered with %d", code)
	}
	var world map[string]json.RawMessage
	if err := json.Unmarshal(e.start, &world); err != nil {
		t.Fatal(err)
	}
	for _, path := range sorted(world) {
		if !strings.Contains(path, "#") && !strings.Contains(path, "/databases/") && !strings.Contains(path, "/users/") && assetTypeOf(path) == "" {
			t.Errorf("no asset type for %s", path)
		}
	}
}
