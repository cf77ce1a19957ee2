package gcp

import (
	"context"
	"encoding/json"
	"iter"

	sqladmin "google.golang.org/api/sqladmin/v1beta4"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// inSQLInstance says that an instance shows nothing of its databases and users.
func inSQLInstance() resource.ChildOf {
	return resource.ChildOf{Parent: "google_sql_database_instance", Ref: "instance", ParentOf: sqlInstanceOf}
}

// sqlInstanceOf is the join key of the instance that a child's attributes name.
func sqlInstanceOf(a resource.Attrs) string {
	if a.String("instance") == "" {
		return ""
	}
	return "projects/" + a.String("project") + "/instances/" + base(a.String("instance"))
}

// inEachSQLInstance lists what is in the instances that matter. A replica has what
// its primary has, and an instance that does not run cannot say what it has.
func inEachSQLInstance(child, collection string) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			of := inSQLInstance()
			matter := map[string]bool{}
			if !q.Everything {
				matter = q.Parents(resource.Type{Name: child, ChildOf: []resource.ChildOf{of}}, of.Parent)
			}
			var failed error
			fail := func(err error) {
				if failed == nil {
					failed = err
				}
			}
			for o, err := range sqlInstances()(ctx, c, q) {
				if err != nil {
					yield(object{}, err)
					return
				}
				it := item[sqladmin.DatabaseInstance]{conn: c, v: new(sqladmin.DatabaseInstance)}
				if err := json.Unmarshal(o.body, it.v); err != nil {
					yield(object{}, err)
					return
				}
				id := sqlInstanceID(it)
				switch {
				case it.v.MasterInstanceName != "" || !q.Everything && !matter[id]:
					continue
				case !runs(it.v):
					fail(&unreachableError{action: "cloudsql." + collection + ".list", places: []string{it.v.Name + ", which does not run"}})
					continue
				}
				l := listing{path: "sql/v1beta4/" + id + "/" + collection, key: "items"}
				for o, err := range l.all(ctx, c) {
					if err != nil {
						fail(err)
						break
					}
					o.parent = id
					if !yield(o, nil) {
						return
					}
				}
			}
			if failed != nil {
				yield(object{}, failed)
			}
		}
	}
}

func runs(v *sqladmin.DatabaseInstance) bool {
	stopped := v.Settings != nil && v.Settings.ActivationPolicy == "NEVER"
	return !stopped && v.State != "SUSPENDED" && v.State != "STOPPED"
}
