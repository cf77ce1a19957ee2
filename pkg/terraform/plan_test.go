package terraform

import (
	"slices"
	"testing"
)

func TestMoved(t *testing.T) {
	is := func(before, after map[string]any, actions ...string) Change {
		return Change{Address: "a.b", Actions: actions, Before: before, After: after}
	}
	type object = map[string]any
	tests := []struct {
		name       string
		was, later *Planned
		want       bool
	}{
		{
			"what is changed was something else",
			&Planned{Changes: []Change{is(object{"size": 1}, object{"size": 3}, "update")}},
			&Planned{Changes: []Change{is(object{"size": 2}, object{"size": 3}, "update")}},
			true,
		},
		{
			"another argument has to be changed as well",
			&Planned{Changes: []Change{is(object{"size": 1, "name": "n"}, object{"size": 3, "name": "n"}, "update")}},
			&Planned{Changes: []Change{is(object{"size": 1, "name": "m"}, object{"size": 3, "name": "n"}, "update")}},
			true,
		},
		{
			"what the provider reads anew each time and nobody changes",
			&Planned{Changes: []Change{is(object{"size": 1, "load": 4}, object{"size": 3, "load": 4}, "update")}},
			&Planned{Changes: []Change{is(object{"size": 1, "load": 5}, object{"size": 3, "load": 5}, "update")}},
			false,
		},
		{
			"a time in what is destroyed",
			&Planned{Changes: []Change{is(object{"restorable": "2026-01-02T15:04:05Z"}, nil, "delete")}},
			&Planned{Changes: []Change{is(object{"restorable": "2026-01-02T15:09:05Z"}, nil, "delete")}},
			false,
		},
		{
			"anything else in what is destroyed",
			&Planned{Changes: []Change{is(object{"size": 1}, nil, "delete")}},
			&Planned{Changes: []Change{is(object{"size": 2}, nil, "delete")}},
			true,
		},
		{
			"the state would be told something else",
			&Planned{Drift: []Change{is(object{"size": 1}, object{"size": 2}, "update")}},
			&Planned{Drift: []Change{is(object{"size": 1}, object{"size": 3}, "update")}},
			true,
		},
		{
			"it is replaced now",
			&Planned{Changes: []Change{is(object{"size": 1}, object{"size": 2}, "update")}},
			&Planned{Changes: []Change{is(object{"size": 1}, object{"size": 2}, "delete", "create")}},
			true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.was.Moved(test.later)
			if test.want != slices.Equal(got, []string{"a.b"}) || !test.want && len(got) > 0 {
				t.Errorf("moved: %v", got)
			}
		})
	}
}
