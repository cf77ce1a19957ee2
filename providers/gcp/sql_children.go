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
// its primary has and is looked at only where a child in a state names it, as after
// a switchover; a database outside of Google has nothing that it could tell; and an
// instance that does not run cannot say what it has.
func inEachSQLInstance(child, collection string) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			of := inSQLInstance()
			matter := q.Parents(resource.Type{Name: child, ChildOf: []resource.ChildOf{of}}, of.Parent)
			named := map[string]bool{}
			for _, m := range q.Held(child) {
				named[sqlInstanceOf(m.Attrs)] = true
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
				case !q.Everything && !matter[id]:
					continue
				case !named[id] && (it.v.MasterInstanceName != "" || it.v.InstanceType == "ON_PREMISES_INSTANCE"):
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
