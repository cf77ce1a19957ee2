//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

const (
	hub    = "111122223333"
	shop   = "222233334444"
	office = "333344445555"
	vault  = "444455556666" // has the states

	statesBucket = "example-terraform-states"
	networkKey   = "network/terraform.tfstate"
)

// gate stands before the emulator: it knows with which role a call was made, and
// can close a role, deny an action and tell another time. The emulator keeps a
// world per account, and takes the account from the role, but lets everybody in.
type gate struct {
	*httptest.Server

	mu         sync.Mutex
	roles      map[string]string // access key → role
	calls      []string          // "METHOD path as role"
	closed     string            // a role that nobody may assume
	externalID string            // what every role asks for, if anything
	denied     []string          // actions that nobody may do, as IAM names them
	skew       time.Duration     // what its clock is ahead
}

var credential = regexp.MustCompile(`Credential=([^/]+)/[0-9]+/[^/]+/([^/]+)/`)

// actionOf returns the permission behind a request that was signed for a service:
// of S3 those to read an object and a bucket's policy.
func actionOf(r *http.Request, form url.Values, service string) string {
	operation := form.Get("Action")
	if _, target, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		operation = target
	}
	if service == "s3" && r.Method == http.MethodGet {
		_, key, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
		switch {
		case key != "":
			operation = "GetObject"
		case r.URL.Query().Has("policy"):
			operation = "GetBucketPolicy"
		}
	}
	return service + ":" + operation
}

// accessDenied answers as the service's protocol does.
func accessDenied(w http.ResponseWriter, action string) {
	service, _, _ := strings.Cut(action, ":")
	answer := `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform: ` + action + `</Message></Error></ErrorResponse>`
	if service == "s3" {
		answer = `<Error><Code>AccessDenied</Code><Message>User is not authorized to perform: ` + action + `</Message></Error>`
	}
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, answer)
}

func newGate(t *testing.T, m *moto) *gate {
	t.Helper()
	target := must[*url.URL](t)(url.Parse(m.endpoint))
	proxy := httputil.NewSingleHostReverseProxy(target)
	g := &gate{roles: map[string]string{}}
	proxy.ModifyResponse = func(r *http.Response) error {
		g.mu.Lock()
		defer g.mu.Unlock()
		r.Header.Set("Date", time.Now().Add(g.skew).UTC().Format(http.TimeFormat))
		return nil
	}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		role := form.Get("RoleArn")
		g.mu.Lock()
		key, service := "", ""
		if c := credential.FindStringSubmatch(r.Header.Get("Authorization")); c != nil {
			key, service = c[1], c[2]
		}
		g.calls = append(g.calls, r.Method+" "+r.URL.Path+" as "+g.roles[key])
		action := actionOf(r, form, service)
		denied := slices.Contains(g.denied, action)
		if action == "sts:AssumeRole" {
			denied = denied || role == g.closed || g.externalID != "" && form.Get("ExternalId") != g.externalID
		}
		g.mu.Unlock()
		if denied {
			accessDenied(w, action)
			return
		}
		if form.Get("Action") != "AssumeRole" {
			proxy.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		proxy.ServeHTTP(rec, r)
		if key := regexp.MustCompile(`<AccessKeyId>(.*?)</AccessKeyId>`).FindStringSubmatch(rec.Body.String()); key != nil {
			g.mu.Lock()
			g.roles[key[1]] = role
			g.mu.Unlock()
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}))
	t.Cleanup(g.Close)
	return g
}

// as returns the configuration of an administrator of an account.
func as(t *testing.T, account string) aws.Config {
	t.Helper()
	cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context()))
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+account+":role/admin"))
	return cfg
}

func addVPC(t *testing.T, account, region, cidr, name string) string {
	t.Helper()
	cfg := as(t, account)
	cfg.Region = region
	out := must[*ec2.CreateVpcOutput](t)(ec2.NewFromConfig(cfg).CreateVpc(t.Context(), &ec2.CreateVpcInput{
		CidrBlock: aws.String(cidr),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeVpc, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}},
		}},
	}))
	return aws.ToString(out.Vpc.VpcId)
}

// network makes the example's three networks, and the state that says so in the
// bucket. The state says nothing of accounts and regions: the code does.
func network(t *testing.T) map[string]string {
	t.Helper()
	ids := map[string]string{
		"hub":    addVPC(t, hub, "eu-west-1", "10.0.0.0/16", "hub"),
		"shop":   addVPC(t, shop, "eu-west-1", "10.1.0.0/16", "shop"),
		"office": addVPC(t, office, "eu-central-1", "10.2.0.0/16", "office"),
	}
	var resources []any
	for i, name := range []string{"hub", "shop", "office"} {
		config := `provider["registry.terraform.io/hashicorp/aws"]`
		if name != "hub" {
			config += "." + name
		}
		resources = append(resources, map[string]any{
			"mode": "managed", "type": "aws_vpc", "name": name, "provider": config,
			"instances": []any{map[string]any{"schema_version": 1, "attributes": map[string]any{
				"id": ids[name], "cidr_block": fmt.Sprintf("10.%d.0.0/16", i), "instance_tenancy": "default",
				"tags": map[string]any{"Name": name}, "tags_all": map[string]any{"Name": name},
			}}},
		})
	}
	state := must[[]byte](t)(json.Marshal(map[string]any{
		"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "5a1e", "outputs": map[string]any{}, "resources": resources,
	}))
	cfg := as(t, vault)
	cfg.Region = "eu-west-1"
	store := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	must[*s3.CreateBucketOutput](t)(store.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String(statesBucket), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}))
	must[*s3.PutObjectOutput](t)(store.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(statesBucket), Key: aws.String(networkKey), Body: bytes.NewReader(state),
	}))
	return ids
}

const threeAccounts = "../examples/three-accounts"

// TestThreeAccounts reads the example: a state behind a role, and what it holds in
// three accounts with a role each.
func TestThreeAccounts(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	ids := network(t)
	g := newGate(t, m)
	t.Setenv("AWS_ENDPOINT_URL", g.URL)

	t.Run("in sync", func(t *testing.T) {
		r := detect(t, threeAccounts)
		compareFindings(t, nil, told(r))
		if r.Verdict != drift.Clean || r.Summary.InSync != 3 {
			t.Errorf("%s, %d in sync: %+v", r.Verdict, r.Summary.InSync, r.Findings)
		}
		var state []string
		for _, call := range g.calls {
			if strings.HasPrefix(call, "GET /"+statesBucket+"/"+networkKey) && !slices.Contains(state, call) {
				state = append(state, call)
			}
		}
		role := " as arn:aws:iam::" + vault + ":role/terraform-states"
		if want := []string{"GET /" + statesBucket + "/" + networkKey + role, "GET /" + statesBucket + "/" + networkKey + ".tflock" + role}; !slices.Equal(state, want) {
			t.Errorf("the state was read by %q, want %q", state, want)
		}
	})

	t.Run("a role of driftmgr's own", func(t *testing.T) {
		t.Setenv("DRIFTMGR_PROVIDERS_AWS_USE_IAM_ROLE", "true")
		t.Setenv("DRIFTMGR_PROVIDERS_AWS_ROLE_ARN", "arn:aws:iam::{account}:role/driftmgr")
		g.calls = nil
		if r := detect(t, threeAccounts); r.Verdict != drift.Clean {
			t.Errorf("%s: %+v", r.Verdict, r.Findings)
		}
		seen := map[string]bool{}
		for _, call := range g.calls {
			_, role, _ := strings.Cut(call, " as ")
			seen[role] = true
		}
		for _, account := range []string{hub, shop, office} {
			if !seen["arn:aws:iam::"+account+":role/driftmgr"] || seen["arn:aws:iam::"+account+":role/terraform"] {
				t.Errorf("account %s was read as one of %v", account, seen)
			}
		}
	})

	t.Run("a closed account", func(t *testing.T) {
		g.closed = "arn:aws:iam::" + office + ":role/terraform"
		defer func() { g.closed = "" }()
		r := detect(t, threeAccounts, "--unmanaged=false")
		if len(r.Findings) != 1 || r.Verdict != drift.Incomplete || r.Summary.InSync != 2 {
			t.Fatalf("%s: %+v", r.Verdict, r.Findings)
		}
		if f := r.Findings[0]; f.Address != "aws_vpc.office" || !strings.Contains(f.Reason, g.closed) {
			t.Errorf("finding %+v", f)
		}
	})

	t.Run("drift in each", func(t *testing.T) {
		stray := addVPC(t, hub, "eu-west-1", "10.9.0.0/16", "stray")
		cfg := as(t, shop)
		cfg.Region = "eu-west-1"
		must[*ec2.CreateTagsOutput](t)(ec2.NewFromConfig(cfg).CreateTags(t.Context(), &ec2.CreateTagsInput{
			Resources: []string{ids["shop"]}, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("renamed")}},
		}))
		cfg = as(t, office)
		cfg.Region = "eu-central-1"
		must[*ec2.DeleteVpcOutput](t)(ec2.NewFromConfig(cfg).DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: aws.String(ids["office"])}))

		r := detect(t, threeAccounts, "--type", "aws_vpc")
		compareFindings(t, []finding{{"changed aws_vpc.shop", "tags"}, {"missing aws_vpc.office", ""}, {"unmanaged aws_vpc", ""}}, told(r))
		for _, f := range r.Findings {
			want := map[drift.Kind][3]string{
				drift.Changed:   {shop, "eu-west-1", ids["shop"]},
				drift.Missing:   {office, "eu-central-1", ids["office"]},
				drift.Unmanaged: {hub, "eu-west-1", stray},
			}[f.Kind]
			if got := [3]string{f.Account, f.Region, f.ID}; got != want {
				t.Errorf("%s is told of %q, want %q", f.Kind, got, want)
			}
		}
	})
}
