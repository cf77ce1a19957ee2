package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/driftmgr/driftmgr/internal/world"
)

// cloud is the API of the world that every resource calls.
type cloud struct {
	file  string
	calls string // empty records nothing
	delay string // empty takes the world's own
}

// read returns the world.
func (c *cloud) read(typ, id string) (*world.World, error) {
	if err := c.record("read", typ, id); err != nil {
		return nil, err
	}
	return world.Read(c.file)
}

// change records the call, waits and makes the change, in this order: a test that
// sees the call recorded knows that the change is under way. Where Terraform gives
// up while it waits, nothing is changed.
func (c *cloud) change(ctx context.Context, verb, typ, id string, f func(*world.World) error) error {
	if err := c.record(verb, typ, id); err != nil {
		return err
	}
	if err := c.wait(ctx); err != nil {
		return err
	}
	return world.Update(c.file, f)
}

func (c *cloud) wait(ctx context.Context) error {
	delay := c.delay
	if delay == "" {
		w, err := world.Read(c.file)
		if err != nil {
			return err
		}
		delay = w.Delay
	}
	if delay == "" {
		return nil
	}
	d, err := time.ParseDuration(delay)
	if err != nil {
		return fmt.Errorf("WORLD_DELAY: %w", err)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// record appends a line in one write, so that lines of calls at the same time do
// not mix.
func (c *cloud) record(verb, typ, id string) error {
	if c.calls == "" {
		return nil
	}
	f, err := os.OpenFile(c.calls, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("record the call: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s %s %s\n", verb, typ, id)
	return errors.Join(err, f.Close())
}
