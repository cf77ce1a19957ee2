package resource

import "cmp"

// Type is what the comparison has to know of one Terraform resource type and
// cannot read from the provider's schema. It is data: a type's file declares
// it, pkg/drift applies it.
type Type struct {
	// Name is Terraform's: aws_vpc.
	Name string

	// Global is true for what lives once per account, whatever the region.
	Global bool

	// StateIDs returns the join keys under which the API knows what a state's
	// attributes describe. Almost always one; a Terraform resource that stands
	// for several cloud objects has one for each, and is missing as soon as one
	// is. Nil means the attribute `id`. No key means that the state cannot say.
	StateIDs func(Attrs) []string

	// Fit brings what was read into the form in which a state holds it, where the
	// provider has two attributes for one thing. It changes neither argument. Nil
	// leaves it as it is.
	Fit func(state, cloud Attrs) Attrs

	// Rules are by path without indices: "policy", "ingress.cidr_blocks".
	Rules map[string]Rule

	// Strings is the rule of every string of the type, at any depth, whose path has
	// none: the ways in which a cloud writes one reference. Only Canon and Same of
	// it are used, and they decide only what is the same: values are shown as they
	// are.
	Strings Rule

	// ZeroIsNull makes false and 0 mean what null means, at any depth: the JSON of
	// the cloud leaves them out.
	ZeroIsNull bool

	// Former are attributes of older versions of the provider, which the embedded
	// schema no longer has: compared where a state holds them. A reader maps the old
	// name beside the new one.
	Former []string

	// ChildOf says where the same thing can also be declared inline.
	ChildOf []ChildOf

	// Children are types without a reader whose resources show in this one.
	Children []Child

	// Owners are other types that manage the same things.
	Owners []Owner

	// Facet is true for a type that is a second view of objects which another
	// type lists: nobody is told of them twice.
	Facet bool

	// Import returns the id that `terraform import` and import blocks take for a
	// resource that was read, in the form that the provider's documentation gives;
	// "" where the resource cannot be imported, or what was read does not say. Nil
	// means Shown, or else the join key.
	Import func(*Resource) string

	// Any is true for a listing of whatever there is in a place: see Resource.Via.
	Any bool
}

// IDs returns the join keys of a state's attributes.
func (t Type) IDs(a Attrs) []string {
	if t.StateIDs != nil {
		return t.StateIDs(a)
	}
	if id := a.String("id"); id != "" {
		return []string{id}
	}
	return nil
}

// ChildOf is the ownership rule. A child (a rule, a route, an attachment, a
// bucket's setting) lives in a parent (a group, a table, a role, a bucket), and
// Terraform lets one declare it as a resource of its own or inline in the
// parent, where the provider shows it in both cases. So:
//
//   - Where a state holds a child of a parent, the parent's path belongs to the
//     children: it is not compared, and a child that no state holds is unmanaged.
//   - Where no state holds one, the path is compared with the parent, and its
//     elements are nobody's unmanaged children.
//   - A child of a parent that nobody manages is told of with the parent.
type ChildOf struct {
	// Parent is the parent's type.
	Parent string

	// Ref is the child's attribute that holds the parent's join key.
	Ref string

	// Path is the parent's attribute that shows the child; empty where the
	// parent shows nothing and only owns it.
	Path string

	// When restricts the rule to children whose attributes have these values.
	When map[string]string

	// ParentID turns the value of Ref into the parent's join key. Nil means that
	// it is the key.
	ParentID func(string) string

	// ParentOf makes the parent's join key of all of the child's attributes, where
	// no single one says it. Ref and ParentID are not asked then.
	ParentOf func(Attrs) string
}

// Child is the ownership rule for a child that driftmgr cannot read: where a
// state holds one, the parent's path is the child's, which is unchecked, and not
// the parent's drift.
type Child struct {
	Type string // the child's type
	Ref  string // the child's attribute that holds the parent's join key
	Path string // the parent's attribute that shows the child

	// ParentOf: see ChildOf.
	ParentOf func(Attrs) string
}

// Owner is the ownership rule for a type, with or without a reader, that manages
// resources of another type as a part of its own: an IAM binding all members of a
// role, an IAM policy all members of all roles. What an owner that a state holds
// owns is nobody's unmanaged resource, as the owner's change tells of it.
type Owner struct {
	// Type is the owner's type.
	Type string

	// Owns returns what an owner owns, Key what a resource is of: it is owned where
	// both say the same. An empty string is nothing.
	Owns func(*Managed) string
	Key  func(*Resource) string
}

// Of returns the join key of the parent of a child with these attributes, and
// whether the rule applies to it.
func (c ChildOf) Of(a Attrs) (string, bool) {
	for name, want := range c.When {
		if a.String(name) != want {
			return "", false
		}
	}
	if c.ParentOf != nil {
		id := c.ParentOf(a)
		return id, id != ""
	}
	id := a.String(c.Ref)
	if id != "" && c.ParentID != nil {
		id = c.ParentID(id)
	}
	return id, id != ""
}

// ImportID is Import with its default.
func (t Type) ImportID(r *Resource) string {
	switch {
	case t.Any || r.Via != "":
		return "" // the cloud's own types are none of Terraform's
	case t.Import != nil:
		return t.Import(r)
	}
	return cmp.Or(r.Shown, r.Key.ID)
}
