package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
)

var update = flag.Bool("update", false, "write the golden files")

// unread is a run of which one state could not be read and one is locked.
func unread() *drift.Report {
	why := drift.Finding{Kind: drift.Unchecked, Source: "s3://states/env/prod/network/terraform.tfstate",
		Reason: "the state could not be read: access denied; allow s3:GetObject on arn:aws:s3:::states/env/prod/network/terraform.tfstate"}
	queue := at(drift.Unchecked, "aws_sqs_queue", "", "https://sqs.eu-west-1.amazonaws.com/111122223333/nightly")
	queue.Reason = "no state that was read has it, but one that could not be read may"
	r := sum(&drift.Report{
		Summary:  drift.Summary{Managed: 3, InSync: 3},
		Findings: []drift.Finding{queue, why},
		Warnings: []drift.Warning{{
			Source:  "s3://states/env/prod/app/terraform.tfstate",
			Message: "locked by ann@ci for apply since 2026-11-02T10:00:00Z: an operation under way may explain differences",
		}},
		Coverage: drift.Coverage{States: drift.Ratio{Checked: 2, Total: 3}, Types: drift.Ratio{Checked: 1, Total: 1}, Resources: drift.Ratio{Checked: 3, Total: 3}, Attributes: drift.Ratio{Checked: 9, Total: 9}},
	})
	return r
}

// render writes a report in one format.
func render(t *testing.T, format string, o Options, r *drift.Report) string {
	t.Helper()
	w, err := New(format, o)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := w(&buf, r); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: write it with go test ./pkg/report -update", err)
	}
	if got != string(want) {
		t.Errorf("%s differs, refresh it with go test ./pkg/report -update\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// sum counts the findings as drift.Compare does, so that the examples are
// consistent with themselves.
func sum(r *drift.Report) *drift.Report {
	r.FormatVersion = drift.FormatVersion
	s := &r.Summary
	for _, f := range r.Findings {
		switch f.Kind {
		case drift.Changed:
			s.Changed++
		case drift.Missing:
			s.Missing++
		case drift.Unmanaged:
			s.Unmanaged++
		case drift.Unchecked:
			s.Unchecked++
		}
	}
	r.Verdict = drift.Clean
	switch {
	case s.Changed+s.Missing+s.Unmanaged > 0:
		r.Verdict = drift.Drift
	case s.Unchecked > 0:
		r.Verdict = drift.Incomplete
	}
	if r.Findings == nil {
		r.Findings = []drift.Finding{}
	}
	if r.Coverage.Listings == nil {
		r.Coverage.Listings = []inventory.Coverage{}
	}
	return r
}

const (
	account = "111122223333"
	ireland = "eu-west-1"
)

func at(kind drift.Kind, typ, name, id string) drift.Finding {
	f := drift.Finding{Kind: kind, Type: typ, Provider: "aws", ID: id, Account: account, Region: ireland}
	if name != "" {
		f.Address, f.Source = typ+"."+name, "prod.tfstate"
	}
	return f
}

// every has every kind of finding and of change.
func every() *drift.Report {
	web := at(drift.Changed, "aws_instance", "web", "i-0a1")
	web.Changes = []drift.Change{
		{Path: "instance_type", Before: "t3.micro", After: "t3.large"},
		{Path: "monitoring", Before: false, After: true},
		{Path: "root_block_device[0].volume_size", Before: 8.0, After: 20.0},
		{Path: "tags.env", Before: "prod", After: nil},
		{Path: `tags["kubernetes.io/role"]`, Before: nil, After: "node"},
		{Path: "user_data", Sensitive: true},
	}
	db := at(drift.Changed, "aws_db_instance", "main", "db-AAA")
	db.Reason = "replaced: resource_id is another one"
	db.Changes = []drift.Change{{Path: "resource_id", Before: "db-AAA", After: "db-BBB"}}

	gone := at(drift.Missing, "aws_sqs_queue", `jobs["nightly"]`, "https://sqs.eu-west-1.amazonaws.com/111122223333/nightly")
	role := at(drift.Missing, "aws_iam_role", "ci", "ci")
	role.Region = ""

	stray := at(drift.Unmanaged, "aws_security_group", "", "sg-0bad")
	azure := drift.Finding{Kind: drift.Unmanaged, Type: "azurerm_resource_group", Provider: "azurerm", ID: "/subscriptions/s/resourceGroups/old", Account: "8d7e", Region: "westeurope"}
	google := drift.Finding{Kind: drift.Unmanaged, Type: "google_compute_network", Provider: "google", ID: "default2", Account: "my-project"}

	denied := "access denied: allow s3:ListAllMyBuckets"
	logs := at(drift.Unchecked, "aws_s3_bucket", "logs", "logs")
	logs.Reason = denied
	media := at(drift.Unchecked, "aws_s3_bucket", "media", "media")
	media.Reason = denied
	rest := at(drift.Unchecked, "aws_sns_topic", "", "")
	rest.Reason = "throttled on sns:ListTopics after every retry: run again, or lower --parallel"
	buckets := at(drift.Unchecked, "aws_kms_key", "", "")
	buckets.Region, buckets.Reason = "", rest.Reason

	return sum(&drift.Report{
		Summary:  drift.Summary{Managed: 48, InSync: 42, StateOnly: 12, LeftOut: 1},
		Findings: []drift.Finding{db, web, gone, role, stray, azure, google, logs, media, rest, buckets},
		Coverage: drift.Coverage{
			Types:      drift.Ratio{Checked: 9, Total: 10},
			Resources:  drift.Ratio{Checked: 46, Total: 48},
			Attributes: drift.Ratio{Checked: 311, Total: 402},
			Listings: []inventory.Coverage{
				{Type: "aws_instance", Account: account, Region: ireland, Complete: true, Listed: 1},
				{Type: "aws_s3_bucket", Account: account, Complete: false, Reason: denied},
				{Type: "aws_sqs_queue", Account: account, Region: ireland, Complete: true, Targeted: true},
			},
		},
		Stats: &drift.Stats{
			Counts: provider.Counts{
				APICalls:  map[string]int{"ec2:DescribeInstances": 3, "sqs:ListQueues": 1, "sns:ListTopics": 12, "ec2:DescribeVolumes": 1},
				Total:     17,
				Throttles: 12,
				Bytes:     3 << 19,
			},
			Seconds: 2.34,
			TakenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		},
	})
}

// long has lists that are longer than what is shown, and one that is one line
// longer, which is shown whole.
func long() *drift.Report {
	r := &drift.Report{Coverage: drift.Coverage{Attributes: drift.Ratio{Checked: 1, Total: 1}}}
	for i := range 25 {
		f := at(drift.Missing, "aws_vpc", fmt.Sprintf("gone[%d]", i), fmt.Sprintf("vpc-%d", i))
		r.Findings = append(r.Findings, f)
	}
	for i := range 21 {
		r.Findings = append(r.Findings, at(drift.Unmanaged, "aws_vpc", "", fmt.Sprintf("vpc-9%02d", i)))
	}
	many := at(drift.Changed, "aws_vpc", "many", "vpc-1")
	for i := range 20 {
		many.Changes = append(many.Changes, drift.Change{Path: fmt.Sprintf("tags.t%02d", i), Before: "a", After: "b"})
	}
	r.Findings = append(r.Findings, many)
	for reason := range 23 {
		for i := range 9 {
			f := at(drift.Unchecked, "aws_vpc", fmt.Sprintf("u%d[%d]", reason, i), "vpc-u")
			f.Reason = fmt.Sprintf("reason number %d", reason)
			r.Findings = append(r.Findings, f)
		}
	}
	return sum(r)
}

// policies has documents that do not fit on a line and differ late.
func policies() *drift.Report {
	policy := func(last string) string {
		var b strings.Builder
		b.WriteString(`{"Statement":[{"Action":[`)
		for i := range 40 {
			fmt.Fprintf(&b, `"s3:Action%d",`, i)
		}
		return b.String() + `"` + last + `"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`
	}
	f := at(drift.Changed, "aws_iam_policy", "deploy", "arn:aws:iam::111122223333:policy/deploy")
	f.Changes = []drift.Change{
		{Path: "policy", Before: policy("s3:GetObject"), After: policy("s3:*")},
		{Path: "description", Before: "short", After: strings.Repeat("a long description ", 9)},
		{Path: "document", Before: "line one\nline two\n", After: "line one\n\tline 2\n"},
	}
	return sum(&drift.Report{Findings: []drift.Finding{f}})
}

func clean() *drift.Report {
	return sum(&drift.Report{
		Summary:  drift.Summary{Managed: 1, InSync: 1},
		Coverage: drift.Coverage{Types: drift.Ratio{Checked: 1, Total: 1}, Resources: drift.Ratio{Checked: 1, Total: 1}, Attributes: drift.Ratio{Checked: 7, Total: 7}},
	})
}

func incomplete() *drift.Report {
	f := at(drift.Unchecked, "aws_vpc", "main", "vpc-1")
	f.Reason = "ec2:DescribeVpcs failed: InternalError: An internal error has occurred, which is a long text that does not fit on one line of eighty columns"
	return sum(&drift.Report{
		Summary:  drift.Summary{Managed: 3, InSync: 2},
		Findings: []drift.Finding{f},
		Coverage: drift.Coverage{Types: drift.Ratio{Total: 1}, Resources: drift.Ratio{Checked: 2, Total: 3}, Attributes: drift.Ratio{Checked: 999, Total: 1000}},
	})
}

// hostile has strings that a cloud, a state or an inventory of somebody else may
// hold: control sequences, line breaks, wide and combining characters, texts
// without a space, and right-to-left overrides.
func hostile() *drift.Report {
	nasty := []string{
		"\x1b[2J\x1b[31mred\x1b[0m",
		"one\r\ntwo\u2028three\u0085four",
		"\x00\x07\x08\x7f\u009b31m",
		"a\u202egnp.exe\u2066b\u200b\ufeff",
		"invalid \xff\xfe UTF-8 \xc3",
		strings.Repeat("漢字", 120),
		strings.Repeat("e\u0301", 300),
		strings.Repeat("x", 500),
		strings.Repeat("word ", 100),
		strings.Repeat("👩‍👩‍👧‍👦", 60),
		"\t\ttabs\tand\vmore\f",
		"]8;;https://example.com\x1b\\link\x1b]8;;\x07",
	}
	r := &drift.Report{}
	for i, s := range nasty {
		other := nasty[(i+1)%len(nasty)]
		changed := drift.Finding{Kind: drift.Changed, Address: s, Type: s, Provider: s, ID: s, Account: s, Region: s, Source: s, Reason: s}
		changed.Changes = []drift.Change{
			{Path: s, Before: s, After: other},
			{Path: s, Before: nil, After: s},
			{Path: s, Before: s, After: nil},
			{Path: s, Before: "{" + s, After: "{" + s + "!"},
			{Path: s, Before: map[string]any{s: s}, After: []any{s, other}},
			{Path: s, Sensitive: true},
		}
		missing := changed
		missing.Kind, missing.Changes = drift.Missing, nil
		unmanaged := missing
		unmanaged.Kind, unmanaged.Address = drift.Unmanaged, ""
		unchecked := missing
		unchecked.Kind = drift.Unchecked
		rest := unchecked
		rest.Address = ""
		r.Findings = append(r.Findings, changed, missing, unmanaged, unchecked, rest)
	}
	calls := map[string]int{}
	for _, s := range nasty {
		calls[s] = 1
	}
	r.Stats = &drift.Stats{Counts: provider.Counts{APICalls: calls, Total: len(calls)}}
	r.Summary = drift.Summary{Managed: 12345, InSync: 12345, StateOnly: 12345, LeftOut: 12345}
	r.Coverage = drift.Coverage{Types: drift.Ratio{Checked: 1234, Total: 1234}, Resources: drift.Ratio{Checked: 123456, Total: 123456}}
	return sum(r)
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name    string
		report  *drift.Report
		options Options
	}{
		{"every", every(), Options{}},
		{"every-stats", every(), Options{Stats: true}},
		{"every-wide", every(), Options{Width: 200}},
		{"every-color", every(), Options{Color: true}},
		{"long", long(), Options{}},
		{"long-all", long(), Options{All: true}},
		{"policies", policies(), Options{}},
		{"policies-all", policies(), Options{All: true}},
		{"clean", clean(), Options{}},
		{"incomplete", incomplete(), Options{}},
		{"unread", unread(), Options{}},
		{"hostile", hostile(), Options{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name+".txt", render(t, "text", tt.options, tt.report))
		})
	}
}

func TestTextFitsItsWidth(t *testing.T) {
	reports := map[string]*drift.Report{
		"every": every(), "long": long(), "policies": policies(), "clean": clean(), "incomplete": incomplete(), "unread": unread(), "hostile": hostile(),
	}
	for name, r := range reports {
		for _, width := range []int{0, 50, 61, 80, 120} {
			t.Run(fmt.Sprintf("%s in %d", name, width), func(t *testing.T) {
				limit := width
				if limit == 0 {
					limit = 80
				}
				lines := strings.Split(strings.TrimSuffix(render(t, "text", Options{Width: width, Stats: true}, r), "\n"), "\n")
				if limit < 80 {
					lines = lines[:len(lines)-1] // the verdict is one line on every terminal
				}
				for i, l := range lines {
					if w := uniseg.StringWidth(l); w > limit {
						t.Errorf("line %d has %d columns: %q", i+1, w, l)
					}
				}
			})
		}
	}
}

// What drives a terminal comes from driftmgr or not at all.
func TestTextShowsNoControlCharacters(t *testing.T) {
	ansi := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, o := range []Options{{Stats: true}, {All: true, Stats: true}, {Color: true, Stats: true}, {Color: true, All: true, Width: 60}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			got := render(t, "text", o, hostile())
			if !utf8.ValidString(got) {
				t.Error("not UTF-8")
			}
			if strings.Contains(got, "\x1b[2J") || strings.Contains(got, "\x1b[31mred") {
				t.Error("a sequence of the input reached the output")
			}
			plain := got
			if o.Color {
				if plain = ansi.ReplaceAllString(got, ""); plain == got {
					t.Error("no colour in a report that allows it")
				}
			}
			for i, l := range strings.Split(plain, "\n") {
				if at := strings.IndexFunc(l, func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 {
					t.Errorf("line %d has %q: %q", i+1, []rune(l[at:])[0], l)
				}
			}
		})
	}
}

// A colour changes nothing but the colour.
func TestTextColour(t *testing.T) {
	ansi := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for name, r := range map[string]*drift.Report{"every": every(), "long": long(), "clean": clean(), "incomplete": incomplete()} {
		plain, colored := render(t, "text", Options{Stats: true}, r), render(t, "text", Options{Stats: true, Color: true}, r)
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: colour without being asked: %q", name, plain)
		}
		if !ansi.MatchString(colored) {
			t.Errorf("%s: no colour", name)
		}
		if got := ansi.ReplaceAllString(colored, ""); got != plain {
			t.Errorf("%s: with colour\n%s\nwithout\n%s", name, got, plain)
		}
	}
}

// The number in the hint is that of what is left out, and --all leaves out nothing.
func TestTextAll(t *testing.T) {
	short, all := render(t, "text", Options{}, long()), render(t, "text", Options{All: true}, long())
	for _, want := range []string{"… and 5 more", "… and 8 more", "… and 3 more", "see them with --all"} {
		if !strings.Contains(short, want) {
			t.Errorf("%q is not in\n%s", want, short)
		}
	}
	for i := range 21 {
		if id := fmt.Sprintf("vpc-9%02d", i); !strings.Contains(short, id) {
			t.Errorf("%s: one more line is shorter than saying that there is one more", id)
		}
	}
	left := 5 + 8 + 3 + 20*3
	if want := fmt.Sprintf("%d more lines are not shown", left); !strings.Contains(short, want) {
		t.Errorf("%q is not in\n%s", want, short)
	}
	if strings.Contains(all, "--all") || strings.Contains(all, "more") {
		t.Errorf("--all leaves something out:\n%s", all)
	}
	for _, f := range long().Findings {
		what := f.Address
		if what == "" {
			what = f.ID
		}
		if !slices.ContainsFunc(strings.Split(all, "\n"), func(l string) bool {
			return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l), f.Type+"  ")) == what
		}) {
			t.Errorf("--all does not show %s", what)
		}
	}
}

// What the states hold is not hidden behind what nobody may manage.
func TestTextUncheckedOrder(t *testing.T) {
	r := &drift.Report{}
	for i := range 30 {
		f := at(drift.Unchecked, fmt.Sprintf("aws_type%d", i), "", "")
		f.Reason = "no valid credentials"
		r.Findings = append(r.Findings, f)
	}
	held := at(drift.Unchecked, "aws_vpc", "main", "vpc-1")
	held.Reason = "no valid credentials"
	r.Findings = append(r.Findings, held)
	got := render(t, "text", Options{}, sum(r))
	if !strings.Contains(got, "no valid credentials\n      aws_vpc.main\n") {
		t.Errorf("aws_vpc.main does not come first:\n%s", got)
	}
	if strings.Contains(got, "%") {
		t.Errorf("a percentage of no attributes:\n%s", got)
	}
}

// Neither value of a sensitive change is shown, whatever the report still holds.
func TestTextSensitive(t *testing.T) {
	f := at(drift.Changed, "aws_db_instance", "main", "db-1")
	f.Changes = []drift.Change{{Path: "password", Before: "hunter2-before", After: "hunter2-after", Sensitive: true}}
	got := render(t, "text", Options{All: true}, sum(&drift.Report{Findings: []drift.Finding{f}}))
	if strings.Contains(got, "hunter2") {
		t.Errorf("a secret is shown:\n%s", got)
	}
	if !strings.Contains(got, "~ password  (sensitive, both values hidden)") {
		t.Errorf("the change is not shown:\n%s", got)
	}
}

func TestJSON(t *testing.T) {
	for name, r := range map[string]*drift.Report{"every": every(), "clean": clean(), "incomplete": incomplete()} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".json", render(t, "json", Options{}, r))
		})
	}
}

func TestNames(t *testing.T) {
	for _, name := range Names() {
		if _, err := New(name, Options{}); err != nil {
			t.Error(err)
		}
	}
	_, err := New("yaml", Options{})
	if err == nil || !strings.HasPrefix(err.Error(), `unknown output format "yaml": use text`) {
		t.Errorf("got %v", err)
	}
}

// full is a writer with room for some bytes.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return f.room, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	for _, name := range Names() {
		for _, room := range []int{0, 5000} {
			w, err := New(name, Options{All: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := w(&full{room}, hostile()); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d bytes: %v", name, room, err)
			}
		}
	}
}
