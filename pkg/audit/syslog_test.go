//go:build !windows && !plan9

package audit

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSyslogUDP(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	next := func() string {
		b := make([]byte, 64<<10)
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	wantSyslog(t, "udp://"+conn.LocalAddr().String(), next)
}

func TestSyslogTCP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	lines := make(chan string, 100)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for in := bufio.NewScanner(c); in.Scan(); {
					lines <- in.Text() + "\n"
				}
			}()
		}
	}()
	next := func() string {
		select {
		case s := <-lines:
			return s
		case <-time.After(10 * time.Second):
			t.Fatal("nothing arrives")
		}
		return ""
	}
	wantSyslog(t, "tcp://"+listener.Addr().String(), next)
}

// wantSyslog checks that what arrives is what the log has, and begins with what the
// chain needs.
func wantSyslog(t *testing.T, address string, next func() string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "audit.log")
	l, err := Open(t.Context(), Options{File: file, Syslog: address, Tag: "drift-audit"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		e, err := l.Append(t.Context(), event(i))
		if err != nil {
			t.Fatal(err)
		}
		got := next()
		lines := strings.SplitAfter(read(t, file), "\n")
		// <85>: facility 10 (authpriv) times 8 and severity 5 (notice).
		if want := fmt.Sprintf("]: %d %s %s", e.Seq, e.Hash, lines[i]); !strings.HasPrefix(got, "<85>") || !strings.Contains(got, " drift-audit[") || !strings.HasSuffix(got, want) {
			t.Errorf("got  %s\nwant … drift-audit[…%s", got, want)
		}
	}
	wantClean(t, file, 3)
}

// A server that is gone is an error, and the file has the event nevertheless.
func TestSyslogGone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "tcp://" + listener.Addr().String()
	file := filepath.Join(t.TempDir(), "audit.log")
	l, err := Open(t.Context(), Options{File: file, Syslog: address})
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	e, err := l.Append(t.Context(), event(0))
	if err == nil || !strings.Contains(err.Error(), "the event is in the file, but was not sent: syslog "+address) {
		t.Errorf("Append: %v", err)
	}
	if s := wantClean(t, file, 1); e.Hash != s.Hash {
		t.Errorf("the event that came back has the hash %q; want %s", e.Hash, s.Hash)
	}
	if _, err := Open(t.Context(), Options{File: file, Syslog: address}); err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("Open: %v", err)
	}
}

func TestSyslogCancelled(t *testing.T) {
	s, err := parseSink(Options{Syslog: "tcp://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.send(ctx, "x"); err == nil || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("%v", err)
	}
}

func TestParseSink(t *testing.T) {
	for _, c := range []struct {
		syslog, tag string
		want        sink
	}{
		{"", "", sink{tag: "driftmgr"}},
		{"local", "", sink{tag: "driftmgr", on: true}},
		{"udp://log.example.com:514", "x", sink{"udp", "log.example.com:514", "x", true}},
		{"tcp://[::1]:6514", "", sink{"tcp", "[::1]:6514", "driftmgr", true}},
	} {
		if got, err := parseSink(Options{Syslog: c.syslog, Tag: c.tag}); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.syslog, got, err, c.want)
		}
	}
	for _, o := range []Options{
		{Syslog: "log.example.com:514"}, {Syslog: "udp://log.example.com"}, {Syslog: "udp://:514"}, {Syslog: "udp:h:1"},
		{Syslog: "https://h:1"}, {Syslog: "tcp://u:hunter2@h:1"}, {Syslog: "tcp://h:1/path"}, {Syslog: "tcp://h:1?x=1"},
		{Syslog: "tcp://h:x"}, {Syslog: "Local"}, {Syslog: "tcp://"}, {Syslog: "local", Tag: "a\nb"},
	} {
		_, err := Open(t.Context(), Options{File: filepath.Join(t.TempDir(), "log"), Syslog: o.Syslog, Tag: o.Tag})
		if err == nil || !strings.Contains(err.Error(), "syslog") || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
