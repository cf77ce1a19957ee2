package remediate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC) // a Wednesday

// says is a statement by somebody, made some time before noon.
func says(d Decision, ago time.Duration, key string, names ...string) Signed {
	return Signed{
		Statement:  Statement{Decision: d, Time: noon.Add(-ago), Reason: "because"},
		File:       "approvals/" + string(d) + ".json",
		Principals: names, Fingerprint: key,
	}
}

// broken is a statement that does not count.
func broken(d Decision) Signed {
	s := says(d, 0, "")
	s.Err = errors.New("is not signed")
	return s
}

func TestApprovals(t *testing.T) {
	const hour = time.Hour
	ann, bob, eve := says(Approved, hour, "A", "ann"), says(Approved, hour, "B", "bob"), says(Approved, hour, "E", "eve")
	author := says(Authored, hour, "A", "ann")
	one := Policy{Approvals: 1, Expiry: 24 * hour, MaxRisk: High}
	eyes := Policy{Approvals: 1, FourEyes: true, Expiry: 24 * hour, MaxRisk: High}
	two := Policy{Approvals: 2, FourEyes: true, Expiry: 24 * hour, MaxRisk: High}
	late := ann
	late.Time = noon.Add(-25 * hour)
	tests := []struct {
		name       string
		policy     Policy
		statements []Signed
		want       []string // how each refusal begins, in order; none allows
	}{
		{"none is needed", Policy{MaxRisk: High}, nil, nil},
		{"four eyes where no approval is needed", Policy{FourEyes: true, MaxRisk: High}, nil, nil},
		{"none", one, nil, []string{"0 of 1 approvals: driftmgr remediate approve"}},
		{"one", one, []Signed{ann}, nil},
		{"the author's, where that is allowed", one, []Signed{author, ann}, nil},
		{"authorship is no approval", one, []Signed{author}, []string{"0 of 1 approvals"}},
		{"not signed", one, []Signed{broken(Approved)}, []string{"0 of 1 approvals", "approvals/approved.json does not count: is not signed"}},

		{"signed plan: somebody else", eyes, []Signed{author, bob}, nil},
		{"signed plan: the author alone", eyes, []Signed{author, ann}, []string{"0 of 1 approvals: ", "the approval by ann does not count: who made the plan does not approve it (remediation.four_eyes)"}},
		{"signed plan: the author's other key", eyes, []Signed{author, says(Approved, hour, "A2", "ann")}, []string{"0 of 1 approvals", "the approval by ann"}},
		{"signed plan: the author's key under another name", eyes, []Signed{author, says(Approved, hour, "A", "anna")}, []string{"0 of 1 approvals", "the approval by anna"}},
		{"signed plan: one of the author's names", eyes, []Signed{says(Authored, hour, "A", "ann", "team"), says(Approved, hour, "T", "team")}, []string{"0 of 1 approvals", "the approval by team"}},
		{"signed plan: the second of the author's signatures", eyes, []Signed{author, says(Authored, hour, "T", "ann", "team"), says(Approved, hour, "T", "team")}, []string{"0 of 1 approvals", "the approval by team"}},
		{"signed plan: authorship that came after the approval", eyes, []Signed{ann, author}, []string{"0 of 1 approvals", "the approval by ann"}},
		{"unsigned plan: one person", eyes, []Signed{ann}, []string{"1 of 2 approvals, as no signature says who made it (remediation.signing_key): "}},
		{"unsigned plan: two", eyes, []Signed{ann, bob}, nil},
		{"unsigned plan: two keys of one person", eyes, []Signed{ann, says(Approved, hour, "A2", "ann")}, []string{"1 of 2 approvals"}},
		{"unsigned plan: two names of one key", eyes, []Signed{ann, says(Approved, hour, "A", "anna")}, []string{"1 of 2 approvals"}},
		{"authorship that is not signed proves nobody", eyes, []Signed{broken(Authored), ann}, []string{"1 of 2 approvals", "approvals/authored.json does not count"}},
		{"two are needed, and one of them may be the author", two, []Signed{ann, bob}, []string{"2 of 3 approvals, as no signature says who made it"}},
		{"two are needed, and two of three are others", two, []Signed{ann, bob, eve}, nil},
		{"two are needed anyway, and the author is one", two, []Signed{author, ann, bob}, []string{"1 of 2 approvals: ", "the approval by ann"}},
		{"two are needed anyway, besides the author", two, []Signed{author, eve, bob}, nil},
		{"one that approves twice", two, []Signed{bob, bob}, []string{"1 of 3 approvals"}},
		{"two that a third signature shows to be one", two, []Signed{ann, bob, says(Approved, hour, "C", "bob", "ann")}, []string{"1 of 3 approvals"}},
		{"the same, in another order", two, []Signed{says(Approved, hour, "C", "bob", "ann"), ann, bob}, []string{"1 of 3 approvals"}},

		{"rejected", one, []Signed{ann, says(Rejected, hour, "B", "bob")}, []string{"bob rejected it: because"}},
		{"rejected by who approved", one, []Signed{ann, says(Rejected, hour, "A", "ann")}, []string{"ann rejected it: because"}},
		{"rejected before it was approved", one, []Signed{says(Rejected, 2*hour, "A", "ann"), ann}, []string{"ann rejected it: because"}},
		{"rejected long ago", one, []Signed{says(Rejected, 99*hour, "B", "bob"), ann}, []string{"bob rejected it: because"}},
		{"rejected, none is needed", Policy{MaxRisk: High}, []Signed{says(Rejected, hour, "B", "bob")}, []string{"bob rejected it: because"}},
		{"a rejection that is not signed", one, []Signed{ann, broken(Rejected)}, nil},

		{"expired", one, []Signed{late}, []string{"0 of 1 approvals", "the approval by ann does not count: it is 25h0m0s old, and 24h0m0s are allowed"}},
		{"expired, and nothing expires", Policy{Approvals: 1, MaxRisk: High}, []Signed{late}, nil},
		{"as old as is allowed", one, []Signed{says(Approved, 24*hour, "A", "ann")}, nil},
		{"of the future", one, []Signed{says(Approved, -6*time.Minute, "A", "ann")}, []string{"0 of 1 approvals", "the approval by ann does not count: it is of the future (2026-05-13T12:06:00Z)"}},
		{"clocks that are a little apart", one, []Signed{says(Approved, -4*time.Minute, "A", "ann")}, nil},
		{"one that counts and one that does not", one, []Signed{late, bob}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &Manifest{Created: noon.Add(-hour)}
			begins(t, tt.policy.Check(m, tt.statements, noon), tt.want)
		})
	}
}

// begins compares refusals with how each is to begin.
func begins(t *testing.T, got []error, want []string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.HasPrefix(got[i].Error(), want[i]) && !strings.Contains(got[i].Error(), "\n")
	}
	if !ok {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReasonOfARejectionIsOneLine(t *testing.T) {
	s := says(Rejected, 0, "B", "bob")
	s.Reason = "no\nplan x: approved\x1b[2K"
	begins(t, Policy{MaxRisk: High}.Check(&Manifest{Created: noon}, []Signed{s}, noon), []string{"bob rejected it: no⏎plan x: approved\uFFFD[2K"})
}

func TestLimits(t *testing.T) {
	window := func(text string) Window {
		w, err := ParseWindow(text)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	steps := func(risks ...Risk) *Manifest {
		m := &Manifest{Created: noon.Add(-time.Hour), States: []State{{}, {}}}
		for i, r := range risks {
			m.States[i%2].Steps = append(m.States[i%2].Steps, Step{Address: fmt.Sprintf("aws_vpc.v%d", i), Strategy: Revert, Risk: r, Reasons: []string{"why"}})
		}
		return m
	}
	made := func(ago time.Duration) *Manifest { return &Manifest{Created: noon.Add(-ago)} }
	tests := []struct {
		name   string
		policy Policy
		m      *Manifest
		want   []string
	}{
		{"nothing to speak against", Policy{MaxRisk: High, MaxChanges: 3}, steps(High, Low, NoRisk), nil},
		{"no risk is named", Policy{}, steps(NoRisk), []string{"aws_vpc.v0: the risk is none (why), and remediation.max_risk_level is "}},
		{"risk as high as is allowed", Policy{MaxRisk: Low}, steps(Low, NoRisk), nil},
		{"risk above, step by step", Policy{MaxRisk: Low}, steps(Medium, Low, High), []string{"aws_vpc.v0: the risk is medium (why), and remediation.max_risk_level is low", "aws_vpc.v2: the risk is high"}},
		{"risk that is none of them", Policy{MaxRisk: High}, steps("harmless"), []string{"aws_vpc.v0: the risk is harmless"}},
		{"no risk at all", Policy{MaxRisk: High}, steps(""), []string{"aws_vpc.v0: the risk is  (why)"}},
		{"too many", Policy{MaxRisk: High, MaxChanges: 1}, steps(Low, Low), []string{"the plan changes 2 resources, and remediation.max_changes allows 1: plan fewer with --address"}},
		{"addresses", Policy{MaxRisk: High, Addresses: []string{"module.app.*", "aws_vpc.v1"}}, steps(Low, Low), []string{"aws_vpc.v0: remediation.allowed_addresses does not allow it"}},
		{"plan expired", Policy{Expiry: time.Hour, MaxRisk: High}, made(2 * time.Hour), []string{"the plan has expired: it was made 2h0m0s ago, and 1h0m0s are allowed; plan again"}},
		{"plan as old as is allowed", Policy{Expiry: time.Hour, MaxRisk: High}, made(time.Hour), nil},
		{"nothing expires", Policy{MaxRisk: High}, made(10000 * time.Hour), nil},
		{"plan of the future", Policy{MaxRisk: High}, made(-time.Hour), []string{"the plan is of the future (2026-05-13T13:00:00Z): check the clocks"}},
		{"plan without a time", Policy{Expiry: time.Hour, MaxRisk: High}, &Manifest{}, []string{"the plan has expired: "}},
		{"in a window", Policy{MaxRisk: High, Windows: []Window{window("Sun 01:00-02:00"), window("Wed 11:00-13:00")}}, steps(), nil},
		{"in no window", Policy{MaxRisk: High, Windows: []Window{window("Sun 01:00-02:00"), window("* 13:00-14:00")}}, steps(), []string{"no change window is open now (Wed 12:00 UTC): Sun 01:00-02:00, * 13:00-14:00"}},
		{"all of it", Policy{MaxRisk: NoRisk, MaxChanges: 1, Expiry: time.Minute, Addresses: []string{"x"}, Windows: []Window{window("Sun 01:00-02:00")}}, steps(Low, NoRisk),
			[]string{"the plan has expired", "the plan changes 2", "aws_vpc.v0: the risk", "aws_vpc.v0: remediation.allowed_addresses", "aws_vpc.v1: remediation.allowed_addresses", "no change window"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { begins(t, tt.policy.Limits(tt.m, noon), tt.want) })
	}
}

func TestWindowOpen(t *testing.T) {
	tests := []struct {
		window string
		open   []string // times in RFC 3339
		closed []string
	}{
		{"Mon-Fri 09:00-17:00", []string{"2026-05-11T09:00:00Z", "2026-05-15T16:59:59Z", "2026-05-13T12:00:00+02:00"},
			[]string{"2026-05-11T08:59:59Z", "2026-05-15T17:00:00Z", "2026-05-16T12:00:00Z", "2026-05-13T09:30:00+02:00"}},
		{"Sat,Sun 00:00-24:00", []string{"2026-05-16T00:00:00Z", "2026-05-17T23:59:59Z"}, []string{"2026-05-15T23:59:59Z", "2026-05-18T00:00:00Z"}},
		{"* 12:00-12:01", []string{"2026-05-17T12:00:59Z"}, []string{"2026-05-17T12:01:00Z", "2026-05-17T11:59:59Z"}},
		// Over midnight: the day is that of the beginning.
		{"Fri 22:00-02:00", []string{"2026-05-15T22:00:00Z", "2026-05-16T01:59:59Z"}, []string{"2026-05-15T01:00:00Z", "2026-05-16T02:00:00Z", "2026-05-16T22:30:00Z", "2026-05-15T21:59:59Z"}},
		{"Sat 22:00-02:00", []string{"2026-05-17T01:00:00Z"}, []string{"2026-05-16T01:00:00Z", "2026-05-18T01:00:00Z"}},
		{"Fri 22:00-00:00", []string{"2026-05-15T23:59:00Z"}, []string{"2026-05-16T00:00:00Z"}},
		{"Fri-Mon 09:00-10:00", []string{"2026-05-15T09:00:00Z", "2026-05-17T09:00:00Z", "2026-05-18T09:00:00Z"}, []string{"2026-05-19T09:00:00Z"}},
		{"Mon-Mon 09:00-10:00", []string{"2026-05-18T09:00:00Z"}, []string{"2026-05-19T09:00:00Z"}},
		// Zones, and days that are others there.
		{"Mon-Fri 09:00-17:00 Europe/Berlin", []string{"2026-05-13T07:00:00Z", "2026-12-02T08:00:00Z"}, []string{"2026-05-13T15:00:00Z", "2026-12-02T07:59:00Z"}},
		{"Mon 08:00-10:00 Pacific/Auckland", []string{"2026-05-17T20:30:00Z"}, []string{"2026-05-18T08:30:00Z"}},
		{"Sun 20:00-22:00 America/New_York", []string{"2026-05-18T01:00:00Z"}, []string{"2026-05-17T20:30:00Z"}},
		// When clocks go forward there is no 02:30, when they go back it is twice.
		{"Sun 02:00-03:00 Europe/Berlin", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"}, []string{"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-10-25T02:00:00Z"}},
	}
	for _, tt := range tests {
		w, err := ParseWindow(tt.window)
		if err != nil {
			t.Errorf("%s: %v", tt.window, err)
			continue
		}
		for i, text := range slices.Concat(tt.open, tt.closed) {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				t.Fatal(err)
			}
			if want := i < len(tt.open); w.Open(at) != want {
				t.Errorf("%s: open at %s: %v, want %v", tt.window, text, !want, want)
			}
		}
	}
}

func TestParseWindowRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "days, times and a zone are wanted",
		"Mon-Fri":                         "days, times and a zone are wanted",
		"Mon, Tue 09:00-10:00":            "the days are none",
		"Mon Tue 09:00-10:00 UTC":         "days, times and a zone are wanted",
		"mon 09:00-10:00":                 "the days are none",
		"Monday 09:00-10:00":              "the days are none",
		"Mon-Wed-Fri 09:00-10:00":         "the days are none",
		"Mon,,Tue 09:00-10:00":            "the days are none",
		"Mon- 09:00-10:00":                "the days are none",
		"Mon 09:00":                       "the times are none",
		"Mon 09:00-09:00":                 "the times are none",
		"Mon 24:00-02:00":                 "the times are none",
		"Mon 09:00-24:01":                 "the times are none",
		"Mon 09:60-10:00":                 "the times are none",
		"Mon 9-17":                        "the times are none",
		"Mon 09:00–10:00":                 "the times are none",
		"Mon 09:00-10:00-11:00":           "the times are none",
		"Mon 09:00-10:00 Local":           "the zone is not known",
		"Mon 09:00-10:00 Europe/Atlantis": "the zone is not known",
		"Mon 09:00-10:00 ../etc/passwd":   "the zone is not known",
		"Mon 09:00-10:00 +02:00":          "the zone is not known",
	} {
		_, err := ParseWindow(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `write it like "Mon-Fri 09:00-17:00 Europe/Berlin"`) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	for _, text := range []string{"Mon-Fri 09:00-17:00 Europe/Berlin", "* 22:00-02:00", "Sat,Sun 00:00-24:00", "Mon", "Mon 1:00-2:00 ../x", ""} {
		f.Add(text, int64(1778673600))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		w, err := ParseWindow(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "change window ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %q", text, err)
			}
			return
		}
		if !slices.Contains(w.days[:], true) || w.from == w.to {
			t.Errorf("%q: %+v", text, w)
		}
		at := time.Unix(unix%(1<<33), 0).UTC()
		if w.Open(at) != w.Open(at.In(time.FixedZone("", 3600))) {
			t.Errorf("%q: it depends on how a time is written", text)
		}
	})
}
