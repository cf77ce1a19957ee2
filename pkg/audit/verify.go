package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
)

// ProblemKind is what happened to a line, as far as the others tell.
type ProblemKind string

// The kinds of problems.
const (
	Altered    ProblemKind = "altered"    // it does not say what was written
	Missing    ProblemKind = "missing"    // lines before it are gone
	Reordered  ProblemKind = "reordered"  // it is not where it was written
	Inserted   ProblemKind = "inserted"   // it is none of the chain's
	Duplicate  ProblemKind = "duplicate"  // it is there already
	CutOff     ProblemKind = "cut off"    // lines after it, up to the end, are gone
	Torn       ProblemKind = "torn"       // the last line stops within
	BadHead    ProblemKind = "head"       // the head is damaged or gone
	Rewritten  ProblemKind = "rewritten"  // no line has the hash that was noted elsewhere
	Unreadable ProblemKind = "unreadable" // reading failed: what comes after is not known
)

// Problem is one thing that is wrong with a log.
type Problem struct {
	Name   string      `json:"name"`           // of the log, as Verify was told
	Line   int         `json:"line,omitempty"` // from 1; 0 where it is no line's
	Kind   ProblemKind `json:"kind"`
	Detail string      `json:"detail"` // one line, with nothing of what the log says
}

func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", p.Name, p.Kind, p.Detail)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.Name, p.Line, p.Kind, p.Detail)
}

// Summary says what was verified.
type Summary struct {
	Lines int `json:"lines"` // all, the damaged ones, too

	// Seq and Hash are those of the chain's last line: 0 and Genesis where there is
	// none. The hash is what to note elsewhere.
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`

	// Head reports whether there was a head to tell that nothing is missing at the
	// end. Without one nobody knows.
	Head bool `json:"head"`

	// Interrupted: a line was announced and its writer has not ended well. It is in
	// the log, or it is not: neither is a problem, and the next Append goes on.
	Interrupted bool `json:"interrupted"`

	// Noted is the line that has the hash of VerifyAgainst; 0 where none was asked for.
	Noted int `json:"noted,omitempty"`
}

// Verify reads a log, and its head if that is not nil, and returns every problem, by
// line. None means: each line is as it was written, where it was written, and none
// is missing in between; with a head, none at the end either. What is wrong with a
// line is told as well as the lines around it tell it: with several changes one may
// be called by another kind. The name is for the problems.
//
// The log should not be written to meanwhile: VerifyFile sees to that.
func Verify(log, head io.Reader, name string) (Summary, []Problem) {
	return verify(log, head, "", name)
}

// VerifyAgainst is Verify, and checks besides that a line of the log has the hash,
// which was noted elsewhere: then no line up to it is another one than at that
// time, whoever could write the log and its head.
func VerifyAgainst(log, head io.Reader, hash, name string) (Summary, []Problem) {
	if !isHash(hash) || hash == Genesis {
		s, problems := verify(log, head, "", name)
		return s, append([]Problem{{name, 0, Rewritten, "what to check against is not the hash of a line: give its 64 hexadecimal digits"}}, problems...)
	}
	return verify(log, head, hash, name)
}

// VerifyFile verifies a log and the head beside it while nobody writes to them,
// against a hash noted elsewhere if it is not "". Where there is a log, there has to
// be a head. The error says that they cannot be read.
func VerifyFile(ctx context.Context, file, hash string) (Summary, []Problem, error) {
	s, problems, err := verifyFile(ctx, file, hash)
	if err != nil {
		return Summary{}, nil, fmt.Errorf("audit log %s: %w", file, err)
	}
	return s, problems, nil
}

func verifyFile(ctx context.Context, file, hash string) (s Summary, problems []Problem, err error) {
	var lines, headText io.Reader = strings.NewReader(""), nil
	log, err := openRegular(file, os.O_RDONLY)
	switch {
	case err == nil:
		defer log.Close() //nolint:errcheck // it was only read
		if err := lock(ctx, log, file, false, lockWait); err != nil {
			return s, nil, err
		}
		lines = log
	case !errors.Is(err, fs.ErrNotExist), !exists(HeadFile(file)):
		return s, nil, err
	}
	head, err := openRegular(HeadFile(file), os.O_RDONLY)
	switch {
	case err == nil:
		defer head.Close() //nolint:errcheck // it was only read
		headText = head
	case !errors.Is(err, fs.ErrNotExist):
		return s, nil, err
	}
	if hash == "" {
		s, problems = Verify(lines, headText, file)
	} else {
		s, problems = VerifyAgainst(lines, headText, hash, file)
	}
	if headText == nil && s.Lines > 0 {
		problems = append([]Problem{{file, 0, BadHead, HeadFile(file) + " is missing: whether lines are missing at the end is not known"}}, problems...)
	}
	return s, problems, nil
}

// line is what the chain needs of a line.
type line struct {
	position
	prev string
	bad  string // why it is none that was written; "" if it may be
	torn bool
}

// link is what a line has to be to come next.
type link struct {
	seq  uint64
	prev string
}

// chain is a log that is gone through in the order of its lines.
type chain struct {
	name     string
	lines    []line
	problems []Problem

	vouched    map[string]bool // hashes that a later line, the head or somebody elsewhere knows
	vouchedSeq map[uint64]bool // seqs of lines whose hash is vouched for
	first      map[string]int  // hash → the first line that has it
	latest     map[link]int    // the last line that would come next after that
	seqs       []uint64        // of all sound lines, in order
	limit      uint64          // the highest seq that the head knows, or any

	last     position       // where the chain stands
	lastLine int            // its index; -1 at the beginning
	pending  []int          // unsound lines since
	early    map[uint64]int // sound lines that came before their place
	accepted map[uint64]int // lines that have or had their place
}

func verify(log, headText io.Reader, noted, name string) (Summary, []Problem) {
	c := &chain{name: name, last: position{Hash: Genesis}, lastLine: -1, early: map[uint64]int{}, accepted: map[uint64]int{}}
	readErr := c.read(log)
	s := Summary{Lines: len(c.lines)}
	var h *head
	if headText != nil {
		s.Head = true
		text, err := io.ReadAll(io.LimitReader(headText, maxLine))
		if err == nil {
			var parsed head
			if parsed, err = parseHead(text); err == nil {
				h, s.Interrupted = &parsed, parsed.Next != nil
			}
		}
		if err != nil {
			c.add(-1, BadHead, "%v: whether lines are missing at the end is not known", err)
		}
	}
	c.index(h, noted)
	for i := range c.lines {
		c.step(i)
	}
	for _, seq := range sorted(c.early) {
		if seq > c.last.Seq {
			c.accept(c.early[seq])
		}
	}
	if readErr == nil {
		c.end(h)
	} else {
		c.flush(len(c.pending))
		c.add(len(c.lines), Unreadable, "%v", readErr)
	}
	if noted != "" {
		if i, ok := c.first[noted]; ok {
			s.Noted = i + 1
		} else {
			c.add(-1, Rewritten, "no line has the hash that was noted: the log was changed up to there, or is another one")
		}
	}
	s.Seq, s.Hash = c.last.Seq, c.last.Hash
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
	return s, c.problems
}

// add tells a problem of the line with that index; -1 is none's.
func (c *chain) add(index int, kind ProblemKind, format string, args ...any) {
	c.problems = append(c.problems, Problem{c.name, index + 1, kind, fmt.Sprintf(format, args...)})
}

func (c *chain) read(r io.Reader) error {
	return eachLine(r, func(text []byte, torn bool) error {
		l := line{torn: torn}
		e, err := parse(text)
		if err == nil {
			err = checkHash(e)
		}
		if err != nil {
			l.bad = err.Error()
		} else {
			l.position, l.prev = position{e.Seq, e.Hash}, e.Prev
		}
		if torn {
			l.bad = "the log stops within it, as a crash or a full disk leaves it"
		}
		c.lines = append(c.lines, l)
		return nil
	})
}

// eachLine calls f with each line of r, without its newline. What is longer than a
// line can be is cut short, so that it is still too long.
func eachLine(r io.Reader, f func(text []byte, torn bool) error) error {
	in := bufio.NewReaderSize(r, maxLine+2)
	for {
		text, err := in.ReadSlice('\n')
		if long := errors.Is(err, bufio.ErrBufferFull); long {
			text = bytes.Clone(text)
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil || len(text) > 0 {
			if e := f(bytes.TrimSuffix(text, []byte("\n")), err != nil); e != nil {
				return e
			}
		}
		if err != nil {
			return nil
		}
	}
}

func (c *chain) index(h *head, noted string) {
	c.vouched, c.vouchedSeq = map[string]bool{noted: true}, map[uint64]bool{}
	c.first, c.latest = map[string]int{}, map[link]int{}
	c.limit = math.MaxUint64
	if h != nil {
		c.vouched[h.Hash], c.limit = true, h.Seq
		if h.Next != nil {
			c.vouched[h.Next.Hash], c.limit = true, h.Next.Seq
		}
	}
	for i, l := range c.lines {
		if l.bad != "" {
			continue
		}
		if _, ok := c.first[l.Hash]; ok {
			continue
		}
		c.first[l.Hash] = i
		c.latest[link{l.Seq, l.prev}] = i
		c.seqs = append(c.seqs, l.Seq)
		c.vouched[l.prev] = true
	}
	slices.Sort(c.seqs)
	c.seqs = slices.Compact(c.seqs)
	for _, l := range c.lines {
		if l.bad == "" && c.vouched[l.Hash] {
			c.vouchedSeq[l.Seq] = true
		}
	}
}

// step looks at one line. Without a word it goes by only if it is the next of the
// chain.
func (c *chain) step(i int) {
	l := c.lines[i]
	if l.bad != "" {
		c.pending = append(c.pending, i)
		return
	}
	if first := c.first[l.Hash]; first != i {
		c.add(i, Duplicate, "it is line %d once more", first+1)
		return
	}
	if l.Seq > c.limit {
		c.add(i, Inserted, "it is seq %d, the head ends with seq %d: the line was added, or the head is an old one", l.Seq, c.limit)
		return
	}
	known := c.vouched[l.Hash]
	if !known && c.vouchedSeq[l.Seq] {
		c.add(i, Inserted, "another line is seq %d, and the lines after that one know it", l.Seq)
		return
	}
	if l.Seq <= c.last.Seq {
		if at, ok := c.accepted[l.Seq]; ok {
			c.add(i, Inserted, "line %d is seq %d already", at+1, l.Seq)
			return
		}
		if l.Seq == 0 {
			c.add(i, Inserted, "no line has seq 0")
			return
		}
		c.accepted[l.Seq] = i
		c.add(i, Reordered, "it is seq %d, and comes after seq %d", l.Seq, c.last.Seq)
		return
	}
	if l.Seq > c.last.Seq+1 && c.latest[link{c.last.Seq + 1, c.last.Hash}] > i {
		if _, ok := c.first[l.prev]; !ok && !known {
			c.add(i, Inserted, "no other line knows it, and the lines around it follow each other")
			return
		}
		c.add(i, Reordered, "it is seq %d, and comes after seq %d", l.Seq, c.last.Seq)
		if _, ok := c.early[l.Seq]; !ok {
			c.early[l.Seq] = i
		}
		return
	}
	c.accept(i)
}

// accept takes a line that is after the last one as the chain's next, and tells what
// is wrong between the two.
func (c *chain) accept(i int) {
	l := c.lines[i]
	follows := l.Seq == c.last.Seq+1 && l.prev == c.last.Hash
	missing, which := c.missing(l.Seq)
	damaged := uint64(len(c.pending))
	switch {
	case follows:
		c.flush(0)
	case damaged > 0:
		c.flush(len(c.pending))
		if missing > damaged {
			c.add(i, Missing, "of seq %s before it, %d are not even damaged, but gone", which, missing-damaged)
		}
	case missing > 0:
		c.add(i, Missing, "seq %s should come before it", which)
	case l.Seq > c.last.Seq+1:
		c.add(i, Reordered, "it is seq %d, and comes after seq %d", l.Seq, c.last.Seq)
	case c.lastLine < 0:
		c.add(i, Altered, "it is the first line, but was written after another one")
	case c.vouched[l.Hash] && !c.vouched[c.last.Hash]:
		c.add(c.lastLine, Altered, "its hash was made anew: the line after it knows another one")
	default:
		c.add(i, Altered, "it does not know the hash of the line before it: one of both was altered")
	}
	c.place(i)
	for {
		next, ok := c.early[c.last.Seq+1]
		if !ok {
			return
		}
		c.place(next)
	}
}

func (c *chain) place(i int) {
	c.last, c.lastLine = c.lines[i].position, i
	c.accepted[c.last.Seq] = i
	delete(c.early, c.last.Seq)
}

// missing returns how many seqs between the last one and seq no sound line has, and
// which, the first few.
func (c *chain) missing(seq uint64) (uint64, string) {
	const few = 5
	var n uint64
	var ranges []string
	add := func(from, to uint64) { // with both ends
		n += to - from + 1
		switch {
		case len(ranges) == few:
			ranges = append(ranges, "more")
		case len(ranges) > few:
		case from == to:
			ranges = append(ranges, fmt.Sprint(from))
		default:
			ranges = append(ranges, fmt.Sprintf("%d to %d", from, to))
		}
	}
	from := c.last.Seq + 1
	at, _ := slices.BinarySearch(c.seqs, from)
	for ; at < len(c.seqs) && c.seqs[at] < seq; at++ {
		if c.seqs[at] > from {
			add(from, c.seqs[at]-1)
		}
		from = c.seqs[at] + 1
	}
	if from < seq {
		add(from, seq-1)
	}
	return n, strings.Join(ranges, ", ")
}

// flush tells of the unsound lines since the last sound one. So many of them are in
// the place of one that was written.
func (c *chain) flush(placed int) {
	for n, i := range c.pending {
		switch l := c.lines[i]; {
		case l.torn:
			c.add(i, Torn, "%s", l.bad)
		case n < placed:
			c.add(i, Altered, "%s", l.bad)
		default:
			c.add(i, Inserted, "%s, and the lines around it follow each other", l.bad)
		}
	}
	c.pending = nil
}

// end compares where the chain ends with what the head says.
func (c *chain) end(h *head) {
	if h == nil {
		c.flush(len(c.pending))
		return
	}
	want := h.position
	if h.Next != nil && c.last == *h.Next {
		want = *h.Next
	}
	var lost uint64
	if want.Seq > c.last.Seq {
		lost = want.Seq - c.last.Seq
	}
	damaged := uint64(len(c.pending))
	c.flush(int(min(lost, damaged))) //nolint:gosec // no more than there are lines
	if lost > damaged {
		c.add(len(c.lines)-1, CutOff, "the log ends with seq %d, its head knows seq %d", c.last.Seq, want.Seq)
		return
	}
	if lost > 0 {
		return
	}
	for _, seq := range sorted(c.accepted) {
		i := c.accepted[seq]
		switch {
		case seq > want.Seq:
			c.add(i, Inserted, "it is another line than the one that the head announced")
		case seq == want.Seq && c.lines[i].Hash != want.Hash:
			c.add(i, Altered, "its hash is not the one that the head knows")
		}
	}
}

func sorted(m map[uint64]int) []uint64 {
	seqs := make([]uint64, 0, len(m))
	for seq := range m {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	return seqs
}
