package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/driftmgr/driftmgr/pkg/cli"
	"github.com/driftmgr/driftmgr/pkg/drift"
)

const (
	account = "111122223333"
	ireland = "eu-west-1"
)

// awsServer speaks as much of AWS as reading VPCs and subnets takes. What no
// emulator does – throttle, deny, break off, block – is in answer.
type awsServer struct {
	*httptest.Server
	t    *testing.T
	vpcs []vpc

	// answer may answer a call in the server's place; true says that it did. It
	// may be called by several goroutines at once. n counts the calls of the
	// action from 1.
	answer func(w http.ResponseWriter, c call, n int) bool

	mu    sync.Mutex
	calls map[string]int // by action
	log   []call
}

type vpc struct {
	region, id, cidr string
	byDefault        bool
}

// call is one request: its action, the region that it was signed for, and its
// parameters.
type call struct {
	action, region string
	url.Values
}

// serve starts a server and makes it the process's AWS.
func serve(t *testing.T, vpcs ...vpc) *awsServer {
	t.Helper()
	s := &awsServer{t: t, vpcs: vpcs, calls: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "AWS_CONFIG_FILE": filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "credentials"),
		"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "",
		"AWS_MAX_ATTEMPTS": "1", "AWS_RETRY_MODE": "", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ROLE_ARN": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "http_proxy": "", "https_proxy": "",
		"DRIFTMGR_CONFIG": "", "DRIFTMGR_PROVIDERS_AWS_ENDPOINT": "",
	} {
		t.Setenv(name, value)
	}
	return s
}

var signedFor = regexp.MustCompile(`Credential=[^/]+/\d+/([^/]+)/`)

func (s *awsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("read a request: %v", err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		s.t.Errorf("a request that is no query: %v", err)
	}
	c := call{action: form.Get("Action"), Values: form}
	if m := signedFor.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		c.region = m[1]
	}
	s.mu.Lock()
	s.calls[c.action]++
	n := s.calls[c.action]
	s.log = append(s.log, c)
	s.mu.Unlock()

	switch {
	case s.answer != nil && s.answer(w, c, n):
	case c.action == "GetCallerIdentity":
		reply(w, http.StatusOK, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/auditor</Arn><UserId>AIDAEXAMPLE</UserId><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, account)
	case c.action == "DescribeVpcs":
		s.describeVpcs(w, c)
	case c.action == "DescribeVpcAttribute":
		name := c.Get("Attribute")
		reply(w, http.StatusOK, `<DescribeVpcAttributeResponse><vpcId>%s</vpcId><%[2]s><value>true</value></%[2]s></DescribeVpcAttributeResponse>`, c.Get("VpcId"), name)
	case strings.HasPrefix(c.action, "Describe"):
		reply(w, http.StatusOK, `<%sResponse></%[1]sResponse>`, c.action)
	default:
		s.t.Errorf("%q was called", c.action)
		w.WriteHeader(http.StatusBadRequest)
	}
}

// describeVpcs answers with pages as large as the caller asks for, with a token
// for the next one.
func (s *awsServer) describeVpcs(w http.ResponseWriter, c call) {
	var wanted []string
	for i := 1; c.Has(fmt.Sprintf("Filter.1.Value.%d", i)); i++ {
		wanted = append(wanted, c.Get(fmt.Sprintf("Filter.1.Value.%d", i)))
	}
	var found []vpc
	for _, v := range s.vpcs {
		if v.region == c.region && (wanted == nil || slices.Contains(wanted, v.id)) {
			found = append(found, v)
		}
	}
	size, err := strconv.Atoi(c.Get("MaxResults"))
	if err != nil || size < 5 || size > 1000 {
		s.t.Errorf("MaxResults is %q", c.Get("MaxResults"))
		size = 1000
	}
	from, _ := strconv.Atoi(c.Get("NextToken"))
	to := min(from+size, len(found))
	var b strings.Builder
	b.WriteString(`<DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpcSet>`)
	for _, v := range found[from:to] {
		fmt.Fprintf(&b, `<item><vpcId>%s</vpcId><cidrBlock>%s</cidrBlock><instanceTenancy>default</instanceTenancy><ownerId>%s</ownerId><isDefault>%t</isDefault></item>`, v.id, v.cidr, account, v.byDefault)
	}
	b.WriteString(`</vpcSet>`)
	if to < len(found) {
		fmt.Fprintf(&b, `<nextToken>%d</nextToken>`, to)
	}
	b.WriteString(`</DescribeVpcsResponse>`)
	reply(w, http.StatusOK, "%s", b.String())
}

func reply(w http.ResponseWriter, status int, format string, args ...any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, format, args...)
}

const secretMessage = "Encoded authorization failure message: s3cr3t-blob"

// ec2Error and stsError answer as these services do.
func ec2Error(w http.ResponseWriter, status int, code string) bool {
	message := secretMessage
	if status == http.StatusInternalServerError {
		message = "An internal error\n has occurred"
	}
	reply(w, status, `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>4f3a1c2e-0000-4444-8888-123456789abc</RequestID></Response>`, code, message)
	return true
}

func stsError(w http.ResponseWriter, status int, code string) bool {
	reply(w, status, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>4f3a1c2e-0000-4444-8888-123456789abc</RequestId></ErrorResponse>`, code, secretMessage)
	return true
}

// stateOf writes a state with these VPCs, and subnets with the given ids in
// Ireland, and returns its file.
func stateOf(t *testing.T, vpcs []vpc, subnets ...string) string {
	t.Helper()
	type instance struct {
		Attributes map[string]any `json:"attributes"`
	}
	type block struct {
		Mode      string     `json:"mode"`
		Type      string     `json:"type"`
		Name      string     `json:"name"`
		Provider  string     `json:"provider"`
		Instances []instance `json:"instances"`
	}
	var blocks []block
	add := func(typ, name, region, id string, attrs map[string]any) {
		attrs["id"] = id
		attrs["arn"] = fmt.Sprintf("arn:aws:ec2:%s:%s:%s/%s", region, account, strings.TrimPrefix(typ, "aws_"), id)
		attrs["owner_id"] = account
		blocks = append(blocks, block{"managed", typ, name, `provider["registry.terraform.io/hashicorp/aws"]`, []instance{{attrs}}})
	}
	for _, v := range vpcs {
		add("aws_vpc", "of_"+strings.ReplaceAll(v.id, "-", "_"), v.region, v.id, map[string]any{"cidr_block": v.cidr, "instance_tenancy": "default"})
	}
	for _, id := range subnets {
		add("aws_subnet", strings.ReplaceAll(id, "-", "_"), ireland, id, map[string]any{"cidr_block": "10.0.1.0/24"})
	}
	data, err := json.Marshal(map[string]any{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": blocks})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "terraform.tfstate")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// driftmgr runs one command line.
func driftmgr(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Main(ctx, args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: os.Getenv})
	return code, out.String(), errs.String()
}

// networks are the types that the server knows best.
var networks = []string{"--type", "aws_vpc", "--type", "aws_subnet"}

// detect runs driftmgr detect, wants this exit code, nothing on stderr and a
// report that fits its schema and holds nothing secret, and returns it.
func detect(t *testing.T, code int, args ...string) *drift.Report {
	t.Helper()
	got, stdout, stderr := driftmgr(t.Context(), append([]string{"detect", "--output", "json"}, args...)...)
	if got != code || stderr != "" {
		t.Fatalf("exit code %d; want %d\nstderr %s\nstdout %s", got, code, stderr, stdout)
	}
	return parse(t, stdout)
}

func parse(t *testing.T, doc string) *drift.Report {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(filepath.Join("..", "report", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%v", err)
	}
	if strings.Contains(doc, "s3cr3t") || strings.Contains(doc, "4f3a1c2e") {
		t.Errorf("a cloud's message is in %s", doc)
	}
	var r drift.Report
	if err := json.Unmarshal([]byte(doc), &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// told are the findings, one line each, without what is unmanaged.
func told(r *drift.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Kind == drift.Unmanaged {
			continue
		}
		what := f.Address
		if what == "" {
			what = strings.TrimSpace("any " + f.Type + " " + f.Region)
		}
		line := string(f.Kind) + " " + what
		if f.Reason != "" {
			line += ": " + f.Reason
		}
		out = append(out, line)
	}
	return out
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\ngot  %v\nwant %v", what, got, want)
	}
}

func vpcsIn(region string, n int) []vpc {
	out := make([]vpc, n)
	for i := range out {
		out[i] = vpc{region: region, id: fmt.Sprintf("vpc-%04d", i), cidr: fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)}
	}
	return out
}

func TestPaging(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 2500)...)
	held := []vpc{s.vpcs[0], s.vpcs[999], s.vpcs[1000], s.vpcs[2499], {region: ireland, id: "vpc-gone", cidr: "10.99.0.0/16"}}
	r := detect(t, 2, "--type", "aws_vpc", stateOf(t, held))
	same(t, "findings", told(r), []string{"missing aws_vpc.of_vpc_gone"})
	same(t, "summary", r.Summary, drift.Summary{Managed: 5, InSync: 4, Missing: 1, Unmanaged: 2496})
	same(t, "calls", r.Stats.APICalls, map[string]int{"ec2:DescribeVpcs": 3, "sts:GetCallerIdentity": 1})
	same(t, "listed", r.Coverage.Listings[0].Listed, 2500)
	same(t, "throttles", r.Stats.Throttles, 0)
	for _, c := range s.log {
		if c.action == "DescribeVpcs" {
			same(t, "page size", c.Get("MaxResults"), "1000")
		}
	}

	// Few of them are asked for by id, on one page.
	r = detect(t, 2, "--type", "aws_vpc", "--unmanaged=false", stateOf(t, held))
	same(t, "findings", told(r), []string{"missing aws_vpc.of_vpc_gone"})
	same(t, "calls", r.Stats.APICalls, map[string]int{"ec2:DescribeVpcs": 1, "sts:GetCallerIdentity": 1})
	same(t, "listed", r.Coverage.Listings[0].Listed, 4)
}

// One page of many that cannot be had: nothing of the type is missing.
func TestPageFails(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 2500)...)
	s.answer = func(w http.ResponseWriter, c call, n int) bool {
		return c.action == "DescribeVpcs" && n == 2 && ec2Error(w, http.StatusInternalServerError, "InternalError")
	}
	held := []vpc{s.vpcs[0], s.vpcs[2499], {region: ireland, id: "vpc-gone", cidr: "10.99.0.0/16"}}
	held[0].cidr = "192.168.0.0/16"
	r := detect(t, 2, "--type", "aws_vpc", stateOf(t, held))
	why := ": ec2:DescribeVpcs failed: InternalError: An internal error has occurred"
	same(t, "findings", told(r), []string{
		"changed aws_vpc.of_vpc_0000",
		"unchecked aws_vpc.of_vpc_2499" + why,
		"unchecked aws_vpc.of_vpc_gone" + why,
	})
	same(t, "missing", r.Summary.Missing, 0)
	same(t, "calls after the failed page", r.Stats.APICalls["ec2:DescribeVpcs"], 2)
}

// A retry that succeeds is no event but in the numbers.
func TestThrottledOnce(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	t.Setenv("AWS_MAX_ATTEMPTS", "4")
	s.answer = func(w http.ResponseWriter, c call, n int) bool {
		return c.action == "DescribeVpcs" && n == 1 && ec2Error(w, http.StatusServiceUnavailable, "RequestLimitExceeded")
	}
	file := stateOf(t, s.vpcs)
	code, stdout, stderr := driftmgr(t.Context(), "detect", "--type", "aws_vpc", "--stats", file)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for _, want := range []string{"       2  ec2:DescribeVpcs\n", "       1  sts:GetCallerIdentity\n", "       3  in all, 1 throttled, ", "CLEAN no drift: 1 resource is as the states say.\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in\n%s", want, stdout)
		}
	}
}

func TestThrottledForEver(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 2)...)
	t.Setenv("AWS_MAX_ATTEMPTS", "2")
	s.answer = func(w http.ResponseWriter, c call, _ int) bool {
		return c.action == "DescribeSubnets" && ec2Error(w, http.StatusServiceUnavailable, "RequestLimitExceeded")
	}
	changed := slices.Clone(s.vpcs)
	changed[0].cidr = "192.168.0.0/16"
	r := detect(t, 2, append(networks, stateOf(t, changed, "subnet-1"))...)
	same(t, "findings", told(r), []string{
		"changed aws_vpc.of_vpc_0000",
		"unchecked aws_subnet.subnet_1: throttled on ec2:DescribeSubnets after every retry: run again, or lower --parallel",
	})
	same(t, "calls", r.Stats.APICalls["ec2:DescribeSubnets"], 2)
	same(t, "throttles", r.Stats.Throttles, 2)
}

func TestDenied(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	s.answer = func(w http.ResponseWriter, c call, _ int) bool {
		return c.action == "DescribeSubnets" && ec2Error(w, http.StatusForbidden, "UnauthorizedOperation")
	}
	r := detect(t, 3, append(networks, stateOf(t, s.vpcs, "subnet-1"))...)
	same(t, "findings", told(r), []string{"unchecked aws_subnet.subnet_1: access denied: allow ec2:DescribeSubnets"})
	same(t, "verdict", r.Verdict, drift.Incomplete)
	same(t, "in sync", r.Summary.InSync, 1)

	// Drift beats incomplete.
	changed := slices.Clone(s.vpcs)
	changed[0].cidr = "192.168.0.0/16"
	r = detect(t, 2, append(networks, stateOf(t, changed, "subnet-1"))...)
	same(t, "findings", told(r), []string{"changed aws_vpc.of_vpc_0000", "unchecked aws_subnet.subnet_1: access denied: allow ec2:DescribeSubnets"})

	// What no state holds is not known either, where it was asked for.
	r = detect(t, 3, append(networks, stateOf(t, s.vpcs))...)
	same(t, "findings", told(r), []string{"unchecked any aws_subnet eu-west-1: access denied: allow ec2:DescribeSubnets"})
	detect(t, 0, append(networks, "--unmanaged=false", stateOf(t, s.vpcs))...)
}

// A region that the account has not enabled leaves the others alone, whichever
// is asked first who the caller is.
func TestDisabledRegion(t *testing.T) {
	for _, disabled := range []string{"af-south-1", "me-south-1"} {
		t.Run(disabled, func(t *testing.T) {
			s := serve(t, vpc{region: ireland, id: "vpc-1", cidr: "10.0.0.0/16"})
			s.answer = func(w http.ResponseWriter, c call, _ int) bool {
				switch {
				case c.region != disabled:
					return false
				case c.action == "GetCallerIdentity":
					return stsError(w, http.StatusForbidden, "InvalidClientTokenId")
				}
				return ec2Error(w, http.StatusUnauthorized, "AuthFailure")
			}
			changed := []vpc{{region: ireland, id: "vpc-1", cidr: "192.168.0.0/16"}, {region: disabled, id: "vpc-2", cidr: "10.0.0.0/16"}}
			r := detect(t, 2, "--type", "aws_vpc", stateOf(t, changed))
			same(t, "findings", told(r), []string{
				"changed aws_vpc.of_vpc_1",
				"unchecked aws_vpc.of_vpc_2: not enabled: the region or service does not take these credentials (AuthFailure): enable it, or leave it out with --region",
			})
			r = detect(t, 2, "--type", "aws_vpc", "--region", ireland, stateOf(t, changed))
			same(t, "left out", r.Summary.LeftOut, 1)
			same(t, "findings", told(r), []string{"changed aws_vpc.of_vpc_1"})
		})
	}
}

func TestBadCredentials(t *testing.T) {
	for _, tt := range []struct{ code, reason string }{
		{"ExpiredToken", "no valid credentials: the credentials have expired (ExpiredToken); renew them: aws sso login, or a new session token"},
		{"SignatureDoesNotMatch", "no valid credentials: the access key or its secret is wrong (SignatureDoesNotMatch); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile's"},
		{"InvalidClientTokenId", "no valid credentials: InvalidClientTokenId: the access key does not exist, or the region is not enabled"},
		{"AccessDenied", "access denied: allow sts:GetCallerIdentity"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			s := serve(t)
			s.answer = func(w http.ResponseWriter, _ call, _ int) bool { return stsError(w, http.StatusForbidden, tt.code) }
			r := detect(t, 3, append(networks, stateOf(t, vpcsIn(ireland, 2), "subnet-1"))...)
			same(t, "findings", told(r), []string{
				"unchecked aws_subnet.subnet_1: " + tt.reason,
				"unchecked aws_vpc.of_vpc_0000: " + tt.reason,
				"unchecked aws_vpc.of_vpc_0001: " + tt.reason,
			})
			same(t, "calls", s.calls, map[string]int{"GetCallerIdentity": 1})
		})
	}
}

func TestNoCredentials(t *testing.T) {
	s := serve(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	r := detect(t, 3, "--type", "aws_vpc", stateOf(t, vpcsIn(ireland, 1)))
	same(t, "findings", told(r), []string{"unchecked aws_vpc.of_vpc_0000: no valid credentials: there are no AWS credentials; set AWS_PROFILE or the AWS_* variables, or run aws sso login"})
	same(t, "calls", s.calls, map[string]int{})
	same(t, "counted calls", r.Stats.APICalls, map[string]int{})
}

// A profile that does not exist is told by its name.
func TestUnknownProfile(t *testing.T) {
	serve(t)
	t.Setenv("AWS_PROFILE", "nobody")
	r := detect(t, 3, "--type", "aws_vpc", stateOf(t, vpcsIn(ireland, 1)))
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Reason, "nobody") {
		t.Errorf("got %+v", r.Findings)
	}
}

// The credentials are for another account than the state's.
func TestOtherAccount(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	s.answer = func(w http.ResponseWriter, c call, _ int) bool {
		if c.action != "GetCallerIdentity" {
			return false
		}
		reply(w, http.StatusOK, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>999988887777</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		return true
	}
	r := detect(t, 3, "--type", "aws_vpc", "--unmanaged=false", stateOf(t, []vpc{{region: ireland, id: "vpc-gone", cidr: "10.0.0.0/16"}}))
	same(t, "findings", told(r), []string{"unchecked aws_vpc.of_vpc_gone: account 111122223333 was not looked at: the credentials are for 999988887777; name a role for each account, as in role_arn: arn:aws:iam::{account}:role/NAME"})
}

// An API that does not answer: what was not read by the end of --timeout is
// unchecked.
func TestTimeout(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	s.answer = func(_ http.ResponseWriter, c call, _ int) bool {
		if c.action == "DescribeVpcs" {
			<-over
		}
		return false
	}
	r := detect(t, 3, "--type", "aws_vpc", "--timeout", "300ms", stateOf(t, s.vpcs))
	// Where the machine is slow, the first call may be as far as it gets.
	got := strings.Replace(strings.Join(told(r), "\n"), "sts:GetCallerIdentity", "ec2:DescribeVpcs", 1)
	same(t, "findings", got, "unchecked aws_vpc.of_vpc_0000: ec2:DescribeVpcs failed: timed out: raise --timeout")
}

// Ctrl-C: one line, and no report that could be taken for one.
func TestInterrupted(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	report := filepath.Join(t.TempDir(), "drift.json")
	for _, args := range [][]string{
		{"detect", "--type", "aws_vpc", stateOf(t, s.vpcs)},
		{"detect", "--type", "aws_vpc", "--output", "json=" + report, stateOf(t, s.vpcs)},
		{"inventory", "--type", "aws_vpc", "--region", ireland},
		{"inventory", "--type", "aws_vpc", "--region", ireland, "--output", report},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s.answer = func(_ http.ResponseWriter, c call, _ int) bool {
			if c.action == "DescribeVpcs" {
				cancel()
				<-over
			}
			return false
		}
		code, stdout, stderr := driftmgr(ctx, args...)
		cancel()
		if code != 130 || stdout != "" || stderr != "driftmgr: interrupted; nothing was changed\n" {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
		if _, err := os.Stat(report); !os.IsNotExist(err) {
			t.Errorf("%v wrote a report: %v", args, err)
		}
	}
}

// A VPC that vanishes between the listing and its settings is missing; one whose
// settings may not be read is compared without them.
func TestVanishes(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 3)...)
	s.answer = func(w http.ResponseWriter, c call, _ int) bool {
		switch {
		case c.action != "DescribeVpcAttribute":
			return false
		case c.Get("VpcId") == "vpc-0001":
			return ec2Error(w, http.StatusBadRequest, "InvalidVpcID.NotFound")
		case c.Get("VpcId") == "vpc-0002":
			return ec2Error(w, http.StatusForbidden, "UnauthorizedOperation")
		}
		return false
	}
	file := stateOf(t, s.vpcs)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte(`"instance_tenancy"`), []byte(`"enable_dns_support":true,"instance_tenancy"`))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r := detect(t, 2, "--type", "aws_vpc", file)
	same(t, "findings", told(r), []string{
		"missing aws_vpc.of_vpc_0001",
		"unchecked aws_vpc.of_vpc_0002: access denied: allow ec2:DescribeVpcAttribute; not compared: enable_dns_support",
	})
	same(t, "in sync", r.Summary.InSync, 1)
	same(t, "calls", r.Stats.APICalls, map[string]int{"sts:GetCallerIdentity": 1, "ec2:DescribeVpcs": 1, "ec2:DescribeVpcAttribute": 3})

	// Without a call per resource nothing vanishes and nothing is denied.
	r = detect(t, 0, "--type", "aws_vpc", "--depth", "list", file)
	same(t, "calls", r.Stats.APICalls, map[string]int{"sts:GetCallerIdentity": 1, "ec2:DescribeVpcs": 1})
	same(t, "attributes", r.Coverage.Attributes.Total-r.Coverage.Attributes.Checked, 3)
}

// The endpoint can stand in the configuration, in the file and in the
// environment, and wins over AWS_ENDPOINT_URL.
func TestEndpoint(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	file := stateOf(t, s.vpcs)
	config := filepath.Join(t.TempDir(), "driftmgr.yaml")
	if err := os.WriteFile(config, []byte("providers:\n  aws:\n    endpoint: "+s.URL+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	detect(t, 0, "--type", "aws_vpc", "--config", config, file)
	t.Setenv("DRIFTMGR_PROVIDERS_AWS_ENDPOINT", s.URL)
	detect(t, 0, "--type", "aws_vpc", file)
	if s.calls["DescribeVpcs"] != 2 {
		t.Errorf("calls: %v", s.calls)
	}
}

// An inventory of a cloud with a fault, compared later without any network, says
// the same.
func TestInventoryOfAFault(t *testing.T) {
	s := serve(t, vpcsIn(ireland, 1)...)
	s.answer = func(w http.ResponseWriter, c call, _ int) bool {
		return c.action == "DescribeSubnets" && ec2Error(w, http.StatusForbidden, "UnauthorizedOperation")
	}
	file := filepath.Join(t.TempDir(), "account.jsonl")
	code, stdout, stderr := driftmgr(t.Context(), append([]string{"inventory", "--region", ireland, "--output", file}, networks...)...)
	want := "driftmgr: aws_subnet not read: access denied: allow ec2:DescribeSubnets\ndriftmgr: 1 resources, 1 of 2 listings complete, 6 API calls\n"
	if code != 3 || stdout != "" || stderr != want {
		t.Errorf("exit code %d, stdout %q, stderr\n%swant\n%s", code, stdout, stderr, want)
	}
	state := stateOf(t, s.vpcs, "subnet-1")
	online := detect(t, 3, append(networks, state)...)
	s.Close()
	offline := detect(t, 3, append(networks, "--inventory", file, state)...)
	same(t, "findings", offline.Findings, online.Findings)
	same(t, "summary", offline.Summary, online.Summary)
	if offline.Stats != nil {
		t.Errorf("stats of a saved inventory: %+v", offline.Stats)
	}
}

// Colour is for a terminal that wants it.
func TestColour(t *testing.T) {
	for _, tt := range []struct {
		name     string
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"a terminal", true, map[string]string{"TERM": "xterm"}, true},
		{"a pipe", false, map[string]string{"TERM": "xterm"}, false},
		{"NO_COLOR", true, map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false},
		{"an empty NO_COLOR", true, map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true},
		{"a dumb terminal", true, map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := filepath.Join("testdata", "script", "files")
			toFile := filepath.Join(t.TempDir(), "report.txt")
			for _, output := range []string{"text", "json", "text=" + toFile} {
				var out, errs bytes.Buffer
				code := cli.Main(t.Context(), []string{"detect", "--inventory", filepath.Join(files, "changed.jsonl"), "--output", output, filepath.Join(files, "main.tfstate")}, cli.Streams{
					Out: &out, Err: &errs, OutIsTerminal: tt.terminal, Width: 80, Getenv: func(name string) string { return tt.env[name] },
				})
				if code != 2 {
					t.Fatalf("exit code %d: %s", code, errs.String())
				}
				if got := strings.Contains(out.String(), "\x1b["); got != (tt.want && output == "text") {
					t.Errorf("--output %s: colour is %t", output, got)
				}
			}
			data, err := os.ReadFile(toFile)
			if err != nil || bytes.Contains(data, []byte("\x1b")) || len(data) == 0 {
				t.Errorf("the file holds %q, %v", data, err)
			}
		})
	}
}
