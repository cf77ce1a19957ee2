package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// made returns the lines of a log, with their newlines, and its head.
func made(t testing.TB, n int) (lines []string, headText string) {
	t.Helper()
	last := position{Hash: Genesis}
	for i := range n {
		e, err := normalize(event(i))
		if err != nil {
			t.Fatal(err)
		}
		e, line, err := seal(e, last)
		if err != nil {
			t.Fatal(err)
		}
		last = position{e.Seq, e.Hash}
		lines = append(lines, string(line))
	}
	return lines, headOf(t, last, nil)
}

func headOf(t testing.TB, p position, next *position) string {
	t.Helper()
	text, err := encode(head{FormatVersion: FormatVersion, position: p, Next: next})
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

func decoded(t testing.TB, line string) Event {
	t.Helper()
	e, err := parse([]byte(strings.TrimSuffix(line, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// forged is a line whose hash is right, as anybody can make one.
func forged(t testing.TB, e Event) string {
	t.Helper()
	var err error
	if e.Hash, err = sum(e); err != nil {
		t.Fatal(err)
	}
	line, err := encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(line) + "\n"
}

func TestVerifyAttacks(t *testing.T) {
	lines, headText := made(t, 6)
	l := func(i int) string { return lines[i-1] }
	hash := func(i int) string { return decoded(t, l(i)).Hash }
	change := func(i int, f func(*Event)) string {
		e := decoded(t, l(i))
		f(&e)
		return forged(t, e)
	}
	mallory := func(e *Event) { e.Actor.Name = "mallory" }
	after := func(i int) string { // forged as the next one of line i
		return change(i, func(e *Event) { e.Seq, e.Prev, e.Actor.Name = uint64(i+1), hash(i), "mallory" })
	}
	inPlace := func(i int, from, to string) string { return strings.Replace(l(i), from, to, 1) }
	for _, c := range []struct {
		name     string
		log      []string
		want     []string
		headless []string // without the head; nil: the same
	}{
		{"as written", lines, []string{}, nil},
		{"first dropped", lines[1:], []string{"1 missing"}, nil},
		{"first two dropped", lines[2:], []string{"1 missing"}, nil},
		{"one dropped in the middle", []string{l(1), l(2), l(4), l(5), l(6)}, []string{"3 missing"}, nil},
		{"two dropped in the middle", []string{l(1), l(4), l(5), l(6)}, []string{"2 missing"}, nil},
		{"dropped at two places", []string{l(1), l(3), l(5), l(6)}, []string{"2 missing", "3 missing"}, nil},
		{"last dropped", lines[:5], []string{"5 cut off"}, []string{}},
		{"last three dropped", lines[:3], []string{"3 cut off"}, []string{}},
		{"all dropped", nil, []string{"0 cut off"}, []string{}},
		{"first and last dropped", lines[1:5], []string{"1 missing", "4 cut off"}, []string{"1 missing"}},
		{"neighbours swapped", []string{l(1), l(3), l(2), l(4), l(5), l(6)}, []string{"2 reordered"}, nil},
		{"first two swapped", []string{l(2), l(1), l(3), l(4), l(5), l(6)}, []string{"1 reordered"}, nil},
		{"last two swapped", []string{l(1), l(2), l(3), l(4), l(6), l(5)}, []string{"5 reordered"}, nil},
		{"far ones swapped", []string{l(1), l(5), l(3), l(4), l(2), l(6)}, []string{"2 reordered", "3 reordered", "4 reordered"}, nil},
		{"moved up", []string{l(1), l(5), l(2), l(3), l(4), l(6)}, []string{"2 reordered"}, nil},
		{"last moved to the front", []string{l(6), l(1), l(2), l(3), l(4), l(5)}, []string{"1 reordered"}, nil},
		{"backwards", []string{l(6), l(5), l(4), l(3), l(2), l(1)}, []string{"1 reordered", "2 reordered", "3 reordered", "4 reordered", "5 reordered"}, nil},
		{"doubled", []string{l(1), l(2), l(2), l(3), l(4), l(5), l(6)}, []string{"3 duplicate"}, nil},
		{"an early one again at the end", []string{l(1), l(2), l(3), l(4), l(5), l(6), l(1)}, []string{"7 duplicate"}, nil},
		{"the whole log twice", append(slices.Clone(lines), lines...), []string{"7 duplicate", "8 duplicate", "9 duplicate", "10 duplicate", "11 duplicate", "12 duplicate"}, nil},
		{"dropped, and another one doubled", []string{l(1), l(2), l(2), l(4), l(5), l(6)}, []string{"3 duplicate", "4 missing"}, nil},
		{"forged in the middle, as the next", []string{l(1), l(2), after(2), l(3), l(4), l(5), l(6)}, []string{"3 inserted"}, nil},
		{"forged after the one it replaces", []string{l(1), l(2), l(3), after(2), l(4), l(5), l(6)}, []string{"4 inserted"}, nil},
		{"forged, far ahead", []string{l(1), change(1, func(e *Event) { e.Seq, e.Prev = 99, e.Hash[1:]+"0" }), l(2), l(3), l(4), l(5), l(6)}, []string{"2 inserted"}, nil},
		{"forged, seq 0", []string{l(1), l(2), change(2, func(e *Event) { e.Seq = 0 }), l(3), l(4), l(5), l(6)}, []string{"3 inserted"}, nil},
		{"forged, the highest seq", []string{l(1), l(2), l(3), l(4), l(5), l(6), change(2, func(e *Event) { e.Seq = math.MaxUint64 })}, []string{"7 inserted"}, []string{"7 missing"}},
		{"forged in front", []string{change(1, func(e *Event) { e.Actor.Name = "mallory" }), l(1), l(2), l(3), l(4), l(5), l(6)}, []string{"1 inserted"}, nil},
		{"forged at the end", append(slices.Clone(lines), after(6)), []string{"7 inserted"}, []string{}},
		{"two forged at the end", append(slices.Clone(lines), after(6), forged(t, func() Event {
			e := decoded(t, after(6))
			e.Seq, e.Prev = 8, e.Hash
			return e
		}())), []string{"7 inserted", "8 inserted"}, []string{}},
		{"forged for the last", append(slices.Clone(lines[:5]), after(5)), []string{"6 altered"}, []string{}},
		{"no event inserted", []string{l(1), "hello\n", l(2), l(3), l(4), l(5), l(6)}, []string{"2 inserted"}, nil},
		{"no event in front", []string{"{}\n", l(1), l(2), l(3), l(4), l(5), l(6)}, []string{"1 inserted"}, nil},
		{"no event at the end", append(slices.Clone(lines), "hello\n"), []string{"7 inserted"}, []string{"7 altered"}},
		{"empty line inserted", []string{l(1), "\n", l(2), l(3), l(4), l(5), l(6)}, []string{"2 inserted"}, nil},
		{"no event instead", []string{l(1), "hello\n", l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"no event instead of three", []string{l(1), "hello\n", l(5), l(6)}, []string{"2 altered", "3 missing"}, nil},
		{"altered", []string{l(1), l(2), inPlace(3, "alice", "mally"), l(4), l(5), l(6)}, []string{"3 altered"}, nil},
		{"two altered", []string{l(1), inPlace(2, "ci-1", "ci-2"), inPlace(3, "alice", "mally"), l(4), l(5), l(6)}, []string{"2 altered", "3 altered"}, nil},
		{"altered, and the next dropped", []string{l(1), inPlace(2, "ci-1", "ci-2"), l(4), l(5), l(6)}, []string{"2 altered", "3 missing"}, nil},
		{"last altered", append(slices.Clone(lines[:5]), inPlace(6, "alice", "mally")), []string{"6 altered"}, nil},
		{"all altered", []string{"1\n", "2\n", "3\n", "4\n", "5\n", "6\n"}, []string{"1 altered", "2 altered", "3 altered", "4 altered", "5 altered", "6 altered"}, nil},
		{"a field more", []string{l(1), inPlace(2, `"seq":2`, `"seq":2,"extra":1`), l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"a field twice", []string{l(1), inPlace(2, `"seq":2`, `"seq":2,"seq":2`), l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"a space more", []string{l(1), inPlace(2, `"seq":2`, `"seq": 2`), l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"a space after", []string{l(1), inPlace(2, "\n", " \n"), l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"Windows newlines", []string{l(1), inPlace(2, "\n", "\r\n"), l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"the same in other words", []string{l(1), inPlace(2, "alice", `\u0061lice`), l(3), l(4), l(5), l(6)}, []string{"2 altered"}, nil},
		{"one hashed anew", []string{l(1), l(2), change(3, mallory), l(4), l(5), l(6)}, []string{"3 altered"}, nil},
		{"the first hashed anew", append([]string{change(1, mallory)}, lines[1:]...), []string{"1 altered"}, nil},
		{"the last hashed anew", append(slices.Clone(lines[:5]), change(6, mallory)), []string{"6 altered"}, []string{}},
		{"the first after another", append([]string{change(1, func(e *Event) { e.Prev = hash(5) })}, lines[1:]...), []string{"1 altered", "1 altered"}, nil},
		{"another format", append(slices.Clone(lines[:5]), change(6, func(e *Event) { e.FormatVersion = "1.1" })), []string{"6 altered"}, nil},
		{"stops within a line", append(slices.Clone(lines[:5]), l(6)[:50]), []string{"6 torn"}, nil},
		{"stops before the last newline", append(slices.Clone(lines[:5]), strings.TrimSuffix(l(6), "\n")), []string{"6 torn"}, nil},
		{"stops within an earlier line", append(slices.Clone(lines[:3]), l(4)[:50]), []string{"4 torn", "4 cut off"}, []string{"4 torn"}},
		{"a piece of a line after the last", append(slices.Clone(lines), l(6)[:50]), []string{"7 torn"}, nil},
		{"two lines in one", []string{l(1), strings.TrimSuffix(l(2), "\n") + l(3), l(4), l(5), l(6)}, []string{"2 altered", "3 missing"}, nil},
		{"an endless line", []string{l(1), strings.Repeat("x", 5*maxLine) + "\n", l(2), l(3), l(4), l(5), l(6)}, []string{"2 inserted"}, nil},
		{"swapped, and one gone", []string{l(1), l(5), l(2), l(4), l(6)}, []string{"2 reordered", "4 missing"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := strings.Join(c.log, "")
			s, problems := Verify(strings.NewReader(log), strings.NewReader(headText), "a.log")
			if !slices.Equal(told(problems), c.want) {
				t.Errorf("with the head:\n%v\nwant %v", problems, c.want)
			}
			if !s.Head || s.Lines != len(c.log) {
				t.Errorf("summary %+v", s)
			}
			if c.headless == nil {
				c.headless = c.want
			}
			s, problems = Verify(strings.NewReader(log), nil, "a.log")
			if !slices.Equal(told(problems), c.headless) {
				t.Errorf("without:\n%v\nwant %v", problems, c.headless)
			}
			if s.Head {
				t.Error("a head that there was not")
			}
			for _, p := range problems {
				if text := p.String(); !strings.HasPrefix(text, fmt.Sprintf("a.log:%d: %s: ", p.Line, p.Kind)) || strings.ContainsAny(text, "\n") || strings.Contains(text, "mally") {
					t.Errorf("%q", text)
				}
			}
		})
	}
}

// Any other byte, at any place of any line, is found on that line and no other.
func TestVerifyAnyByte(t *testing.T) {
	lines, headText := made(t, 4)
	rnd := rand.New(rand.NewPCG(1, 2))
	check := func(i int, line string, want string) {
		t.Helper()
		log := strings.Join(lines[:i], "") + line + strings.Join(lines[i+1:], "")
		_, problems := Verify(strings.NewReader(log), strings.NewReader(headText), "")
		if got := fmt.Sprint(told(problems)); got != want {
			t.Errorf("line %d is %q: %v; want %s", i+1, line, problems, want)
		}
	}
	for i, line := range lines {
		altered := fmt.Sprintf("[%d altered]", i+1)
		for at := range len(line) - 1 {
			for _, by := range []byte{line[at] ^ 1, line[at] ^ 0x20, 0, ' ', byte(rnd.IntN(256))} {
				if by != line[at] && by != '\n' {
					check(i, line[:at]+string([]byte{by})+line[at+1:], altered)
				}
			}
			check(i, line[:at]+line[at+1:], altered)
			check(i, line[:at]+"!"+line[at:], altered)
		}
	}
	// Without its newline a line takes the next one with it.
	check(0, strings.TrimSuffix(lines[0], "\n")+" ", "[1 altered 2 missing]")
	check(3, strings.TrimSuffix(lines[3], "\n")+" ", "[4 torn]")
}

func TestVerifyAnyByteOfTheHead(t *testing.T) {
	lines, headText := made(t, 3)
	log := strings.Join(lines, "")
	for at := range len(headText) {
		for _, by := range []byte{headText[at] ^ 1, headText[at] ^ 0x20, 0, '\n', '1'} {
			other := headText[:at] + string([]byte{by}) + headText[at+1:]
			if other == headText {
				continue
			}
			if _, problems := Verify(strings.NewReader(log), strings.NewReader(other), ""); len(problems) == 0 {
				t.Errorf("head %q is taken", other)
			}
		}
	}
	if _, problems := Verify(strings.NewReader(log), strings.NewReader(headText+"\n"), ""); len(problems) == 0 {
		t.Error("a head with more after it is taken")
	}
}

// A log that stops anywhere but at its end is found with its head, and without it
// wherever it does not stop at the end of a line.
func TestVerifyCutAnywhere(t *testing.T) {
	lines, headText := made(t, 3)
	log := strings.Join(lines, "")
	for n := range len(log) {
		_, problems := Verify(strings.NewReader(log[:n]), strings.NewReader(headText), "")
		if len(problems) == 0 {
			t.Errorf("%d bytes are taken with the head", n)
		}
		_, problems = Verify(strings.NewReader(log[:n]), nil, "")
		if whole := n == 0 || log[n-1] == '\n'; whole == (len(problems) > 0) {
			t.Errorf("%d bytes without the head: %v", n, problems)
		}
	}
}

func TestVerifyHead(t *testing.T) {
	lines, _ := made(t, 4)
	pos := func(i int) position {
		if i == 0 {
			return position{Hash: Genesis}
		}
		e := decoded(t, lines[i-1])
		return position{e.Seq, e.Hash}
	}
	announced := func(i int) *position { p := pos(i); return &p }
	for _, c := range []struct {
		name  string
		lines int
		head  string
		want  []string
	}{
		{"nothing yet", 0, headOf(t, pos(0), nil), []string{}},
		{"the first announced", 0, headOf(t, pos(0), announced(1)), []string{}},
		{"the first announced and written", 1, headOf(t, pos(0), announced(1)), []string{}},
		{"announced", 2, headOf(t, pos(2), announced(3)), []string{}},
		{"announced and written", 3, headOf(t, pos(2), announced(3)), []string{}},
		{"one more than announced", 4, headOf(t, pos(2), announced(3)), []string{"4 inserted"}},
		{"less than before the announced one", 1, headOf(t, pos(2), announced(3)), []string{"1 cut off"}},
		{"another one announced", 3, headOf(t, pos(2), &position{3, pos(4).Hash}), []string{"3 inserted"}},
		{"an old head", 3, headOf(t, pos(2), nil), []string{"3 inserted"}},
		{"the head before the first", 2, headOf(t, pos(0), nil), []string{"1 inserted", "2 inserted"}},
		{"an empty head", 2, "", []string{"0 head"}},
		{"not JSON", 2, "{", []string{"0 head"}},
		{"announces a far one", 2, headOf(t, pos(2), &position{4, pos(4).Hash}), []string{"0 head"}},
		{"seq 0 with a hash", 2, headOf(t, position{0, pos(2).Hash}, nil), []string{"0 head"}},
		{"seq without a hash", 2, headOf(t, position{2, Genesis}, nil), []string{"0 head"}},
		{"no hash", 2, headOf(t, position{2, "hunter2"}, nil), []string{"0 head"}},
		{"a newer format", 2, strings.Replace(headOf(t, pos(2), nil), "1.0", "2.0", 1), []string{"0 head"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, problems := Verify(strings.NewReader(strings.Join(lines[:c.lines], "")), strings.NewReader(c.head), "")
			if !slices.Equal(told(problems), c.want) {
				t.Errorf("%v; want %v", problems, c.want)
			}
			if s.Interrupted != strings.Contains(c.name, "announced") {
				t.Errorf("summary %+v", s)
			}
			if strings.Contains(fmt.Sprint(problems), "hunter2") {
				t.Errorf("the head is told: %v", problems)
			}
		})
	}
}

func TestVerifyAgainst(t *testing.T) {
	lines, headText := made(t, 5)
	noted := decoded(t, lines[2]).Hash
	against := func(log []string, headText, hash string) (Summary, []string) {
		s, problems := VerifyAgainst(strings.NewReader(strings.Join(log, "")), strings.NewReader(headText), hash, "")
		return s, told(problems)
	}
	if s, got := against(lines, headText, noted); len(got) > 0 || s.Noted != 3 {
		t.Errorf("%v %+v", got, s)
	}
	// Another history, with a head of its own.
	var other []string
	last := position{Hash: Genesis}
	for i, l := range lines {
		e := decoded(t, l)
		if i == 1 {
			e.Outcome = "approved"
		}
		e.Seq, e.Prev = last.Seq+1, last.Hash
		other = append(other, forged(t, e))
		last = position{e.Seq, decoded(t, other[i]).Hash}
	}
	if s, got := against(other, headOf(t, last, nil), noted); !slices.Equal(got, []string{"0 rewritten"}) || s.Noted != 0 {
		t.Errorf("another history: %v %+v", got, s)
	}
	two := decoded(t, lines[1])
	if _, got := against(lines[:2], headOf(t, position{two.Seq, two.Hash}, nil), noted); !slices.Equal(got, []string{"0 rewritten"}) {
		t.Errorf("a shorter log with a head to it: %v", got)
	}
	for _, hash := range []string{"", Genesis, "abc", strings.ToUpper(noted), noted + "\n"} {
		if _, got := against(lines, headText, hash); !slices.Equal(got, []string{"0 rewritten"}) {
			t.Errorf("hash %q: %v", hash, got)
		}
	}
}

func TestVerifyUnreadable(t *testing.T) {
	lines, headText := made(t, 3)
	broken := io.MultiReader(strings.NewReader(lines[0]+lines[1]), iotest.ErrReader(errors.New("the disk is gone")))
	_, problems := Verify(broken, strings.NewReader(headText), "a.log")
	if len(problems) != 1 || problems[0] != (Problem{"a.log", 3, Unreadable, "the disk is gone"}) {
		t.Errorf("%v", problems)
	}
	_, problems = Verify(strings.NewReader(strings.Join(lines, "")), iotest.ErrReader(errors.New("the disk is gone")), "a.log")
	if !slices.Equal(told(problems), []string{"0 head"}) {
		t.Errorf("%v", problems)
	}
	if s, problems := Verify(iotest.OneByteReader(strings.NewReader(strings.Join(lines, ""))), strings.NewReader(headText), ""); len(problems) > 0 || s.Lines != 3 {
		t.Errorf("byte by byte: %v", problems)
	}
}

// sound is what Verify has to come to, without saying what is wrong.
func sound(log, headText []byte, withHead bool) bool {
	last := position{Hash: Genesis}
	in := bufio.NewReader(bytes.NewReader(log))
	for {
		text, err := in.ReadBytes('\n')
		if err != nil && len(text) == 0 {
			break
		}
		e, parseErr := parse(bytes.TrimSuffix(text, []byte("\n")))
		if err != nil || parseErr != nil {
			return false
		}
		if hash, _ := sum(e); e.Hash != hash || e.Prev != last.Hash || e.Seq != last.Seq+1 {
			return false
		}
		last = position{e.Seq, e.Hash}
	}
	if !withHead {
		return true
	}
	h, err := parseHead(headText)
	return err == nil && (last == h.position || h.Next != nil && last == *h.Next)
}

func checkVerify(t *testing.T, log, headText []byte, withHead bool) {
	t.Helper()
	var h io.Reader
	if withHead {
		h = bytes.NewReader(headText)
	}
	s, problems := Verify(bytes.NewReader(log), h, "")
	if want := sound(log, headText, withHead); want != (len(problems) == 0) {
		t.Errorf("sound: %v, problems: %v\n%s\nhead %s", want, problems, log, headText)
	}
	for i, p := range problems {
		if p.Line < 0 || p.Line > s.Lines || i > 0 && p.Line < problems[i-1].Line || p.Detail == "" || strings.ContainsAny(p.Detail, "\n\x1b") {
			t.Errorf("problem %+v of %d lines", p, s.Lines)
		}
	}
}

// Whatever is done to the lines of a log and of another one that anybody could
// make, in whatever order: either nothing was changed in the end, or it is found.
func TestVerifyAnyLines(t *testing.T) {
	lines, headText := made(t, 6)
	pool := slices.Clone(lines)
	for i := range lines {
		e := decoded(t, lines[i])
		e.Actor.Name = "mallory"
		pool = append(pool, forged(t, e))
		e.Seq++
		pool = append(pool, forged(t, e))
		e.Prev = decoded(t, lines[i]).Hash
		pool = append(pool, forged(t, e), "junk\n")
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 4000 {
		log := slices.Clone(lines)
		for range 1 + rnd.IntN(4) {
			i, j := rnd.IntN(len(log)+1), rnd.IntN(len(log)+1)
			switch rnd.IntN(4) {
			case 0:
				log = slices.Insert(log, i, pool[rnd.IntN(len(pool))])
			case 1:
				log = slices.Delete(log, min(i, j), max(i, j))
			case 2:
				if i < len(log) && j < len(log) {
					log[i], log[j] = log[j], log[i]
				}
			case 3:
				if i < len(log) {
					log[i] = pool[rnd.IntN(len(pool))]
				}
			}
		}
		checkVerify(t, []byte(strings.Join(log, "")), []byte(headText), rnd.IntN(2) == 0)
		if t.Failed() {
			return
		}
	}
}

func FuzzVerify(f *testing.F) {
	lines, headText := made(f, 4)
	all := strings.Join(lines, "")
	for _, log := range []string{
		all, "", "\n", "{}\n", "junk", lines[0], lines[1] + lines[0], lines[0] + lines[0], all + lines[3],
		lines[0] + lines[2] + lines[3], all[:len(all)-9], strings.Replace(all, "alice", "mallory", 1),
		forged(f, Event{FormatVersion: FormatVersion, Seq: math.MaxUint64, Prev: Genesis}) + all,
	} {
		f.Add([]byte(log), []byte(headText), true)
		f.Add([]byte(log), []byte{}, false)
	}
	f.Fuzz(func(t *testing.T, log, headText []byte, withHead bool) {
		checkVerify(t, log, headText, withHead)
		for _, format := range []string{"json", "jsonl", "csv"} {
			var out bytes.Buffer
			err := Export(&out, bytes.NewReader(log), ExportOptions{Format: format})
			if err != nil && out.Len() > 0 {
				t.Errorf("%s: an error, and still %d bytes", format, out.Len())
			}
			if err == nil && format == "jsonl" && out.String() != string(log) {
				t.Errorf("the lines are not those of the log:\n%s\n%s", log, &out)
			}
		}
	})
}
