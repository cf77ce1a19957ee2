package gcs

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// place is what a reference names.
type place struct {
	bucket     string
	object     string // or a pattern
	generation int64  // 0: the live one
	endpoint   string // of the reference or the block; empty where neither names one
}

// String is the canonical reference.
func (p place) String() string {
	s := scheme + "://" + p.bucket + "/" + p.object
	if p.endpoint != "" {
		s += "?endpoint=" + p.endpoint
	}
	if p.generation != 0 {
		s += "#" + strconv.FormatInt(p.generation, 10)
	}
	return s
}

// query matches the last part of a reference where it is a query. Any other ? is
// a wildcard.
var query = regexp.MustCompile(`\?([a-z_]+=[^?]*)$`)

// fragment matches a generation behind a #, which names of objects can have.
var fragment = regexp.MustCompile(`#([0-9]+)$`)

// parseReference reads a reference. Its errors show no parameter: it may be a
// secret.
func parseReference(ref string) (place, error) {
	_, rest, _ := strings.Cut(ref, "://")
	ref = state.Masked(ref)
	var p place
	generation := ""
	if m := fragment.FindStringSubmatch(rest); m != nil {
		rest, generation = strings.TrimSuffix(rest, m[0]), m[1]
	}
	if m := query.FindStringSubmatch(rest); m != nil {
		rest = strings.TrimSuffix(rest, m[0])
		for _, pair := range strings.Split(m[1], "&") {
			name, value, _ := strings.Cut(pair, "=")
			switch name {
			case "generation":
				generation = value
			case "endpoint":
				endpoint, err := parseEndpoint(ref, value)
				if err != nil {
					return place{}, err
				}
				p.endpoint = endpoint
			default:
				return place{}, &state.Error{Source: ref, Problem: "has a parameter " + strconv.Quote(name), Remedy: "use generation or endpoint; a ? that is a wildcard is written [?]"}
			}
		}
	}
	p.bucket, p.object, _ = strings.Cut(rest, "/")
	switch {
	case p.bucket == "" || p.object == "" || strings.HasSuffix(p.object, "/"):
		return place{}, &state.Error{Source: ref, Problem: "names no object", Remedy: "write gs://BUCKET/PREFIX/default.tfstate, or gs://BUCKET/** for all of them"}
	case !isBucket(p.bucket):
		return place{}, &state.Error{Source: ref, Problem: "has no valid bucket name", Remedy: "name the bucket without wildcards: gs://BUCKET/PREFIX/default.tfstate"}
	}
	if generation != "" {
		n, err := strconv.ParseInt(generation, 10, 64)
		switch {
		case err != nil || n <= 0:
			return place{}, &state.Error{Source: ref, Problem: "has a generation that is no number", Remedy: "look it up: gcloud storage ls --all-versions gs://" + p.bucket + "/" + p.object}
		case state.IsPattern(p.object):
			return place{}, &state.Error{Source: ref, Problem: "is a pattern with a generation", Remedy: "name one object, or leave the generation out"}
		}
		p.generation = n
	}
	return p, nil
}

// isBucket reports whether a name can be that of a bucket
// (https://docs.cloud.google.com/storage/docs/buckets#naming).
func isBucket(s string) bool {
	return len(s) <= 222 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// apiPath is where the JSON API is below a host.
const apiPath = "/storage/v1/"

// parseEndpoint returns an endpoint in one form: without the path where that is
// the usual one. Terraform's documentation writes it as
// https://HOST/storage/v1/b
// (https://developer.hashicorp.com/terraform/language/backend/gcs).
func parseEndpoint(source, s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http":
		return "", &state.Error{Source: source, Problem: "has an endpoint that is no URL of a host", Remedy: "write it as https://HOST/storage/v1/b"}
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", &state.Error{Source: source, Problem: "has an endpoint without TLS, " + u.Host, Remedy: "write it with https://"}
	}
	switch strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/b") {
	case "", strings.TrimSuffix(apiPath, "/"):
		u.Path = ""
	}
	return u.String(), nil
}

// baseURL is what the JSON API's paths are added to.
func baseURL(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Path == "" {
		return endpoint + apiPath
	}
	return endpoint
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
