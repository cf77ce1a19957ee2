package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// account is one that is to be read: with a guarded configuration, or not at all.
type account struct {
	id   string
	home string // the region that answers for what lives once per account
	cfg  aws.Config
	err  error
}

// accounts decides which accounts are read, and as whom:
//
//   - with a role of driftmgr's own configuration that names its account, that
//     account alone;
//   - with one that has {account} in it, every account that the states name;
//   - without, each account for which the code's provider blocks assume a role
//     with that role, and the caller's own account as the caller.
type accounts struct {
	options Options
	want    provider.Want
	base    aws.Config // of the caller, or of the role that names its account
	guard   func(aws.Config) aws.Config
}

func (w accounts) all(ctx context.Context) ([]account, error) {
	chain := w.chains()
	ids := w.want.Accounts()
	unplaced := len(ids) == 0 || !w.options.Auth.PerAccount() &&
		slices.ContainsFunc(w.want.Places, func(p provider.Place) bool { return p.Account == "" })
	var found []account
	// Who the caller is matters for an account without a role, and for what does
	// not say its account.
	if unplaced || slices.ContainsFunc(ids, func(id string) bool { return chain(id) == nil }) {
		me, err := w.caller(ctx)
		if err != nil {
			return nil, err
		}
		if unplaced && !slices.Contains(ids, me.id) {
			ids = append(ids, me.id)
		}
		for _, id := range ids {
			switch {
			case chain(id) != nil:
			case id != me.id:
				found = append(found, account{id: id, err: fmt.Errorf("account %s was not looked at: the credentials are for %s%s", id, me.id, nameARole)})
			case len(w.regions(id)) == 0:
				found = append(found, account{id: id, err: errNoRegion})
			default:
				found = append(found, me)
			}
		}
	}
	for _, id := range ids {
		if roles := chain(id); roles != nil {
			found = append(found, w.assumed(ctx, id, roles))
		}
	}
	slices.SortFunc(found, func(a, b account) int { return strings.Compare(a.id, b.id) })
	return found, nil
}

const nameARole = "; name a role for each account, as in role_arn: arn:aws:iam::{account}:role/NAME"

// chains returns what gives the roles to assume, one after the other, to read an
// account; nil for the caller as it is.
func (w accounts) chains() func(id string) []awsauth.Role {
	auth := w.options.Auth
	if _, configured := auth.RoleFor(""); !configured {
		roles := codeRoles(w.want.Configs)
		return func(id string) []awsauth.Role { return roles[id] }
	}
	return func(id string) []awsauth.Role {
		if !auth.PerAccount() {
			return nil // the caller has it already
		}
		arn, _ := auth.RoleFor(id)
		return []awsauth.Role{auth.Role(arn)}
	}
}

// caller asks who the caller is, in the first region that takes its credentials:
// one that is not enabled in the account does not.
func (w accounts) caller(ctx context.Context) (account, error) {
	if isNobody(w.options.Auth) {
		return account{}, errNoAccount
	}
	candidates := w.regions("")
	if len(w.want.Only) == 0 {
		for _, p := range w.want.Places {
			candidates = append(candidates, p.Region)
		}
	}
	candidates = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(candidates))), func(r string) bool { return r == "" || r == w.base.Region })
	if w.base.Region != "" {
		candidates = append([]string{w.base.Region}, candidates...)
	}
	err := errNoRegion
	for _, region := range candidates {
		cfg := w.guard(w.base)
		cfg.Region = region
		var me provider.Identity
		if me, err = whoami(ctx, cfg); err == nil {
			return account{id: me.Account, home: region, cfg: cfg}, nil
		}
		if awsauth.Explain(err).Kind != awsauth.Disabled {
			break
		}
	}
	return account{}, err
}

var errNoRegion = errors.New("no region is known: no state names one; set AWS_REGION or --region")

// isNobody reports whether the options name no identity before an account is
// known: a web identity token is one in the accounts whose roles take it.
func isNobody(o awsauth.Options) bool { return o.PerAccount() && o.WebIdentityTokenFile != "" }

var errNoAccount = errors.New("no account is known: no state names one; write the account in role_arn, in place of {account}")

// assumed takes the roles one after the other. One that may not be assumed
// closes this account alone.
func (w accounts) assumed(ctx context.Context, id string, chain []awsauth.Role) account {
	regions := w.regions(id)
	if len(regions) == 0 {
		return account{id: id, err: errNoRegion}
	}
	a := account{id: id, home: regions[0]}
	if slices.Contains(regions, w.base.Region) {
		a.home = w.base.Region
	}
	cfg := w.base.Copy()
	if cfg.Region == "" {
		cfg.Region = a.home
	}
	for _, role := range chain {
		cfg = awsauth.AssumeRole(cfg, role)
	}
	if _, a.err = cfg.Credentials.Retrieve(ctx); a.err == nil {
		a.cfg = w.guard(cfg)
	}
	return a
}

// regions returns where an account is looked at.
func (w accounts) regions(id string) []string {
	regions := slices.Clone(w.want.Only)
	if len(regions) == 0 {
		regions = w.want.Regions(id)
	}
	if w.base.Region != "" && (len(regions) == 0 || w.want.Unlocated && len(w.want.Only) == 0) {
		regions = append(regions, w.base.Region)
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// codeRoles returns the roles that the code's provider blocks assume, by the
// account of the last one: several assume_role blocks are taken in their order.
// Where two blocks take different roles in one account, the first one is taken.
func codeRoles(configs []resource.ProviderConfig) map[string][]awsauth.Role {
	roles := map[string][]awsauth.Role{}
	for _, c := range configs {
		if c.Name != "aws" {
			continue
		}
		if id, chain := codeRole(c); roles[id] == nil {
			roles[id] = chain
		}
	}
	maps.DeleteFunc(roles, func(id string, chain []awsauth.Role) bool { return id == "" || chain == nil })
	return roles
}

// codeRole returns the roles of one provider block, and the account of the last.
func codeRole(c resource.ProviderConfig) (id string, chain []awsauth.Role) {
	blocks, _ := c.Attrs["assume_role"].([]any)
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		role, err := arn.Parse(resource.Attrs(block).String("role_arn"))
		if err != nil {
			return "", nil
		}
		id = role.AccountID
		chain = append(chain, awsauth.Role{
			ARN:         role.String(),
			ExternalID:  resource.Attrs(block).String("external_id"),
			SessionName: resource.Attrs(block).String("session_name"),
		})
	}
	return id, chain
}
