package gcp

import (
	"slices"
	"strings"

	sqladmin "google.golang.org/api/sqladmin/v1beta4"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

var sqlUser = define(spec[sqladmin.User]{
	Name:    "google_sql_user",
	Actions: []string{"cloudsql.instances.list", "cloudsql.users.list"},
	List:    inEachSQLInstance("google_sql_user", "users"),
	ID:      func(it item[sqladmin.User]) string { return sqlUserID(it.parent, it.v.Name, it.v.Host) },
	// An id is NAME/HOST/INSTANCE, and that of an imported user not even that.
	StateIDs: func(a resource.Attrs) []string {
		instance := sqlInstanceOf(a)
		if instance == "" || a.String("name") == "" {
			return nil
		}
		return []string{sqlUserID(instance, a.String("name"), a.String("host"))}
	},
	Import: sqlUserImport,
	// Those that come with an instance, and the members of a group that logged in.
	Default: func(it item[sqladmin.User]) bool {
		return slices.Contains([]string{"postgres", "root", "sqlserver"}, it.v.Name) || hasPrefix(it.v.Name, "cloudsql", "mysql.") ||
			hasPrefix(it.v.Type, "CLOUD_IAM_GROUP_")
	},
	ChildOf: []resource.ChildOf{inSQLInstance()},
	Fields: fields{
		"password":       skip(),
		"database_roles": skip(), // of the creation
	},
	Rules: map[string]resource.Rule{
		"type": resource.Default("BUILT_IN"),
		"host": resource.Default("%"),
		"password_policy.password_expiration_duration": sameDuration(),
	},
})

// sqlUserID is a user's join key. A user without a host is one of any host.
func sqlUserID(instance, name, host string) string {
	if host == "%" {
		host = ""
	}
	return instance + "/users/" + name + "/" + host
}

// sqlUserImport is PROJECT/INSTANCE/HOST/NAME for a user who has a host, as those of
// MySQL do, and PROJECT/INSTANCE/NAME for any other. The importer counts the parts,
// and looks for a MySQL user, unless it is a group, by what is before the @ alone:
// names that it would take for another's are not given.
func sqlUserImport(r *resource.Resource) string {
	name, host := r.Attrs.String("name"), r.Attrs.String("host")
	if strings.Contains(name, "/") || host != "" && strings.Contains(name, "@") && r.Attrs.String("type") != "CLOUD_IAM_GROUP" {
		return ""
	}
	id := barePath(r.Key.ID, "projects", "instances") + "/"
	if host != "" {
		id += host + "/"
	}
	return id + name
}
