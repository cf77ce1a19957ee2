package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// stateDocument is a state with one VPC.
func stateDocument(serial int, id string) string {
	return fmt.Sprintf(`{"version": 4, "terraform_version": "1.11.4", "serial": %d, "lineage": "x", "resources": [
  {"mode": "managed", "type": "aws_vpc", "name": "main", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
   "instances": [{"attributes": {"id": %q, "arn": "arn:aws:ec2:eu-west-1:111122223333:vpc/%[2]s", "owner_id": "111122223333", "cidr_block": "10.0.0.0/16"}}]}]}`, serial, id)
}

// inventoryOf writes an inventory with these VPCs and returns its file.
func inventoryOf(t *testing.T, ids ...string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"format_version":"1.0","taken_at":"2026-01-02T03:04:05Z"}` + "\n")
	fmt.Fprintf(&b, `{"coverage":{"type":"aws_vpc","account":"111122223333","region":"eu-west-1","complete":true,"listed":%d}}`+"\n", len(ids))
	for _, id := range ids {
		fmt.Fprintf(&b, `{"resource":{"key":{"type":"aws_vpc","account":"111122223333","region":"eu-west-1","id":%q},"attrs":{"cidr_block":"10.0.0.0/16","owner_id":"111122223333"}}}`+"\n", id)
	}
	fmt.Fprintf(&b, `{"end":{"resources":%d,"coverage":1}}`+"\n", len(ids))
	file := filepath.Join(t.TempDir(), "inventory.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// stateServer is a TLS server that the process trusts by a certificate file.
func stateServer(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.EnableHTTP2 = false // a download that breaks off is a connection that does
	s.StartTLS()
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"DRIFTMGR_CONFIG": "", "DRIFTMGR_STATE_STORAGE_HTTP_CA_FILE": file, "TF_HTTP_RETRY_MAX": "1", "TF_HTTP_RETRY_WAIT_MIN": "0", "TF_HTTP_RETRY_WAIT_MAX": "0",
		"TF_HTTP_ADDRESS": "", "TF_HTTP_USERNAME": "", "TF_HTTP_PASSWORD": "", "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM": "",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "http_proxy": "", "https_proxy": "",
	} {
		t.Setenv(name, value)
	}
	return s
}

// cutOff announces more than it sends.
func cutOff(w http.ResponseWriter, doc string) {
	w.Header().Set("Content-Length", strconv.Itoa(len(doc)))
	_, _ = w.Write([]byte(doc[:len(doc)/2]))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Of 200 states some are bad, each in its own way. The others are compared, each
// bad one is told once, and nothing is called unmanaged that may be in them.
func TestManyStates(t *testing.T) {
	const all = 200
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect to another host was followed") }))
	t.Cleanup(other.Close)
	seen := make([]atomic.Int32, all)
	s := stateServer(t, func(w http.ResponseWriter, r *http.Request) {
		var i int
		if _, err := fmt.Sscanf(r.URL.Path, "/states/%d.tfstate", &i); err != nil || r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
			return
		}
		doc, n := stateDocument(i, fmt.Sprintf("vpc-%03d", i)), seen[i].Add(1)
		switch {
		case i == 3:
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("token s3cr3t is not enough"))
		case i == 17:
			cutOff(w, doc)
		case i == 18 && n == 1:
			cutOff(w, doc)
		case i == 40 && n == 1:
			w.WriteHeader(http.StatusInternalServerError)
		case i == 41:
			w.WriteHeader(http.StatusBadGateway)
		case i == 77:
			http.Redirect(w, r, other.URL+"/state?token=s3cr3t", http.StatusFound)
		case i == 78:
			http.NotFound(w, r)
		case i == 120:
			_, _ = w.Write([]byte("<!DOCTYPE html><html><title>Sign in s3cr3t</title></html>"))
		case i == 121:
			_, _ = w.Write([]byte(strings.Replace(doc, `"version": 4`, `"version": 5`, 1)))
		case i == 122:
			http.Redirect(w, r, "/states/122.tfstate?again", http.StatusFound)
		case i == 199:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = w.Write([]byte(doc))
		}
	})
	host := strings.TrimPrefix(s.URL, "https://")
	const unread = "the state could not be read: "
	bad := map[int]string{
		3:   "may not be read by this user (HTTP 403 Forbidden); give the user, or its token, read access to the state",
		17:  "could not be read: unexpected EOF; try again",
		41:  "the server failed (HTTP 502 Bad Gateway); try again later, and look into the server's log if it goes on",
		77:  "redirects from " + host + " to another host, " + strings.TrimPrefix(other.URL, "https://") + ", which was not followed; if the state is there, name its address there",
		78:  "there is no state at this address (HTTP 404 Not Found); check the address, and set TF_HTTP_USERNAME and TF_HTTP_PASSWORD if the server hides states from who has not signed in, as GitLab does",
		120: "is not JSON: it looks like HTML or XML; name a state, as written by: terraform state pull > FILE",
		121: "has format version 5, newer than driftmgr knows; upgrade driftmgr",
		122: "redirects in a circle; check the address, or ask who runs the server",
		199: "the server asks for a user and a password (HTTP 401 Unauthorized); set TF_HTTP_USERNAME and TF_HTTP_PASSWORD, and TF_HTTP_ADDRESS, if it is set, to this host",
	}
	args, ids := []string{"--inventory", ""}, []string{"vpc-of-nobody"}
	want := map[string]string{}
	for i := range all {
		url := fmt.Sprintf("%s/states/%d.tfstate", s.URL, i)
		args = append(args, url)
		ids = append(ids, fmt.Sprintf("vpc-%03d", i))
		if bad[i] != "" {
			want[url] = unread + bad[i]
		}
	}
	args[1] = inventoryOf(t, ids...)

	r := detect(t, 3, args...)
	got := map[string]string{}
	notTold := 0
	for _, f := range r.Findings {
		switch {
		case f.Kind != drift.Unchecked:
			t.Errorf("found %+v", f)
		case f.Source == "":
			notTold++
			same(t, "reason of what nobody has", f.Reason, "no state that was read has it, but one that could not be read may")
		case got[f.Source] != "":
			t.Errorf("%s was told twice", f.Source)
		default:
			got[f.Source] = f.Reason
		}
	}
	for url, reason := range want {
		if got[url] != reason {
			t.Errorf("%s:\ngot  %s\nwant %s", url, got[url], reason)
		}
	}
	same(t, "bad states", len(got), len(want))
	same(t, "unmanaged", r.Summary.Unmanaged, 0)
	same(t, "in no state that was read", notTold, 1+len(want))
	same(t, "in sync", r.Summary.InSync, all-len(want))
	same(t, "states", r.Coverage.States, drift.Ratio{Checked: all - len(want), Total: all})
	for i, times := range map[int]int32{0: 1, 3: 1, 17: 3, 18: 2, 40: 2, 41: 2, 77: 1, 78: 1, 199: 1} {
		if n := seen[i].Load(); n != times {
			t.Errorf("state %d was asked for %d times; want %d", i, n, times)
		}
	}

	// A difference in a state that was read is drift all the same.
	args[1] = inventoryOf(t, ids[:100]...)
	for i := range seen {
		seen[i].Store(0)
	}
	r = detect(t, 2, args...)
	same(t, "unmanaged", r.Summary.Unmanaged, 0)

	// Where all are bad the run is an error, and each is told.
	code, stdout, stderr := driftmgr(t.Context(), "detect", "--inventory", args[1], s.URL+"/states/3.tfstate", s.URL+"/states/78.tfstate")
	if code != 1 || stdout != "" || stderr != "driftmgr: state "+s.URL+"/states/3.tfstate: "+bad[3]+"\ndriftmgr: state "+s.URL+"/states/78.tfstate: "+bad[78]+"\n" {
		t.Errorf("exit code %d, stdout %q, stderr\n%s", code, stdout, stderr)
	}
	// Of very many the first are.
	none := make([]string, 30)
	for i := range none {
		none[i] = fmt.Sprintf("none-%02d.tfstate", i)
	}
	code, _, stderr = driftmgr(t.Context(), append([]string{"detect", "--inventory", args[1]}, none...)...)
	if n := strings.Count(stderr, "\n"); code != 1 || n != 22 || !strings.Contains(stderr, "\ndriftmgr: 9 more states could not be read\n") {
		t.Errorf("exit code %d, %d lines:\n%s", code, n, stderr)
	}
}

// A state that changes while it is read is read anew, and not mixed.
func TestStateChangesWhileItIsRead(t *testing.T) {
	var n atomic.Int32
	s := stateServer(t, func(w http.ResponseWriter, _ *http.Request) {
		i := int(n.Add(1))
		doc := stateDocument(i, fmt.Sprintf("vpc-%d", i))
		if i == 1 {
			cutOff(w, doc)
		}
		_, _ = w.Write([]byte(doc))
	})
	r := detect(t, 0, "--inventory", inventoryOf(t, "vpc-2"), s.URL+"/state")
	same(t, "in sync", r.Summary.InSync, 1)
}

// The server is not trusted without its authority, and is with that of Terraform's
// variable.
func TestStateServersCertificate(t *testing.T) {
	s := stateServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(stateDocument(1, "vpc-1"))) })
	ca, err := os.ReadFile(os.Getenv("DRIFTMGR_STATE_STORAGE_HTTP_CA_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	inventory := inventoryOf(t, "vpc-1")
	t.Setenv("DRIFTMGR_STATE_STORAGE_HTTP_CA_FILE", "")
	code, _, stderr := driftmgr(t.Context(), "detect", "--inventory", inventory, s.URL)
	want := "driftmgr: state " + s.URL + "/: the certificate of " + strings.TrimPrefix(s.URL, "https://") +
		" is signed by an authority that is not known here; set client_ca_certificate_pem or TF_HTTP_CLIENT_CA_CERTIFICATE_PEM to the authority's certificate, or state_storage.http.ca_file to its file\n"
	if code != 1 || stderr != want {
		t.Errorf("exit code %d, stderr\n%swant\n%s", code, stderr, want)
	}
	t.Setenv("TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", string(ca))
	detect(t, 0, "--inventory", inventory, s.URL)
}

// States are read at once: this server answers nobody before so many wait.
func TestStatesAreReadAtOnce(t *testing.T) {
	const atOnce = 8
	var waiting atomic.Int32
	enough := make(chan struct{})
	s := stateServer(t, func(w http.ResponseWriter, r *http.Request) {
		if waiting.Add(1) == atOnce {
			close(enough)
		}
		select {
		case <-enough:
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
			t.Errorf("only %d were asked for at once", waiting.Load())
		}
		_, _ = w.Write([]byte(stateDocument(1, "vpc-"+strings.Trim(r.URL.Path, "/"))))
	})
	args := []string{"--parallel", strconv.Itoa(atOnce), "--inventory", ""}
	var ids []string
	for i := range 3 * atOnce {
		ids = append(ids, fmt.Sprintf("vpc-%d", i))
		args = append(args, fmt.Sprintf("%s/%d", s.URL, i))
	}
	args[3] = inventoryOf(t, ids...)
	r := detect(t, 0, args...)
	same(t, "in sync", r.Summary.InSync, len(ids))
}

// An interrupted run ends while states are read.
func TestInterruptedStates(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := stateServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	code, stdout, stderr := driftmgr(ctx, "detect", s.URL+"/1", s.URL+"/2")
	if code != 130 || stdout != "" || stderr != "driftmgr: interrupted; nothing was changed\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// hcp is as much of HCP Terraform's API as an organization with three workspaces
// takes, of which only the first has a state.
func hcp(t *testing.T) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	names := []string{"app", "lab", "new"}
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		workspace := func(i int) string {
			return fmt.Sprintf(`{"id": "ws-%d", "type": "workspaces", "attributes": {"name": %q, "locked": false, "permissions": {"can-read-state-versions": true}}}`, i, names[i])
		}
		w.Header().Set("Content-Type", "application/vnd.api+json")
		w.Header().Set("TFP-API-Version", "2.6")
		switch path := r.URL.Path; {
		case r.Method != http.MethodGet:
			t.Errorf("%s %s", r.Method, path)
		case path == "/.well-known/terraform.json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"tfe.v2": "/api/v2/", "state.v2": "/api/v2/"}`))
		case path == "/api/v2/ping":
			w.WriteHeader(http.StatusNoContent)
		case path == "/api/v2/organizations/example/workspaces":
			all := []string{workspace(0), workspace(1), workspace(2)}
			_, _ = fmt.Fprintf(w, `{"data": [%s], "meta": {"pagination": {"current-page": 1, "total-pages": 1, "total-count": 3}}}`, strings.Join(all, ","))
		case strings.HasPrefix(path, "/api/v2/organizations/example/workspaces/"):
			i := slices.Index(names, filepath.Base(path))
			if i < 0 {
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(`{"errors": [{"status": "404", "title": "not found"}]}`))
				return
			}
			_, _ = fmt.Fprintf(w, `{"data": %s}`, workspace(i))
		case path == "/api/v2/workspaces/ws-0/current-state-version":
			_, _ = fmt.Fprintf(w, `{"data": {"id": "sv-1", "type": "state-versions", "attributes": {"serial": 1, "size": 400, "status": "finalized", "hosted-state-download-url": "%s/download"}}}`, s.URL)
		case path == "/download":
			_, _ = w.Write([]byte(stateDocument(1, "vpc-1")))
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"errors": [{"status": "404", "title": "not found"}]}`))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// trusting runs driftmgr as a process of its own that trusts the server: Go reads
// the system's authorities once in a process.
func trusting(t *testing.T, s *httptest.Server, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	home := t.TempDir()
	ca := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "driftmgr", args...)
	cmd.Env = append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + ca}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// A workspace of many that was never applied manages nothing, and that is known.
func TestWorkspaceWithoutState(t *testing.T) {
	s := hcp(t)
	env := []string{"DRIFTMGR_STATE_STORAGE_TFC_HOSTNAME=" + strings.TrimPrefix(s.URL, "https://"), "DRIFTMGR_STATE_STORAGE_TFC_TOKEN=s3cr3t-token"}
	detect := func(want int, args ...string) *drift.Report {
		t.Helper()
		code, stdout, stderr := trusting(t, s, env, append([]string{"detect", "--output", "json"}, args...)...)
		if code != want || stderr != "" {
			t.Fatalf("exit code %d; want %d\n%s%s", code, want, stdout, stderr)
		}
		return parse(t, stdout)
	}
	r := detect(0, "--inventory", inventoryOf(t, "vpc-1"), "tfc://example/*")
	same(t, "in sync", r.Summary.InSync, 1)
	same(t, "states", r.Coverage.States, drift.Ratio{Checked: 3, Total: 3})
	in := "tfc://" + strings.TrimPrefix(s.URL, "https://") + "/example/"
	const empty = "no state was written to it yet: it manages nothing"
	same(t, "warnings", r.Warnings, []drift.Warning{{Source: in + "lab", Message: empty}, {Source: in + "new", Message: empty}})

	// What is in the cloud besides is nobody's.
	r = detect(2, "--inventory", inventoryOf(t, "vpc-1", "vpc-2"), "tfc://example/*")
	same(t, "unmanaged", r.Summary.Unmanaged, 1)

	// As the only one it was not meant.
	code, stdout, stderr := trusting(t, s, env, "detect", "--inventory", inventoryOf(t), "tfc://example/new")
	if code != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "driftmgr: state "+in+"new: has no state yet; ") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}

	// A workspace that does not exist is not an empty one.
	r = detect(3, "--inventory", inventoryOf(t, "vpc-1"), "tfc://example/app", "tfc://example/nwe")
	same(t, "unchecked", r.Summary.Unchecked, 1)

	// doctor tells of both.
	code, stdout, stderr = trusting(t, s, env, "doctor", "--type", "google_*", "tfc://example/*")
	for _, line := range []string{
		"ok    state " + in + "app: 1 resource, serial 1, written by Terraform 1.11.4\n",
		"ok    state " + in + "new: 0 resources, serial 0; " + empty + "\n",
	} {
		if code != 0 || !strings.Contains(stdout, line) {
			t.Errorf("exit code %d, %q is not in\n%s%s", code, line, stdout, stderr)
		}
	}
}

// No policy holds an action that is not a read.
func TestPermissionsAreReads(t *testing.T) {
	for _, states := range [][]string{{}, {"s3://states/prod.tfstate?region=eu-west-1&dynamodb_table=locks"}} {
		for name, value := range map[string]string{
			"HOME": t.TempDir(), "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": "test",
			"AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1", "AWS_PROFILE": "", "DRIFTMGR_CONFIG": "",
		} {
			t.Setenv(name, value)
		}
		code, stdout, stderr := driftmgr(t.Context(), append([]string{"permissions"}, states...)...)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		var policy struct {
			Statement []struct {
				Effect string
				Action []string
			}
		}
		if err := json.Unmarshal([]byte(stdout), &policy); err != nil {
			t.Fatal(err)
		}
		actions := 0
		for _, s := range policy.Statement {
			for _, action := range s.Action {
				actions++
				_, name, _ := strings.Cut(action, ":")
				reads := slices.ContainsFunc([]string{"Describe", "Get", "List", "Head", "BatchGet", "Lookup", "Search"}, func(p string) bool { return strings.HasPrefix(name, p) })
				if s.Effect != "Allow" || !reads || strings.Contains(action, "*") {
					t.Errorf("%s %s is no read", s.Effect, action)
				}
			}
		}
		if actions < 60 {
			t.Errorf("only %d actions", actions)
		}
	}
}
