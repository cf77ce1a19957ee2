package resource

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	awspolicy "github.com/hashicorp/awspolicyequivalence"
)

// Rule says when two values of one path mean the same, beyond what the schema
// says already (set or list, computed-only). The zero Rule is plain equality.
//
// Comparison is symmetric: both sides go through Canon. Rules are data of the
// type that declares them; the comparison in pkg/drift knows no type.
type Rule struct {
	// Canon gives the canonical form of a value: two values with the same one
	// mean the same. It gets non-empty values only.
	Canon func(any) any

	// Same relates values that no canonical form can: a version and its prefix.
	// It gets what Canon returned.
	Same func(state, cloud any) bool

	// Default is what an absent value means.
	Default any

	// Ignored paths are never compared: volatile values, and arguments of the
	// configuration that no cloud returns.
	Ignored bool

	// Identity marks a computed-only path that is compared all the same: where
	// it differs, somebody replaced the resource behind its name.
	Identity bool

	// Keys name the attributes that identify an element of a collection of
	// objects. Elements with the same keys are the same element, whatever their
	// order.
	Keys []string

	// Unordered makes a list a set: Terraform keeps the order, the cloud does
	// not mean anything by it.
	Unordered bool

	// Own is for a map of every tag or label a resource carries (`tags_all`,
	// `effective_labels`): it names the path where the configuration's own ones
	// are (`tags`). Differences are shown there.
	Own string
}

// Ignore is for volatile values and for arguments that no API returns.
func Ignore() Rule { return Rule{Ignored: true} }

// Identity is for a computed id that changes when a resource was replaced.
func Identity() Rule { return Rule{Identity: true} }

// Default declares what an absent value means.
func Default(v any) Rule { return Rule{}.WithDefault(v) }

// Unordered is for a list whose order means nothing.
func Unordered() Rule { return Rule{Unordered: true} }

// Keyed is for a collection of objects that are identified by some attributes.
func Keyed(names ...string) Rule { return Rule{Keys: names} }

// AllTags is for the path that holds every tag of a resource. own is the path
// of those that the configuration names.
func AllTags(own string) Rule { return Rule{Own: own} }

// WithDefault returns the rule with a value that an absent one means.
func (r Rule) WithDefault(v any) Rule {
	r.Default = Normalize(Attrs{"v": v})["v"]
	return r
}

// Fold is for strings whose case means nothing.
func Fold() Rule { return Rule{Canon: stringCanon(strings.ToLower)} }

// TrimSuffix is for strings that may or may not end in a suffix: the dot of a
// DNS name, the `:*` of a log group's ARN.
func TrimSuffix(suffix string) Rule {
	return Rule{Canon: stringCanon(func(s string) string { return strings.TrimSuffix(s, suffix) })}
}

// Space is for text in which leading and trailing white space means nothing.
func Space() Rule { return Rule{Canon: stringCanon(strings.TrimSpace)} }

// LastSegment is for a name that may be given as an ARN, a path or a link.
func LastSegment(separators string) Rule {
	return Rule{Canon: stringCanon(func(s string) string {
		if i := strings.LastIndexAny(s, separators); i >= 0 {
			return s[i+1:]
		}
		return s
	})}
}

// CIDR is for address blocks: `10.0.0.1/16` means `10.0.0.0/16`, and an IPv6
// block can be written in several ways.
func CIDR() Rule { return Rule{Canon: stringCanon(CanonCIDR)} }

// CanonCIDR returns the canonical form of an address block, and s itself where
// it is none.
func CanonCIDR(s string) string {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return s
	}
	return p.Masked().String()
}

// Number is for numbers that one side writes as a string.
func Number() Rule {
	return Rule{Canon: func(v any) any {
		if f, ok := v.(float64); ok {
			return FormatNumber(f)
		}
		return v
	}}
}

// VersionPrefix is for an engine version of which the configuration names a
// prefix: "14" holds while the cloud runs 14.7.
func VersionPrefix() Rule {
	return Rule{Same: func(state, cloud any) bool {
		a, aok := state.(string)
		b, bok := cloud.(string)
		return aok && bok && (a == b || strings.HasPrefix(b, strings.TrimSuffix(a, ".")+"."))
	}}
}

// JSON is for documents compared by what they say: white space, key order and
// escapes mean nothing.
func JSON() Rule {
	return Rule{Canon: stringCanon(func(s string) string {
		var v any
		if json.Unmarshal([]byte(s), &v) != nil {
			return s
		}
		b, err := json.Marshal(v)
		if err != nil {
			return s
		}
		return string(b)
	})}
}

// Policy is for IAM policy documents: one value means the list of it, and the
// order of statements, actions, resources and principals means nothing. It is
// the equivalence that Terraform's AWS provider uses.
func Policy() Rule {
	r := JSON()
	r.Same = func(state, cloud any) bool {
		a, aok := state.(string)
		b, bok := cloud.(string)
		if !aok || !bok {
			return false
		}
		if a == b {
			return true
		}
		same, err := awspolicy.PoliciesAreEquivalent(a, b)
		return err == nil && same
	}
	return r
}

// Canon is for a type's own canonical form of a whole value.
func Canon(f func(any) any) Rule { return Rule{Canon: f} }

// CanonString is for a type's own canonical form of a string.
func CanonString(f func(string) string) Rule { return Rule{Canon: stringCanon(f)} }

func stringCanon(f func(string) string) func(any) any {
	return func(v any) any {
		if s, ok := v.(string); ok {
			return f(s)
		}
		return v
	}
}

// Text prints a value the way the reports do: strings as they are, documents as
// compact JSON.
func Text(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return FormatNumber(x)
	case bool:
		if x {
			return "true"
		}
		return "false"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// Sorted returns the strings in order, without changing the argument: for
// collections that an API returns in any order.
func Sorted(s []string) []string {
	out := slices.Clone(s)
	slices.Sort(out)
	return out
}
