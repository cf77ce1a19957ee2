package permission

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const (
	bucket = "arn:aws:s3:::states"
	prod   = bucket + "/env/prod/terraform.tfstate"
)

func TestAWS(t *testing.T) {
	doc, err := AWS([]Permission{
		{Action: "s3:GetObject", Resource: prod},
		{Action: "ec2:DescribeVpcs"},
		{Action: "s3:GetObject", Resource: prod + ".tflock"},
		{Action: "s3:ListBucket", Resource: bucket},
		{Action: "ec2:DescribeVpcs"},
		{Action: "ec2:DescribeVpcs", Resource: "arn:aws:ec2:::vpc/1"}, // covered
		{Action: "kms:DescribeKey"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadResources",
      "Effect": "Allow",
      "Action": [
        "ec2:DescribeVpcs",
        "kms:DescribeKey"
      ],
      "Resource": [
        "*"
      ]
    },
    {
      "Sid": "ReadStates1",
      "Effect": "Allow",
      "Action": [
        "s3:ListBucket"
      ],
      "Resource": [
        "arn:aws:s3:::states"
      ]
    },
    {
      "Sid": "ReadStates2",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject"
      ],
      "Resource": [
        "arn:aws:s3:::states/env/prod/terraform.tfstate",
        "arn:aws:s3:::states/env/prod/terraform.tfstate.tflock"
      ]
    }
  ]
}
`
	if string(doc.Content) != want || len(doc.Notes) != 0 {
		t.Errorf("notes %q, policy\n%s", doc.Notes, doc.Content)
	}
}

func TestAWSManyStates(t *testing.T) {
	var all []Permission
	for i := range 1000 {
		all = append(all, Permission{"s3:GetObject", fmt.Sprintf("%s/env/team%d/terraform.tfstate", bucket, i)})
	}
	all = append(all, Permission{"s3:GetObject", "arn:aws:s3:::other/one"}, Permission{"s3:GetObject", "arn:aws:s3:::whole"})
	doc, err := AWS(all)
	if err != nil {
		t.Fatal(err)
	}
	var policy awsPolicy
	if err := json.Unmarshal(doc.Content, &policy); err != nil {
		t.Fatal(err)
	}
	if got, want := policy.Statement[0].Resource, []string{"arn:aws:s3:::other/one", bucket + "/env/*", "arn:aws:s3:::whole"}; !reflect.DeepEqual(got, want) {
		t.Errorf("resources %q, want %q", got, want)
	}
	if len(doc.Notes) != 1 || !strings.Contains(doc.Notes[0], "patterns") {
		t.Errorf("notes %q", doc.Notes)
	}
}

// A pattern of tables or keys would be all that the account has.
func TestAWSManyTables(t *testing.T) {
	for _, arn := range []string{"arn:aws:dynamodb:eu-west-1:111122223333:table/%d", "arn:aws:kms:eu-west-1:111122223333:key/%d", "arn:aws:iam::111122223333:role/%d"} {
		var all []Permission
		for i := range 30 {
			all = append(all, Permission{"x:Get", fmt.Sprintf(arn, i)})
		}
		doc, err := AWS(all)
		if err != nil || strings.Contains(string(doc.Content), "*") || strings.Count(string(doc.Content), "arn:") != 30 {
			t.Errorf("%s: %v\n%s", arn, err, doc.Content)
		}
	}
}

func TestAWSTooLarge(t *testing.T) {
	var all []Permission
	for i := range 400 {
		all = append(all, Permission{Action: fmt.Sprintf("service%03d:DescribeThings", i)})
	}
	doc, err := AWS(all)
	if err != nil || len(doc.Notes) != 1 || !strings.Contains(doc.Notes[0], "a managed one may have 6144") {
		t.Errorf("notes %q, %v", doc.Notes, err)
	}
}

func TestCommonFolder(t *testing.T) {
	for want, names := range map[string][]string{
		"a/":   {"a/b/c", "a/d"},
		"a/b/": {"a/b/c", "a/b/d/e", "a/b/c"},
		"b/":   {"b/", "b/x"},
		"c/":   {"c/env-1/x", "c/env-2/x"},
	} {
		if got := commonFolder(names); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}

func TestAWSTrust(t *testing.T) {
	github := OIDC{Issuer: "https://token.actions.githubusercontent.com", Audience: "sts.amazonaws.com", Subject: "repo:example/infra:ref:refs/heads/main", Account: "111122223333"}
	doc, err := AWSTrust(github)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},` +
		`"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{"StringEquals":{` +
		`"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:example/infra:ref:refs/heads/main"}}}]}`
	if got := strings.Join(strings.Fields(string(doc.Content)), ""); got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	gitlab := OIDC{Issuer: "https://gitlab.example.com/", Audience: "https://gitlab.example.com", Subject: "project_path:group/*:ref_type:branch:ref:main", Account: "111122223333"}
	doc, err = AWSTrust(gitlab)
	if err != nil || !strings.Contains(string(doc.Content), `"StringLike": {
          "gitlab.example.com:sub": "project_path:group/*:ref_type:branch:ref:main"
        }`) {
		t.Errorf("%v\n%s", err, doc.Content)
	}
	for name, change := range map[string]func(*OIDC){
		"use its https URL":              func(o *OIDC) { o.Issuer = "http://example.com" },
		"use the 12 digits":              func(o *OIDC) { o.Account = "1" },
		"AWS's own is sts.amazonaws.com": func(o *OIDC) { o.Audience = "" },
		"let anybody's tokens in":        func(o *OIDC) { o.Subject = "*" },
	} {
		o := github
		change(&o)
		if _, err := AWSTrust(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

func TestAWSTrustSubjects(t *testing.T) {
	for subject, want := range map[string]bool{
		"": false, "*": false, "??": false, "*:main": false, "repo:*": false, "repo:example*": false, "repo:*/infra:*": false, "repo:/*": false, "project_path:*": false,
		"repo:example/*": true, "repo:example/infra:*": true, "organization:acme:project:*": true, "system:serviceaccount:drift:*": true, "anything": true,
	} {
		_, err := AWSTrust(OIDC{Issuer: "https://oidc.example.com", Audience: "a", Subject: subject, Account: "111122223333"})
		if (err == nil) != want {
			t.Errorf("subject %q: %v", subject, err)
		}
	}
}

func TestAzureScopes(t *testing.T) {
	for scope, want := range map[string]bool{
		"/subscriptions/s": true, "/subscriptions/s/resourceGroups/g": true, "/providers/Microsoft.Management/managementGroups/g": true,
		"": false, "/": false, "s": false, "/subscriptions/": false, "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a": false,
	} {
		if _, err := Azure(nil, []string{scope}); (err == nil) != want {
			t.Errorf("scope %q: %v", scope, err)
		}
	}
}

func TestAzure(t *testing.T) {
	doc, err := Azure([]Permission{
		{Action: "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", Resource: "/subscriptions/s/x"},
		{Action: "Microsoft.Network/virtualNetworks/read"},
		{Action: "Microsoft.Network/virtualNetworks/read"},
	}, []string{"/subscriptions/s"})
	if err != nil {
		t.Fatal(err)
	}
	var role azureRole
	if err := json.Unmarshal(doc.Content, &role); err != nil {
		t.Fatal(err)
	}
	want := azureRole{
		Name: "driftmgr", IsCustom: true, Description: role.Description,
		Actions: []string{"Microsoft.Network/virtualNetworks/read"}, NotActions: []string{},
		DataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"}, NotDataActions: []string{},
		AssignableScopes: []string{"/subscriptions/s"},
	}
	if !reflect.DeepEqual(role, want) || !reflect.DeepEqual(doc.Notes, []string{"assign it on /subscriptions/s/x"}) {
		t.Errorf("role %+v, notes %q", role, doc.Notes)
	}
}

func TestGCP(t *testing.T) {
	doc, err := GCP([]Permission{{Action: "storage.objects.list", Resource: "b"}, {Action: "storage.objects.get", Resource: "b"}})
	want := "title: driftmgr\ndescription: What driftmgr reads, and nothing else.\nstage: GA\nincludedPermissions:\n  - storage.objects.get\n  - storage.objects.list\n"
	if err != nil || string(doc.Content) != want || !reflect.DeepEqual(doc.Notes, []string{"grant it on b"}) {
		t.Errorf("%v, notes %q\n%s", err, doc.Notes, doc.Content)
	}
}
