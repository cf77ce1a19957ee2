package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// writeJSON writes the report as report.schema.json describes it.
func writeJSON(w io.Writer, r *drift.Report) error {
	if r.Stats != nil && r.Stats.APICalls == nil {
		// No call was made: to a script that is no call of any action.
		stats := *r.Stats
		stats.APICalls = map[string]int{}
		with := *r
		with.Stats = &stats
		r = &with
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the JSON report: %w", err)
	}
	return nil
}
