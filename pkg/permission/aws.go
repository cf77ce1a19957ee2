package permission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// maxPolicy is the size of a managed IAM policy, in characters that are no
// whitespace (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const maxPolicy = 6144

type awsPolicy struct {
	Version   string
	Statement []awsStatement
}

type awsStatement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal map[string]any `json:",omitempty"`
	Action    []string
	Resource  []string       `json:",omitempty"`
	Condition map[string]any `json:",omitempty"`
}

// AWS returns an IAM policy: what is needed everywhere in one statement, what is
// needed of the same resources in one each.
func AWS(all []Permission) (Document, error) {
	actions := map[string][]string{} // resources, joined → actions
	byAction := map[string][]string{}
	var order []string
	for _, p := range distinct(all) {
		if byAction[p.Action] == nil {
			order = append(order, p.Action)
		}
		byAction[p.Action] = append(byAction[p.Action], p.Resource)
	}
	doc := Document{Name: "AWS IAM policy"}
	for _, action := range order {
		resources, widened := narrow(byAction[action])
		if widened {
			doc.Notes = append(doc.Notes, fmt.Sprintf("%s: its many resources are shortened to patterns", action))
		}
		key := strings.Join(resources, "\n")
		actions[key] = append(actions[key], action)
	}
	policy := awsPolicy{Version: "2012-10-17", Statement: []awsStatement{}}
	if everywhere := actions[""]; everywhere != nil {
		policy.Statement = append(policy.Statement, awsStatement{Sid: "ReadResources", Effect: "Allow", Action: everywhere, Resource: []string{"*"}})
	}
	delete(actions, "")
	keys := make([]string, 0, len(actions))
	for key := range actions {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		policy.Statement = append(policy.Statement, awsStatement{
			Sid: fmt.Sprintf("ReadStates%d", i+1), Effect: "Allow", Action: actions[key], Resource: strings.Split(key, "\n"),
		})
	}
	var err error
	doc.Content, err = marshal(policy)
	if n := size(doc.Content); n > maxPolicy {
		doc.Notes = append(doc.Notes, fmt.Sprintf("the policy has %d characters, a managed one may have %d: restrict the types with --type, or split it", n, maxPolicy))
	}
	return doc, err
}

// OIDC says whose tokens may assume a role.
type OIDC struct {
	// Issuer is the URL of the identity provider: https://token.actions.githubusercontent.com.
	Issuer string

	// Audience and Subject are what its tokens have to say. Subject may have
	// wildcards: repo:example/infra:ref:refs/heads/main.
	Audience, Subject string

	// Account is the AWS account that knows the identity provider.
	Account string
}

// AWSTrust returns the trust policy of a role that tokens of an OIDC provider may
// assume (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html).
func AWSTrust(o OIDC) (Document, error) {
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Scheme != "https" || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil {
		return Document{}, fmt.Errorf("OIDC issuer %q: use its https URL, such as https://token.actions.githubusercontent.com", o.Issuer)
	}
	switch {
	case len(o.Account) != 12 || strings.Trim(o.Account, "0123456789") != "":
		return Document{}, fmt.Errorf("account %q: use the 12 digits of the AWS account that the role is in", o.Account)
	case o.Audience == "":
		return Document{}, fmt.Errorf("OIDC audience is empty: AWS's own is sts.amazonaws.com")
	case !named(o.Subject):
		return Document{}, fmt.Errorf("OIDC subject %q would let anybody's tokens in: name whose, such as repo:OWNER/REPO:ref:refs/heads/main", o.Subject)
	}
	name := issuer.Host + strings.TrimSuffix(issuer.EscapedPath(), "/")
	exact := map[string]string{name + ":aud": o.Audience}
	condition := map[string]any{"StringEquals": exact}
	if strings.ContainsAny(o.Subject, "*?") {
		condition["StringLike"] = map[string]string{name + ":sub": o.Subject}
	} else {
		exact[name+":sub"] = o.Subject
	}
	content, err := marshal(awsPolicy{Version: "2012-10-17", Statement: []awsStatement{{
		Effect:    "Allow",
		Principal: map[string]any{"Federated": "arn:aws:iam::" + o.Account + ":oidc-provider/" + name},
		Action:    []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: condition,
	}}})
	return Document{Name: "AWS trust policy", Content: content}, err
}

// named reports whether a subject names somebody: it has no wildcard, or says
// before the first who it is, up to a separator: repo:OWNER/ in repo:OWNER/*, but
// nobody in repo:* and repo:OWNER*, which OWNER-2 matches, too.
func named(subject string) bool {
	i := strings.IndexAny(subject, "*?")
	if i < 0 {
		return subject != ""
	}
	_, owner, _ := strings.Cut(subject[:i], ":")
	return strings.IndexAny(owner, ":/") > 0
}

func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write the policy: %w", err)
	}
	return buf.Bytes(), nil
}

func size(doc []byte) int {
	n := 0
	for _, r := range string(doc) {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
