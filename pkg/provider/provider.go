// Package provider is the contract between driftmgr and one cloud: how a
// resource type is declared (Spec, Define), where its resources can be listed
// (Scope), and how an error of the cloud becomes a reason that a user can act
// on (Failure).
//
// Domain words:
//
//   - A scope is the smallest place that one listing covers: an AWS account and
//     region, an Azure subscription, a Google Cloud project. What lives once per
//     account has a scope without a region.
//   - A listing is complete when its last page was read. Only then does the
//     absence of a resource prove anything.
//   - A detail is a call per resource, made only where the list does not say it
//     and only for what a state holds.
package provider

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Provider reads one cloud. Its methods are safe for concurrent use.
type Provider interface {
	// Name is the cloud's: aws, azure, gcp.
	Name() string

	// Types lists what the provider can read, in the order of the documentation.
	Types() []Type

	// Locate fills the account, region and join keys of the resources that are
	// this provider's, from what the states say, and where they do not say it from
	// what the code says of the resource's provider configuration. Where neither
	// does, the field stays empty.
	Locate(managed []resource.Managed, configs []resource.ProviderConfig)

	// Connect finds out who the caller is and returns the scopes to look at. It
	// is called once per run. An error means that nothing can be read: no
	// credentials, or expired ones.
	Connect(ctx context.Context, want Want) ([]Scope, error)

	// Actions are the permissions that every run takes, whatever its types.
	Actions() []string

	// Identify says as whom Connect would read, and reads nothing else.
	Identify(ctx context.Context) (Identity, error)

	// Explain turns an error of List, of a detail or of Connect into a reason.
	Explain(err error) Failure
}

// Want is what Connect needs to know of the run.
type Want struct {
	// Places are where the states say that resources are.
	Places []Place

	// Unlocated is true where a state does not say the region of something: it is
	// looked for where the caller's configuration points as well.
	Unlocated bool

	// Only restricts the regions, if it is not empty.
	Only []string

	// Configs are what the code says of the states' providers: with which role
	// an account is read.
	Configs []resource.ProviderConfig
}

// Place is where a state says that something is. What it does not say is empty,
// both may be.
type Place struct{ Account, Region string }

// Accounts returns the accounts of the places, sorted.
func (w Want) Accounts() []string {
	return w.distinct(func(p Place) string { return p.Account })
}

// Regions returns the regions of the places in an account and in no known
// account, sorted.
func (w Want) Regions(account string) []string {
	return w.distinct(func(p Place) string {
		if p.Account != "" && p.Account != account {
			return ""
		}
		return p.Region
	})
}

func (w Want) distinct(of func(Place) string) []string {
	seen := map[string]bool{}
	for _, p := range w.Places {
		seen[of(p)] = true
	}
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen))
}

// Scope is one place to list, with the connection that a type's List gets.
type Scope struct {
	Account string
	Region  string // empty: what lives once per account
	Conn    any

	// Done is called when every listing of the scope has ended, so that what its
	// types shared can be let go of; nil does nothing.
	Done func()

	// Err says why nothing can be read of the account: a role that may not be
	// assumed. Region and Conn are empty with it.
	Err error
}

// Identity is who driftmgr is in a cloud.
type Identity struct {
	// Principal is the caller as the cloud's policies name it: an ARN.
	Principal string

	// Account is the caller's own, empty where it is in none.
	Account string

	// Server is the cloud's clock when it answered, zero where it did not say.
	Server time.Time
}

// Depth says how much is read.
type Depth string

const (
	// DepthFull makes the calls per resource that a type declares as details.
	DepthFull Depth = "full"
	// DepthList reads pages of lists only.
	DepthList Depth = "list"
)

// Query is what is asked of one type in one scope.
type Query struct {
	// Wanted are the join keys that somebody asks for. Where it is not nil, the
	// others need not be listed, and the listing is complete when these are.
	// Nil asks for every resource of the scope.
	Wanted []string

	// Depth is DepthList where no call per resource may be made.
	Depth Depth

	// Held returns what the states hold of a type in this scope. A type that can
	// only be listed per parent uses it to list the parents that matter.
	Held func(typ string) []*resource.Managed

	// Agree reports whether what a state says and what was read of it are the same.
	// A source that may be behind can settle that nothing differs, and nothing else.
	// Nil means that it cannot be told.
	Agree func(m *resource.Managed, r *resource.Resource) bool

	// Everything is true where no state says what matters: the parents and
	// details of every resource are wanted.
	Everything bool
}

// Few returns the wanted keys if they fit in one request of at most limit keys,
// and nil where a plain list is the better way.
func (q Query) Few(limit int) []string {
	if q.Wanted == nil || len(q.Wanted) > limit {
		return nil
	}
	return q.Wanted
}

// Parents returns the join keys of the parents to list children of: every
// parent that a state holds, and every parent that a held child names.
func (q Query) Parents(child resource.Type, parent string) map[string]bool {
	out := map[string]bool{}
	for _, m := range q.Held(parent) {
		out[m.Key.ID] = true
	}
	for _, c := range child.ChildOf {
		if c.Parent != parent {
			continue
		}
		for _, m := range q.Held(child.Name) {
			if id, ok := c.Of(m.Attrs); ok {
				out[id] = true
			}
		}
	}
	return out
}

// Type is a resource type with the SDK's types erased.
type Type struct {
	resource.Type

	// Actions are the permissions that reading the type takes, as the cloud's
	// policies name them: "ec2:DescribeVpcs". Lists first, then details.
	Actions []string

	// Details are those of Actions that are called per resource only.
	Details []string

	// Confirms are those of Actions that the lists do without: to make sure that what
	// a state holds and a list lacks is gone, or to have a list show all that there is.
	Confirms []string

	// List yields what is in a scope. After an error it yields nothing more.
	List func(ctx context.Context, conn any, q Query) iter.Seq2[Item, error]
}

// Item is one listed resource and the details that can be read of it.
type Item struct {
	// Resource has its Key without account and region, and what the list said.
	Resource resource.Resource
	Details  []BoundDetail
}

// BoundDetail is a call per resource, ready to be made.
type BoundDetail struct {
	Paths []string
	When  func(held resource.Attrs) bool
	Read  func(ctx context.Context) (resource.Attrs, error)
}

// Wanted reports whether a state's attributes hold one of the detail's paths, and
// make the call worth it.
func (d BoundDetail) Wanted(held resource.Attrs) bool {
	if d.When != nil && !d.When(held) {
		return false
	}
	for _, p := range d.Paths {
		if held[p] != nil {
			return true
		}
	}
	return false
}
