package remediate

import (
	"encoding/json"
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
	network = regexp.MustCompile(
		`security_(group|rule|policy)|network_(security|acl|access|interface|rules|tags)|firewall|ingress|egress|` +
			`cidr|_ips?$|ip_(rule|range|address|prefix|config)|ipv[46]|source_(ranges|address|tags|port)|destination_(address|port)|` +
			`public|private_(cluster|endpoint|link|ip|network)|authorized_(network|ip)|access_config|expos|anonymous|website|allow_|` +
			`internet|route|gateway|listener|endpoint|peering|dns|subnet|tls|ssl|https|` +
			`(^|[_.])(nsg|waf\w*|acls?|ip_set|vpn|eip|nat|cors|internal|scheme|rules|ports?)([_.]|$)`)
	identity = regexp.MustCompile(
		`(^|[_.])(iam|roles?|policy|policies|permissions?|grants?|level_access|access_(control|policy|policies|keys?)|members?|bindings?|principals?|scopes?|` +
			`identity|identities|identitystore|users?|admin\w*|owners?|logins?|trust|trusted|service_accounts?|local_account\w*|` +
			`auth|authn|authz|authorization|authentication|authorizers?|credentials?|passwords?|client_secret|http_tokens|metadata_options|` +
			`oidc|oauth\w*|saml|sso\w*|rbac|azuread|ram)([_.]|$)|(^|\.)access\.`)
	holding = regexp.MustCompile(
		`(^|_)(db|database|rds|sql|mssql|sqlserver|mysql|mariadb|postgresql|alloydb|mongo|cosmosdb|docdb|neptune|redshift|` +
			`dynamodb|keyspaces|timestreamwrite|qldb|bigtable|bigquery|dataset|table|spanner|firestore|datastore|` +
			`redis|elasticache|memorydb|memcache|opensearch\w*|elasticsearch|search_service|` +
			`bucket|s3_object|storage|blob|container|disk|volume|ebs|efs|fsx|filesystem|file_system|filestore|netapp|share|` +
			`snapshot|ami|image|backup|glacier|vault|registry|repository|ecr|` +
			`kms|key_vault|crypto_key|secret|secretsmanager|secret_manager|parameter|app_configuration|user_pool|` +
			`queue|sqs|topic|stream|kinesis|kafka|msk|mq|eventhub|servicebus|pubsub|log_group|log_analytics|logging|` +
			`resource_group|namespace)(_|$)|(^|_)(instance|virtual_machine|vm|server|stack)$|^google_project$`)
	// satellite is what lies beside what holds data, and holds none.
	satellite = regexp.MustCompile(
		`_(policy|policies|permission|grant|iam_\w+|acl|access_control|access_block|ownership_controls|lock|attachment|association|` +
			`rules?|notification|alias|rotation|versioning|proxy|event_subscription|topic_subscription|\w+_filter|` +
			`(subnet|parameter|option|security)_group|bucket_\w*configuration|replication_configuration|` +
			`(mysql|postgresql|sql|elasticache|memorydb)_user|backup_(plan|selection)|route_table|resource_share)$`)
	// expiry are the types that say when data of something else goes.
	expiry    = regexp.MustCompile(`(lifecycle|management)_policy$|lifecycle_configuration$`)
	lifecycle = regexp.MustCompile(`lifecycle|expir|retention|(^|[_.])ttl([_.]|$)`)
	amount    = regexp.MustCompile(`size|storage|capacity|backup|days`)
	careless  = regexp.MustCompile(`force_destroy|skip_final_snapshot`)
	guard     = regexp.MustCompile(`versioning|protection|force_destroy|force_delete|skip_final_snapshot|prevent|recovery|soft_delete|delete_on_termination|backup`)
)

// holds reports whether data is lost with a resource of a type.
func holds(typ string) bool { return holding.MatchString(typ) && !satellite.MatchString(typ) }

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
	case c.Has("read"):
		add(NoRisk, "reads it")
	case !c.Is("no-op"):
		add(High, "%s: it is not known what that does", strings.Join(c.Actions, ", "))
	}
	if deletes || creates {
		for _, p := range c.Provisioners {
			if p == "local-exec" {
				add(High, "runs commands on the machine that applies it")
			} else {
				add(Medium, "runs the provisioner %s", p)
			}
		}
	}
	if deletes && holds(c.Type) {
		add(High, "data is lost with it")
	}
	if risk == NoRisk {
		return risk, nil
	}
	if creates && !deletes {
		// What the provider will choose says nothing yet.
		changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Unknown })
	}
	for _, text := range exposure(c.Type, changes) {
		add(Medium, "%s", text)
	}
	for _, ch := range changes {
		switch loss(c.Type, creates && !deletes, ch) {
		case High:
			add(High, "data may be lost")
		case Medium:
			add(Medium, "touches what keeps data safe")
		}
	}
	return risk, reasons
}

// exposure tells what changes of attributes touch, whichever way they go. The risk is
// medium then.
func exposure(typ string, changes []Change) []string {
	var net, who bool
	for _, c := range changes {
		path := plainPath(c.Path)
		if label(typ, path) {
			continue
		}
		net = net || network.MatchString(path) || network.MatchString(typ) || path == "tags"
		who = who || identity.MatchString(path) || identity.MatchString(typ)
	}
	var out []string
	if net {
		out = append(out, "network exposure")
	}
	if who {
		out = append(out, "identity and access")
	}
	return out
}

// loss is the risk that a change of an attribute makes data go. What is created holds
// none yet, but rules of expiry are for data of something else.
func loss(typ string, created bool, c Change) Risk {
	path := plainPath(c.Path)
	grown, numbers := grows(c)
	switch {
	case label(typ, path), grown:
		return NoRisk
	case expiry.MatchString(typ):
		return High
	case created || !holding.MatchString(typ):
		return NoRisk
	case lifecycle.MatchString(path), numbers && amount.MatchString(path):
		return High
	case careless.MatchString(path) && c.After == false:
		return NoRisk
	case guard.MatchString(path):
		return Medium
	}
	return NoRisk
}

// label reports whether an attribute only says what something is called. The tags of
// Google's machines are none: firewall rules go by them.
func label(typ, path string) bool {
	first, _, _ := strings.Cut(path, ".")
	switch first {
	case "tags":
		return !strings.HasPrefix(typ, "google_")
	case "tags_all", "labels", "effective_labels", "terraform_labels", "user_labels":
		return true
	}
	return path == "description"
}

// grows reports whether a change is one of a number, and whether it is to a larger one.
// From 0 it is not: where it means without end, every number is less.
func grows(c Change) (grown, numbers bool) {
	before, ok1 := number(c.Before)
	after, ok2 := number(c.After)
	return ok1 && ok2 && before > 0 && after > before, ok1 || ok2
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

var index = regexp.MustCompile(`\[[^\]]*\]`)

// plainPath is a path without indices.
func plainPath(path string) string { return index.ReplaceAllString(path, "") }
