package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ExportOptions say what of a log is exported, and how. What is zero leaves nothing
// out.
type ExportOptions struct {
	// Format is json (one document: audit.schema.json#/$defs/export), jsonl (the lines
	// as they are) or csv (one row each, with a header).
	Format string

	Since, Until time.Time // from Since on, and before Until
	Plan         string
	Action       Action
}

// Export writes the events of a log. It verifies nothing: an event that was altered
// is exported as it reads now. What does not read as an event is an error, and then
// nothing is written.
func Export(w io.Writer, log io.Reader, o ExportOptions) error {
	write, ok := map[string]func(io.Writer, []Event) error{"json": exportJSON, "jsonl": exportLines, "csv": exportCSV}[o.Format]
	if !ok {
		return fmt.Errorf("audit export: format %q: use json, jsonl or csv", o.Format)
	}
	events := []Event{}
	number := 0
	err := eachLine(log, func(text []byte, torn bool) error {
		number++
		e, err := parse(text)
		switch {
		case torn:
			return fmt.Errorf("line %d is torn: run driftmgr audit verify", number)
		case err != nil:
			return fmt.Errorf("line %d: %w: run driftmgr audit verify", number, err)
		}
		if o.takes(e) {
			events = append(events, e)
		}
		return nil
	})
	if err == nil {
		err = write(w, events)
	}
	if err != nil {
		return fmt.Errorf("audit export: %w", err)
	}
	return nil
}

func (o ExportOptions) takes(e Event) bool {
	return (o.Since.IsZero() || !e.Time.Before(o.Since)) &&
		(o.Until.IsZero() || e.Time.Before(o.Until)) &&
		(o.Plan == "" || e.Plan == o.Plan) &&
		(o.Action == "" || e.Action == o.Action)
}

func exportJSON(w io.Writer, events []Event) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		FormatVersion string  `json:"format_version"`
		Events        []Event `json:"events"`
	}{FormatVersion, events})
}

func exportLines(w io.Writer, events []Event) error {
	var b bytes.Buffer
	for _, e := range events {
		line, err := encode(e)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func exportCSV(w io.Writer, events []Event) error {
	rows := [][]string{{
		"seq", "time", "action", "outcome", "actor_name", "actor_principal", "actor_fingerprint", "actor_host",
		"plan", "digest", "reason", "prev", "hash", "format_version",
	}}
	for _, e := range events {
		row := []string{
			strconv.FormatUint(e.Seq, 10), e.Time.Format(time.RFC3339Nano), string(e.Action), e.Outcome,
			e.Actor.Name, e.Actor.Principal, e.Actor.Fingerprint, e.Actor.Host,
			e.Plan, e.Digest, e.Reason, e.Prev, e.Hash, e.FormatVersion,
		}
		for i := range row {
			row[i] = cell(row[i])
		}
		rows = append(rows, row)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// cell returns s so that no spreadsheet takes it for a formula: those begin with one
// of a few characters, of the wide forms too (https://owasp.org/www-community/attacks/CSV_Injection).
// An altered line may have what breaks a row or a terminal: that is left out.
func cell(s string) string {
	s = clean(s, maxLine)
	if strings.IndexAny(s, "=+-@＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}
