package gcp

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestChildrenNameTheirParents(t *testing.T) {
	type A = resource.Attrs
	tests := map[string]struct {
		child resource.Type
		attrs A
		want  string
	}{
		"a record by its zone's name":  {dnsRecordSet.Type.Type, A{"project": "p", "managed_zone": "z"}, "projects/p/managedZones/z"},
		"a record by its zone's link":  {dnsRecordSet.Type.Type, A{"project": "p", "managed_zone": "https://www.googleapis.com/dns/v1/projects/p/managedZones/z"}, "projects/p/managedZones/z"},
		"a record without a zone":      {dnsRecordSet.Type.Type, A{"project": "p"}, ""},
		"a table":                      {bigqueryTable.Type.Type, A{"project": "p", "dataset_id": "d"}, "projects/p/datasets/d"},
		"a user":                       {sqlUser.Type.Type, A{"project": "p", "instance": "i", "id": "u//i"}, "projects/p/instances/i"},
		"a database":                   {sqlDatabase.Type.Type, A{"project": "p", "instance": "i"}, "projects/p/instances/i"},
		"a pool by its cluster's name": {containerNodePool.Type.Type, A{"project": "p", "location": "l", "cluster": "c"}, "projects/p/locations/l/clusters/c"},
		"a pool by its cluster's id":   {containerNodePool.Type.Type, A{"project": "p", "location": "l", "cluster": "projects/p/locations/l/clusters/c"}, "projects/p/locations/l/clusters/c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, of := range tt.child.ChildOf {
				if got, ok := of.Of(tt.attrs); got != tt.want || ok != (tt.want != "") {
					t.Errorf("%s: the parent is %q, want %q", of.Path, got, tt.want)
				}
			}
		})
	}
}

func TestStateKeys(t *testing.T) {
	type A = resource.Attrs
	tests := map[string]struct {
		of    resource.Type
		attrs A
		want  string
	}{
		"an instance":                 {sqlDatabaseInstance.Type.Type, A{"id": "i", "name": "i", "project": "p"}, "projects/p/instances/i"},
		"a user of PostgreSQL":        {sqlUser.Type.Type, A{"id": "u//i", "project": "p", "instance": "i", "name": "u", "host": ""}, "projects/p/instances/i/users/u/"},
		"a user of any host":          {sqlUser.Type.Type, A{"id": "u/%/i", "project": "p", "instance": "i", "name": "u", "host": "%"}, "projects/p/instances/i/users/u/"},
		"a user of one host":          {sqlUser.Type.Type, A{"id": "p/i/h/u", "project": "p", "instance": "i", "name": "u", "host": "h"}, "projects/p/instances/i/users/u/h"},
		"a record's case and dot":     {dnsRecordSet.Type.Type, A{"project": "p", "managed_zone": "z", "name": "WWW.acme.example", "type": "A"}, "projects/p/managedZones/z/rrsets/www.acme.example./A"},
		"a cluster with a zonal link": {containerCluster.Type.Type, A{"project": "p", "location": "l", "name": "c", "self_link": "https://container.googleapis.com/v1/projects/p/zones/l/clusters/c"}, "projects/p/locations/l/clusters/c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.of.IDs(tt.attrs); len(got) != 1 || got[0] != tt.want {
				t.Errorf("%v, want %s", got, tt.want)
			}
		})
	}
}
