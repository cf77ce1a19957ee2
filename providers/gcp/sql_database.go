package gcp

import (
	"slices"

	sqladmin "google.golang.org/api/sqladmin/v1beta4"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// systemDatabases come with an instance of PostgreSQL, MySQL and SQL Server.
var systemDatabases = []string{
	"postgres", "cloudsqladmin", "template0", "template1",
	"mysql", "information_schema", "performance_schema", "sys",
	"master", "model", "msdb", "tempdb",
}

var sqlDatabase = define(spec[sqladmin.Database]{
	Name:    "google_sql_database",
	Actions: []string{"cloudsql.instances.list", "cloudsql.databases.list"},
	List:    inEachSQLInstance("google_sql_database", "databases"),
	ID:      func(it item[sqladmin.Database]) string { return it.parent + "/databases/" + it.v.Name },
	StateIDs: func(a resource.Attrs) []string {
		instance := sqlInstanceOf(a)
		if instance == "" || a.String("name") == "" {
			return nil
		}
		return []string{instance + "/databases/" + a.String("name")}
	},
	Import:  importFree(6),
	Default: func(it item[sqladmin.Database]) bool { return slices.Contains(systemDatabases, it.v.Name) },
	ChildOf: []resource.ChildOf{inSQLInstance()},
	Rules:   map[string]resource.Rule{"charset": resource.Fold()},
})
