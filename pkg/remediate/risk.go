package remediate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/terraform"
)

// Risk is how much a step can break.
type Risk string

const (
	// NoRisk: nothing in the cloud changes.
	NoRisk Risk = "none"
	// Low: attributes change in place.
	Low Risk = "low"
	// Medium: who can reach or do something changes, or something is created anew.
	Medium Risk = "medium"
	// High: something is destroyed or replaced, or data may be lost.
	High Risk = "high"
)

// Risks are all of them, the least first.
func Risks() []Risk { return []Risk{NoRisk, Low, Medium, High} }

func (r Risk) level() int { return slices.Index(Risks(), r) }

// Exceeds reports whether a risk is higher than the limit. An unknown risk exceeds
// every limit.
func (r Risk) Exceeds(limit Risk) bool { return r.level() < 0 || r.level() > limit.level() }

func highest(risks ...Risk) Risk {
	top := NoRisk
	for _, r := range risks {
		if r.Exceeds(top) {
			top = r
		}
	}
	return top
}

// What a name says of what a resource is for. They are matched against types and
// attribute paths of every provider, so they err towards more risk.
var (
	network  = regexp.MustCompile(`security_group|firewall|network_acl|(^|_)nsg|ingress|egress|cidr|public|_ip$|ip_rules|network_rules|source_ranges|source_address|expos|internet|route|gateway|listener|endpoint_access|allow_|anonymous|website|acl$|vpc_endpoint|peering|dns|subnet`)
	identity = regexp.MustCompile(`(^|_)(iam|role|policy|policies|permission|assume_role|member|members|bindings?|identity|principal|trust|user|login|access_key|service_account|key_policy|grant|oidc|saml|credential)s?(_|\[|\.|$)`)
	holding  = regexp.MustCompile(`(^|_)(db|database|rds|sql|sqlserver|mysql|postgresql|mongo|cosmosdb|dynamodb|bigtable|spanner|redis|elasticache|memorydb|memcache|bucket|storage|disk|volume|ebs|efs|fsx|filesystem|file_share|share|snapshot|backup|kms|key_vault|crypto_key|secret|secretsmanager|queue|sqs|topic|stream|kinesis|kafka|eventhub|log_group|bigquery|dataset|table|registry|repository|ecr|container|blob)(_|$)`)
	shrinks  = regexp.MustCompile(`(size|storage|capacity|retention|backup|versioning|deletion_protection|force_destroy|skip_final_snapshot|prevent)`)
)

// assess tells what can break when Terraform does a change.
func assess(c terraform.Change, changes []Change) (Risk, []string) {
	risk, reasons := NoRisk, []string(nil)
	add := func(r Risk, format string, args ...any) {
		risk = highest(risk, r)
		if text := fmt.Sprintf(format, args...); !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	deletes, creates := c.Has("delete"), c.Has("create")
	switch {
	case deletes && creates:
		add(High, "replaces the resource")
	case deletes:
		add(High, "destroys the resource")
	case creates:
		add(Medium, "creates the resource")
	case c.Has("update"):
		add(Low, "changes it in place")
	case c.Has("forget"):
		add(Low, "takes it out of the state")
	}
	if deletes && holding.MatchString(c.Type) {
		add(High, "data is lost with it")
	}
	if risk == NoRisk {
		return risk, nil
	}
	r, more := exposure(c.Type, changes)
	for _, text := range more {
		add(r, "%s", text)
	}
	return risk, reasons
}

// exposure tells what changes of attributes touch, whichever way they go.
func exposure(typ string, changes []Change) (Risk, []string) {
	risk, reasons := NoRisk, []string(nil)
	add := func(text string) {
		risk = Medium
		if !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	for _, c := range changes {
		path := plainPath(c.Path)
		if strings.HasPrefix(path, "tags") || strings.HasPrefix(path, "labels") || path == "description" {
			continue
		}
		if network.MatchString(path) || network.MatchString(typ) {
			add("network exposure")
		}
		if identity.MatchString(path) || identity.MatchString(typ) {
			add("identity and access")
		}
		if holding.MatchString(typ) && shrinks.MatchString(path) {
			add("may lose data")
		}
	}
	return risk, reasons
}

var index = regexp.MustCompile(`\[[^\]]*\]`)

// plainPath is a path without indices.
func plainPath(path string) string { return index.ReplaceAllString(path, "") }
