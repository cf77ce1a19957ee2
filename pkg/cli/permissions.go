package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/permission"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/state"
)

type permissionsOptions struct {
	*app
	config config
	states []string
	trust  permission.OIDC
	scopes []string
}

func (a *app) permissionsCommand() *cobra.Command {
	o := &permissionsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "permissions [STATE…]",
		Short: "Write the least-privilege policy that reading takes",
		Long: `Writes the policy that driftmgr detect with the same arguments needs, and
nothing more: an AWS IAM policy, an Azure custom role or a Google Cloud custom
role. It holds no action that changes anything.

With states it has what reading those states takes, and the types that they
hold; with unmanaged resources, which are told by default, all supported types.
--unmanaged=false leaves exactly the types of the states.

With --oidc-subject it writes instead the trust policy of an AWS role that a CI
job can assume with its OIDC token, without any stored key.`,
		Example: `  driftmgr permissions > policy.json
  driftmgr permissions prod.tfstate --unmanaged=false
  driftmgr permissions --type 'aws_iam_*'
  driftmgr permissions --oidc-subject repo:example/infra:ref:refs/heads/main --account 111122223333`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return a.logged(o.config, func() error { return o.run(cmd.Context()) })
		},
	}
	f := cmd.Flags()
	f.StringSlice("cloud", nil, "the policy for this `CLOUD`: aws, azure or gcp; needed where the states are of several")
	f.StringVar(&o.trust.Subject, "oidc-subject", "", "write the trust policy for tokens of this `SUBJECT`")
	f.StringVar(&o.trust.Issuer, "oidc-issuer", "https://token.actions.githubusercontent.com", "`URL` of the tokens' issuer")
	f.StringVar(&o.trust.Audience, "oidc-audience", "sts.amazonaws.com", "`AUDIENCE` of the tokens")
	f.StringVar(&o.trust.Account, "account", "", "AWS `ACCOUNT` of the trust policy's role (default: that of the states)")
	f.StringSliceVar(&o.scopes, "azure-scope", nil, "`ID` of a subscription, group or management group that can assign the Azure role, repeatable")
	a.unmanagedFlag(cmd)
	a.stateFlags(cmd)
	a.typeFlags(cmd)
	return cmd
}

func (o *permissionsOptions) run(ctx context.Context) error {
	if len(o.config.Detect.Clouds) > 1 {
		return errors.New("each cloud takes a policy of its own: name one with --cloud")
	}
	selected, err := newSelection(o.config)
	if err != nil {
		return err
	}
	read := &states{}
	if len(o.states) > 0 {
		if read, err = o.loadStates(ctx, o.config, o.states); err != nil {
			return err
		}
		for _, err := range read.failures {
			_, _ = fmt.Fprintf(o.Err, "driftmgr: warning: the policy is for all types, as a state was not read: %s\n", oneLine(err))
		}
	}
	clouds := o.providers(o.config, &provider.Stats{})
	read.locate(clouds)
	names, err := o.cloudsToRead(o.config, read.managed)
	if err != nil {
		return err
	}
	if o.trust.Subject != "" {
		return o.writeTrust(read)
	}
	request := inventory.Request{
		Clouds:    names,
		Managed:   read.managed,
		Unmanaged: o.config.Detect.Unmanaged,
		// Where the types are not known it is everything that could be read.
		Everything: len(o.states) == 0 || len(read.failures) > 0,
		Type:       selected.typ,
	}
	needs := map[string][]permission.Permission{}
	for _, p := range clouds {
		types := request.Types(p)
		for _, t := range types {
			for _, action := range t.Actions {
				needs[p.Name()] = append(needs[p.Name()], permission.Permission{Action: action})
			}
		}
		if len(types) > 0 {
			for _, action := range p.Actions() {
				needs[p.Name()] = append(needs[p.Name()], permission.Permission{Action: action})
			}
		}
	}
	for _, s := range read.sources {
		if permitted, ok := s.(state.Permitted); ok {
			for _, p := range permitted.Permissions() {
				needs[p.Cloud] = append(needs[p.Cloud], permission.Permission{Action: p.Action, Resource: p.Resource})
			}
		}
	}
	return o.writePolicy(needs, read, clouds)
}

func (o *permissionsOptions) writePolicy(needs map[string][]permission.Permission, read *states, clouds []provider.Provider) error {
	in := slices.Sorted(maps.Keys(needs))
	cloud := strings.Join(o.config.Detect.Clouds, "")
	switch {
	case cloud == "" && len(in) == 0:
		return errors.New("nothing is read of any cloud: no supported type is selected, and the states are in none")
	case cloud == "" && len(in) > 1:
		return fmt.Errorf("%s take a policy each: name one with --cloud", strings.Join(in, ", "))
	case cloud == "":
		cloud = in[0]
	}
	if len(needs[cloud]) == 0 {
		return fmt.Errorf("nothing is read of %s: no selected type and no state is in it", cloud)
	}
	var doc permission.Document
	var err error
	switch cloud {
	case "aws":
		doc, err = permission.AWS(needs[cloud])
	case "azure":
		scopes := o.scopes
		if len(scopes) == 0 {
			return errors.New("an Azure role can be assigned in the scopes that it names: name one, as in --azure-scope /subscriptions/ID")
		}
		doc, err = permission.Azure(needs[cloud], scopes)
	case "gcp":
		doc, err = permission.GCP(needs[cloud])
	}
	if err != nil {
		return err
	}
	doc.Notes = append(doc.Notes, o.withoutReader(read, clouds)...)
	return o.writeDocument(doc)
}

// withoutReader says which types the policy cannot be for.
func (a *app) withoutReader(read *states, clouds []provider.Provider) []string {
	known := resourceTypes(clouds)
	missing := map[string]bool{}
	for _, prefix := range a.cloudNames() {
		for _, m := range read.managed {
			if _, ok := known[m.Key.Type]; !ok && !m.Data && strings.HasPrefix(m.Key.Type, prefix) {
				missing[m.Key.Type] = true
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d types of the states have no reader and need nothing: %s", len(missing), strings.Join(slices.Sorted(maps.Keys(missing)), ", "))}
}

func (o *permissionsOptions) writeTrust(read *states) error {
	trust := o.trust
	if trust.Account == "" {
		accounts := map[string]bool{}
		for _, m := range read.managed {
			if strings.HasPrefix(m.Key.Type, "aws_") && m.Key.Account != "" {
				accounts[m.Key.Account] = true
			}
		}
		if len(accounts) != 1 {
			return errors.New("the role's account is not known: name it with --account")
		}
		trust.Account = slices.Collect(maps.Keys(accounts))[0]
	}
	doc, err := permission.AWSTrust(trust)
	if err != nil {
		return err
	}
	return o.writeDocument(doc)
}

func (o *permissionsOptions) writeDocument(doc permission.Document) error {
	if _, err := o.Out.Write(doc.Content); err != nil {
		return fmt.Errorf("write the %s: %w", doc.Name, err)
	}
	for _, note := range doc.Notes {
		_, _ = fmt.Fprintln(o.Err, "driftmgr: "+note)
	}
	return nil
}
