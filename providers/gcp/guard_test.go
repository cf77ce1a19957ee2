package gcp

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/gcpauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

type sent struct{ n int }

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.n++
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestGuard(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		sent         int
	}{
		{"GET", "compute/v1/projects/p/aggregated/disks", 1},
		{"GET", "storage/v1/b/bucket/iam", 1},
		{"POST", "cloudresourcemanager/v1/projects/p:getIamPolicy", 1},
		{"POST", "cloudresourcemanager/v1/projects/example.com:p:getIamPolicy", 1},
		{"POST", "cloudresourcemanager/v1/projects/p:setIamPolicy", 0},
		{"POST", "compute/v1/projects/p/zones/z/disks", 0},
		{"PUT", "pubsub/v1/projects/p/topics/t", 0},
		{"PATCH", "pubsub/v1/projects/p/topics/t", 0},
		{"DELETE", "storage/v1/b/bucket", 0},
		{"POST", "pubsub/v1/projects/p/subscriptions/s:pull", 0},
		{"GET", "secretmanager/v1/projects/p/secrets/s/versions/1:access", 0},
		{"POST", "cloudkms/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:decrypt", 0},
		{"GET", "storage/v1/b/bucket/o/object?alt=media", 0},
		{"GET", "bigquery/v2/projects/p/datasets/d/tables/t/data", 0},
		{"POST", "iamcredentials/v1/projects/-/serviceAccounts/a:generateAccessToken", 0},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			wire := &sent{}
			client := guarded(&http.Client{Transport: wire}, &provider.Stats{})
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "https://www.googleapis.com/"+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			var refused refusedError
			if wire.n != tt.sent || (tt.sent == 0) != errors.As(err, &refused) {
				t.Errorf("sent %d requests, %v", wire.n, err)
			}
		})
	}
}

// A token is not sent in clear text beyond this machine.
func TestClearText(t *testing.T) {
	for endpoint, want := range map[string]int{"http://127.0.0.1:5600": 1, "http://localhost": 1, "http://[::1]:5600": 1, "http://192.0.2.7": 0, "http://emulator.example": 0, "https://private.example": 1} {
		wire := &sent{}
		c := &conn{project: "p", endpoint: endpoint, http: guarded(&http.Client{Transport: wire}, &provider.Stats{})}
		_, err := c.get(t.Context(), "pubsub/v1/projects/p/topics", nil, &struct{}{})
		if wire.n != want {
			t.Errorf("%s: sent %d requests, %v", endpoint, wire.n, err)
		}
		if want == 0 && (&cloud{}).Explain(err).Kind != provider.Refused {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// oneAnswer is a server with one answer to everything.
type oneAnswer struct {
	status int
	body   string
	header http.Header
	n      int
}

func (a *oneAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	a.n++
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// What is no answer of Google's says nothing of what exists, and is told in one line.
func TestStrangeAnswers(t *testing.T) {
	const disabled = `{"error":{"code":403,"message":"hush","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","metadata":{"service":"pubsub.googleapis.com"}}]}}`
	const noProject = `{"error":{"code":403,"message":"hush","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"CONSUMER_INVALID"}]}}`
	for name, tt := range map[string]struct {
		answer oneAnswer
		want   string
	}{
		"a proxy's 404":  {oneAnswer{status: 404, body: "<html>hush</html>"}, "pubsub.topics.list failed: HTTP 404"},
		"Google's 404":   {oneAnswer{status: 404, body: `{"error":{"code":404,"message":"hush"}}`}, "not found"},
		"407":            {oneAnswer{status: 407}, "the proxy wants to know who you are (HTTP 407): give it a user and a password in HTTPS_PROXY"},
		"only an error":  {oneAnswer{status: 200, body: `{"error":{"code":500,"message":"hush"}}`}, "pubsub.topics.list failed: the answer has another form than the API's"},
		"null":           {oneAnswer{status: 200, body: "null"}, "pubsub.topics.list failed: the answer has another form than the API's"},
		"not enabled":    {oneAnswer{status: 403, body: disabled}, "not enabled: pubsub.googleapis.com in project p"},
		"no project":     {oneAnswer{status: 403, body: noProject}, "there is no project p, or it was deleted: check its id"},
		"redirection":    {oneAnswer{status: 302, header: http.Header{"Location": {"https://attacker.example/"}}}, "pubsub.googleapis.com redirects to attacker.example, which gets no token; check the endpoint, and the proxy between"},
		"the same page":  {oneAnswer{status: 200, body: `{"nextPageToken":"a"}`}, "pubsub.topics.list failed: the list does not end: a page names itself as the next one"},
		"a service name": {oneAnswer{status: 403, body: strings.Replace(disabled, "pubsub.googleapis.com", "<b>hush</b>", 1)}, "not enabled: the API behind pubsub.topics.list in project p"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := gcpauth.Client(gcpauth.Options{AccessToken: "token", HTTP: &http.Client{Transport: &tt.answer}})
			if err != nil {
				t.Fatal(err)
			}
			c := &conn{project: "p", domain: "googleapis.com", http: guarded(client, &provider.Stats{})}
			for _, err = range (listing{path: "pubsub/v1/projects/p/topics", key: "topics"}).all(t.Context(), c) {
				break
			}
			if err == nil {
				t.Fatal("no error")
			}
			got := (&cloud{}).Explain(err).Reason()
			if !strings.Contains(got, tt.want) || strings.Contains(got, "hush") || tt.answer.n > 2 {
				t.Errorf("after %d requests told %q", tt.answer.n, got)
			}
			if gone(err) != (name == "Google's 404") {
				t.Errorf("gone: %v", gone(err))
			}
		})
	}
}

// refusal answers 403 with a reason, as often as it is told to.
type refusal struct {
	reason string
	times  int
	sent   int
}

func (s *refusal) RoundTrip(r *http.Request) (*http.Response, error) {
	s.sent++
	answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
	if s.sent <= s.times {
		answer.StatusCode = http.StatusForbidden
		answer.Body = io.NopCloser(strings.NewReader(`{"error":{"code":403,"message":"no","errors":[{"reason":"` + s.reason + `"}]}}`))
	}
	return answer, nil
}

// Compute refuses for the rate with the status of a lack of permission.
func TestRefusedForTheRate(t *testing.T) {
	for _, tt := range []struct {
		reason string
		sent   int
		told   string
	}{
		{"rateLimitExceeded", 2, ""},
		{"forbidden", 1, "access denied: allow compute.disks.list"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			wire := &refusal{reason: tt.reason, times: 1}
			c := &conn{project: "p", domain: "googleapis.com", http: guarded(&http.Client{Transport: wire}, &provider.Stats{})}
			_, err := c.get(t.Context(), "compute/v1/projects/p/aggregated/disks", nil, &struct{}{})
			told := ""
			if err != nil {
				told = (&cloud{}).Explain(err).Reason()
			}
			if wire.sent != tt.sent || told != tt.told {
				t.Errorf("sent %d requests, told %q", wire.sent, told)
			}
		})
	}
}

func TestActionOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://compute.googleapis.com/compute/v1/projects/p/aggregated/disks":                          "compute.disks.list",
		"https://compute.googleapis.com/compute/v1/projects/p/global/networks":                           "compute.networks.list",
		"https://compute.googleapis.com/compute/v1/projects/p/zones/z/disks/d":                           "compute.disks.get",
		"https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances/i/getIamPolicy":          "compute.instances.getIamPolicy",
		"https://compute.googleapis.com/compute/v1/projects/p/global/addresses/a":                        "compute.globalAddresses.get",
		"https://compute.googleapis.com/compute/v1/projects/p/regions/r/addresses/a":                     "compute.addresses.get",
		"https://compute.googleapis.com/compute/v1/projects/p/regions/r/backendServices/b":               "compute.regionBackendServices.get",
		"https://compute.googleapis.com/compute/v1/projects/p/global/backendServices/b":                  "compute.backendServices.get",
		"https://compute.googleapis.com/compute/v1/projects/p/aggregated/backendServices":                "compute.backendServices.list",
		"https://compute.googleapis.com/compute/v1/projects/example.com:p/global/networks":               "compute.networks.list",
		"https://cloudresourcemanager.googleapis.com/v1/projects/p":                                      "resourcemanager.projects.get",
		"https://cloudresourcemanager.googleapis.com/v1/projects/example.com:p":                          "resourcemanager.projects.get",
		"https://pubsub.googleapis.com/v1/projects/p/topics":                                             "pubsub.topics.list",
		"http://127.0.0.1:5600/pubsub/v1/projects/p/topics":                                              "pubsub.topics.list",
		"http://127.0.0.1:5600/sql/v1beta4/projects/p/instances/i/users":                                 "cloudsql.users.list",
		"https://sqladmin.googleapis.com/sql/v1beta4/projects/p/instances":                               "cloudsql.instances.list",
		"https://storage.googleapis.com/storage/v1/b":                                                    "storage.buckets.list",
		"https://storage.googleapis.com/storage/v1/b/x/iam":                                              "storage.buckets.getIamPolicy",
		"https://dns.googleapis.com/dns/v1/projects/p/managedZones/z/rrsets":                             "dns.resourceRecordSets.list",
		"https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets":                                "bigquery.datasets.get",
		"https://cloudresourcemanager.googleapis.com/v1/projects/p:getIamPolicy":                         "resourcemanager.projects.getIamPolicy",
		"https://cloudresourcemanager.googleapis.com/v1/projects/example.com:p:getIamPolicy":             "resourcemanager.projects.getIamPolicy",
		"https://cloudasset.googleapis.com/v1/projects/p/assets":                                         "cloudasset.assets.listResource",
		"https://redis.googleapis.com/v1/projects/p/locations/-/instances":                               "redis.instances.list",
		"https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys":                "cloudkms.cryptoKeys.list",
		"https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:getIamPolicy": "cloudkms.cryptoKeys.getIamPolicy",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := actionOf(req); got != want {
			t.Errorf("%s takes %s, want %s", url, got, want)
		}
	}
}
