package gcp

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"google.golang.org/api/compute/v1"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

var computeRouterNat = define(spec[compute.RouterNat]{
	Name:     "google_compute_router_nat",
	Asset:    "compute.googleapis.com/Router", // it is a part of one
	Actions:  []string{"compute.routers.list"},
	List:     natsOf(everywhere("routers")),
	ID:       func(it item[compute.RouterNat]) string { return it.parent + "/nats/" + it.v.Name },
	StateIDs: natIDs,
	Import:   importNat,
	ChildOf:  []resource.ChildOf{{Parent: "google_compute_router", Ref: "id", ParentID: routerOfNat}},
	Fields: fields{
		"auto_network_tier":                skip(), // the provider does not read it
		"icmp_idle_timeout_sec":            orNumber(30),
		"tcp_established_idle_timeout_sec": orNumber(1200),
		"tcp_time_wait_timeout_sec":        orNumber(120),
		"tcp_transitory_idle_timeout_sec":  orNumber(30),
		"udp_idle_timeout_sec":             orNumber(30),
	},
	Rules: map[string]resource.Rule{
		"id":   resource.Ignore(),
		"type": resource.Default("PUBLIC"),
	},
	Map: func(it item[compute.RouterNat], a resource.Attrs) {
		placeNat(it, a)
		a["id"] = it.parent + "/" + it.v.Name
	},
})

// natIDs returns the join key of a NAT from the id that a state has of it or of its
// addresses.
func natIDs(a resource.Attrs) []string {
	if key := natOf(a.String("id")); key != "" {
		return []string{key}
	}
	return nil
}

// natOf returns the join key of the NAT of an id: P/REGION/ROUTER/NAT, or
// projects/P/regions/REGION/routers/ROUTER/NAT.
func natOf(id string) string {
	router := routerOfNat(id)
	if router == "" {
		return ""
	}
	return router + "/nats/" + base(id)
}

// routerOfNat returns the join key of the router of such an id.
func routerOfNat(id string) string {
	p := strings.Split(link(id), "/")
	switch {
	case len(p) == 4:
		return fmt.Sprintf("projects/%s/regions/%s/routers/%s", p[0], p[1], p[2])
	case len(p) == 7 && p[0] == "projects":
		return strings.Join(p[:6], "/")
	}
	return ""
}

// placeNat says where a NAT is, which its router knows.
func placeNat(it item[compute.RouterNat], a resource.Attrs) {
	if p := strings.Split(it.parent, "/"); len(p) == 6 { // projects/P/regions/REGION/routers/ROUTER
		a["region"], a["router"] = p[3], p[5]
	}
}

// natsOf yields the NATs of the routers that a lister yields.
func natsOf(routers lister) lister {
	return func(ctx context.Context, c *conn, q provider.Query) iter.Seq2[object, error] {
		return func(yield func(object, error) bool) {
			for o, err := range routers(ctx, c, q) {
				var router struct {
					SelfLink string            `json:"selfLink"`
					Nats     []json.RawMessage `json:"nats"`
				}
				if err == nil {
					err = json.Unmarshal(o.body, &router)
				}
				if err != nil {
					yield(object{}, err)
					return
				}
				for _, nat := range router.Nats {
					if !yield(object{body: nat, parent: ofProject(link(router.SelfLink), c.project)}, nil) {
						return
					}
				}
			}
		}
	}
}
