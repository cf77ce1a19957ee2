package inventory

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
)

// The file is JSON lines, so that it can be written while reading an account and
// searched with the usual tools: a header, then one line per coverage row and
// resource, then a closing line with their numbers, by which a truncated file is
// known.
type (
	header struct {
		FormatVersion string    `json:"format_version"`
		TakenAt       time.Time `json:"taken_at"`
	}
	footer struct {
		Resources int `json:"resources"`
		Coverage  int `json:"coverage"`
	}
	line struct {
		Coverage *Coverage          `json:"coverage,omitempty"`
		Resource *resource.Resource `json:"resource,omitempty"`
		End      *footer            `json:"end,omitempty"`
	}
)

// Write writes the inventory without the values that Secret reports.
func Write(w io.Writer, inv *Inventory, schemas *schema.Schemas) error {
	buf := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(header{FormatVersion, inv.TakenAt}); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	for i := range inv.Coverage {
		if err := enc.Encode(line{Coverage: &inv.Coverage[i]}); err != nil {
			return fmt.Errorf("write inventory: %w", err)
		}
	}
	for i := range inv.Resources {
		clean := withoutSecrets(schemas.Type(inv.Resources[i].Key.Type), inv.Resources[i])
		if err := enc.Encode(line{Resource: &clean}); err != nil {
			return fmt.Errorf("write inventory: %w", err)
		}
	}
	if err := enc.Encode(line{End: &footer{len(inv.Resources), len(inv.Coverage)}}); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	return nil
}

// Read reads what Write wrote, be it compressed with gzip. name is for errors, which are one line each.
func Read(r io.Reader, name string) (*Inventory, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s is no inventory: write one with driftmgr inventory", name)
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	dec := json.NewDecoder(in)
	var h header
	if err := dec.Decode(&h); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s is empty: write it with driftmgr inventory", name)
		}
		return nil, fmt.Errorf("%s is no inventory: write one with driftmgr inventory", name)
	}
	if h.FormatVersion == "" {
		return nil, fmt.Errorf("%s is no inventory: write one with driftmgr inventory", name)
	}
	if major(h.FormatVersion) != major(FormatVersion) {
		return nil, fmt.Errorf("%s has inventory format %s, this driftmgr reads %s: write it again with driftmgr inventory", name, h.FormatVersion, FormatVersion)
	}
	inv := &Inventory{FormatVersion: h.FormatVersion, TakenAt: h.TakenAt}
	var pool resource.Pool
	for {
		var l line
		if err := dec.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, fmt.Errorf("%s is truncated after %d resources: write it again with driftmgr inventory", name, len(inv.Resources))
			}
			return nil, fmt.Errorf("%s is damaged after %d resources: write it again with driftmgr inventory", name, len(inv.Resources))
		}
		switch {
		case l.Resource != nil:
			pool.Share(l.Resource.Attrs)
			inv.Resources = append(inv.Resources, *l.Resource)
		case l.Coverage != nil:
			inv.Coverage = append(inv.Coverage, *l.Coverage)
		case l.End != nil:
			if l.End.Resources != len(inv.Resources) || l.End.Coverage != len(inv.Coverage) {
				return nil, fmt.Errorf("%s is damaged: it announces %d resources and has %d", name, l.End.Resources, len(inv.Resources))
			}
			if _, err := dec.Token(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("%s has more behind its end: keep one inventory a file", name)
			}
			inv.sort()
			return inv, nil
		}
	}
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}
