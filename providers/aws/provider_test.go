package aws

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/driftmgr/night</Arn><AssumedRoleId>AROAEXAMPLE:night</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ofTheRole</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>`

// TestAssumeRole proves that the role is assumed with what was configured, and
// that everything else is asked with the role's credentials.
func TestAssumeRole(t *testing.T) {
	var asked url.Values
	p := New(Options{Auth: awsauth.Options{
		UseIAMRole: true, RoleARN: "arn:aws:iam::123456789012:role/driftmgr", ExternalID: "4711", SessionName: "night",
		Static: &awsauth.Static{KeyID: "ofTheCaller", Secret: "x"},
		HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			form, err := url.ParseQuery(string(body))
			if err != nil {
				return nil, err
			}
			key, answer := "ofTheRole", identity
			if form.Get("Action") == "AssumeRole" {
				asked, key, answer = form, "ofTheCaller", assumed
			}
			if !strings.Contains(r.Header.Get("Authorization"), "Credential="+key+"/") {
				t.Errorf("%s is asked with %s", form.Get("Action"), r.Header.Get("Authorization"))
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewBufferString(answer))}, nil
		}),
	}})
	scopes, err := p.Connect(t.Context(), provider.Want{Places: []provider.Place{{Region: "eu-west-1"}, {Region: "us-east-1"}}})
	if err != nil {
		t.Fatal(err)
	}
	if asked.Get("RoleArn") != "arn:aws:iam::123456789012:role/driftmgr" || asked.Get("ExternalId") != "4711" || asked.Get("RoleSessionName") != "night" {
		t.Errorf("assumed with %v", asked)
	}
	var got []string
	for _, s := range scopes {
		got = append(got, s.Account+"/"+s.Region)
	}
	if want := "123456789012/ 123456789012/eu-west-1 123456789012/us-east-1"; strings.Join(got, " ") != want {
		t.Errorf("scopes %v, want %s", got, want)
	}
}

func TestNoRegionSaysWhatToDo(t *testing.T) {
	p := New(Options{Auth: awsauth.Options{Static: &awsauth.Static{KeyID: "x", Secret: "x"}, HTTP: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("a call was made")
		return nil, io.EOF
	})}})
	_, err := p.Connect(t.Context(), provider.Want{})
	if err == nil || !strings.Contains(p.Explain(err).Reason(), "--region") {
		t.Errorf("error %v", err)
	}
}

func TestRegions(t *testing.T) {
	t.Setenv("AWS_REGION", "eu-north-1")
	for _, tt := range []struct {
		name string
		want provider.Want
		in   string
	}{
		{"of the states", provider.Want{Places: []provider.Place{{Region: "eu-west-1"}, {Region: "us-east-1"}}}, "eu-west-1 us-east-1"},
		{"of the configuration where no state says one", provider.Want{}, "eu-north-1"},
		{"of both where a state leaves one open", provider.Want{Places: []provider.Place{{Region: "us-east-1"}}, Unlocated: true}, "eu-north-1 us-east-1"},
		{"of nobody but the user", provider.Want{Places: []provider.Place{{Region: "us-east-1"}}, Unlocated: true, Only: []string{"eu-west-1"}}, "eu-west-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := New(Options{Auth: awsauth.Options{Static: &awsauth.Static{KeyID: "x", Secret: "x"}, HTTP: roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewBufferString(identity))}, nil
			})}})
			scopes, err := p.Connect(t.Context(), tt.want)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range scopes[1:] {
				got = append(got, s.Region)
			}
			if scopes[0].Region != "" || strings.Join(got, " ") != tt.in {
				t.Errorf("scopes in %v, want %s and one without a region before", got, tt.in)
			}
		})
	}
}
