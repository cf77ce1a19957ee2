package inventory

import (
	"errors"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// A reader that panics ends its own listing, with what it had found.
func TestSteady(t *testing.T) {
	broken := func(yield func(provider.Item, error) bool) {
		var none *provider.Item
		if yield(provider.Item{}, nil) {
			yield(*none, nil)
		}
	}
	items, failed := 0, error(nil)
	for _, err := range steady(broken) {
		if err != nil {
			failed = err
			continue
		}
		items++
	}
	if items != 1 || !errors.Is(failed, errReader) {
		t.Errorf("%d items, %v", items, failed)
	}
	f := explain(nil, failed)
	if f.Kind != provider.Unavailable || f.Detail != errReader.Error() {
		t.Errorf("%+v", f)
	}
}

// A panic of the one who reads the listing is not the reader's.
func TestSteadyOthers(t *testing.T) {
	defer func() {
		if recover() != "mine" {
			t.Error("the panic is gone")
		}
	}()
	for range steady(func(yield func(provider.Item, error) bool) { yield(provider.Item{}, nil) }) {
		panic("mine")
	}
}
