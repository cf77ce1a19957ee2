package gcp

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/api/cloudresourcemanager/v1"
	"google.golang.org/api/googleapi"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// policies declares the IAM types of one kind of resource.
//
// Terraform has three ways to manage a policy: all of it (…_iam_policy), all
// members of a role (…_iam_binding), one member of a role (…_iam_member). What
// the wider one holds is not the narrower one's: a member of a role that a held
// binding lists, or of a policy that a state holds, is nobody's finding, since the
// binding's or the policy's change tells of it. Every other member that no state
// holds is unmanaged, be it beside held members or in a role that nobody holds.
//
// A role under a condition is another role: see grant.
type policies struct {
	// types is the type of the resource itself, with which the IAM types' names
	// begin: google_pubsub_topic.
	types string

	// path and params are the request for the policy of a parent. Where Google wants
	// it as a POST, post is true; body may be nil all the same.
	path   func(parent string) string
	params url.Values
	post   bool
	body   []byte

	// scope is true where the project itself is the parent.
	scope bool

	// parent returns the name of a parent in the one form that join keys have, from
	// the one that a state's id begins with or the parent's own join key; nil takes
	// it as it is.
	parent func(string) string

	// imports returns how an import block names a parent; nil takes it as it is.
	imports func(parent string) string

	// all yields the join keys of every parent of a project.
	all func(ctx context.Context, c *conn, q provider.Query) ([]string, error)

	// mine reports whether a parent is the project's, where its name does not say;
	// nil believes the state.
	mine func(ctx context.Context, c *conn, parent string) (bool, error)

	// twin is another type of the same resource, with IAM types of its own for the
	// same policies and without readers.
	twin string

	// owners are the types that manage some of the members in yet another way.
	owners []resource.Owner

	// attrs are the paths that name the parent.
	attrs func(parent string) resource.Attrs

	// actions are the permissions of all, action that of the policy.
	actions []string
	action  string
}

// grant is what a policy says of one role under one condition: of all its members
// for a binding, of one for a member.
type grant struct {
	conn    *conn
	parent  string
	binding *cloudresourcemanager.Binding
	member  string // empty for a binding
}

// members returns the type of one member of a role.
func (p policies) members() kind {
	return p.define("_iam_member", false, func(g grant, a resource.Attrs) { a["member"] = g.member })
}

// bindings returns the type of all members of a role. Their members are told of as
// members, so it is a facet.
func (p policies) bindings() kind {
	return p.define("_iam_binding", true, func(g grant, a resource.Attrs) { a["members"] = g.binding.Members })
}

func (p policies) define(suffix string, whole bool, fill func(grant, resource.Attrs)) kind {
	if p.parent == nil {
		p.parent = func(name string) string { return name }
	}
	rules := map[string]resource.Rule{
		"member":  resource.CanonString(foldMember),
		"members": resource.CanonString(foldMember),
	}
	// The join key proves that it is the same parent, in whichever form a state has
	// its name.
	for name := range p.attrs(p.parent("")) {
		rules[name] = resource.Ignore()
	}
	if whole {
		delete(rules, "member")
	} else {
		delete(rules, "members")
	}
	var owners []resource.Owner
	if !whole {
		owners = p.membersOwners()
	}
	return kind{Type: provider.Define(provider.Spec[*conn, grant]{
		Name:       p.types + suffix,
		Actions:    append(slices.Clone(p.actions), p.action),
		Global:     true,
		Facet:      whole,
		ZeroIsNull: true,
		List:       p.list(p.types+suffix, whole),
		ID:         grant.id,
		// A bucket can be seen from several projects.
		Object: grant.id,
		StateIDs: func(a resource.Attrs) []string {
			if id := p.stateID(a); id != "" {
				return []string{id}
			}
			return nil
		},
		Default: func(g grant) bool { return !whole && googles(g.conn.project, g.binding.Role, g.member) },
		Attrs: func(g grant) resource.Attrs {
			a := p.attrs(g.parent)
			a["role"] = g.binding.Role
			a["condition"] = nil
			if c := g.binding.Condition; conditionKey(c) != "" {
				a["condition"] = []any{map[string]any{"title": c.Title, "description": c.Description, "expression": c.Expression}}
			}
			fill(g, a)
			return a
		},
		Rules:  rules,
		Owners: owners,
		Import: p.importID,
	})}
}

// list yields what the policies of the parents that matter say. A policy that may
// not be read does not keep those of the other parents from being read.
func (p policies) list(typ string, whole bool) func(context.Context, *conn, provider.Query) iter.Seq2[grant, error] {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[grant, error] {
		return func(yield func(grant, error) bool) {
			parents, err := p.parents(ctx, c, q, typ)
			if err != nil {
				yield(grant{}, err)
				return
			}
			var denied error
			for _, parent := range parents {
				bindings, err := p.read(ctx, c, parent)
				switch {
				case gone(err):
					continue // with its grants
				case forbidden(err):
					denied = err
					continue
				case err != nil:
					yield(grant{}, err)
					return
				}
				for _, b := range bindings {
					g := grant{conn: c, parent: parent, binding: b}
					if whole {
						if !yield(g, nil) {
							return
						}
						continue
					}
					for _, g.member = range b.Members {
						if !yield(g, nil) {
							return
						}
					}
				}
			}
			if denied != nil {
				yield(grant{}, denied)
			}
		}
	}
}

// parents returns whose policies matter: the resources that a state holds, those
// that a held grant names, or every one where everything is asked for. Where only
// what is held is asked for, a resource without a held grant does not matter.
func (p policies) parents(ctx context.Context, c *conn, q provider.Query, typ string) ([]string, error) {
	if p.scope {
		return []string{p.parent(c.project)}, nil
	}
	parents := map[string]bool{}
	if q.Everything {
		keys, err := p.all(ctx, c, q)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			parents[p.parent(key)] = true
		}
	}
	if q.Wanted == nil {
		for _, m := range q.Held(p.types) {
			if m.Key.ID != "" {
				parents[p.parent(m.Key.ID)] = true
			}
		}
	}
	named := q.Held(typ)
	if q.Wanted == nil {
		named = slices.Concat(q.Held(p.types+"_iam_member"), q.Held(p.types+"_iam_binding"))
	}
	for _, m := range named {
		parent := ofProject(p.parentOf(m.Attrs), c.project)
		if parent == "" {
			continue
		}
		if m.Key.Account == "" && p.mine != nil && !parents[parent] {
			mine, err := p.mine(ctx, c, parent)
			if err != nil {
				return nil, err
			}
			if !mine {
				continue
			}
		}
		parents[parent] = true
	}
	return slices.Sorted(maps.Keys(parents)), nil
}

// read returns the bindings of a policy, once per run.
func (p policies) read(ctx context.Context, c *conn, parent string) ([]*cloudresourcemanager.Binding, error) {
	path := p.path(parent)
	return provider.Once(&c.memo, "policy "+path, func() ([]*cloudresourcemanager.Binding, error) {
		method := http.MethodGet
		if p.post {
			method = http.MethodPost
		}
		policy := &cloudresourcemanager.Policy{}
		_, err := c.call(ctx, method, path, p.params, p.body, policy)
		return merged(policy.Bindings), err
	})
}

// merged makes one binding of those of one role and condition.
func merged(bindings []*cloudresourcemanager.Binding) []*cloudresourcemanager.Binding {
	var out []*cloudresourcemanager.Binding
	at := map[string]*cloudresourcemanager.Binding{}
	for _, b := range bindings {
		key := grantID("", b.Role, "", b.Condition)
		if at[key] == nil {
			one := *b
			at[key] = &one
			out = append(out, &one)
			continue
		}
		at[key].Members = append(slices.Clone(at[key].Members), b.Members...)
	}
	return out
}

// membersOwners are the types that hold members as a part of their own.
func (p policies) membersOwners() []resource.Owner {
	grant := func(m *resource.Managed) string { return ofProject(p.stateID(m.Attrs), m.Key.Account) }
	policy := func(m *resource.Managed) string { return ofProject(p.parent(m.Attrs.String("id")), m.Key.Account) }
	role := func(r *resource.Resource) string {
		a := maps.Clone(r.Attrs)
		a["id"] = r.Key.ID
		delete(a, "member")
		return p.stateID(a)
	}
	out := append([]resource.Owner{
		{Type: p.types + "_iam_binding", Owns: grant, Key: role},
		{Type: p.types + "_iam_policy", Owns: policy, Key: p.ofMember},
	}, p.owners...)
	if p.twin == "" {
		return out
	}
	return append(out,
		resource.Owner{Type: p.twin + "_iam_member", Owns: grant, Key: func(r *resource.Resource) string { return r.Key.ID }},
		resource.Owner{Type: p.twin + "_iam_binding", Owns: grant, Key: role},
		resource.Owner{Type: p.twin + "_iam_policy", Owns: policy, Key: p.ofMember})
}

// ofMember returns the parent of a member that was read.
func (p policies) ofMember(r *resource.Resource) string {
	return p.parentOf(resource.Attrs{"id": r.Key.ID, "role": r.Attrs.String("role")})
}

// parentOf returns the parent that the id of a held grant begins with. The
// attributes that name it come in several forms, the id in one.
func (p policies) parentOf(a resource.Attrs) string {
	return p.parentIn(a.String("id"), a.String("role"))
}

// parentIn returns the parent that an id or a join key begins with.
func (p policies) parentIn(id, role string) string {
	parent, _, ok := strings.Cut(id+"/", "/"+role+"/")
	if role == "" || !ok {
		return ""
	}
	return p.parent(parent)
}

// importID is PARENT ROLE for a binding and PARENT ROLE MEMBER for a member, with the
// title of its condition last. The importer splits it at white space and joins the
// title with single spaces, and does not know the principals that were deleted.
func (p policies) importID(r *resource.Resource) string {
	role := r.Attrs.String("role")
	parent := p.parentIn(r.Key.ID, role)
	if p.imports != nil {
		parent = p.imports(parent)
	}
	words := []string{parent, role}
	if member, one := r.Attrs["member"].(string); one {
		if strings.HasPrefix(member, "deleted:") {
			return ""
		}
		words = append(words, member)
	}
	for _, word := range words {
		if word == "" || strings.ContainsFunc(word, unicode.IsSpace) {
			return ""
		}
	}
	if c := r.Attrs.Block("condition"); c != nil {
		title := c.String("title")
		if title == "" || strings.Join(strings.Fields(title), " ") != title {
			return ""
		}
		words = append(words, title)
	}
	return strings.Join(words, " ")
}

// stateID returns the join key of a held grant.
func (p policies) stateID(a resource.Attrs) string {
	parent := p.parentOf(a)
	if parent == "" {
		return ""
	}
	var condition *cloudresourcemanager.Expr
	if c := a.Block("condition"); c != nil {
		condition = &cloudresourcemanager.Expr{Title: c.String("title"), Description: c.String("description"), Expression: c.String("expression")}
	}
	return grantID(parent, a.String("role"), a.String("member"), condition)
}

func (g grant) id() string { return grantID(g.parent, g.binding.Role, g.member, g.binding.Condition) }

// grantID is the join key of a grant. The whole condition is part of it: the same
// role under another condition is another grant.
func grantID(parent, role, member string, condition *cloudresourcemanager.Expr) string {
	id := parent + "/" + role
	if member != "" {
		id += "/" + foldMember(member)
	}
	if key := conditionKey(condition); key != "" {
		id += "/" + key
	}
	return id
}

func conditionKey(c *cloudresourcemanager.Expr) string {
	if c == nil || c.Title == "" && c.Description == "" && c.Expression == "" {
		return ""
	}
	return c.Title + "/" + c.Description + "/" + c.Expression
}

// foldMember returns a principal in the case in which IAM compares it: e-mail
// addresses and domains in lower case, the principals of identity pools as they
// are. The kind of principal, and what a deletion wrote before it, has one case.
func foldMember(member string) string {
	before, rest := "", member
	if name, ok := strings.CutPrefix(rest, "deleted:"); ok {
		before, rest = "deleted:", name
	}
	principal, name, ok := strings.Cut(rest, ":")
	if !ok || strings.HasPrefix(principal, "principal") {
		return member
	}
	return before + principal + ":" + strings.ToLower(name)
}

// googles reports whether Google itself made a grant, or is bound to take it back:
// those of its agents, those that default service accounts and buckets come with,
// and those of principals that do not exist any more.
//
// Source: https://docs.cloud.google.com/iam/docs/service-agents and
// https://docs.cloud.google.com/storage/docs/access-control/iam-roles
func googles(project, role, member string) bool {
	member = foldMember(member)
	principal, name, _ := strings.Cut(member, ":")
	switch principal {
	case "deleted":
		return true
	case "projectOwner", "projectEditor", "projectViewer":
		return strings.HasPrefix(role, "roles/storage.legacy")
	case "serviceAccount":
	default:
		return false
	}
	account, domain, _ := strings.Cut(name, "@")
	number, agent := strings.CutPrefix(account, "service-")
	agent = agent && isNumber(number)
	host, users := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	switch {
	case strings.HasSuffix(strings.ToLower(role), "serviceagent"):
		// A role that is for agents, and that others get to reach further than theirs.
		return !users || agent && host != project || host == project && strings.HasPrefix(account, "firebase-adminsdk-") || ofAgents(host)
	case agent && users:
		return ofAgents(host)
	case domain == "cloudservices.gserviceaccount.com":
		return true
	case host == project && strings.HasPrefix(account, "firebase-adminsdk-"):
		return role == "roles/iam.serviceAccountTokenCreator"
	case domain == "cloudbuild.gserviceaccount.com":
		return role == "roles/cloudbuild.builds.builder"
	case domain == "developer.gserviceaccount.com", domain == "appspot.gserviceaccount.com":
		return role == "roles/editor"
	}
	return false
}

// ofAgents reports whether the accounts of a project are agents of Google's services:
// anybody can name an account as they are named.
// Source: https://docs.cloud.google.com/iam/docs/service-agents
func ofAgents(project string) bool {
	return strings.HasPrefix(project, "gcp-sa-") || strings.HasSuffix(project, ".google.com") || slices.Contains([]string{
		"bigquery-encryption", "cloud-cdn-fill", "cloud-filer", "cloud-memcache-sa", "cloud-redis", "cloud-tpu", "cloudcomposer-accounts",
		"compute-system", "container-analysis", "container-engine-robot", "containerregistry", "dataflow-service-producer-prod",
		"dataproc-accounts", "dlp-api", "endpoints-portal", "firebase-rules", "firebase-sa-management", "gcf-admin-robot", "gcp-gae-service",
		"genomics-api", "gs-project-accounts", "remotebuildexecution", "security-center-api", "serverless-robot-prod", "service-networking",
		"sourcerepo-service-accounts", "storage-transfer-service",
	}, project)
}

// forbidden reports whether an error is about one resource's permissions, and not
// about the service or about too many requests.
func forbidden(err error) bool {
	var api *googleapi.Error
	return err != nil && errors.As(err, &api) && api.Code == http.StatusForbidden &&
		!has(api, "accessNotConfigured", "SERVICE_DISABLED", "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED")
}

// withConditions asks for a policy of the version that has conditions: IAM hides
// those of the others, and their members with them.
func withConditions(option string) url.Values { return url.Values{option: {"3"}} }
