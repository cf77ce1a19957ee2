package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// Options say where the record is kept.
type Options struct {
	// File is the log. It is made, with mode 0600, in a directory that exists. A
	// symbolic link, and what is not a regular file, is refused.
	File string

	// Syslog is where each line is sent as well: "" nowhere, "local" the machine's
	// own syslog, "udp://HOST:PORT" or "tcp://HOST:PORT" another one's; the facility
	// is authpriv, the severity notice. Not on Windows. UDP loses messages silently.
	Syslog string

	// Tag is what syslog says the line is from; "" is driftmgr.
	Tag string
}

// Log is a log that is appended to. It may be used by several goroutines, and its
// file by several processes.
type Log struct {
	file   string
	sink   sink
	closed atomic.Bool
}

// Open checks, before anything is done that is to be recorded, that it can be
// recorded: the log can be written, ends as its head says, and syslog, where there
// is one, can be reached. Whether the disk has room shows only in Append.
func Open(ctx context.Context, o Options) (*Log, error) {
	if o.File == "" {
		return nil, errors.New("audit log: no file is named: the chain is kept in one")
	}
	s, err := parseSink(o)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	l := &Log{file: o.File, sink: s}
	f, err := openLog(ctx, l.file)
	if err != nil {
		return nil, l.wrap(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	if _, _, err := l.tail(f); err != nil {
		return nil, l.wrap(err)
	}
	if s.on {
		if err := s.check(ctx); err != nil {
			return nil, l.wrap(err)
		}
	}
	return l, nil
}

// Append writes e as the last line, makes sure that it outlasts a power failure, and
// returns it as it is written. It refuses a log that does not end as its head says.
//
// After an error the caller should not go on with what was to be recorded. Where the
// returned event has a hash nevertheless, the line is in the log and what came after
// it failed: the head, or syslog.
func (l *Log) Append(ctx context.Context, e Event) (Event, error) {
	if l.closed.Load() {
		return Event{}, l.wrap(errors.New("it is closed"))
	}
	e, err := normalize(e)
	if err != nil {
		return Event{}, err
	}
	e, line, err := l.append(ctx, e)
	if err != nil {
		return e, l.wrap(err)
	}
	if l.sink.on {
		if err := l.sink.send(ctx, message(e, bytes.TrimSuffix(line, []byte("\n")))); err != nil {
			return e, l.wrap(fmt.Errorf("the event is in the file, but was not sent: %w", err))
		}
	}
	return e, nil
}

// Close ends the use of the log.
func (l *Log) Close() error {
	l.closed.Store(true)
	return nil
}

func (l *Log) wrap(err error) error { return fmt.Errorf("audit log %s: %w", l.file, err) }

// append does the file's part of Append.
func (l *Log) append(ctx context.Context, e Event) (_ Event, _ []byte, err error) {
	f, err := openLog(ctx, l.file)
	if err != nil {
		return Event{}, nil, err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	last, size, err := l.tail(f)
	if err != nil {
		return Event{}, nil, err
	}
	e, line, err := seal(e, last)
	if err != nil {
		return Event{}, nil, err
	}
	next := position{e.Seq, e.Hash}
	if err := writeHead(l.file, head{position: last, Next: &next}); err != nil {
		return Event{}, nil, fmt.Errorf("nothing was written: %w", err)
	}
	if err := writeLine(f, line, size); err != nil {
		return Event{}, nil, err
	}
	if err := writeHead(l.file, head{position: next}); err != nil {
		return e, nil, fmt.Errorf("the event is written, but its head is not: %w", err)
	}
	return e, line, nil
}

// writeLine appends line to f, which has size bytes. Where that fails, it takes back
// what was written of it.
func writeLine(f *os.File, line []byte, size int64) error {
	_, err := f.Write(line)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		return nil
	}
	back := f.Truncate(size)
	if back == nil {
		back = f.Sync()
	}
	if back != nil {
		return fmt.Errorf("%w; part of a line may be left at its end (%w): cut the file to %d bytes", err, back, size)
	}
	return fmt.Errorf("nothing was written: %w", err)
}

// tail returns where the log ends and how many bytes it has, if that is what its
// head says.
func (l *Log) tail(f *os.File) (position, int64, error) {
	none := position{}
	h, err := readHead(l.file)
	if err != nil {
		return none, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return none, 0, err
	}
	size := info.Size()
	last, err := lastLine(f, size)
	if err != nil {
		return none, 0, err
	}
	start := position{Hash: Genesis}
	switch {
	case h == nil && last == start:
		return last, size, nil
	case h == nil:
		return none, 0, tampered(fmt.Errorf("%s is missing", HeadFile(l.file)))
	case last == h.position, h.Next != nil && last == *h.Next:
		return last, size, nil
	case last.Seq < h.Seq:
		return none, 0, tampered(fmt.Errorf("it ends with seq %d, but its head says %d: lines were cut off", last.Seq, h.Seq))
	case last.Seq > h.Seq:
		return none, 0, tampered(fmt.Errorf("it ends with seq %d, but its head says %d: lines were added, or the head is an old one", last.Seq, h.Seq))
	}
	return none, 0, tampered(errors.New("its last line is not the one that its head knows"))
}

// tampered says what to do about a log that is not as it was left.
func tampered(err error) error {
	return fmt.Errorf("%w: run driftmgr audit verify, find out why, and then move it and its head away together to begin a new one", err)
}

// lastLine returns the place of the last line: seq 0 where there is none.
func lastLine(f *os.File, size int64) (position, error) {
	if size == 0 {
		return position{Hash: Genesis}, nil
	}
	text := make([]byte, min(size, maxLine+2)) // with the newline before and after
	if _, err := f.ReadAt(text, size-int64(len(text))); err != nil {
		return position{}, err
	}
	whole, torn := text, []byte(nil)
	if i := bytes.LastIndexByte(text, '\n'); i != len(text)-1 {
		whole, torn = text[:i+1], text[i+1:]
	}
	if len(torn) > 0 && len(torn) <= maxLine {
		return position{}, fmt.Errorf("its last line is torn, as a crash or a full disk leaves it: look at its last %d bytes, then cut the file to %d bytes", len(torn), size-int64(len(torn)))
	}
	whole = bytes.TrimSuffix(whole, []byte("\n"))
	line := whole[bytes.LastIndexByte(whole, '\n')+1:]
	if len(torn) > maxLine {
		line = torn
	}
	e, err := parse(line)
	if err == nil {
		err = checkHash(e)
	}
	if err != nil {
		return position{}, tampered(fmt.Errorf("its last line was altered (%w)", err))
	}
	return position{e.Seq, e.Hash}, nil
}

func checkHash(e Event) error {
	if hash, err := sum(e); err != nil || hash != e.Hash {
		return errors.New("its hash is not that of what it says")
	}
	return nil
}
