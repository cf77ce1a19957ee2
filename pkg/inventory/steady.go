package inventory

import (
	"errors"
	"iter"

	"github.com/driftmgr/driftmgr/pkg/provider"
)

// errReader is a reader that an answer has broken.
var errReader = errors.New("the answer has a form that driftmgr cannot take; please report it")

// steady ends a listing whose reader panics with an error: an answer that no API's
// description allows must not take the other findings with it, nor end the process
// with the exit code of drift. A panic of the one who ranges over it is not touched.
func steady(list iter.Seq2[provider.Item, error]) iter.Seq2[provider.Item, error] {
	return func(yield func(provider.Item, error) bool) {
		reading := true // rather than yielding, or done
		defer func() {
			if reading && recover() != nil {
				yield(provider.Item{}, errReader)
			}
		}()
		for it, err := range list {
			reading = false
			if !yield(it, err) {
				return
			}
			reading = true
		}
	}
}

func explain(p provider.Provider, err error) provider.Failure {
	if errors.Is(err, errReader) {
		return provider.Failure{Kind: provider.Unavailable, Detail: errReader.Error()}
	}
	return p.Explain(err)
}
