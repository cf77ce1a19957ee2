// Package permission writes the least that a reader has to be allowed, as each
// cloud's policies say it. It is pure: the permissions come from the resource
// types and the states' sources.
package permission

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Permission is one action that reading takes.
type Permission struct {
	// Action is the permission as the cloud's policies name it: s3:GetObject.
	Action string

	// Resource restricts it, as the cloud's policies name it: an ARN. Empty means
	// everything that the policy is granted on.
	Resource string
}

// Document is a policy or role as a cloud takes it.
type Document struct {
	// Name says what it is: "AWS IAM policy".
	Name string

	// Content is JSON or YAML, with a newline at its end.
	Content []byte

	// Notes are what its reader should know, one line each.
	Notes []string
}

// distinct returns the permissions sorted by action and resource, each once, and
// without those that one on everything covers.
func distinct(all []Permission) []Permission {
	everywhere := map[string]bool{}
	for _, p := range all {
		if p.Resource == "" {
			everywhere[p.Action] = true
		}
	}
	out := slices.Clone(all)
	out = slices.DeleteFunc(out, func(p Permission) bool { return p.Resource != "" && everywhere[p.Action] })
	slices.SortFunc(out, func(a, b Permission) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Resource, b.Resource))
	})
	return slices.Compact(out)
}

// maxResources is how many resources of one action are listed one by one.
const maxResources = 20

// bucketObject matches an object of S3: the only resource whose folders are the
// user's own. Below table/ or key/ is all that the account has.
var bucketObject = regexp.MustCompile(`^(arn:[a-z0-9-]+:s3:::[^/]+/).`)

// narrow replaces too many objects of one bucket by one pattern: policies have a
// size limit.
func narrow(resources []string) (out []string, widened bool) {
	if len(resources) <= maxResources {
		return resources, false
	}
	buckets := map[string][]string{}
	for _, r := range resources {
		if m := bucketObject.FindStringSubmatch(r); m != nil {
			buckets[m[1]] = append(buckets[m[1]], r)
		} else {
			out = append(out, r)
		}
	}
	for _, objects := range buckets {
		if len(objects) == 1 {
			out = append(out, objects[0])
			continue
		}
		widened = true
		out = append(out, commonFolder(objects)+"*")
	}
	slices.Sort(out)
	return out, widened
}

// commonFolder returns the beginning that all have, up to its last slash. They
// have to share one up to their first.
func commonFolder(names []string) string {
	folder := names[0]
	for _, name := range names {
		for !strings.HasPrefix(name, folder) {
			folder = folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]
		}
	}
	return folder[:strings.LastIndexByte(folder, '/')+1]
}
