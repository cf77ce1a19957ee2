package aws

import (
	"testing"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

func TestShownVolumes(t *testing.T) {
	q := provider.Query{Held: func(typ string) []*resource.Managed {
		if typ != "aws_instance" {
			return nil
		}
		return []*resource.Managed{{Attrs: resource.Attrs{
			"root_block_device": []any{map[string]any{"volume_id": "vol-root"}},
			"ebs_block_device":  []any{map[string]any{"volume_id": "vol-data"}, map[string]any{}},
		}}, {}}
	}}
	shown := shownVolumes(q)
	if !shown["vol-root"] || !shown["vol-data"] || shown["vol-other"] {
		t.Errorf("%v", shown)
	}
}
