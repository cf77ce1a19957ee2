package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// readFile reads a file that a key of the configuration names.
func readFile[T any](name, key string, read func(io.Reader, string) (T, error)) (_ T, err error) {
	var none T
	f, err := os.Open(name)
	if err != nil {
		return none, fmt.Errorf("%s: %w", key, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return read(f, name)
}
