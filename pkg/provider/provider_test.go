package provider

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

type thing struct {
	id   string
	size *int32
}

func things(all []thing, err error) func(context.Context, string, Query) iter.Seq2[thing, error] {
	return func(context.Context, string, Query) iter.Seq2[thing, error] {
		return func(yield func(thing, error) bool) {
			for _, v := range all {
				if !yield(v, nil) {
					return
				}
			}
			if err != nil {
				yield(thing{}, err)
			}
		}
	}
}

func spec() Spec[string, thing] {
	size := int32(4)
	return Spec[string, thing]{
		Name:    "test_thing",
		Actions: []string{"t:List"},
		List:    things([]thing{{"a", &size}, {"b", nil}}, nil),
		ID:      func(v thing) string { return v.id },
		Attrs:   func(v thing) resource.Attrs { return resource.Attrs{"size": v.size} },
	}
}

func TestDefine(t *testing.T) {
	s := spec()
	s.Default = func(v thing) bool { return v.id == "b" }
	s.Object = func(v thing) string { return "o" + v.id }
	s.Details = []Detail[string, thing]{{
		Action: "t:Get", Paths: []string{"more"},
		Read: func(_ context.Context, conn string, v thing) (resource.Attrs, error) {
			if v.id == "b" {
				return nil, errors.New("no")
			}
			return resource.Attrs{"more": []string{conn, v.id}}, nil
		},
	}}
	typ := Define(s)
	if want := []string{"t:List", "t:Get"}; !slices.Equal(typ.Actions, want) {
		t.Errorf("actions %v, want %v", typ.Actions, want)
	}
	var items []Item
	for it, err := range typ.List(t.Context(), "conn", Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	if len(items) != 2 || items[0].Resource.Key != (resource.Key{Type: "test_thing", ID: "a"}) || items[0].Resource.Attrs["size"] != 4.0 || items[0].Resource.Object != "oa" || items[0].Resource.Default {
		t.Fatalf("items %+v", items)
	}
	if v, ok := items[1].Resource.Attrs["size"]; v != nil || !ok || !items[1].Resource.Default {
		t.Errorf("the second item %+v", items[1])
	}
	a, err := items[0].Details[0].Read(t.Context())
	if err != nil || resource.Text(a["more"]) != `["conn","a"]` {
		t.Errorf("detail %v %v", a, err)
	}
	if _, err := items[1].Details[0].Read(t.Context()); err == nil {
		t.Error("a detail's error is lost")
	}
}

func TestDefineRefusesHalfADeclaration(t *testing.T) {
	for name, edit := range map[string]func(*Spec[string, thing]){
		"no name":    func(s *Spec[string, thing]) { s.Name = "" },
		"no action":  func(s *Spec[string, thing]) { s.Actions = nil },
		"no list":    func(s *Spec[string, thing]) { s.List = nil },
		"no id":      func(s *Spec[string, thing]) { s.ID = nil },
		"no attrs":   func(s *Spec[string, thing]) { s.Attrs = nil },
		"bad detail": func(s *Spec[string, thing]) { s.Details = []Detail[string, thing]{{Action: "t:Get"}} },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("defined all the same")
				}
			}()
			s := spec()
			edit(&s)
			Define(s)
		})
	}
}

func TestAListsErrorEndsIt(t *testing.T) {
	s := spec()
	s.List = things([]thing{{id: "a"}}, errors.New("page two"))
	n := 0
	var last error
	for _, err := range Define(s).List(t.Context(), "", Query{}) {
		n++
		last = err
	}
	if n != 2 || last == nil {
		t.Errorf("%d items, last error %v", n, last)
	}
}

func TestWanted(t *testing.T) {
	d := BoundDetail{Paths: []string{"a", "b"}}
	if d.Wanted(resource.Attrs{"a": nil, "c": 1.0}) || !d.Wanted(resource.Attrs{"b": []any{}}) || !d.Wanted(resource.Attrs{"b": false}) {
		t.Error("a detail is wanted where the state has a value of its paths, an empty one included")
	}
}

func TestParents(t *testing.T) {
	child := resource.Type{Name: "c", ChildOf: []resource.ChildOf{{Parent: "p", Ref: "parent"}, {Parent: "other", Ref: "else"}}}
	held := map[string][]*resource.Managed{
		"p": {{Key: resource.Key{ID: "p1"}}},
		"c": {{Attrs: resource.Attrs{"parent": "p2", "else": "x"}}, {Attrs: resource.Attrs{}}},
	}
	q := Query{Held: func(typ string) []*resource.Managed { return held[typ] }}
	got := q.Parents(child, "p")
	if len(got) != 2 || !got["p1"] || !got["p2"] {
		t.Errorf("parents %v, want p1 and p2", got)
	}
}

func TestFew(t *testing.T) {
	q := Query{Wanted: []string{"a", "b"}}
	if got := q.Few(2); len(got) != 2 {
		t.Errorf("few %v", got)
	}
	if q.Few(1) != nil || (Query{}).Few(9) != nil {
		t.Error("too many or everything is not few")
	}
}

func TestMemoCallsOnce(t *testing.T) {
	var m Memo
	calls := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			v, err := Once(&m, "k", func() (int, error) {
				mu.Lock()
				defer mu.Unlock()
				calls++
				return 7, errors.New("also remembered")
			})
			if v != 7 || err == nil {
				t.Errorf("%d %v", v, err)
			}
		})
	}
	wg.Wait()
	if calls != 1 {
		t.Errorf("called %d times", calls)
	}
	if v, _ := Once(&m, "other", func() (string, error) { return "x", nil }); v != "x" {
		t.Errorf("another key got %q", v)
	}
	m.Forget()
	if v, _ := Once(&m, "k", func() (int, error) { return 8, nil }); v != 8 {
		t.Errorf("%d after Forget", v)
	}
}

func TestSharedReplaysTheBreak(t *testing.T) {
	var m Memo
	lists := 0
	list := func(yield func(int, error) bool) {
		lists++
		_ = yield(1, nil) && yield(2, nil) && yield(0, errors.New("page two"))
	}
	for range 2 {
		var got []int
		var last error
		for v, err := range Shared(&m, "k", list) {
			got, last = append(got, v), err
		}
		if !slices.Equal(got, []int{1, 2, 0}) || last == nil {
			t.Errorf("replayed %v %v", got, last)
		}
	}
	for v := range Shared(&m, "k", list) {
		if v == 1 {
			break
		}
	}
	if lists != 1 {
		t.Errorf("listed %d times", lists)
	}
}

func TestStats(t *testing.T) {
	var s Stats
	s.Call("a:X", false, 10)
	s.Call("a:X", true, 5)
	s.Call("b:Y", false, 1)
	c := s.Counts()
	if c.APICalls["a:X"] != 2 || c.APICalls["b:Y"] != 1 || c.Total != 3 || c.Throttles != 1 || c.Bytes != 16 {
		t.Errorf("%+v", c)
	}
}

func TestReasonsSayWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		f    Failure
		want string
	}{
		{Failure{Kind: Denied, Action: "ec2:DescribeVpcs"}, "allow ec2:DescribeVpcs"},
		{Failure{Kind: Throttled, Action: "x:Y"}, "--parallel"},
		{Failure{Kind: Credentials, Detail: "run aws sso login"}, "aws sso login"},
		{Failure{Kind: Disabled, Detail: "the region"}, "not enabled: the region"},
		{Failure{Kind: Refused, Detail: "x:Put is not a read"}, "x:Put is not a read"},
		{Failure{Kind: Unavailable, Action: "x:Y", Detail: "HTTP 500"}, "x:Y failed: HTTP 500"},
		{Failure{Kind: Unavailable, Detail: "no region"}, "no region"},
	} {
		if got := tt.f.Reason(); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
			t.Errorf("reason %q lacks %q", got, tt.want)
		}
	}
}

func TestWantPlaces(t *testing.T) {
	w := Want{Places: []Place{{"2", "r3"}, {"1", "r1"}, {"", "r2"}, {"1", ""}, {"1", "r1"}}}
	if got := w.Accounts(); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("accounts %q", got)
	}
	for account, want := range map[string][]string{"1": {"r1", "r2"}, "2": {"r2", "r3"}, "3": {"r2"}} {
		if got := w.Regions(account); !slices.Equal(got, want) {
			t.Errorf("regions of %s: %q, want %q", account, got, want)
		}
	}
}
