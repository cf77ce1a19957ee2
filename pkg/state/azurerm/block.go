package azurerm

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/auth/azureauth"
	"github.com/driftmgr/driftmgr/pkg/state"
)

// Configure reads the arguments and environment variables that Terraform's backend
// reads (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/azure/backend.go,
// https://developer.hashicorp.com/terraform/language/backend/azurerm). snapshot, which
// is about writing, has no meaning here; neither have endpoint and msi_endpoint: a
// managed identity's endpoint is found by itself.
func (b *backend) Configure(ctx context.Context, block state.Block) ([]state.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail(block.Dir, place{}, err)
	}
	arg := func(name string) string { return argument(block, name) }
	bad := func(problem, remedy string) ([]state.Source, error) {
		return nil, &state.Error{Source: block.Dir, Problem: problem, Remedy: remedy}
	}
	r := reference{scheme: scheme + "://", account: arg("storage_account_name"), container: arg("container_name"), key: arg("key")}
	for _, required := range []struct{ name, value string }{
		{"storage_account_name", r.account}, {"container_name", r.container}, {"key", r.key},
	} {
		if required.value == "" {
			return bad("the azurerm backend has no "+required.name, "set it in the block or give it with -backend-config")
		}
	}
	switch {
	case !isAccount(r.account):
		return bad("storage_account_name is no storage account's name", "use 3 to 24 lower-case letters and digits")
	case !isContainer(r.container):
		return bad("container_name is no container's name", "use 3 to 63 lower-case letters, digits and hyphens")
	}
	if block.Workspace != "" && block.Workspace != "default" {
		r.key += "env:" + block.Workspace
	}

	base, err := b.cloud()
	if err != nil {
		return bad(err.Error(), "correct ARM_ENVIRONMENT or driftmgr's configuration")
	}
	own, err := b.cloudOfBlock(ctx, arg, base)
	if err != nil {
		return bad(err.Error(), "correct environment or metadata_host")
	}
	login, err := b.login(own, arg, r)
	if err != nil {
		err.(*state.Error).Source = block.Dir //nolint:errorlint,forcetypeassert // login returns no other
		return nil, err
	}
	if login.key == "" && login.sas == "" && login.entra.Kind() == azureauth.KindDefault && !b.options.Configured {
		if off := firstOf(arg("use_cli"), b.options.Getenv("ARM_USE_CLI")); off != "" && !azureauth.IsTrue(off) {
			return bad("use_cli is off, and nothing else is there to sign in with", "set one of use_oidc, use_msi, client_secret, client_certificate_path, access_key, sas_token")
		}
	}
	p := place{
		account:   r.account,
		endpoint:  defaultEndpoint(r.account, own),
		container: r.container,
		login:     login,
		resource:  b.resource(arg, r.account),
	}
	if azureauth.IsTrue(firstOf(arg("lookup_blob_endpoint"), b.options.Getenv("ARM_USE_DNS_ZONE_ENDPOINT"))) {
		if p.endpoint, err = b.lookup(ctx, p, arg); err != nil {
			return nil, fail(block.Dir, p, err)
		}
		p.lookedUp = true
	}
	if p.endpoint != defaultEndpoint(r.account, base) {
		r.query = "?endpoint=" + p.endpoint
	}
	return []state.Source{&source{backend: b, name: r.String(), place: p, key: r.key}}, nil
}

// cloudOfBlock returns the cloud that the block is about, base where it does not
// say.
func (b *backend) cloudOfBlock(ctx context.Context, arg func(string) string, base azureauth.Cloud) (azureauth.Cloud, error) {
	ours := firstOf(b.options.Getenv("ARM_METADATA_HOSTNAME"), b.options.Getenv("ARM_METADATA_HOST"))
	host := firstOf(arg("metadata_host"), ours)
	switch {
	case b.options.Configured && host != ours:
		return base, fmt.Errorf("metadata_host %q would say where driftmgr's own credential is sent: set ARM_METADATA_HOSTNAME to it if that is meant", host)
	case host != "":
		c, err := azureauth.CloudAt(ctx, b.options.Auth.HTTP, host)
		if err != nil {
			return c, err
		}
		return c.Resolve()
	}
	if name := arg("environment"); name != "" {
		c, err := azureauth.Cloud{Name: name}.Resolve()
		if err == nil && c.Name == base.Name {
			return base, nil // with what is configured about it
		}
		return c, err
	}
	return base, nil
}

// resource returns the id of the account, empty where the block does not say enough.
func (b *backend) resource(arg func(string) string, account string) string {
	subscription := firstOf(arg("subscription_id"), b.options.Getenv("ARM_SUBSCRIPTION_ID"))
	group := arg("resource_group_name")
	if subscription == "" || group == "" {
		return ""
	}
	return "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/Microsoft.Storage/storageAccounts/" + account
}

// argument returns an argument of the block as text, empty where it is not set. A
// path is relative to the block's directory.
func argument(block state.Block, name string) string {
	switch v := block.Attrs[name].(type) {
	case string:
		if v != "" && strings.HasSuffix(name, "_path") && !filepath.IsAbs(v) {
			return filepath.Join(block.Dir, v)
		}
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}
