package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strconv"

	"github.com/hashicorp/terraform-exec/tfexec"
)

// Progress is one thing that an apply says.
type Progress struct {
	// Address is the resource, Text what happens to it: "modifying…", "modified
	// after 3s". Without an address Text is about the whole.
	Address, Text string
}

// Apply applies a saved plan, with Terraform's own lock, and with extra, variables
// NAME=VALUE that are added to the environment: the credentials that may write. show
// is called for each step, one after another. What Terraform had done before an error
// is in the state. When ctx ends, Terraform is interrupted: it ends what it has begun,
// however long that takes, and begins nothing else.
func (r *Root) Apply(ctx context.Context, planFile string, extra []string, show func(Progress)) error {
	with := *r
	with.o.Environ = append(append([]string(nil), r.o.Environ...), extra...)
	tf, data, err := with.exec()
	if err != nil {
		return err
	}
	defer data.remove()
	wait(tf, 0) // killed, it would lose what it did
	running := ctx
	if runtime.GOOS == "windows" {
		// Where nothing can be interrupted, ending ctx kills. The console tells Terraform
		// of Ctrl-C by itself.
		running = context.WithoutCancel(ctx)
	}
	events := &events{show: show}
	if err := tf.ApplyJSON(running, events, tfexec.DirOrPlan(planFile), tfexec.Lock(true)); err != nil {
		said := told(events.errors)
		if said == "" {
			said = plain(err.Error())
		}
		failed := with.failed(ctx, "apply", said, err, data)
		if events.began && (errors.Is(failed, ErrLocked) || errors.Is(failed, ErrStale)) {
			// It was neither, as something was changed: a provider said so.
			return with.fail(with.name()+" apply failed: "+redact(firstLine(said), with.secretValues(data)), "", err)
		}
		return failed
	}
	return nil
}

// events reads the lines of `terraform apply -json`
// (https://developer.hashicorp.com/terraform/internals/machine-readable-ui).
type events struct {
	show   func(Progress)
	rest   []byte
	errors []Diagnostic
	began  bool // to change a resource
}

func (e *events) Write(p []byte) (int, error) {
	e.rest = append(e.rest, p...)
	for {
		line, rest, ok := bytes.Cut(e.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		e.line(line)
		e.rest = rest
	}
}

func (e *events) line(line []byte) {
	var m struct {
		Type string `json:"type"`
		Hook struct {
			Resource struct {
				Addr string `json:"addr"`
			} `json:"resource"`
			Action  string  `json:"action"`
			Elapsed float64 `json:"elapsed_seconds"`
		} `json:"hook"`
		Diagnostic struct {
			Severity, Summary, Detail, Address string
			Range                              struct {
				Filename   string
				Start, End struct{ Byte int }
			}
		} `json:"diagnostic"`
	}
	if json.Unmarshal(line, &m) != nil {
		return // what terraform prints beside its events
	}
	if e.show == nil && m.Type != "diagnostic" {
		return
	}
	switch m.Type {
	case "apply_start":
		e.began = true
		e.show(Progress{m.Hook.Resource.Addr, m.Hook.Action + "…"})
	case "apply_progress":
		e.show(Progress{m.Hook.Resource.Addr, "still at it after " + seconds(m.Hook.Elapsed)})
	case "apply_complete":
		e.show(Progress{m.Hook.Resource.Addr, m.Hook.Action + " done after " + seconds(m.Hook.Elapsed)})
	case "apply_errored":
		e.show(Progress{m.Hook.Resource.Addr, m.Hook.Action + " failed after " + seconds(m.Hook.Elapsed)})
	case "diagnostic":
		if d := m.Diagnostic; d.Severity == "error" {
			e.errors = append(e.errors, Diagnostic{d.Summary, d.Detail, d.Address, d.Range.Filename, d.Range.Start.Byte, d.Range.End.Byte})
		}
	}
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) + "s" }
