package awsauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"
)

// Secret returns the current value of a secret in AWS Secrets Manager. id is its
// name or its ARN, which says the region too; NAME#KEY is one value of a secret
// that holds a JSON object. Errors are one line, name the secret and never hold
// anything of its value.
func Secret(ctx context.Context, cfg aws.Config, id string) (string, error) {
	name, key, keyed := strings.Cut(id, "#")
	if name == "" || keyed && key == "" {
		return "", fmt.Errorf("aws secret %q: name it as NAME, NAME#KEY or by its ARN", id)
	}
	region := cfg.Region
	if arn.IsARN(name) {
		parsed, err := arn.Parse(name)
		if err != nil || parsed.Service != "secretsmanager" || parsed.Region == "" {
			return "", fmt.Errorf("aws secret %q: is no ARN of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME", name)
		}
		region = parsed.Region
	}
	if region == "" {
		return "", fmt.Errorf("aws secret %q: no region is known: set AWS_REGION, or name the secret by its ARN", name)
	}
	client := secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
		o.Region = region
		o.HTTPClient = Direct(o.HTTPClient)
	})
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	if err != nil {
		return "", secretError(name, region, err)
	}
	value := out.SecretBinary
	if out.SecretString != nil {
		value = []byte(*out.SecretString)
	}
	if !keyed {
		return string(value), nil
	}
	return member(name, key, value)
}

// member returns one value of a JSON object. Numbers and booleans are returned as
// they are written.
func member(name, key string, object []byte) (string, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return "", fmt.Errorf("aws secret %q: is no JSON object: leave out #%s, or store {%q: …}", name, key, key)
	}
	raw, ok := members[key]
	if !ok {
		return "", fmt.Errorf("aws secret %q: has no key %q: check its spelling", name, key)
	}
	var value any
	if json.Unmarshal(raw, &value) != nil {
		value = nil
	}
	switch value := value.(type) {
	case string:
		return value, nil
	case float64, bool:
		return string(raw), nil
	}
	return "", fmt.Errorf("aws secret %q: the value of %q is neither a text nor a number: name another key", name, key)
}

func secretError(name, region string, err error) error {
	var missing *types.ResourceNotFoundException
	var request *types.InvalidRequestException
	var api smithy.APIError
	line := func(text string, cause error) error {
		return &secretFailure{fmt.Sprintf("aws secret %q: %s", name, text), cause}
	}
	e := Explain(err)
	switch {
	case errors.As(err, &missing):
		return line("does not exist in "+region+": check its name and AWS_REGION, or name it by its ARN", nil)
	case errors.As(err, &request):
		return line("has no current value, or is scheduled for deletion: restore it", nil)
	case errors.As(err, &api) && api.ErrorCode() == "DecryptionFailure":
		return line("cannot be decrypted: allow kms:Decrypt on its key", nil)
	case e.Remedy == "":
		return line(e.Problem, e.Err)
	}
	return line(e.Problem+": "+e.Remedy, e.Err)
}

type secretFailure struct {
	text  string
	cause error
}

func (e *secretFailure) Error() string { return e.text }
func (e *secretFailure) Unwrap() error { return e.cause }
