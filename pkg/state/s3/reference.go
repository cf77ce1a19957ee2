package s3

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// place is where one state is, or several.
type place struct {
	bucket, key string

	// pattern says that key is one.
	pattern bool

	// endpoint is that of a store other than AWS.
	endpoint string
	version  string

	region, profile, role, table string // how it is reached
}

// String is the place's canonical reference.
func (p place) String() string {
	var b strings.Builder
	b.WriteString(scheme + "://" + p.bucket + "/")
	if p.pattern {
		b.WriteString(escape(p.key, "=")) // which would make parameters of what follows a ?
	} else {
		b.WriteString(escape(p.key, `*?[{\`))
	}
	mark := "?"
	for _, param := range []struct{ name, value string }{{"endpoint", p.endpoint}, {"version_id", p.version}} {
		if param.value != "" {
			b.WriteString(mark + param.name + "=" + escape(param.value, "&+# "))
			mark = "&"
		}
	}
	return b.String()
}

// escape writes the given characters, the percent sign and control characters as
// in a URL.
func escape(s, chars string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c == 0x7f || c == '%' || strings.IndexByte(chars, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

var (
	// A question mark begins the parameters if a name and = follow: it may be a
	// wildcard otherwise.
	parameters = regexp.MustCompile(`\?[A-Za-z0-9_]+=`)

	// Buckets that are older than today's rules may have capitals, underscores and
	// up to 255 characters.
	bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// names of the parameters.
var names = []string{"dynamodb_table", "endpoint", "profile", "region", "role_arn", "version_id"}

// parse reads a reference. What it does not understand it does not repeat: there
// may be a credential in it.
func parse(ref string) (place, error) {
	_, rest, _ := strings.Cut(ref, "://")
	rest, query := cutQuery(rest)
	bucket, key, _ := strings.Cut(rest, "/")
	shown := scheme + "://" + bucket[strings.LastIndexByte(bucket, '@')+1:] + "/" + key
	bad := func(problem, remedy string) (place, error) {
		return place{}, &state.Error{Source: shown, Problem: problem, Remedy: remedy}
	}
	p := place{bucket: bucket, pattern: state.IsPattern(key)}
	switch {
	case strings.Contains(bucket, "@"):
		return bad("holds a user before the bucket", "leave that out: credentials come from the environment, a profile or a role")
	case state.IsPattern(bucket):
		return bad("has a pattern for the bucket", "name one bucket; its keys may be a pattern")
	case strings.HasPrefix(bucket, "arn:"):
		return bad("names an access point", "name the bucket behind it")
	case !bucketName.MatchString(bucket):
		return bad("names no bucket", "write it as s3://BUCKET/KEY")
	case key == "":
		return bad("names no object", "name the state in the bucket, or a pattern: s3://"+bucket+"/**/terraform.tfstate")
	case strings.HasSuffix(key, "/"):
		return bad("is a folder", "name the state in it, or a pattern: s3://"+bucket+"/"+key+"**/terraform.tfstate")
	}
	var ok bool
	if p.key, ok = unescape(key, p.pattern); !ok {
		return bad("is not a valid URL", "write a % in it as %25")
	}
	if err := p.parameters(query); err != nil {
		return bad(err.Error(), "use "+strings.Join(names, ", "))
	}
	if p.pattern && p.version != "" {
		return bad("is a pattern with a version_id", "a version is of one object: name that")
	}
	return p, nil
}

// cutQuery separates the parameters from what precedes them.
func cutQuery(s string) (rest, query string) {
	if at := parameters.FindStringIndex(s); at != nil {
		return s[:at[0]], s[at[0]+1:]
	}
	return s, ""
}

// unescape undoes escape. In a pattern, an escaped wildcard stands for itself.
func unescape(s string, pattern bool) (string, bool) {
	if !pattern {
		key, err := url.PathUnescape(s)
		return key, err == nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", false
		}
		c, err := url.PathUnescape(s[i : i+3])
		if err != nil {
			return "", false
		}
		if state.IsPattern(c) || c == "]" || c == "}" {
			b.WriteByte('\\')
		}
		b.WriteString(c)
		i += 2
	}
	return b.String(), true
}

func (p *place) parameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("has parameters that are not those of a URL")
	}
	for name, given := range values {
		if !slices.Contains(names, name) {
			return fmt.Errorf("has a parameter %q that driftmgr does not know", name)
		}
		if len(given) > 1 || given[0] == "" {
			return fmt.Errorf("has a parameter %q that is empty or there twice", name)
		}
	}
	p.version, p.table = values.Get("version_id"), values.Get("dynamodb_table")
	p.region, p.profile, p.role = values.Get("region"), values.Get("profile"), values.Get("role_arn")
	if p.region != "" && !regionName.MatchString(p.region) {
		return errors.New("has a region that is none")
	}
	if given := values.Get("endpoint"); given != "" {
		if p.endpoint, err = endpoint(given); err != nil {
			return fmt.Errorf("has an endpoint that %w", err)
		}
	}
	return nil
}

// endpoint returns a URL in the form that names have: without a slash at its end.
func endpoint(given string) (string, error) {
	if !strings.Contains(given, "://") { // Terraform takes a host, too
		given = "https://" + given
	}
	u, err := url.Parse(given)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("is no URL of a server")
	case u.User != nil:
		return "", errors.New("holds a user")
	}
	return strings.TrimRight(given, "/"), nil
}
