package sshsign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentKeys are what an agent holds: signers whose public keys are *agent.Key.
type agentKeys struct {
	conn    net.Conn
	signers []ssh.Signer
}

// openAgent connects to an agent and lists its keys.
func openAgent(ctx context.Context, socket string) (*agentKeys, error) {
	if socket == "" {
		return nil, errors.New("no SSH agent is known: start one and set SSH_AUTH_SOCK")
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("connect to the SSH agent: %w", err)
	}
	signers, err := agent.NewClient(interruptible{conn, ctx}).Signers()
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("list the keys of the SSH agent at %s: %w", socket, cause(ctx, err))
	}
	return &agentKeys{conn, signers}, nil
}

// only returns the agent's only key.
func (a *agentKeys) only() (ssh.Signer, error) {
	switch len(a.signers) {
	case 0:
		return nil, errors.New("the SSH agent holds no key, or is locked: add one by ssh-add")
	case 1:
		return a.signers[0], nil
	}
	names := make([]string, len(a.signers))
	for i, s := range a.signers {
		names[i] = ssh.FingerprintSHA256(s.PublicKey())
		if k, ok := s.PublicKey().(*agent.Key); ok && k.Comment != "" {
			names[i] += fmt.Sprintf(" (%q)", k.Comment)
		}
	}
	return nil, fmt.Errorf("the SSH agent holds %d keys: name the file of one, which may be its public key: %s", len(names), strings.Join(names, ", "))
}

// find returns the agent's signer with a key, or nil.
func (a *agentKeys) find(key ssh.PublicKey) ssh.Signer {
	for _, s := range a.signers {
		if bytes.Equal(s.PublicKey().Marshal(), key.Marshal()) {
			return s
		}
	}
	return nil
}

// interruptible is a connection whose reads end with a context. The protocol's
// client knows none, and a person may have to touch a key or confirm, so a
// deadline would not do. It looks at the context now and then instead of waiting
// for it in a goroutine of its own.
type interruptible struct {
	net.Conn
	ctx context.Context
}

// lookEvery is how often a waiting read looks at its context.
const lookEvery = 100 * time.Millisecond

func (c interruptible) Read(p []byte) (int, error) {
	for {
		if err := c.ctx.Err(); err != nil {
			return 0, err
		}
		if err := c.SetReadDeadline(time.Now().Add(lookEvery)); err != nil {
			return 0, err
		}
		n, err := c.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
}

// cause returns the context's error if it has one: the agent's client hides what it
// wraps.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
