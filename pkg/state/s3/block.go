package s3

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Configure implements state.Backend. It takes the arguments of Terraform's S3
// backend, those of older versions included
// (https://developer.hashicorp.com/terraform/language/backend/s3), but not
// allowed_account_ids and forbidden_account_ids, which are about whom to write as,
// and skip_*, as what they skip is not done. A region that is not that of the bucket
// is no error.
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	a := arguments{values: block.Attrs, dir: block.Dir, err: new(error)}
	bad := func(problem, remedy string) ([]state.Source, error) {
		return nil, &state.Error{Source: block.Dir, Problem: problem, Remedy: remedy}
	}
	p := place{bucket: a.text("bucket"), region: a.text("region"), table: a.text("dynamodb_table")}
	key := a.text("key")
	switch {
	case p.bucket == "" || key == "":
		return bad("its s3 backend has no bucket or no key", "add them, or pass them with -backend-config")
	case strings.HasPrefix(p.bucket, "arn:"):
		return bad("its s3 backend names an access point", "name the bucket behind it: s3://BUCKET/KEY")
	case !bucketName.MatchString(p.bucket):
		return bad("its s3 backend names no bucket", "correct bucket")
	case strings.HasPrefix(key, "/") || strings.HasSuffix(key, "/") || strings.Contains(key, "//"):
		return bad("its s3 backend has a key that begins or ends with a slash, or has two in a row", "correct key: Terraform does not take it either")
	case p.region != "" && !regionName.MatchString(p.region):
		return bad("its s3 backend has a region that is none", "correct region")
	}
	p.key = key
	if ws := block.Workspace; ws != "" && ws != "default" {
		p.key = path.Join(a.textOr("workspace_key_prefix", "env:"), ws, key)
	}
	set, lockfile := a.settings(), unused
	if a.flag("use_lockfile") {
		lockfile = unknown
	}
	if given := a.endpoint("s3", "endpoint"); given != "" {
		var err error
		if p.endpoint, err = endpoint(given); err != nil {
			return bad("its s3 backend has an endpoint that "+err.Error(), "write it as https://HOST")
		}
		set.Endpoint = p.endpoint
	}
	if a.flag("encrypt") && a.text("kms_key_id") == "" { // Terraform uses the key with it only
		var err error
		if set.SSEKey, err = sseKey(a.text("sse_customer_key"), block.Dir); err != nil {
			return nil, err
		}
	}
	switch {
	case *a.err != nil:
		return bad("its s3 backend's "+(*a.err).Error(), "correct it")
	case (set.Identity.AccessKey == "") != (set.Identity.SecretKey == ""):
		return bad("its s3 backend has half an access key", "set both access_key and secret_key, or better a profile")
	case slices.ContainsFunc(set.Identity.Roles, func(r awsauth.Role) bool { return r.ARN == "" }):
		return bad("its s3 backend assumes a role, but names none", "set role_arn")
	}
	if err := ctx.Err(); err != nil {
		return nil, p.fail(reading, err)
	}
	o := &object{place: p, in: b.session(set).bucket(p.bucket), kms: a.text("kms_key_id"), lockfile: lockfile}
	return []state.Source{o}, nil
}

// arguments are those of a block, or of one within it. The first that cannot be
// understood is err.
type arguments struct {
	values map[string]any
	dir    string
	err    *error
}

// settings returns what the block says of how its state is reached.
func (a arguments) settings() settings {
	set := settings{
		Block:         true,
		Identity:      a.identity(),
		Region:        a.text("region"),
		TableEndpoint: address(a.endpoint("dynamodb", "dynamodb_endpoint"), "AWS_ENDPOINT_URL_DYNAMODB", "AWS_DYNAMODB_ENDPOINT"),
		PathStyle:     a.flag("use_path_style") || a.flag("force_path_style"),
		HTTPProxy:     a.text("http_proxy"),
		HTTPSProxy:    a.text("https_proxy"),
		NoProxy:       a.text("no_proxy"),
		Insecure:      a.flag("insecure"),
		FIPS:          a.flag("use_fips_endpoint"),
		DualStack:     a.flag("use_dualstack_endpoint"),
		RetryMode:     a.text("retry_mode"),
		// an endpoint of the environment is not part of the state's name
		Endpoint: address("", "AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT"),
	}
	if bundle := a.files("custom_ca_bundle"); len(bundle) > 0 {
		set.CABundle = bundle[0]
	}
	if given := a.text("max_retries"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 0 {
			a.wrong("max_retries", "whole number")
		}
		set.Attempts = n + 1
	}
	return set
}

func (a arguments) identity() identity {
	return identity{
		Profile:          a.text("profile"),
		AccessKey:        a.text("access_key"),
		SecretKey:        a.text("secret_key"),
		Token:            a.text("token"),
		ConfigFiles:      a.files("shared_config_files"),
		CredentialsFiles: append(a.files("shared_credentials_files"), a.files("shared_credentials_file")...),
		Roles:            a.roles(),
		STSEndpoint:      address(a.endpoint("sts", "sts_endpoint"), "AWS_ENDPOINT_URL_STS", "AWS_STS_ENDPOINT"),
		STSRegion:        a.text("sts_region"),
		SSOEndpoint:      address(a.endpoint("sso", "")),
		MetadataEndpoint: address(a.text("ec2_metadata_service_endpoint"), "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_METADATA_URL"),
		MetadataMode:     a.text("ec2_metadata_service_endpoint_mode"),
		NoMetadata:       a.flag("skip_metadata_api_check"),
	}
}

// address makes a URL of what a block calls an endpoint, or else the first of the
// variables that is set: the SDK's, and then the one that older versions of Terraform
// had.
func address(given string, variables ...string) string {
	for _, variable := range variables {
		given = cmp.Or(given, os.Getenv(variable))
	}
	if given != "" && !strings.Contains(given, "://") {
		return "https://" + given
	}
	return given
}

// roles returns the roles that the block assumes, one with the credentials of the
// other: that of a web identity comes first, as in Terraform. Up to Terraform 1.5 the
// arguments of a role were the block's own.
func (a arguments) roles() []awsauth.Role {
	var roles []awsauth.Role
	if in, ok := a.nested("assume_role_with_web_identity"); ok {
		r := awsauth.Role{
			ARN: in.text("role_arn"), SessionName: in.text("session_name"), Policy: strings.TrimSpace(in.text("policy")),
			PolicyARNs: in.list("policy_arns"), Duration: in.duration("duration"), WebIdentityToken: in.text("web_identity_token"),
		}
		if file := in.files("web_identity_token_file"); len(file) > 0 {
			r.WebIdentityTokenFile = file[0]
		} else if r.WebIdentityToken == "" {
			r.WebIdentityTokenFile = os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
		}
		if r.WebIdentityToken == "" && r.WebIdentityTokenFile == "" {
			a.wrong("assume_role_with_web_identity", "role with its web_identity_token or web_identity_token_file")
		}
		roles = append(roles, r)
	}
	if in, ok := a.nested("assume_role"); ok {
		roles = append(roles, awsauth.Role{
			ARN: in.text("role_arn"), ExternalID: in.text("external_id"), SessionName: in.text("session_name"),
			SessionTags: in.texts("tags"), TransitiveTags: in.list("transitive_tag_keys"), SourceIdentity: in.text("source_identity"),
			Policy: strings.TrimSpace(in.text("policy")), PolicyARNs: in.list("policy_arns"), Duration: in.duration("duration"),
		})
	} else if arn := a.text("role_arn"); arn != "" {
		roles = append(roles, awsauth.Role{
			ARN: arn, ExternalID: a.text("external_id"), SessionName: a.text("session_name"),
			SessionTags: a.texts("assume_role_tags"), TransitiveTags: a.list("assume_role_transitive_tag_keys"),
			Policy: a.text("assume_role_policy"), PolicyARNs: a.list("assume_role_policy_arns"), Duration: a.seconds("assume_role_duration_seconds"),
		})
	}
	return roles
}

func (a arguments) wrong(name, want string) {
	if *a.err == nil {
		*a.err = fmt.Errorf("%s is no %s", name, want)
	}
}

// text returns an argument, empty where it is not set.
func (a arguments) text(name string) string {
	switch v := a.values[name].(type) {
	case nil:
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int, int64, json.Number:
		return fmt.Sprint(v)
	default:
		a.wrong(name, "text")
	}
	return ""
}

// textOr is text, with a default where the argument is not set at all.
func (a arguments) textOr(name, otherwise string) string {
	if a.values[name] == nil {
		return otherwise
	}
	return a.text(name)
}

func (a arguments) flag(name string) bool {
	switch v := a.values[name].(type) {
	case nil:
	case bool:
		return v
	case string: // as -backend-config has it
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
		a.wrong(name, "true or false")
	default:
		a.wrong(name, "true or false")
	}
	return false
}

// nested returns a block or an object within the block.
func (a arguments) nested(name string) (arguments, bool) {
	v := a.values[name]
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	switch v := v.(type) {
	case nil:
	case []any: // none
	case map[string]any:
		return arguments{values: v, dir: a.dir, err: a.err}, true
	default:
		a.wrong(name, "block")
	}
	return arguments{}, false
}

// endpoint returns a service's endpoint: of endpoints, or in the argument that older
// versions had in its place.
func (a arguments) endpoint(name, older string) string {
	if in, ok := a.nested("endpoints"); ok {
		if v := in.text(name); v != "" {
			return v
		}
	}
	if older == "" {
		return ""
	}
	return a.text(older)
}

func (a arguments) list(name string) []string {
	switch v := a.values[name].(type) {
	case nil:
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			} else {
				a.wrong(name, "list of texts")
			}
		}
		return out
	default:
		a.wrong(name, "list of texts")
	}
	return nil
}

func (a arguments) texts(name string) map[string]string {
	in, ok := a.nested(name)
	if !ok {
		return nil
	}
	out := make(map[string]string, len(in.values))
	for k := range in.values {
		out[k] = in.text(k)
	}
	return out
}

// files returns paths: ~ is the home, $NAME a variable, and what is relative starts
// from the module.
func (a arguments) files(name string) []string {
	var out []string
	for _, file := range a.list(name) {
		if file == "" {
			continue
		}
		file = os.ExpandEnv(file)
		if rest, ok := strings.CutPrefix(file, "~"); ok && (rest == "" || rest[0] == '/') {
			if home, err := os.UserHomeDir(); err == nil {
				file = home + rest
			}
		}
		if !filepath.IsAbs(file) {
			file = filepath.Join(a.dir, file)
		}
		out = append(out, file)
	}
	return out
}

func (a arguments) duration(name string) time.Duration {
	given := a.text(name)
	if given == "" {
		return 0
	}
	d, err := time.ParseDuration(given)
	if err != nil {
		a.wrong(name, "duration: 1h30m")
	}
	return d
}

func (a arguments) seconds(name string) time.Duration {
	given := a.text(name)
	if given == "" {
		return 0
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		a.wrong(name, "number of seconds")
	}
	return time.Duration(n) * time.Second
}
