package gcp

import "testing"

func TestPart(t *testing.T) {
	for _, tt := range []struct{ path, collection, want string }{
		{"projects/p/locations/l/keyRings/r", "locations", "l"},
		{"projects/p/locations/l/keyRings/r", "projects", "p"},
		{"projects/locations/locations/l", "locations", "l"},
		{"projects/p", "locations", ""},
		{"", "locations", ""},
	} {
		if got := part(tt.path, tt.collection); got != tt.want {
			t.Errorf("%s of %s: %q", tt.collection, tt.path, got)
		}
	}
}
