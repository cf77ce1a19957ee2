package terraform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
)

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)`)

// Version asks a binary what it is: "Terraform" or "OpenTofu", and its version,
// "1.11.4". execPath is a path, or a name on PATH; empty means terraform, or tofu
// where there is no terraform.
func Version(ctx context.Context, execPath string) (name, version string, err error) {
	names := []string{execPath}
	if execPath == "" {
		names = []string{"terraform", "tofu"}
	}
	path := ""
	for _, n := range names {
		if path, err = find(n, os.Environ()); err == nil {
			break
		}
	}
	if err != nil {
		if execPath == "" {
			return "", "", fmt.Errorf("neither terraform nor tofu is on PATH: install Terraform or OpenTofu: %w", err)
		}
		return "", "", fmt.Errorf("%s cannot be run: name the binary of Terraform or OpenTofu: %w", execPath, err)
	}
	return versionOf(ctx, path, os.Environ())
}

// versionOf asks the binary at a path.
func versionOf(ctx context.Context, path string, environ []string) (name, version string, err error) {
	// Away from any root module, whose providers it would tell, too.
	cmd := command{path: path, dir: os.TempDir(), environ: environment(environ, "", ""), limit: 64 << 10}
	out, err := cmd.run(ctx, "version")
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			err = exit
		}
		return "", "", fmt.Errorf("%s version: %w: name the binary of Terraform or OpenTofu", path, err)
	}
	m := versionLine.FindSubmatch(out.Bytes())
	if m == nil {
		return "", "", fmt.Errorf("%s is neither Terraform nor OpenTofu: name the binary of one of them", path)
	}
	return string(m[1]), string(m[2]), nil
}
