//go:build e2e

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const tenThousand = 10_000

// stateOf writes a state of resources of one provider, by type.
func stateOf(t *testing.T, provider string, resources map[string][]map[string]any) string {
	t.Helper()
	doc := map[string]any{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "ten-thousand"}
	var all []any
	for typ, attrs := range resources {
		for i, a := range attrs {
			all = append(all, map[string]any{
				"mode": "managed", "type": typ, "name": fmt.Sprintf("r%d", i), "provider": `provider["registry.terraform.io/hashicorp/` + provider + `"]`,
				"instances": []any{map[string]any{"schema_version": 0, "attributes": a}},
			})
		}
	}
	doc["resources"] = all
	file := filepath.Join(t.TempDir(), "terraform.tfstate")
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// page returns a part of a list and where the next one begins, 0 after the last.
func page[T any](all []T, from, size int) ([]T, int) {
	to := min(from+size, len(all))
	if to == len(all) {
		return all[from:], 0
	}
	return all[from:to], to
}

// Ten thousand resources in three subscriptions: one question to Resource Graph in
// pages of a thousand, what the caller may read in each subscription, and the pages
// of the types that there are.
func TestTenThousandInAzure(t *testing.T) {
	const pageSize = 1000
	subscriptions := []string{"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000003"}
	armTypes := map[string]string{"disks": "Microsoft.Compute/disks", "publicIPAddresses": "Microsoft.Network/publicIPAddresses"}
	var rows []map[string]any
	lists := map[string][]map[string]any{}
	held := map[string][]map[string]any{}
	for i := range tenThousand {
		sub := subscriptions[i%3]
		kind, typ := "disks", "azurerm_managed_disk"
		body := map[string]any{"location": "westeurope", "sku": map[string]any{"name": "Premium_LRS"}, "properties": map[string]any{"diskSizeGB": 64, "creationData": map[string]any{"createOption": "Empty"}}}
		attrs := map[string]any{"disk_size_gb": 64, "storage_account_type": "Premium_LRS"}
		if i%5 == 0 {
			kind, typ = "publicIPAddresses", "azurerm_public_ip"
			body = map[string]any{"location": "westeurope", "sku": map[string]any{"name": "Standard"}, "properties": map[string]any{"idleTimeoutInMinutes": 4, "publicIPAllocationMethod": "Static"}}
			attrs = map[string]any{"idle_timeout_in_minutes": 4, "allocation_method": "Static", "sku": "Standard"}
		}
		name := fmt.Sprintf("r%05d", i)
		id := "/subscriptions/" + sub + "/resourceGroups/rg/providers/" + armTypes[kind] + "/" + name
		body["id"], body["name"], body["type"] = id, name, armTypes[kind]
		attrs["id"], attrs["name"], attrs["resource_group_name"], attrs["location"] = id, name, "rg", "westeurope"
		lists[sub+"/"+kind] = append(lists[sub+"/"+kind], body)
		held[typ] = append(held[typ], attrs)
		rows = append(rows, map[string]any{"id": id, "name": name, "type": strings.ToLower(armTypes[kind]), "location": "westeurope", "resourceGroup": "rg", "subscriptionId": sub})
	}
	pages := map[string]int{}
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.ToLower(r.URL.Path)
		switch {
		case strings.HasSuffix(path, "/openid-configuration"):
			at := srv.URL + "/tenant"
			writeJSON(w, map[string]any{"issuer": at + "/v2.0", "token_endpoint": at + "/oauth2/v2.0/token", "authorization_endpoint": at + "/oauth2/v2.0/authorize"})
			return
		case strings.HasSuffix(path, "/token"):
			writeJSON(w, map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": "token"})
			return
		case path == "/providers/microsoft.resourcegraph/resources":
			var q struct {
				Options struct {
					Top       int    `json:"$top"`
					SkipToken string `json:"$skipToken"`
				} `json:"options"`
			}
			if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
				t.Error(err)
			}
			token, _ := base64.StdEncoding.DecodeString(q.Options.SkipToken)
			from, _ := strconv.Atoi(string(token))
			some, next := page(rows, from, min(q.Options.Top, pageSize))
			answer := map[string]any{"totalRecords": len(rows), "count": len(some), "data": some, "facets": []any{}, "resultTruncated": "false"}
			if next > 0 {
				answer["$skipToken"] = base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(next)))
			}
			writeJSON(w, answer)
			return
		}
		kind := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		sub := strings.Split(r.URL.Path, "/")[2]
		all := lists[sub+"/"+kind]
		switch kind {
		case "permissions":
			all = []map[string]any{{"actions": []string{"*/read"}, "notActions": []string{}}}
		case "resourcegroups":
			all = []map[string]any{{"id": "/subscriptions/" + sub + "/resourceGroups/rg", "name": "rg", "type": "Microsoft.Resources/resourceGroups", "location": "westeurope"}}
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
		some, next := page(all, from, pageSize)
		answer := map[string]any{"value": some}
		if next > 0 {
			q := r.URL.Query()
			q.Set("$skiptoken", strconv.Itoa(next))
			answer["nextLink"] = srv.URL + r.URL.Path + "?" + q.Encode()
		}
		pages[kind]++
		writeJSON(w, answer)
	}))
	defer srv.Close()
	for name, value := range map[string]string{
		"TENANT_ID": "tenant", "CLIENT_ID": "client", "CLIENT_SECRET": "secret",
		"CLOUD_RESOURCE_MANAGER": srv.URL, "CLOUD_AUTHORITY_HOST": srv.URL, "CLOUD_AUDIENCE": srv.URL,
	} {
		t.Setenv("DRIFTMGR_PROVIDERS_AZURE_"+name, value)
	}
	r := detect(t, stateOf(t, "azurerm", held), "--stats", "--parallel", "1", "--exclude-type", "azurerm_resource_group")
	if r.Summary.InSync != tenThousand || len(r.Findings) != 0 {
		t.Errorf("%d in sync, %d findings: %+v", r.Summary.InSync, len(r.Findings), r.Findings[:min(3, len(r.Findings))])
	}
	const graph = "Microsoft.ResourceGraph/resources/read"
	listed := 0
	for _, n := range pages {
		listed += n
	}
	if got := r.Stats.APICalls[graph]; got != tenThousand/pageSize {
		t.Errorf("%d calls of Resource Graph, want %d", got, tenThousand/pageSize)
	}
	if r.Stats.Total != r.Stats.APICalls[graph]+listed {
		t.Errorf("%d calls, of which %d pages of lists: %v", r.Stats.Total, listed, r.Stats.APICalls)
	}
	// 8,000 disks and 2,000 addresses in thirds, and per subscription one page each
	// of the groups, the caller's rights and the role assignments.
	if want := 3*3 + 3*1 + 3*3; listed != want {
		t.Errorf("%d pages of lists, want %d: %v", listed, want, pages)
	}
	t.Logf("%d API calls: %v", r.Stats.Total, r.Stats.APICalls)
}

// Ten thousand Compute resources: their pages, and one call for the asset inventory.
func TestTenThousandInCompute(t *testing.T) {
	var disks []map[string]any
	var held []map[string]any
	for i := range tenThousand {
		name, zone := fmt.Sprintf("d%05d", i), fmt.Sprintf("europe-west1-%c", 'b'+i%3)
		link := "projects/p/zones/" + zone + "/disks/" + name
		disks = append(disks, map[string]any{"name": name, "sizeGb": "10", "selfLink": "https://www.googleapis.com/compute/v1/" + link, "zone": "https://www.googleapis.com/compute/v1/projects/p/zones/" + zone})
		held = append(held, map[string]any{"id": link, "name": name, "size": 10, "zone": zone, "project": "p"})
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.Trim(r.URL.Path, "/")
		if path == "cloudasset/v1/projects/p/assets" {
			w.WriteHeader(http.StatusForbidden)
			writeJSON(w, map[string]any{"error": map[string]any{"code": 403, "errors": []any{map[string]any{"reason": "accessNotConfigured"}}}})
			return
		}
		if path != "compute/v1/projects/p/aggregated/disks" {
			t.Errorf("asked for %s", path)
		}
		size, _ := strconv.Atoi(r.URL.Query().Get("maxResults"))
		from, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
		some, next := page(disks, from, min(size, 500))
		scopes := map[string]any{}
		for _, d := range some {
			zone := "zones/" + d["zone"].(string)[strings.LastIndexByte(d["zone"].(string), '/')+1:]
			in, _ := scopes[zone].(map[string]any)
			if in == nil {
				in = map[string]any{}
				scopes[zone] = in
			}
			list, _ := in["disks"].([]any)
			in["disks"] = append(list, d)
		}
		answer := map[string]any{"items": scopes}
		if next > 0 {
			answer["nextPageToken"] = strconv.Itoa(next)
		}
		writeJSON(w, answer)
	}))
	defer srv.Close()
	t.Setenv("DRIFTMGR_PROVIDERS_GCP_ENDPOINT", srv.URL)
	t.Setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
	r := detect(t, stateOf(t, "google", map[string][]map[string]any{"google_compute_disk": held}), "--stats", "--type", "google_compute_disk", "--type", "cloudasset*/*")
	if r.Summary.InSync != tenThousand || len(r.Findings) != 0 {
		t.Errorf("%d in sync, %d findings: %+v", r.Summary.InSync, len(r.Findings), r.Findings[:min(3, len(r.Findings))])
	}
	if pages := tenThousand / 500; r.Stats.APICalls["compute.disks.list"] != pages || r.Stats.Total > 1+pages {
		t.Errorf("calls %v, want %d pages and 1", r.Stats.APICalls, pages)
	}
	t.Logf("%d API calls: %v", r.Stats.Total, r.Stats.APICalls)
}
