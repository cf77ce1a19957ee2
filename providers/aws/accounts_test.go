package aws

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// third is an account besides own, the caller's, and other.
const third = "777788889999"

// clouds is as much of AWS as says who reads what: STS lets everybody in but into
// the refused roles, and answers with the identity that a key stands for.
type clouds struct {
	t       *testing.T
	refused []string // roles
	off     []string // regions that are not enabled
	clock   time.Time

	who   map[string]string // access key → role
	calls []string          // "OPERATION in REGION as WHO", with AssumeRole's role and what it was asked with
}

// short is a role without what all have: account:name.
func short(role string) string {
	return strings.NewReplacer("arn:aws:iam::", "", "role/", "").Replace(role)
}

func role(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }

var scopeOfKey = regexp.MustCompile(`Credential=([^/]+)/[0-9]+/([^/]+)/`)

func (c *clouds) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	who, region := "nobody", ""
	if m := scopeOfKey.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		who, region = c.who[m[1]], m[2]
	}
	operation := form.Get("Action")
	call := operation + " in " + region
	if region == "" {
		call = operation
	}
	if strings.HasPrefix(operation, "AssumeRole") {
		call = operation + " " + short(form.Get("RoleArn"))
		for _, name := range []string{"ExternalId", "RoleSessionName", "WebIdentityToken"} {
			if v := form.Get(name); v != "" && v != "driftmgr" {
				call += " " + name + "=" + v
			}
		}
	}
	c.calls = append(c.calls, call+" as "+who)
	status, answer := http.StatusOK, ""
	switch {
	case slices.Contains(c.off, region):
		status, answer = http.StatusForbidden, `<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>m</Message></Error></ErrorResponse>`
	case slices.Contains(c.refused, form.Get("RoleArn")):
		status, answer = http.StatusForbidden, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error></ErrorResponse>`
	case strings.HasPrefix(operation, "AssumeRole"):
		key := fmt.Sprintf("KEY%d", len(c.who))
		c.who[key] = short(form.Get("RoleArn"))
		answer = fmt.Sprintf(`<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>x</SecretAccessKey>`+
			`<SessionToken>y</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, operation, key)
	case operation == "GetCallerIdentity":
		account, _, ok := strings.Cut(who, ":")
		if !ok {
			account = own
		}
		answer = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::` + account + `:` + who + `</Arn><Account>` + account +
			`</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	case operation == "DescribeVpcs":
		answer = `<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>`
	default:
		c.t.Errorf("%s is asked for", operation)
	}
	header := http.Header{}
	if !c.clock.IsZero() {
		header.Set("Date", c.clock.UTC().Format(http.TimeFormat))
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// open returns the provider of a caller whose access key is CALLER.
func (c *clouds) open(t *testing.T, o awsauth.Options) provider.Provider {
	c.t, c.who = t, map[string]string{"CALLER": "caller"}
	o.HTTP = c
	if o.WebIdentityTokenFile == "" {
		o.Static = &awsauth.Static{KeyID: "CALLER", Secret: "x"}
	}
	return New(Options{Auth: o})
}

// block is a provider block of a root module that assumes roles, one after the
// other.
func block(roles ...string) resource.ProviderConfig {
	var assume []any
	for _, r := range roles {
		assume = append(assume, map[string]any{"role_arn": r})
	}
	return resource.ProviderConfig{Source: "a.tfstate", Address: main, Name: "aws", Attrs: resource.Attrs{"assume_role": assume}}
}

// places are those of accounts in one region.
func places(region string, accounts ...string) []provider.Place {
	var all []provider.Place
	for _, a := range accounts {
		all = append(all, provider.Place{Account: a, Region: region})
	}
	return all
}

func TestAccounts(t *testing.T) {
	const eu, us = "eu-west-1", "us-east-1"
	template := awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "driftmgr")}
	fixed := awsauth.Options{UseIAMRole: true, RoleARN: role(other, "driftmgr")}
	named := block(role(other, "terraform"))
	named.Attrs["assume_role"].([]any)[0].(map[string]any)["external_id"] = "4711"
	named.Attrs["assume_role"].([]any)[0].(map[string]any)["session_name"] = "night"
	google := block(role(other, "terraform"))
	google.Name = "google"
	unknown := block(role(other, "terraform"))
	unknown.Attrs = resource.Attrs{"assume_role": []any{map[string]any{"external_id": "4711"}}}

	for _, tt := range []struct {
		name    string
		auth    awsauth.Options
		want    provider.Want
		refused []string
		off     []string
		scopes  []string // "account/region as who", the one without a region with where it asks; or "account: reason"
		assumed []string
	}{
		{
			name:   "the caller alone",
			want:   provider.Want{Places: places(eu, own)},
			scopes: []string{own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller"},
		},
		{
			name:   "the caller for what does not say its account",
			want:   provider.Want{Places: places(eu, "")},
			scopes: []string{own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller"},
		},
		{
			name: "another account without a role",
			want: provider.Want{Places: places(eu, own, other)},
			scopes: []string{
				own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller",
				other + ": account " + other + " was not looked at: the credentials are for " + own + nameARole,
			},
		},
		{
			name:   "another account alone, without a role",
			want:   provider.Want{Places: places(eu, other)},
			scopes: []string{other + ": account " + other + " was not looked at: the credentials are for " + own + nameARole},
		},
		{
			name: "the first region is not enabled",
			want: provider.Want{Places: places(eu, own), Only: []string{"af-south-1", eu}},
			off:  []string{"af-south-1"},
			scopes: []string{
				own + "/ as caller in eu-west-1", own + "/af-south-1 refused", own + "/eu-west-1 as caller",
			},
		},

		// roles of driftmgr's configuration
		{
			name:    "a fixed role",
			auth:    fixed,
			want:    provider.Want{Places: places(eu, other, "")},
			scopes:  []string{other + "/ as " + other + ":driftmgr in eu-west-1", other + "/eu-west-1 as " + other + ":driftmgr"},
			assumed: []string{"AssumeRole " + other + ":driftmgr as caller"},
		},
		{
			name: "a fixed role, not of the resources' account",
			auth: fixed,
			want: provider.Want{Places: places(eu, own, other)},
			scopes: []string{
				own + ": account " + own + " was not looked at: the credentials are for " + other + nameARole,
				other + "/ as " + other + ":driftmgr in eu-west-1", other + "/eu-west-1 as " + other + ":driftmgr",
			},
			assumed: []string{"AssumeRole " + other + ":driftmgr as caller"},
		},
		{
			name: "a template for three accounts",
			auth: awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "driftmgr"), ExternalID: "4711", SessionName: "night"},
			want: provider.Want{Places: places(eu, own, other, third)},
			scopes: []string{
				own + "/ as " + own + ":driftmgr in eu-west-1", own + "/eu-west-1 as " + own + ":driftmgr",
				other + "/ as " + other + ":driftmgr in eu-west-1", other + "/eu-west-1 as " + other + ":driftmgr",
				third + "/ as " + third + ":driftmgr in eu-west-1", third + "/eu-west-1 as " + third + ":driftmgr",
			},
			assumed: []string{
				"AssumeRole " + own + ":driftmgr ExternalId=4711 RoleSessionName=night as caller",
				"AssumeRole " + other + ":driftmgr ExternalId=4711 RoleSessionName=night as caller",
				"AssumeRole " + third + ":driftmgr ExternalId=4711 RoleSessionName=night as caller",
			},
		},
		{
			name:    "a template where no state names an account",
			auth:    template,
			want:    provider.Want{Places: places(eu, "")},
			scopes:  []string{own + "/ as " + own + ":driftmgr in eu-west-1", own + "/eu-west-1 as " + own + ":driftmgr"},
			assumed: []string{"AssumeRole " + own + ":driftmgr as caller"},
		},
		{
			name: "a template, refused in one account",
			auth: template,
			want: provider.Want{Places: places(eu, own, other)},
			scopes: []string{
				own + ": no valid credentials: role " + role(own, "driftmgr") + " refuses these credentials (AccessDenied); " +
					"allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one",
				other + "/ as " + other + ":driftmgr in eu-west-1", other + "/eu-west-1 as " + other + ":driftmgr",
			},
			refused: []string{role(own, "driftmgr")},
			assumed: []string{"AssumeRole " + own + ":driftmgr as caller", "AssumeRole " + other + ":driftmgr as caller"},
		},

		// roles of the code
		{
			name: "roles of the code",
			want: provider.Want{Places: places(eu, own, other, third), Configs: []resource.ProviderConfig{
				named, block(role(third, "terraform")),
			}},
			scopes: []string{
				own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller",
				other + "/ as " + other + ":terraform in eu-west-1", other + "/eu-west-1 as " + other + ":terraform",
				third + "/ as " + third + ":terraform in eu-west-1", third + "/eu-west-1 as " + third + ":terraform",
			},
			assumed: []string{
				"AssumeRole " + other + ":terraform ExternalId=4711 RoleSessionName=night as caller",
				"AssumeRole " + third + ":terraform as caller",
			},
		},
		{
			name:    "a role of the code in the caller's account",
			want:    provider.Want{Places: places(eu, own), Configs: []resource.ProviderConfig{block(role(own, "terraform"))}},
			scopes:  []string{own + "/ as " + own + ":terraform in eu-west-1", own + "/eu-west-1 as " + own + ":terraform"},
			assumed: []string{"AssumeRole " + own + ":terraform as caller"},
		},
		{
			name: "a role of the code, and something that does not say its account",
			want: provider.Want{Places: places(eu, other, ""), Configs: []resource.ProviderConfig{block(role(other, "terraform"))}},
			scopes: []string{
				own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller",
				other + "/ as " + other + ":terraform in eu-west-1", other + "/eu-west-1 as " + other + ":terraform",
			},
			assumed: []string{"AssumeRole " + other + ":terraform as caller"},
		},
		{
			name:   "a role of the code that no resource is behind",
			want:   provider.Want{Places: places(eu, own), Configs: []resource.ProviderConfig{block(role(other, "terraform"))}},
			scopes: []string{own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller"},
		},
		{
			name:    "one role after the other",
			want:    provider.Want{Places: places(eu, third), Configs: []resource.ProviderConfig{block(role(other, "hop"), role(third, "terraform"))}},
			scopes:  []string{third + "/ as " + third + ":terraform in eu-west-1", third + "/eu-west-1 as " + third + ":terraform"},
			assumed: []string{"AssumeRole " + other + ":hop as caller", "AssumeRole " + third + ":terraform as " + other + ":hop"},
		},
		{
			name: "one role after the other, the first refused",
			want: provider.Want{Places: places(eu, third), Configs: []resource.ProviderConfig{block(role(other, "hop"), role(third, "terraform"))}},
			scopes: []string{third + ": no valid credentials: role " + role(other, "hop") + " refuses these credentials (AccessDenied); " +
				"allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one"},
			refused: []string{role(other, "hop")},
			assumed: []string{"AssumeRole " + other + ":hop as caller"},
		},
		{
			name: "two blocks for one account",
			want: provider.Want{Places: places(eu, other), Configs: []resource.ProviderConfig{
				block(role(other, "first")), block(role(other, "second")),
			}},
			scopes:  []string{other + "/ as " + other + ":first in eu-west-1", other + "/eu-west-1 as " + other + ":first"},
			assumed: []string{"AssumeRole " + other + ":first as caller"},
		},
		{
			name:   "another provider's block",
			want:   provider.Want{Places: places(eu, other), Configs: []resource.ProviderConfig{google}},
			scopes: []string{other + ": account " + other + " was not looked at: the credentials are for " + own + nameARole},
		},
		{
			name:   "a block whose role the code does not say",
			want:   provider.Want{Places: places(eu, other), Configs: []resource.ProviderConfig{unknown}},
			scopes: []string{other + ": account " + other + " was not looked at: the credentials are for " + own + nameARole},
		},
		{
			name: "one role refused",
			want: provider.Want{Places: places(eu, own, other, third), Configs: []resource.ProviderConfig{
				block(role(other, "terraform")), block(role(third, "terraform")),
			}},
			scopes: []string{
				own + "/ as caller in eu-west-1", own + "/eu-west-1 as caller",
				other + ": no valid credentials: role " + role(other, "terraform") + " refuses these credentials (AccessDenied); " +
					"allow them sts:AssumeRole, let the role's trust policy name them, and set external_id if it asks for one",
				third + "/ as " + third + ":terraform in eu-west-1", third + "/eu-west-1 as " + third + ":terraform",
			},
			refused: []string{role(other, "terraform")},
			assumed: []string{"AssumeRole " + other + ":terraform as caller", "AssumeRole " + third + ":terraform as caller"},
		},

		// the configuration before the code
		{
			name: "a template before the code's roles",
			auth: template,
			want: provider.Want{Places: places(eu, other, third), Configs: []resource.ProviderConfig{block(role(other, "terraform"))}},
			scopes: []string{
				other + "/ as " + other + ":driftmgr in eu-west-1", other + "/eu-west-1 as " + other + ":driftmgr",
				third + "/ as " + third + ":driftmgr in eu-west-1", third + "/eu-west-1 as " + third + ":driftmgr",
			},
			assumed: []string{"AssumeRole " + other + ":driftmgr as caller", "AssumeRole " + third + ":driftmgr as caller"},
		},
		{
			name: "a fixed role before the code's roles",
			auth: fixed,
			want: provider.Want{Places: places(eu, other, third), Configs: []resource.ProviderConfig{block(role(other, "terraform")), block(role(third, "terraform"))}},
			scopes: []string{
				other + "/ as " + other + ":driftmgr in eu-west-1", other + "/eu-west-1 as " + other + ":driftmgr",
				third + ": account " + third + " was not looked at: the credentials are for " + other + nameARole,
			},
			assumed: []string{"AssumeRole " + other + ":driftmgr as caller"},
		},

		// regions
		{
			name: "each account in its own regions, and in those of what does not say its account",
			want: provider.Want{
				Places:  slices.Concat(places(eu, own), places(us, other), places("ap-south-1", "")),
				Configs: []resource.ProviderConfig{block(role(other, "terraform"))},
			},
			scopes: []string{
				own + "/ as caller in ap-south-1", own + "/ap-south-1 as caller", own + "/eu-west-1 as caller",
				other + "/ as " + other + ":terraform in ap-south-1", other + "/ap-south-1 as " + other + ":terraform", other + "/us-east-1 as " + other + ":terraform",
			},
			assumed: []string{"AssumeRole " + other + ":terraform as caller"},
		},
		{
			name: "the caller's region where a state leaves it open",
			auth: awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "driftmgr"), Region: us},
			want: provider.Want{Places: slices.Concat(places(eu, own), places("", other)), Unlocated: true},
			scopes: []string{
				own + "/ as " + own + ":driftmgr in us-east-1", own + "/eu-west-1 as " + own + ":driftmgr", own + "/us-east-1 as " + own + ":driftmgr",
				other + "/ as " + other + ":driftmgr in us-east-1", other + "/us-east-1 as " + other + ":driftmgr",
			},
			assumed: []string{"AssumeRole " + own + ":driftmgr as caller", "AssumeRole " + other + ":driftmgr as caller"},
		},
		{
			name: "the regions that the user names, in every account",
			want: provider.Want{
				Places: slices.Concat(places(eu, own), places(us, other)), Only: []string{us}, Unlocated: true,
				Configs: []resource.ProviderConfig{block(role(other, "terraform"))},
			},
			scopes: []string{
				own + "/ as caller in us-east-1", own + "/us-east-1 as caller",
				other + "/ as " + other + ":terraform in us-east-1", other + "/us-east-1 as " + other + ":terraform",
			},
			assumed: []string{"AssumeRole " + other + ":terraform as caller"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &clouds{refused: tt.refused, off: tt.off}
			p := c.open(t, tt.auth)
			scopes, err := p.Connect(t.Context(), tt.want)
			if err != nil {
				t.Fatal(err)
			}
			var assumed []string
			for _, call := range c.calls {
				switch {
				case strings.HasPrefix(call, "AssumeRole"):
					assumed = append(assumed, call)
				case !strings.HasPrefix(call, "GetCallerIdentity "):
					t.Errorf("%s is called before anything is read", call)
				}
			}
			if !slices.Equal(assumed, tt.assumed) {
				t.Errorf("assumed\n%s\nwant\n%s", strings.Join(assumed, "\n"), strings.Join(tt.assumed, "\n"))
			}
			if got := c.readers(t, p, scopes); !slices.Equal(got, tt.scopes) {
				t.Errorf("scopes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.scopes, "\n"))
			}
		})
	}
}

// readers reads in each scope, and returns as whom it is read.
func (c *clouds) readers(t *testing.T, p provider.Provider, scopes []provider.Scope) []string {
	t.Helper()
	var got []string
	for _, s := range scopes {
		if s.Err != nil {
			if s.Conn != nil || s.Region != "" {
				t.Errorf("account %s is closed, and has %v in %q", s.Account, s.Conn, s.Region)
			}
			got = append(got, s.Account+": "+p.Explain(s.Err).Reason())
			continue
		}
		_, err := s.Conn.(*conn).ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
		call := c.calls[len(c.calls)-1]
		if s.Region == "" {
			_, call, _ = strings.Cut(call, " in ")
			region, who, _ := strings.Cut(call, " as ")
			got = append(got, s.Account+"/ as "+who+" in "+region)
			continue
		}
		if err != nil {
			got = append(got, s.Account+"/"+s.Region+" refused")
			continue
		}
		who, ok := strings.CutPrefix(call, "DescribeVpcs in "+s.Region+" ")
		if !ok {
			t.Errorf("the scope of %s asks %s", s.Region, call)
		}
		got = append(got, s.Account+"/"+s.Region+" "+who)
	}
	return got
}

func TestWebIdentityInEachAccount(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("ey.the.token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &clouds{refused: []string{role(third, "ci")}}
	p := c.open(t, awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "ci"), WebIdentityTokenFile: token})
	scopes, err := p.Connect(t.Context(), provider.Want{
		Places:  places("eu-west-1", own, other, third),
		Configs: []resource.ProviderConfig{block(role(other, "terraform"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{
		"AssumeRoleWithWebIdentity " + own + ":ci WebIdentityToken=ey.the.token as nobody",
		"AssumeRoleWithWebIdentity " + other + ":ci WebIdentityToken=ey.the.token as nobody",
		"AssumeRoleWithWebIdentity " + third + ":ci WebIdentityToken=ey.the.token as nobody",
	}; !slices.Equal(c.calls, want) {
		t.Errorf("calls\n%s\nwant\n%s", strings.Join(c.calls, "\n"), strings.Join(want, "\n"))
	}
	want := []string{
		own + "/ as " + own + ":ci in eu-west-1", own + "/eu-west-1 as " + own + ":ci",
		other + "/ as " + other + ":ci in eu-west-1", other + "/eu-west-1 as " + other + ":ci",
		third + ": no valid credentials: role " + role(third, "ci") + " refuses the web identity (AccessDenied); let its trust policy take the token's issuer, audience and subject",
	}
	if got := c.readers(t, p, scopes); !slices.Equal(got, want) {
		t.Errorf("scopes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWebIdentityIsNobody: until an account is known there is nobody to ask as.
func TestWebIdentityIsNobody(t *testing.T) {
	c := &clouds{}
	p := c.open(t, awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "ci"), WebIdentityTokenFile: "token"})
	me, err := p.Identify(t.Context())
	if want := (provider.Identity{Principal: "a web identity, with a role in each account"}); err != nil || me != want {
		t.Errorf("%+v, %v; want %+v", me, err, want)
	}
	_, err = p.Connect(t.Context(), provider.Want{Places: places("eu-west-1", "")})
	if err == nil {
		t.Fatal("connected")
	}
	if got, want := p.Explain(err).Reason(), "no account is known: no state names one; write the account in role_arn, in place of {account}"; got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
	if len(c.calls) > 0 {
		t.Errorf("calls %q", c.calls)
	}
}

// TestNoRegionInAnAccount: an account whose regions nobody knows cannot be read,
// whoever reads it.
func TestNoRegionInAnAccount(t *testing.T) {
	for _, tt := range []struct {
		name string
		auth awsauth.Options
		want provider.Want
	}{
		{"nothing is known", awsauth.Options{}, provider.Want{}},
		{"an account alone", awsauth.Options{}, provider.Want{Places: places("", own)}},
		{"with a template", awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "driftmgr")}, provider.Want{Places: places("", own)}},
		{"with a role of the code", awsauth.Options{}, provider.Want{Places: places("", other), Configs: []resource.ProviderConfig{block(role(other, "terraform"))}}},
		{"in the caller's account only, beside one with a role", awsauth.Options{}, provider.Want{
			Places: slices.Concat(places("eu-west-1", other), places("", own)), Configs: []resource.ProviderConfig{block(role(other, "terraform"))},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &clouds{}
			p := c.open(t, tt.auth)
			scopes, err := p.Connect(t.Context(), tt.want)
			for _, s := range scopes { // an account without a region closes itself alone
				if s.Err != nil {
					err = s.Err
				}
			}
			if err == nil {
				t.Fatal("connected")
			}
			if got, want := p.Explain(err).Reason(), "no region is known: no state names one; set AWS_REGION or --region"; got != want {
				t.Errorf("reason %q, want %q", got, want)
			}
		})
	}
}

func TestIdentify(t *testing.T) {
	clock := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		auth  awsauth.Options
		calls []string
		want  provider.Identity
	}{
		{
			"the caller", awsauth.Options{Region: "eu-west-1"},
			[]string{"GetCallerIdentity in eu-west-1 as caller"},
			provider.Identity{Principal: "arn:aws:sts::" + own + ":caller", Account: own, Server: clock},
		},
		{
			"without a region", awsauth.Options{},
			[]string{"GetCallerIdentity in us-east-1 as caller"},
			provider.Identity{Principal: "arn:aws:sts::" + own + ":caller", Account: own, Server: clock},
		},
		{
			"a role", awsauth.Options{UseIAMRole: true, RoleARN: role(other, "driftmgr")},
			[]string{"AssumeRole " + other + ":driftmgr as caller", "GetCallerIdentity in us-east-1 as " + other + ":driftmgr"},
			provider.Identity{Principal: "arn:aws:sts::" + other + ":" + other + ":driftmgr", Account: other, Server: clock},
		},
		{
			"who assumes a role in each account", awsauth.Options{UseIAMRole: true, RoleARN: role("{account}", "driftmgr")},
			[]string{"GetCallerIdentity in us-east-1 as caller"},
			provider.Identity{Principal: "arn:aws:sts::" + own + ":caller", Account: own, Server: clock},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &clouds{clock: clock}
			got, err := c.open(t, tt.auth).Identify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !got.Server.Equal(tt.want.Server) {
				t.Errorf("server time %v, want %v", got.Server, tt.want.Server)
			}
			got.Server = tt.want.Server
			if got != tt.want || !slices.Equal(c.calls, tt.calls) {
				t.Errorf("%+v by %q\nwant %+v by %q", got, c.calls, tt.want, tt.calls)
			}
		})
	}
	t.Run("a server without a clock", func(t *testing.T) {
		got, err := (&clouds{}).open(t, awsauth.Options{}).Identify(t.Context())
		if err != nil || !got.Server.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("a refused role", func(t *testing.T) {
		c := &clouds{refused: []string{role(other, "driftmgr")}}
		p := c.open(t, awsauth.Options{UseIAMRole: true, RoleARN: role(other, "driftmgr")})
		_, err := p.Identify(t.Context())
		if err == nil || !strings.Contains(p.Explain(err).Reason(), "role "+role(other, "driftmgr")+" refuses these credentials") {
			t.Errorf("error %v", err)
		}
		if want := []string{"AssumeRole " + other + ":driftmgr as caller"}; !slices.Equal(c.calls, want) {
			t.Errorf("calls %q, want %q", c.calls, want)
		}
	})
}

// TestLocateByCode: what neither a resource nor its siblings say, the code does.
func TestLocateByCode(t *testing.T) {
	says := func(attrs resource.Attrs) resource.ProviderConfig {
		return resource.ProviderConfig{Source: "a.tfstate", Address: main, Name: "aws", Attrs: attrs}
	}
	withRole := says(resource.Attrs{"region": "us-east-2", "assume_role": []any{map[string]any{"role_arn": role(third, "terraform")}}})
	thing := in(main, "aws_thing", resource.Attrs{"id": "t"})
	for _, tt := range []struct {
		name    string
		config  resource.ProviderConfig
		managed []resource.Managed
		account string // of the first one
		region  string
	}{
		{"its role and its region", withRole, []resource.Managed{thing}, third, "us-east-2"},
		{"a region alone", says(resource.Attrs{"region": "us-east-2"}), []resource.Managed{thing}, "", "us-east-2"},
		{"the last of its roles", block(role(other, "hop"), role(third, "terraform")), []resource.Managed{thing}, third, ""},
		{"a role of which the code says no ARN", says(resource.Attrs{"assume_role": []any{map[string]any{"external_id": "x"}}}), []resource.Managed{thing}, "", ""},
		{"the second of its roles without an ARN", block(role(other, "hop"), "${var.role}"), []resource.Managed{thing}, "", ""},
		{"the one account that it allows", says(resource.Attrs{"allowed_account_ids": []any{third}}), []resource.Managed{thing}, third, ""},
		{"several that it allows", says(resource.Attrs{"allowed_account_ids": []any{third, other}}), []resource.Managed{thing}, "", ""},
		{"one that it allows, which is none", says(resource.Attrs{"allowed_account_ids": []any{"mine"}}), []resource.Managed{thing}, "", ""},
		{"the role before what it allows", says(resource.Attrs{
			"allowed_account_ids": []any{other}, "assume_role": []any{map[string]any{"role_arn": role(third, "terraform")}},
		}), []resource.Managed{thing}, third, ""},
		{"nothing that it says", says(nil), []resource.Managed{thing}, "", ""},

		{"its own ARN before the code", withRole, []resource.Managed{in(main, "aws_thing", resource.Attrs{"id": "v", "arn": vpcARN})}, own, "eu-west-1"},
		{"its own region before the code, the role with it", withRole, []resource.Managed{in(main, "aws_thing", resource.Attrs{"region": "eu-west-1"})}, third, "eu-west-1"},
		{"siblings before the code", withRole, []resource.Managed{thing, in(main, "aws_thing", resource.Attrs{"arn": vpcARN})}, own, "eu-west-1"},
		{"the code where siblings disagree", withRole, []resource.Managed{
			thing,
			in(main, "aws_thing", resource.Attrs{"arn": vpcARN}),
			in(main, "aws_thing", resource.Attrs{"arn": "arn:aws:sqs:us-east-1:" + other + ":q"}),
		}, third, "us-east-2"},
		{"a global type has the account alone", withRole, []resource.Managed{in(main, "aws_role", resource.Attrs{"id": "r"})}, third, ""},

		{"another configuration of the code", withRole, []resource.Managed{in(west, "aws_thing", resource.Attrs{"id": "t"})}, "", ""},
		{"another state", resource.ProviderConfig{Source: "b.tfstate", Address: main, Name: "aws", Attrs: withRole.Attrs}, []resource.Managed{thing}, "", ""},
		{"another provider", resource.ProviderConfig{Source: "a.tfstate", Address: main, Name: "google", Attrs: withRole.Attrs}, []resource.Managed{thing}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			managed := slices.Clone(tt.managed)
			locator().Locate(managed, []resource.ProviderConfig{tt.config})
			if k := managed[0].Key; k.Account != tt.account || k.Region != tt.region {
				t.Errorf("got %q, %q; want %q, %q", k.Account, k.Region, tt.account, tt.region)
			}
		})
	}
}
