package state

import (
	"context"
	"errors"
	"testing"
)

func TestMasked(t *testing.T) {
	for _, tt := range []struct{ ref, want string }{
		{"s3://bucket/key", "s3://bucket/key"},
		{"no reference", "no reference"},
		{"x://ann@host/a", "x://***@host/a"},
		{"x://ann:t0psecret@host/a?b=c", "x://***@host/a"},
		{"x://ann:t0p@psecret@host/a", "x://***@host/a"},
		{"x://host/a?token=t0psecret", "x://host/a"},
		{"x://host/a#t0psecret", "x://host/a"},
		{"x://host/a?token=t0p@psecret", "x://***"},
		{"x://host?token=t0p@psecret", "x://***"},
		{"x://ann:t0p?secret@host/a", "x://***"},
		{"x://ann:t0p#secret@host/a", "x://***"},
		{"x://ann:t0p/se?cret@host/a", "x://***"},
		{"ann:t0psecret@host", "***@host"},
	} {
		if got := Masked(tt.ref); got != tt.want {
			t.Errorf("Masked(%q) = %q; want %q", tt.ref, got, tt.want)
		}
	}
}

func TestEnded(t *testing.T) {
	err := Ended("s", context.Canceled)
	if !errors.Is(err, context.Canceled) || err.Error() != "state s: was not opened: context canceled" {
		t.Errorf("got %v", err)
	}
}
