package azure

import "github.com/driftmgr/driftmgr/pkg/resource"

// childAt says that resources of a type without a reader decide what is at a path of
// the one whose id is in their attribute ref.
func childAt(path, typ, ref string) resource.Child {
	return resource.Child{Type: typ, Path: path, ParentOf: func(a resource.Attrs) string { return fold(a.String(ref)) }}
}

// azapiChildAt says the same of what azapi manages, which can be of any type of ARM.
func azapiChildAt(path, armType string) resource.Child {
	return resource.Child{Type: "azapi_resource", Path: path, ParentOf: func(a resource.Attrs) string {
		id := a.String("id")
		if _, ok := cut(id, armType); !ok {
			return ""
		}
		return parentID(id)
	}}
}
