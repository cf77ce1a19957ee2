package provider

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// Spec declares how one Terraform resource type is read. C is the provider's
// connection to one scope, T the SDK's struct for one resource. Only Name,
// Actions, List, ID and Attrs are required.
//
// What the provider's schema says (sets, computed-only and sensitive paths) is
// not said again.
type Spec[C, T any] struct {
	// Name is Terraform's: aws_vpc.
	Name string

	// Actions are the permissions that List takes.
	Actions []string

	// Global is true for what lives once per account.
	Global bool

	// List yields every resource of the scope, with the SDK's paginator and the
	// largest page the API allows. It may leave out what q.Wanted does not name.
	List func(ctx context.Context, c C, q Query) iter.Seq2[T, error]

	// ID is the join key.
	ID func(T) string

	// Shown is the id as the cloud writes it, where the join key is a folded form.
	Shown func(T) string

	// StateIDs gets the join keys from a state's attributes: see resource.Type.
	StateIDs func(resource.Attrs) []string

	// Default reports what the cloud made by itself: see resource.Resource.
	Default func(T) bool

	// Object names the cloud object where several types describe it: see
	// resource.Resource.
	Object func(T) string

	// Attrs maps what the list said. SDK pointers, named strings and integers
	// may be passed as they are; nil means "known to be unset".
	Attrs func(T) resource.Attrs

	// Details are the calls per resource, each made only where a state holds
	// one of its paths.
	Details []Detail[C, T]

	// Fit, Rules, Former, ChildOf, Children, Owners and Facet: see resource.Type.
	Fit      func(state, cloud resource.Attrs) resource.Attrs
	Rules    map[string]resource.Rule
	Former   []string
	ChildOf  []resource.ChildOf
	Children []resource.Child
	Owners   []resource.Owner
	Facet    bool

	// Import is the id that import blocks take: see resource.Type.
	Import func(*resource.Resource) string

	// Strings and ZeroIsNull are the cloud's own, alike for its types: see
	// resource.Type.
	Strings    resource.Rule
	ZeroIsNull bool
}

// Detail is one call per resource.
type Detail[C, T any] struct {
	// Action is the permission that it takes.
	Action string

	// Paths are the top-level attributes that it fills.
	Paths []string

	// When says of what a state holds whether the call is worth it; nil always is.
	// It spares the calls for what nobody has configured and whose change exposes and
	// loses nothing: an upkeep window, say. What is not read is not compared.
	When func(held resource.Attrs) bool

	// Read returns them. An error that the provider explains as NotFound means
	// that the resource is gone; a setting that is not configured is no error,
	// it is a nil attribute.
	Read func(ctx context.Context, c C, v T) (resource.Attrs, error)
}

// Define erases the SDK's types of a declaration. It panics where the
// declaration lacks something, so a mistake ends the first test that runs.
func Define[C, T any](s Spec[C, T]) Type {
	if s.Name == "" || len(s.Actions) == 0 || s.List == nil || s.ID == nil || s.Attrs == nil {
		panic(fmt.Sprintf("type %q: Name, Actions, List, ID and Attrs are required", s.Name))
	}
	actions := slices.Clone(s.Actions)
	for _, d := range s.Details {
		if d.Action == "" || len(d.Paths) == 0 || d.Read == nil {
			panic(fmt.Sprintf("type %q: Action, Paths and Read of a detail are required", s.Name))
		}
		if !slices.Contains(actions, d.Action) {
			actions = append(actions, d.Action)
		}
	}
	return Type{
		Type: resource.Type{
			Name:       s.Name,
			Global:     s.Global,
			StateIDs:   s.StateIDs,
			Fit:        s.Fit,
			Rules:      s.Rules,
			Strings:    s.Strings,
			ZeroIsNull: s.ZeroIsNull,
			Former:     s.Former,
			ChildOf:    s.ChildOf,
			Children:   s.Children,
			Owners:     s.Owners,
			Facet:      s.Facet,
			Import:     s.Import,
		},
		Actions: actions,
		Details: actions[len(s.Actions):],
		List: func(ctx context.Context, conn any, q Query) iter.Seq2[Item, error] {
			return s.items(ctx, conn.(C), q)
		},
	}
}

func (s *Spec[C, T]) items(ctx context.Context, c C, q Query) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for v, err := range s.List(ctx, c, q) {
			if err != nil {
				yield(Item{}, err)
				return
			}
			if !yield(s.item(c, v), nil) {
				return
			}
		}
	}
}

func (s *Spec[C, T]) item(c C, v T) Item {
	it := Item{Resource: resource.Resource{
		Key:   resource.Key{Type: s.Name, ID: s.ID(v)},
		Attrs: resource.Normalize(s.Attrs(v)),
	}}
	if s.Default != nil {
		it.Resource.Default = s.Default(v)
	}
	if s.Shown != nil {
		it.Resource.Shown = s.Shown(v)
	}
	if s.Object != nil {
		it.Resource.Object = s.Object(v)
	}
	for _, d := range s.Details {
		it.Details = append(it.Details, BoundDetail{
			Paths: d.Paths,
			When:  d.When,
			Read: func(ctx context.Context) (resource.Attrs, error) {
				a, err := d.Read(ctx, c, v)
				if err != nil {
					return nil, err
				}
				return resource.Normalize(a), nil
			},
		})
	}
	return it
}
