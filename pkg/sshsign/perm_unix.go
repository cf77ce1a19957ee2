//go:build unix

package sshsign

import (
	"io/fs"
	"os"
	"syscall"
)

// isExposed reports whether others can get at a private key file. As in ssh, the
// mode counts for the user's own files: who mounts another's file into a container
// has decided who reads it.
func isExposed(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return info.Mode().Perm()&0o077 != 0 && (!ok || int(st.Uid) == os.Getuid())
}
