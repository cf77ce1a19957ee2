//go:build !windows && !plan9

package audit

import (
	"context"
	"fmt"
	"log/syslog"
	"net"
	"time"
)

// dialWait is how long a syslog server may take to answer.
const dialWait = 10 * time.Second

// check reports whether somebody is there to send to, as far as UDP can tell.
func (s sink) check(ctx context.Context) error {
	w, err := s.dial(ctx)
	if err != nil {
		return err
	}
	return w.Close()
}

// send connects anew for each line: what is written to a connection that the server
// has closed in the meantime is lost without an error.
func (s sink) send(ctx context.Context, text string) error {
	w, err := s.dial(ctx)
	if err != nil {
		return err
	}
	err = w.Notice(text)
	if e := w.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%v: %w", s, err)
	}
	return nil
}

func (s sink) dial(ctx context.Context) (*syslog.Writer, error) {
	if s.network == "tcp" {
		// log/syslog waits as long as it takes: ask first whether somebody answers.
		c, err := (&net.Dialer{Timeout: dialWait}).DialContext(ctx, s.network, s.address)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", s, err)
		}
		if err := c.Close(); err != nil {
			return nil, fmt.Errorf("%v: %w", s, err)
		}
	}
	w, err := syslog.Dial(s.network, s.address, syslog.LOG_AUTHPRIV|syslog.LOG_NOTICE, s.tag)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s, err)
	}
	return w, nil
}
