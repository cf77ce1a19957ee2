package audit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The test binary is the other processes, too: what one does is in roleVar.
const (
	roleVar = "DRIFTMGR_AUDIT_TEST_ROLE"
	fileVar = "DRIFTMGR_AUDIT_TEST_FILE"
)

func TestMain(m *testing.M) {
	role, file := os.Getenv(roleVar), os.Getenv(fileVar)
	switch role {
	case "":
		os.Exit(m.Run())
	case "append": // until it is killed, or 25 times
		l, err := Open(context.Background(), Options{File: file})
		for i := 0; err == nil && i < 25; i++ {
			var e Event
			if e, err = l.Append(context.Background(), event(i)); err == nil {
				fmt.Println(e.Seq, e.Hash)
			}
		}
		exit(err)
	case "endless":
		l, err := Open(context.Background(), Options{File: file})
		for i := 0; err == nil; i++ {
			var e Event
			if e, err = l.Append(context.Background(), event(i)); err == nil {
				fmt.Println(e.Seq, e.Hash)
			}
		}
		exit(err)
	default:
		exit(inRole(role, file))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process is the test binary in a role.
func process(t *testing.T, role, file string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), roleVar+"="+role, fileVar+"="+file)
	return c
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)

func event(i int) Event {
	return Event{
		Time:    start.Add(time.Duration(i) * time.Minute),
		Action:  Actions()[i%len(Actions())],
		Actor:   Actor{Name: "alice", Principal: "alice@example.com", Fingerprint: "SHA256:abc+/d", Host: "ci-1"},
		Plan:    fmt.Sprintf("plan-%d", i),
		Digest:  fmt.Sprintf("sha256:%064x", i),
		Outcome: "written",
		Reason:  `the <bucket> "logs" & C:\path`,
	}
}

func open(t *testing.T, file string) *Log {
	t.Helper()
	l, err := Open(t.Context(), Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// written makes a log with n lines.
func written(t *testing.T, n int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, file)
	for i := range n {
		if _, err := l.Append(t.Context(), event(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// told is what the problems come down to: "3 altered".
func told(problems []Problem) []string {
	all := []string{}
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%d %s", p.Line, p.Kind))
	}
	return all
}

func wantClean(t *testing.T, file string, lines int) Summary {
	t.Helper()
	s, problems, err := VerifyFile(t.Context(), file, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	if s.Lines != lines || s.Seq != uint64(lines) {
		t.Errorf("%d lines, the last is seq %d; want %d", s.Lines, s.Seq, lines)
	}
	return s
}

func TestAppend(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.log")
	l := open(t, file)
	if got := wantClean(t, file, 0); got.Hash != Genesis {
		t.Errorf("an empty log ends with %s", got.Hash)
	}
	var events []Event
	for i := range 7 {
		e := event(i)
		e.Time = e.Time.In(time.FixedZone("east", 3600))
		got, err := l.Append(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), event(0)); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed log: %v", err)
	}

	prev := Genesis
	for i, text := range strings.Split(strings.TrimSuffix(read(t, file), "\n"), "\n") {
		e, err := parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if e != events[i] {
			t.Errorf("line %d reads %+v\nwant %+v", i+1, e, events[i])
		}
		want := event(i)
		want.FormatVersion, want.Seq, want.Prev, want.Hash = "1.0", uint64(i+1), prev, e.Hash
		if e != want {
			t.Errorf("line %d reads %+v\nwant %+v", i+1, e, want)
		}
		// As the package's documentation says, without any of its code.
		body := strings.Replace(text, `,"hash":"`+e.Hash+`"`, "", 1)
		if h := sha256.Sum256([]byte(body)); hex.EncodeToString(h[:]) != e.Hash {
			t.Errorf("line %d: its hash is not that of %s", i+1, body)
		}
		prev = e.Hash
	}
	const first = `{"format_version":"1.0","seq":1,"time":"2026-01-02T03:04:05.000000678Z","action":"plan",` +
		`"actor":{"name":"alice","principal":"alice@example.com","fingerprint":"SHA256:abc+/d","host":"ci-1"},` +
		`"plan":"plan-0","digest":"sha256:` + Genesis + `","outcome":"written",` +
		`"reason":"the <bucket> \"logs\" & C:\\path","prev":"` + Genesis + `","hash":"`
	if got := read(t, file); !strings.HasPrefix(got, first) {
		t.Errorf("the first line is\n%.600s\nwant\n%s", got, first)
	}
	if s := wantClean(t, file, 7); s.Hash != prev || !s.Head || s.Interrupted {
		t.Errorf("summary %+v; want the hash %s", s, prev)
	}
	if got, want := read(t, HeadFile(file)), `{"format_version":"1.0","seq":7,"hash":"`+prev+"\"}\n"; got != want {
		t.Errorf("head %s; want %s", got, want)
	}
	if runtime.GOOS != "windows" {
		for _, f := range []string{file, HeadFile(file)} {
			if info, err := os.Stat(f); err != nil || info.Mode() != 0o600 {
				t.Errorf("%s: mode %v, %v; want 0600", f, info.Mode(), err)
			}
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 2 {
		t.Errorf("beside the log and its head something is left: %v, %v", left, err)
	}
}

func TestNormalize(t *testing.T) {
	long := strings.Repeat("ü", 2000)
	for _, c := range []struct {
		name   string
		change func(*Event)
		want   func(*Event) // nil: it is refused
	}{
		{"as it is", func(e *Event) {}, func(e *Event) {}},
		{"newlines", func(e *Event) { e.Reason = "\na\r\nb\tc\n" }, func(e *Event) { e.Reason = "a b c" }},
		{"line separators", func(e *Event) { e.Reason = "a\u2028b\u2029c\u0085d" }, func(e *Event) { e.Reason = "a b c d" }},
		{"escape sequence", func(e *Event) { e.Actor.Name = "\x1b[31mbob\x00\x7f" }, func(e *Event) { e.Actor.Name = "[31mbob" }},
		{"other direction", func(e *Event) { e.Actor.Host = "a\u202eb" }, func(e *Event) { e.Actor.Host = "ab" }},
		{"not UTF-8", func(e *Event) { e.Reason = "a\xffb" }, func(e *Event) { e.Reason = "a\uFFFDb" }},
		{"long reason", func(e *Event) { e.Reason = long }, func(e *Event) { e.Reason = long[:2*999] + "…" }},
		{"long name", func(e *Event) { e.Actor.Principal = long }, func(e *Event) { e.Actor.Principal = long[:2*255] + "…" }},
		{"only a principal", func(e *Event) { e.Actor.Name = "" }, func(e *Event) { e.Actor.Name = "" }},
		{"no plan", func(e *Event) { e.Plan, e.Digest = "", "" }, func(e *Event) { e.Plan, e.Digest = "", "" }},
		{"what Append sets", func(e *Event) { e.Seq, e.Prev, e.Hash, e.FormatVersion = 9, "x", "y", "z" }, func(e *Event) {}},
		{"no actor", func(e *Event) { e.Actor = Actor{Host: "ci", Name: "\n"} }, nil},
		{"no time", func(e *Event) { e.Time = time.Time{} }, nil},
		{"a time that cannot be written", func(e *Event) { e.Time = e.Time.AddDate(9000, 0, 0) }, nil},
		{"no action", func(e *Event) { e.Action = "" }, nil},
		{"another action", func(e *Event) { e.Action = "destroy" }, nil},
		{"no outcome", func(e *Event) { e.Outcome = "" }, nil},
		{"outcome with a newline", func(e *Event) { e.Outcome = "applied\n" }, nil},
		{"long outcome", func(e *Event) { e.Outcome = strings.Repeat("a", 65) }, nil},
		{"plan with a newline", func(e *Event) { e.Plan = "p\nq" }, nil},
		{"long plan", func(e *Event) { e.Plan = long }, nil},
		{"digest of another kind", func(e *Event) { e.Digest = "md5:00" }, nil},
		{"digest in capitals", func(e *Event) { e.Digest = "sha256:" + strings.Repeat("A", 64) }, nil},
		{"short digest", func(e *Event) { e.Digest = "sha256:ab" }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := written(t, 0)
			e := event(3)
			c.change(&e)
			got, err := open(t, file).Append(t.Context(), e)
			if c.want == nil {
				if err == nil {
					t.Errorf("it is taken: %+v", got)
				}
				wantClean(t, file, 0)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := event(3)
			c.want(&want)
			want.FormatVersion, want.Seq, want.Prev, want.Hash = "1.0", 1, Genesis, got.Hash
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			wantClean(t, file, 1)
		})
	}
}

// No event that Append takes makes a line that Verify finds too long.
func TestLongestLine(t *testing.T) {
	file := written(t, 0)
	e := event(0)
	wide := strings.Repeat("\U0001F512", 3000) // 4 bytes each
	quotes := strings.Repeat(`"`, 256)
	e.Reason, e.Actor, e.Plan = wide, Actor{wide, wide, wide, wide}, strings.Repeat("\U0001F512", 256)
	l := open(t, file)
	if _, err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	e.Reason, e.Actor, e.Plan = strings.Repeat(quotes, 4), Actor{quotes, quotes, quotes, quotes}, quotes
	if _, err := l.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	wantClean(t, file, 2)
}

// Append goes on with no log that is not as it was left, and leaves it as it is.
func TestAppendRefuses(t *testing.T) {
	base := written(t, 3)
	log, head := read(t, base), read(t, HeadFile(base))
	lines := strings.SplitAfter(log, "\n")
	one := written(t, 1)
	for _, c := range []struct {
		name      string
		log, head string // "-": there is none
		want      string
	}{
		{"last line gone", lines[0] + lines[1], head, "it ends with seq 2, but its head says 3: lines were cut off"},
		{"all lines gone", "", head, "it ends with seq 0, but its head says 3"},
		{"log gone", "-", head, "it is gone, but its head"},
		{"head gone", log, "-", "audit.log.head is missing"},
		{"another head", log, read(t, HeadFile(one)), "it ends with seq 3, but its head says 1: lines were added"},
		{"head of another log", log, strings.Replace(read(t, HeadFile(one)), `"seq":1`, `"seq":3`, 1), "its last line is not the one that its head knows"},
		{"head is empty", log, "", "is damaged"},
		{"head is no JSON", log, "hunter2", "is damaged"},
		{"head of a newer driftmgr", log, strings.Replace(head, "1.0", "1.1", 1), "format_version"},
		{"last line altered", lines[0] + lines[1] + strings.Replace(lines[2], "alice", "mally", 1), head, "its last line was altered (its hash"},
		{"last line is no event", log + "hunter2\n", head, "its last line was altered (it is not"},
		{"a line without end", log + strings.Repeat("x", 3*maxLine), head, "its last line was altered (it is longer"},
		{"an endless line", log + strings.Repeat("x", 3*maxLine) + "\n", head, "its last line was altered (it is longer"},
		{"empty line at the end", log + "\n", head, "its last line was altered"},
		{"torn", log + lines[0][:20], head, fmt.Sprintf("look at its last 20 bytes, then cut the file to %d bytes", len(log))},
		{"torn within the last line", log[:len(log)-5], head, fmt.Sprintf("then cut the file to %d bytes", len(lines[0]+lines[1]))},
		{"torn at the newline", log[:len(log)-1], head, "its last line is torn"},
		{"torn first line", lines[0][:9], strings.Replace(read(t, HeadFile(one)), `"seq":1`, `"seq":0`, 1), "is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := written(t, 0)
			l := open(t, file)
			for f, text := range map[string]string{file: c.log, HeadFile(file): c.head} {
				if text == "-" {
					if err := os.Remove(f); err != nil && !os.IsNotExist(err) {
						t.Fatal(err)
					}
					continue
				}
				write(t, f, text)
			}
			_, err := Open(t.Context(), Options{File: file})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open: %v\nwant %s", err, c.want)
			}
			e, err := l.Append(t.Context(), event(4))
			if err == nil || !strings.Contains(err.Error(), c.want) || e != (Event{}) {
				t.Errorf("Append: %v\nwant %s", err, c.want)
			} else if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("Append: %v", err)
			}
			for f, text := range map[string]string{file: c.log, HeadFile(file): c.head} {
				if b, err := os.ReadFile(f); text == "-" && !os.IsNotExist(err) || text != "-" && string(b) != text {
					t.Errorf("%s was changed: %v", f, err)
				}
			}
		})
	}
}

// What a torn line's error says to do makes the log go on.
func TestTornIsCut(t *testing.T) {
	file := written(t, 2)
	log := read(t, file)
	write(t, file, log+log[:100])
	err := refused(t, file)
	var size int64
	if _, e := fmt.Sscanf(err.Error()[strings.Index(err.Error(), "cut the file to"):], "cut the file to %d bytes", &size); e != nil {
		t.Fatal(e, err)
	}
	if err := os.Truncate(file, size); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, file).Append(t.Context(), event(2)); err != nil {
		t.Fatal(err)
	}
	wantClean(t, file, 3)
}

// refused returns why a log is not opened.
func refused(t *testing.T, file string) error {
	t.Helper()
	_, err := Open(t.Context(), Options{File: file})
	if err == nil {
		t.Fatal("it is opened")
	}
	return err
}

// Killed at any moment, a writer leaves a log that is right and goes on.
func TestInterrupted(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines int // of the log, while the head announces the third
	}{
		{"before the line", 2},
		{"after the line", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := written(t, 3)
			lines := strings.SplitAfter(read(t, file), "\n")
			pos := func(i int) position {
				e, err := parse([]byte(strings.TrimSuffix(lines[i], "\n")))
				if err != nil {
					t.Fatal(err)
				}
				return position{e.Seq, e.Hash}
			}
			next := pos(2)
			write(t, file, strings.Join(lines[:c.lines], ""))
			if err := writeHead(file, head{position: pos(1), Next: &next}); err != nil {
				t.Fatal(err)
			}
			write(t, HeadFile(file)+".new", "half a he") // as a kill leaves it
			if s := wantClean(t, file, c.lines); !s.Interrupted {
				t.Error("the summary does not say that an append was interrupted")
			}
			if _, err := open(t, file).Append(t.Context(), event(7)); err != nil {
				t.Fatal(err)
			}
			if s := wantClean(t, file, c.lines+1); s.Interrupted {
				t.Error("the summary still says that an append was interrupted")
			}
		})
	}
}

// Several processes append at once: no line is lost, none is written into another.
func TestProcesses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.log")
	const n = 4
	var all []*exec.Cmd
	var out [n]bytes.Buffer
	for i := range n {
		c := process(t, "append", file)
		c.Stdout, c.Stderr = &out[i], os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	l := open(t, file)
	done := make(chan error)
	for i := range 2 {
		go func() {
			var err error
			for j := 0; j < 10 && err == nil; j++ {
				_, err = l.Append(context.Background(), event(i*j))
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, c := range all {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
	wantClean(t, file, n*25+20)
	for i := range out {
		wantAcknowledged(t, file, out[i].String(), 25)
	}
}

// wantAcknowledged checks that each line that a process was told to be written, is.
func wantAcknowledged(t *testing.T, file, out string, atLeast int) {
	t.Helper()
	log := strings.Split(read(t, file), "\n")
	told := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(told) < atLeast {
		t.Fatalf("a process appended %d lines; want %d: %s", len(told), atLeast, out)
	}
	for _, s := range told {
		seq, hash, _ := strings.Cut(s, " ")
		i, err := strconv.Atoi(seq)
		if err != nil || i > len(log) || !strings.HasSuffix(log[i-1], `"hash":"`+hash+`"}`) {
			t.Errorf("line %s is not in the log, or another one (%v)", seq, err)
		}
	}
}

// kill -9 in the midst of appending loses nothing that was acknowledged.
func TestKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.log")
	total := 0
	for round := range 5 {
		c := process(t, "endless", file)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(out)
		var got strings.Builder
		for n := 0; in.Scan(); n++ {
			fmt.Fprintln(&got, in.Text())
			if n == 5+round {
				time.Sleep(time.Duration(round) * 300 * time.Microsecond)
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.Wait() // it was killed
		wantAcknowledged(t, file, got.String(), 5)
		s, problems, err := VerifyFile(t.Context(), file, "")
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		if s.Lines <= total {
			t.Errorf("round %d: %d lines after %d", round, s.Lines, total)
		}
		total = s.Lines
	}
}

func TestLocked(t *testing.T) {
	file := written(t, 1)
	l := open(t, file)
	held, err := openLog(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, file)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := l.Append(ctx, event(1)); err == nil || !strings.Contains(err.Error(), "waiting for its lock: context deadline exceeded") {
		t.Errorf("Append while another one writes: %v", err)
	}
	if _, _, err := VerifyFile(ctx, file, ""); err == nil || !strings.Contains(err.Error(), "waiting for its lock") {
		t.Errorf("VerifyFile while another one writes: %v", err)
	}
	f, err := openRegular(file, os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock(t.Context(), f, file, true, 10*time.Millisecond); err == nil || !strings.Contains(err.Error(), "another process has held it for 10ms") {
		t.Errorf("a lock that is held on: %v", err)
	}
	if read(t, file) != before {
		t.Error("the log was changed")
	}
	held.Close()
	// Readers do not wait for each other.
	if err := lock(t.Context(), f, file, false, time.Second); err != nil {
		t.Error(err)
	}
	if _, problems, err := VerifyFile(t.Context(), file, ""); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	f.Close()
	if _, err := l.Append(t.Context(), event(1)); err != nil {
		t.Error(err)
	}
	wantClean(t, file, 2)
}

// A log that is put away while somebody waits for it is not written to.
func TestReplacedWhileWaiting(t *testing.T) {
	file := written(t, 1)
	f, err := openRegular(file, os.O_RDWR|os.O_APPEND)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Rename(file, file+".1"); err != nil {
		t.Skip(err) // Windows does not let it be
	}
	if err := lock(t.Context(), f, file, true, time.Second); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("a log that is gone: %v", err)
	}
	write(t, file, "")
	if err := lock(t.Context(), f, file, true, time.Second); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("another log: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	log := written(t, 1)
	for name, target := range map[string]string{"link": log, "dangling": filepath.Join(dir, "nowhere")} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	linked := filepath.Join(dir, "linked") // the head is a link
	write(t, linked, read(t, log))
	if err := os.Symlink(HeadFile(log), HeadFile(linked)); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(dir, "shared")
	write(t, shared, "")
	if err := os.Chmod(shared, 0o620); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, want string
		only             string // the operating systems
	}{
		{"no file", "", "no file is named", ""},
		{"directory", dir, "is not a regular file", ""},
		{"no directory", filepath.Join(dir, "none", "log"), "no such file", "linux darwin"},
		{"symbolic link", filepath.Join(dir, "link"), "is a symbolic link", ""},
		{"link to nothing", filepath.Join(dir, "dangling"), "is a symbolic link", ""},
		{"head is a link", linked, "linked.head is a symbolic link", ""},
		{"others may write", shared, "can be written by others (mode 0620)", "linux darwin"},
		{"full device", "/dev/full", "is not a regular file", "linux"},
		{"null device", "/dev/null", "is not a regular file", "linux darwin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.only != "" && !strings.Contains(c.only, runtime.GOOS) {
				t.Skip("not on " + runtime.GOOS)
			}
			_, err := Open(t.Context(), Options{File: c.file})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "audit log") {
				t.Errorf("%v; want %s", err, c.want)
			}
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a file was made where a link leads")
	}
	wantClean(t, log, 1)
}

// What cannot be taken back is told with what to do.
func TestWriteLineCannotTakeBack(t *testing.T) {
	file := written(t, 1)
	f, err := os.Open(file) // to read only: writing fails, and so does cutting
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(len(read(t, file)))
	if err := writeLine(f, []byte("x\n"), size); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("cut the file to %d bytes", size)) {
		t.Errorf("%v", err)
	}
}

func TestVerifyFile(t *testing.T) {
	if _, _, err := VerifyFile(t.Context(), filepath.Join(t.TempDir(), "none"), ""); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a log that never was: %v", err)
	}
	for _, c := range []struct {
		name   string
		damage func(file string) error
		want   []string
	}{
		{"whole", func(string) error { return nil }, []string{}},
		{"log gone", os.Remove, []string{"0 cut off"}},
		{"head gone", func(f string) error { return os.Remove(HeadFile(f)) }, []string{"0 head"}},
		{"log emptied", func(f string) error { return os.Truncate(f, 0) }, []string{"0 cut off"}},
		{"head emptied", func(f string) error { return os.Truncate(HeadFile(f), 0) }, []string{"0 head"}},
		{"others may write", func(f string) error { return os.Chmod(f, 0o666) }, []string{}}, // it is to be verified all the more
	} {
		t.Run(c.name, func(t *testing.T) {
			file := written(t, 3)
			if err := c.damage(file); err != nil {
				t.Fatal(err)
			}
			_, problems, err := VerifyFile(t.Context(), file, "")
			if err != nil || !slices.Equal(told(problems), c.want) {
				t.Errorf("%v, %v; want %v", problems, err, c.want)
			}
		})
	}
	file := written(t, 3)
	link := file + ".link"
	if err := os.Symlink(file, link); err == nil {
		if _, _, err := VerifyFile(t.Context(), link, ""); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("a link: %v", err)
		}
	}
	hash := wantClean(t, file, 3).Hash
	if s, problems, err := VerifyFile(t.Context(), file, hash); err != nil || len(problems) > 0 || s.Noted != 3 {
		t.Errorf("%+v %v %v", s, problems, err)
	}
	// Both files written anew, as whoever owns them can: the noted hash tells.
	other := written(t, 2)
	if err := os.Rename(other, file); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(HeadFile(other), HeadFile(file)); err != nil {
		t.Fatal(err)
	}
	wantClean(t, file, 2)
	if _, problems, err := VerifyFile(t.Context(), file, hash); err != nil || !slices.Equal(told(problems), []string{"0 rewritten"}) {
		t.Errorf("%v %v", problems, err)
	}
}

// A link under the name that a new head is written to is not followed.
func TestHeadIsReplacedNotFollowed(t *testing.T) {
	file := written(t, 1)
	victim := filepath.Join(t.TempDir(), "victim")
	write(t, victim, "untouched")
	if err := os.Symlink(victim, HeadFile(file)+".new"); err != nil {
		t.Skip(err)
	}
	if _, err := open(t, file).Append(t.Context(), event(1)); err != nil {
		t.Fatal(err)
	}
	if read(t, victim) != "untouched" {
		t.Error("a link beside the head was followed")
	}
	if info, err := os.Lstat(HeadFile(file)); err != nil || info.Mode()&fs.ModeType != 0 {
		t.Errorf("the head is %v, %v", info.Mode(), err)
	}
}
