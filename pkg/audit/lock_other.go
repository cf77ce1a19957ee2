//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package audit

import (
	"errors"
	"os"
)

// tryLock fails: two writers at once would break the chain.
func tryLock(*os.File, bool) (bool, error) {
	return false, errors.New("driftmgr knows no file locks of this operating system: run it on Linux, macOS, a BSD or Windows")
}
