//go:build !unix

package sshsign

import "io/fs"

// isExposed reports whether others can get at a private key file, which modes do
// not say here.
func isExposed(fs.FileInfo) bool { return false }
