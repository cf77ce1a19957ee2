// Package all lists the state backends.
package all

import (
	"io"
	"slices"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/azurerm"
	"github.com/driftmgr/driftmgr/pkg/state/consul"
	"github.com/driftmgr/driftmgr/pkg/state/gcs"
	"github.com/driftmgr/driftmgr/pkg/state/kubernetes"
	"github.com/driftmgr/driftmgr/pkg/state/local"
	"github.com/driftmgr/driftmgr/pkg/state/pg"
	"github.com/driftmgr/driftmgr/pkg/state/s3"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
	"github.com/driftmgr/driftmgr/pkg/state/web"
)

// Options are those of each backend. The zero value reads what the environment
// gives Terraform.
type Options struct {
	// Stdin is what the reference `-` reads; nil where there is none.
	Stdin io.Reader

	S3         s3.Options
	GCS        gcs.Options
	Azure      azurerm.Options
	Web        web.Options
	TFC        tfc.Options
	PG         pg.Options
	Consul     consul.Options
	Kubernetes kubernetes.Options
}

// Backends returns one backend of each scheme. Each call returns backends of
// their own. Where several take blocks of one type, each takes any of them.
func Backends(o Options) []state.Backend {
	return slices.Concat(
		[]state.Backend{
			local.New(o.Stdin),
			s3.New(o.S3),
			gcs.New(o.GCS),
			azurerm.New(o.Azure),
			tfc.New(o.TFC),
			kubernetes.New(o.Kubernetes),
			consul.New(o.Consul),
		},
		pg.New(o.PG),
		web.New(o.Web),
	)
}
