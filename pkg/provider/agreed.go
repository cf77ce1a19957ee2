package provider

// Agreed is a value that everyone who says one says alike: where the resources of
// one provider configuration are. The zero value is ready.
type Agreed struct {
	value    string
	disputed bool
	least    string
}

// Add is told what one says; empty says nothing.
func (a *Agreed) Add(v string) {
	if v != "" && (a.least == "" || v < a.least) {
		a.least = v
	}
	switch {
	case v == "" || a.disputed:
	case a.value == "":
		a.value = v
	case a.value != v:
		a.value, a.disputed = "", true
	}
}

// Value returns the value, empty where nobody said one or they differ.
func (a *Agreed) Value() string { return a.value }

// Least returns the first in order of what was said, for what is to be found from
// any of the places.
func (a *Agreed) Least() string { return a.least }
