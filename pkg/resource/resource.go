package resource

import "slices"

// Resource is one thing that a cloud has.
type Resource struct {
	Key   Key   `json:"key"`
	Attrs Attrs `json:"attrs"`

	// Default is true for what the cloud made by itself: a default VPC, a
	// service-linked role, an AWS-managed key. Such a thing can be managed, but
	// nobody is told that nobody manages it.
	Default bool `json:"default,omitempty"`

	// Object names the cloud object behind the resource where several Terraform
	// types describe one: a security group's rule is read as
	// aws_security_group_rule and as aws_vpc_security_group_ingress_rule, with
	// the same Object. Whoever manages one of them manages the object. Empty
	// means that the key alone names it.
	Object string `json:"object,omitempty"`

	// Via is the Any type of the listing that found the resource, for which no type
	// has a reader: its Key.Type is the cloud's own name of the type. It only tells
	// of what nobody manages, and only where no other resource has its Object and no
	// state holds something whose join key is that Object.
	Via string `json:"via,omitempty"`

	// Within is the Object of what a resource found by such a listing is a part of,
	// if it is: it is told of with that, unless a state holds that.
	Within string `json:"within,omitempty"`

	// Shown is the id as the cloud writes it, where the join key is a folded form.
	Shown string `json:"shown,omitempty"`

	// Gaps are the parts that were wanted and could not be read.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap is a part of a resource that was wanted and could not be read: the
// attribute paths it would have filled and why it did not. The rest of the
// resource is still good.
type Gap struct {
	Paths  []string `json:"paths"`
	Reason string   `json:"reason"`
}

// Managed is one resource instance that a Terraform state says exists.
type Managed struct {
	Key Key

	// More are the further join keys of a resource that stands for several cloud
	// objects: an aws_security_group_rule with two address blocks is two rules.
	More []string

	// Address is Terraform's own name of the instance, with a deposed object
	// marked as Terraform does: `module.app["eu"].aws_instance.web[0]`,
	// `aws_instance.web (deposed 1a2b3c4d)`.
	Address string

	// Source is where the state was read from, as the user named it.
	Source string

	// Provider is the provider's configuration address in the state:
	// `provider["registry.terraform.io/hashicorp/aws"].west`. Resources that
	// share one share its region and account.
	Provider string

	// Data is true for a data source: it is never compared, but it can tell
	// where its provider looks.
	Data bool

	// Attrs are the instance's attributes as the state holds them. Those that
	// are null may be in Unset instead.
	Attrs Attrs

	// Unset names attributes that the state holds as null, sorted. Almost half of
	// a state is null, and resources of one type can share the list.
	Unset []string

	// Sensitive lists the paths that the state itself marks sensitive, in the
	// form of a change's path: `password`, `setting[0].value`.
	Sensitive []string
}

// Has reports whether the state knows a top-level attribute, be it null: a
// provider of another version may not.
func (m *Managed) Has(name string) bool {
	if _, ok := m.Attrs[name]; ok {
		return true
	}
	_, ok := slices.BinarySearch(m.Unset, name)
	return ok
}
