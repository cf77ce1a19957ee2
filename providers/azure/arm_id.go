package azure

import (
	"reflect"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// groupType is the type of a resource group, which has no provider in its id.
const groupType = "Microsoft.Resources/subscriptions/resourceGroups"

// fold returns the join key of an ARM id: services write one in any case.
func fold(id string) string { return strings.ToLower(id) }

// armIDs is the rule for ARM ids anywhere in a resource: two that differ in case
// alone name one thing.
func armIDs() resource.Rule {
	return resource.CanonString(func(s string) string {
		low := strings.ToLower(s)
		if strings.HasPrefix(low, "/subscriptions/") || strings.Contains(low, "/providers/") {
			return low
		}
		return s
	})
}

// splitPath takes an ARM path apart: /SCOPE/providers/NAMESPACE/TYPE/NAME/TYPE/NAME.
// Of an extension's path, the scope is the id of what it extends. Where there is no
// provider, the path is Resource Manager's own: /subscriptions/ID/resourceGroups/NAME.
func splitPath(path string) (scope, namespace string, types, names []string) {
	path = strings.TrimRight(path, "/")
	var rest string
	if i := strings.LastIndex(strings.ToLower(path), "/providers/"); i >= 0 {
		scope, rest = path[:i], path[i+len("/providers/"):]
		namespace, rest, _ = strings.Cut(rest, "/")
		if rest == "" { // the provider itself
			return "", "Microsoft.Resources", []string{"subscriptions", "providers"}, nil
		}
	} else {
		namespace, rest = "Microsoft.Resources", strings.TrimPrefix(path, "/")
	}
	for i, part := range strings.Split(rest, "/") {
		if i%2 == 1 {
			names = append(names, part)
			continue
		}
		if scope == "" && strings.EqualFold(part, "resourceGroups") {
			part = "resourceGroups"
		}
		types = append(types, part)
	}
	return scope, namespace, types, names
}

// pathType returns the type of a path, of a resource's or of a list's:
// "Microsoft.Network/virtualNetworks/subnets".
func pathType(path string) string {
	_, namespace, types, _ := splitPath(path)
	return namespace + "/" + strings.Join(types, "/")
}

// cut returns the id of the resource of an ARM type that an id names or is below
// of, with the type in that casing. What follows a | in an id is another one's.
func cut(id, armType string) (string, bool) {
	id, _, _ = strings.Cut(id, "|")
	if !strings.HasPrefix(id, "/") {
		return "", false
	}
	scope, namespace, types, names := splitPath(id)
	want := strings.Split(armType, "/")
	if !strings.EqualFold(namespace, want[0]) || len(names) < len(want)-1 {
		return "", false
	}
	out := ""
	if armType != groupType {
		out = scope + "/providers/" + want[0]
	}
	for i, typ := range want[1:] {
		if !strings.EqualFold(types[i], typ) {
			return "", false
		}
		out += "/" + typ + "/" + names[i]
	}
	return out, true
}

// parentID returns the join key of the resource that an id is below of: of a
// subnet, its network's.
func parentID(id string) string {
	_, namespace, types, _ := splitPath(id)
	if len(types) < 2 {
		return ""
	}
	parent, _ := cut(id, namespace+"/"+strings.Join(types[:len(types)-1], "/"))
	return fold(parent)
}

// segment returns what follows a segment of an id: the name of the group after
// "resourceGroups".
func segment(id, name string) string {
	parts := strings.Split(id, "/")
	for i, part := range parts[:len(parts)-1] {
		if strings.EqualFold(part, name) {
			return parts[i+1]
		}
	}
	return ""
}

// subscriptionOf returns the subscription of an id in lower case, "" where it is
// in none.
func subscriptionOf(id string) string {
	id, _, _ = strings.Cut(id, "|")
	if !strings.HasPrefix(strings.ToLower(id), "/subscriptions/") {
		return ""
	}
	return strings.ToLower(segment(id, "subscriptions"))
}

// groupOf returns the join key of the resource group of an id, "" where it is in
// none.
func groupOf(id string) string {
	parts := strings.Split(strings.ToLower(id), "/")
	if len(parts) < 5 || parts[1] != "subscriptions" || parts[3] != "resourcegroups" {
		return ""
	}
	return strings.Join(parts[:5], "/")
}

// idOf returns how to get at the id of T, a pointer to one of the SDK's structs:
// each of a resource has a field for it. It panics where T has none, so a mistake
// ends the first test that runs.
func idOf[T any]() func(T) string {
	typ := reflect.TypeFor[T]()
	if typ.Kind() != reflect.Pointer || typ.Elem().Kind() != reflect.Struct {
		panic(typ.String() + " is no struct of the SDK: say where the id is")
	}
	field, ok := typ.Elem().FieldByName("ID")
	if !ok || field.Type != reflect.TypeFor[*string]() {
		panic(typ.String() + " has no ID: say where it is")
	}
	return func(v T) string {
		id, _ := reflect.ValueOf(v).Elem().FieldByIndex(field.Index).Interface().(*string)
		return value(id)
	}
}

// value returns what a pointer of the SDK points to, and the zero value for nil.
func value[V any](p *V) V {
	if p == nil {
		var zero V
		return zero
	}
	return *p
}
