package remediate

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestJournal(t *testing.T) {
	dir, _ := stored(t, everything())
	s := opened(t, dir)
	status := func(want Status) {
		t.Helper()
		// Another run reads it anew.
		again := opened(t, dir)
		if got, err := again.Status(); err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	status(Pending)
	j, err := s.journal()
	if err != nil || len(j.States) != 2 || j.Digest != s.Digest {
		t.Fatalf("%+v, %v", j, err)
	}
	for _, step := range []struct {
		state  int
		status Status
		want   Status
	}{
		{0, Started, Started}, {0, Applied, Applied}, {0, Done, Applied}, {1, Started, Started}, {1, Applied, Applied}, {1, Pending, Applied}, {1, Done, Done},
	} {
		if err := s.mark(j, step.state, step.status, noon.In(time.FixedZone("", 7200))); err != nil {
			t.Fatal(err)
		}
		status(step.want)
	}
	if got := read(t, filepath.Join(dir, journalName)); !strings.Contains(got, `"time": "2026-05-13T12:00:00Z"`) {
		t.Errorf("times are not in UTC: %s", got)
	}
}

func TestJournalRefuses(t *testing.T) {
	dir, digest := stored(t, everything())
	s := opened(t, dir)
	const unknown = "so that it is not known how far an apply has come: plan again"
	entries := func(texts ...string) string {
		return `{"format_version":"1.0","digest":"` + digest + `","states":[` + strings.Join(texts, ",") + `]}`
	}
	one := func(status string) string { return `{"status":"` + status + `","time":"2026-05-13T12:00:00Z"}` }
	for name, tt := range map[string]struct{ text, want string }{
		"as it is":           {entries(one("pending"), one("started")), ""},
		"empty":              {"", unknown},
		"torn":               {entries(one("pending"), one("started"))[:60], unknown},
		"an unknown field":   {entries(`{"status":"done","time":"2026-05-13T12:00:00Z","by":"eve"}`, one("done")), unknown},
		"another status":     {entries(one("pending"), one("skipped")), `journal.json says "skipped", which is no status, ` + unknown},
		"no status":          {entries(one("pending"), `{}`), `journal.json says "", which is no status`},
		"too few states":     {entries(one("done")), "journal.json is that of another plan: plan again"},
		"too many states":    {entries(one("done"), one("done"), one("done")), "journal.json is that of another plan"},
		"another plan":       {strings.Replace(entries(one("done"), one("done")), digest, Digest(nil), 1), "journal.json is that of another plan"},
		"something after it": {entries(one("done"), one("done")) + "{}", unknown},
		"larger than any":    {strings.Repeat(" ", maxApproval+1), "read the journal: journal.json is larger than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			put(t, filepath.Join(dir, journalName), tt.text)
			_, err := s.Status()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			// An apply does not even look at anything else.
			if out, err := (&Apply{Plan: s}).Run(t.Context()); out != nil || err == nil || !strings.HasPrefix(err.Error(), "refused, nothing was changed: ") {
				t.Errorf("apply: %+v, %v", out, err)
			}
		})
	}
}

func FuzzJournal(f *testing.F) {
	dir, digest := stored(f, everything())
	s := opened(f, dir)
	f.Add(`{"format_version":"1.0","digest":"` + digest + `","states":[{"status":"done","time":"2026-05-13T12:00:00Z"},{"status":"started","time":"0001-01-01T00:00:00Z"}]}`)
	f.Add("{}")
	f.Fuzz(func(t *testing.T, text string) {
		put(t, filepath.Join(dir, journalName), text)
		j, err := s.journal()
		if err == nil && (j.Digest != digest || len(j.States) != 2) {
			t.Errorf("%+v", j)
		}
		if status, err := s.Status(); err == nil && status != Pending && status != Started && status != Applied && status != Done {
			t.Errorf("status %q", status)
		}
	})
}
