package aws

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// place is an account and a region, each empty where it is not known.
type place struct{ account, region string }

// Locate implements provider.Provider. A resource's own attributes come first:
// its ARN, the `region` that provider v6 writes, `owner_id`. What they leave
// open is taken from the other resources of the same provider configuration in
// the same state, as far as those agree: `aws_route` has neither ARN nor region,
// but its table has. The code comes last: it may say what is not applied yet.
func (p *cloud) Locate(managed []resource.Managed, configs []resource.ProviderConfig) {
	code := map[[2]string]place{}
	for _, c := range configs {
		if c.Name == "aws" {
			code[[2]string{c.Source, c.Address}] = codePlace(c)
		}
	}
	types := map[string]resource.Type{}
	for _, t := range p.types {
		types[t.Name] = t.Type
	}
	seen := map[[2]string]*siblings{}
	for i := range managed {
		m := &managed[i]
		if !strings.HasPrefix(m.Key.Type, "aws_") {
			continue
		}
		at := ownPlace(m)
		m.Key.Account, m.Key.Region = at.account, at.region
		config := [2]string{m.Source, m.Provider}
		if seen[config] == nil {
			seen[config] = &siblings{}
		}
		seen[config].add(at)
	}
	for i := range managed {
		m := &managed[i]
		if !strings.HasPrefix(m.Key.Type, "aws_") || m.Data {
			continue
		}
		t := types[m.Key.Type]
		config := [2]string{m.Source, m.Provider}
		s, says := seen[config], code[config]
		m.Key.Account = cmp.Or(m.Key.Account, s.account.Value(), says.account)
		m.Key.Region = cmp.Or(m.Key.Region, s.region.Value(), says.region)
		if t.Global {
			m.Key.Region = ""
		}
		if ids := t.IDs(m.Attrs); len(ids) > 0 {
			m.Key.ID, m.More = ids[0], ids[1:]
		}
	}
}

func ownPlace(m *resource.Managed) place {
	var at place
	if a, err := arn.Parse(m.Attrs.String("arn")); err == nil {
		at = place{a.AccountID, a.Region}
	}
	if at.account == "aws" { // AWS-managed policies
		at.account = ""
	}
	if r := m.Attrs.String("region"); at.region == "" && isRegion(r) {
		at.region = r
	}
	// A subscription's ARN has the account of its topic, but its own lists it.
	ownerFirst := m.Key.Type == "aws_sns_topic_subscription"
	if id := m.Attrs.String("owner_id"); (at.account == "" || ownerFirst) && isAccount(id) && !m.Data {
		at.account = id
	}
	if m.Data {
		switch m.Key.Type {
		case "aws_region":
			if n := m.Attrs.String("name"); isRegion(n) {
				at.region = n
			}
		case "aws_caller_identity":
			at.account = m.Attrs.String("account_id")
		default: // a data source can read what is elsewhere
			at = place{}
		}
	}
	return at
}

// codePlace is where the code makes a provider look: its region, and the account
// of its role or the only one that it allows.
func codePlace(c resource.ProviderConfig) place {
	at := place{region: c.Attrs.String("region")}
	if account, _ := codeRole(c); account != "" {
		at.account = account
	} else if ids := c.Attrs.Strings("allowed_account_ids"); len(ids) == 1 && isAccount(ids[0]) {
		at.account = ids[0]
	}
	return at
}

func isRegion(s string) bool { return strings.Count(s, "-") >= 2 && !strings.ContainsAny(s, ":/. ") }

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// siblings are the resources of one provider configuration.
type siblings struct{ account, region provider.Agreed }

func (s *siblings) add(at place) {
	s.account.Add(at.account)
	s.region.Add(at.region)
}
