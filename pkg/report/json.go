package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// writeJSON writes the report as report.schema.json describes it.
func writeJSON(w io.Writer, r *drift.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the JSON report: %w", err)
	}
	return nil
}
