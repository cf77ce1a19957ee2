package gcp

import "strings"

// part returns what follows a collection in a path: part("projects/P/topics/T",
// "topics") is T.
func part(path, collection string) string {
	parts := strings.Split(path, "/")
	for i := 0; i+1 < len(parts); i += 2 {
		if parts[i] == collection {
			return parts[i+1]
		}
	}
	return ""
}
