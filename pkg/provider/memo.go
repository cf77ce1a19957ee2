package provider

import (
	"iter"
	"sync"
)

// Memo remembers the answers of calls that several types of one scope share:
// route tables, their routes and their associations come from one listing. The
// zero value is ready; it is safe for concurrent use. It lives as long as its
// connection, which is one run.
type Memo struct {
	mu      sync.Mutex
	answers map[string]any
}

// Forget lets go of the answers: nobody asks any more.
func (m *Memo) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = nil
}

// Once returns f's answer for key, calling it at most once; others wait. Errors
// are remembered like answers.
func Once[T any](m *Memo, key string, f func() (T, error)) (T, error) {
	m.mu.Lock()
	if m.answers == nil {
		m.answers = map[string]any{}
	}
	get, ok := m.answers[key].(func() (T, error))
	if !ok {
		get = sync.OnceValues(f)
		m.answers[key] = get
	}
	m.mu.Unlock()
	return get()
}

// Shared lists once and replays the listing to everyone who asks for key,
// including where it broke off.
func Shared[T any](m *Memo, key string, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		all, err := Once(m, key, func() ([]T, error) {
			var all []T
			for v, err := range list {
				if err != nil {
					return all, err
				}
				all = append(all, v)
			}
			return all, nil
		})
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var zero T
			yield(zero, err)
		}
	}
}
