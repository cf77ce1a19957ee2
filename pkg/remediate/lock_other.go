//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package remediate

import (
	"errors"
	"os"
)

// tryLock fails: two applies at once would undo each other's edits.
func tryLock(*os.File) (bool, error) {
	return false, errors.New("driftmgr knows no file locks of this operating system: run it on Linux, macOS, a BSD or Windows")
}
