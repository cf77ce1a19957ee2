package schema

import (
	"fmt"
	"strings"
)

// Flags says who may give the value of a path, and how it is to be treated.
type Flags uint8

// The flags, each with the letter it has in the flattened form. Their meaning is terraform's:
// https://developer.hashicorp.com/terraform/cli/commands/providers/schema
const (
	FlagRequired   Flags = 1 << iota // R: the configuration must set it. A block: at least one.
	FlagOptional                     // O: the configuration may set it
	FlagComputed                     // C: the provider may set it
	FlagSensitive                    // S: the value must not be shown
	FlagWriteOnly                    // W: the value is never stored in a state
	FlagDeprecated                   // D: to be removed from the provider
)

const flagLetters = "ROCSWD"

// ParseFlags reads the letters of the flattened form, such as "OC". The order does not matter; another letter is an error.
func ParseFlags(letters string) (Flags, error) {
	var f Flags
	for _, l := range letters {
		i := strings.IndexRune(flagLetters, l)
		if i < 0 {
			return 0, fmt.Errorf("parse schema flags %q: unknown letter %q", letters, l)
		}
		f |= 1 << i
	}
	return f, nil
}

// String returns the letters in the order R O C S W D.
func (f Flags) String() string {
	var b strings.Builder
	for i, l := range flagLetters {
		if f&(1<<i) != 0 {
			b.WriteRune(l)
		}
	}
	return b.String()
}
