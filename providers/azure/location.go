package azure

import "strings"

// location is how the provider writes a place: "West Europe" is westeurope.
func location(name *string) string { return canonLocation(value(name)) }

func canonLocation(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "")) }
