package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/driftmgr/driftmgr/pkg/audit"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/inventory"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/resource"
	"github.com/driftmgr/driftmgr/pkg/schema"
	"github.com/driftmgr/driftmgr/pkg/terraform"
)

type planOptions struct {
	detectOptions
	from       string
	strategies []string
	exceptions []string
	only       []string
	into       string
	format     string
	all        bool
}

func (a *app) remediatePlanCommand() *cobra.Command {
	o := &planOptions{detectOptions: detectOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "plan [STATE…]",
		Short: "Make a plan that leads back from drift; it changes nothing",
		Long: `Detects drift, and asks Terraform what it would do about each finding. What it
says is written into a folder of its own, to be read, approved and applied. No
cloud, state or code is changed.

A strategy is for the findings that it fits:
  revert    changed: make the cloud what the code says
  accept    changed, missing: make the state what the cloud has; the code stays
  adopt     changed: accept, and edit the code so that it says so
  recreate  missing: create it anew
  forget    missing: take it out of the state and the code
  import    unmanaged: take it into a state, and write code for it
  leave     do nothing about it
Without --strategy they are revert, recreate and import. One plan of a state
either changes the cloud (revert, recreate, import) or only the state and the
code.

The exit code is that of driftmgr detect.`,
		Example: `  driftmgr remediate plan infra/app
  driftmgr remediate plan --strategy adopt --strategy forget infra/app
  driftmgr remediate plan --for 'aws_instance.web=accept' infra/app
  driftmgr remediate plan --strategy import --address 'aws_s3_bucket/*' infra/app
  driftmgr remediate plan --from drift.json infra/app`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.states = args
			if o.config, err = a.loadConfig(cmd.Flags()); err != nil {
				return err
			}
			return a.logged(o.config, func() error { return o.run(cmd.Context()) })
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "plan for the findings of this report, which driftmgr detect --output json=`FILE` wrote")
	f.StringVar(&o.format, "output", "text", "`text`, or json: the manifest")
	f.BoolVar(&o.all, "all", false, "show every finding that is left as it is")
	return cmd
}

// flags are those of every command that plans.
func (o *planOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	o.unmanagedFlag(cmd)
	f.String("depth", string(provider.DepthFull), "`full`, or list: no call per resource, fewer attributes compared")
	f.StringArrayVar(&o.strategies, "strategy", nil, "`STRATEGY` for what it fits, repeatable (default: revert, recreate, import)")
	f.StringArrayVar(&o.exceptions, "for", nil, "`ADDRESS=STRATEGY` for one resource, or many with *; what nobody manages is TYPE/ID; repeatable")
	f.StringArrayVar(&o.only, "address", nil, "plan only for this `ADDRESS`, with * for anything, repeatable")
	f.StringVar(&o.into, "into", "", "import into the state of this `DIRECTORY` (default: the only one)")
	o.stateFlags(cmd)
	o.readFlags(cmd)
}

func (o *planOptions) run(ctx context.Context) error {
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("output %q: use text or json", o.format)
	}
	draft, verdict, err := o.draft(ctx)
	if err != nil {
		return err
	}
	if len(draft.Manifest.States) == 0 {
		if err := o.show(&draft.Manifest, o.format, o.all); err != nil {
			return err
		}
		return asError(verdict)
	}
	plan, err := o.save(ctx, draft)
	if err != nil {
		return err
	}
	defer func() { _ = plan.Close() }()
	if err := o.show(&plan.Manifest, o.format, o.all); err != nil {
		return err
	}
	o.next(plan)
	return asError(verdict)
}

// draft makes a plan that is not written.
func (o *planOptions) draft(ctx context.Context) (*remediate.Draft, drift.Verdict, error) {
	choice, err := o.choice()
	if err != nil {
		return nil, "", err
	}
	found, err := o.findings(ctx)
	if err != nil {
		return nil, "", err
	}
	req, err := o.request(found)
	if err != nil {
		return nil, "", err
	}
	req.Choice = choice
	draft, err := remediate.Build(ctx, req)
	return draft, found.report.Verdict, err
}

func (o *planOptions) choice() (remediate.Choice, error) {
	c := remediate.Choice{Only: o.only}
	for _, name := range o.strategies {
		s, err := remediate.ParseStrategy(name)
		if err != nil {
			return c, err
		}
		c.Strategies = append(c.Strategies, s)
	}
	for _, text := range o.exceptions {
		e, err := remediate.ParseException(text)
		if err != nil {
			return c, fmt.Errorf("--for %w", err)
		}
		c.For = append(c.For, e)
	}
	return c, nil
}

// found is what a plan is made from.
type found struct {
	report *drift.Report
	digest string
	read   *states
}

// findings detects, or reads the report that is named.
func (o *planOptions) findings(ctx context.Context) (found, error) {
	read, err := o.readStates(ctx, o.config, o.states)
	if err != nil {
		return found{}, err
	}
	if o.from != "" {
		read.locate(o.providers(o.config, &provider.Stats{}))
		r, digest, err := readReport(o.from)
		return found{r, digest, read}, err
	}
	selected, err := newSelection(o.config)
	if err != nil {
		return found{}, err
	}
	r, inv, err := o.compare(ctx, read, selected)
	if err != nil {
		return found{}, err
	}
	digest, err := inventoryDigest(inv)
	return found{r, digest, read}, err
}

// inventoryDigest is that of the inventory as it would be written: without secrets.
func inventoryDigest(inv *inventory.Inventory) (string, error) {
	var b bytes.Buffer
	if err := inventory.Write(&b, inv, schema.Embedded()); err != nil {
		return "", err
	}
	return remediate.Digest(b.Bytes()), nil
}

// readReport reads what driftmgr detect --output json wrote.
func readReport(file string) (*drift.Report, string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, "", fmt.Errorf("report %w: write one with driftmgr detect --output json=FILE", err)
	}
	r := &drift.Report{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // an id of many digits is another one without its last
	err = dec.Decode(r)
	if err == nil && dec.More() {
		err = errors.New("something follows its end")
	}
	if err != nil {
		return nil, "", fmt.Errorf("report %s cannot be read: %w: write one with driftmgr detect --output json=FILE", file, err)
	}
	if major, _, _ := strings.Cut(r.FormatVersion, "."); major != "1" {
		return nil, "", fmt.Errorf("report %s has the format %q, and this driftmgr reads %s: detect again", file, r.FormatVersion, drift.FormatVersion)
	}
	return r, remediate.Digest(data), nil
}

// request is what is to be planned for the findings.
func (o *planOptions) request(f found) (remediate.Request, error) {
	chance := make([]byte, 3)
	if _, err := rand.Read(chance); err != nil {
		return remediate.Request{}, err
	}
	name, host := userName()
	now := o.now()
	req := remediate.Request{
		Report:    f.report,
		Modules:   map[string]remediate.Module{},
		ID:        remediate.NewID(now, hex.EncodeToString(chance)),
		Created:   now,
		Author:    name + "@" + host,
		Driftmgr:  version(),
		Inventory: f.digest,
		Open: func(ctx context.Context, m remediate.Module) (*terraform.Root, error) {
			return o.openRoot(ctx, o.config, m.Dir, m.Workspace)
		},
		Show: o.tell,
	}
	for source, dir := range f.read.dirs {
		req.Modules[source] = remediate.Module{Dir: dir, Workspace: o.config.Detect.Workspace, VarFiles: o.config.Detect.VarFiles}
		if len(f.read.dirs) == 1 && o.into == "" || o.into != "" && realPath(dir, dir) == realPath(o.into, o.into) {
			req.Into = source
		}
	}
	if o.into != "" && req.Into == "" {
		return req, fmt.Errorf("--into %s is none of the directories that are named: name it as well", o.into)
	}
	types := resourceTypes(o.providers(o.config, &provider.Stats{}))
	req.Ordered = func(typ, path string) bool {
		if rule := types[typ].Rules[path]; rule.Unordered || len(rule.Keys) > 0 {
			return false
		}
		known, ok := schema.Embedded().Type(typ).Lookup(path)
		return ok && known.Kind.IsList()
	}
	req.Provider = importProviders(f.read, req.Into, o.cloudNames())
	return req, nil
}

// tell tells on stderr what goes on, where somebody watches or there is no result yet.
func (a *app) tell(line string) { _, _ = fmt.Fprintln(a.Err, "driftmgr: "+resource.Printable(line)) }

// save writes a plan, signs it if there is a key to, and records it.
func (o *planOptions) save(ctx context.Context, draft *remediate.Draft) (_ *remediate.Sealed, err error) {
	log, err := o.openAudit(ctx, o.config.Audit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	signer, err := o.signer(ctx, o.config.Remediation.SigningKey)
	if err != nil {
		return nil, fmt.Errorf("remediation.signing_key: %w", err)
	}
	dir, _, err := draft.Write(o.config.Remediation.Dir)
	if err != nil {
		return nil, err
	}
	plan, err := remediate.Open(dir)
	if err != nil {
		return nil, err
	}
	who := audit.Actor{}
	if signer != nil {
		defer func() { _ = signer.Close() }()
		sign := func(message []byte) ([]byte, error) { return signer.Sign(remediate.Namespace, message) }
		if err := plan.Sign(remediate.Authored, "", o.now(), signer.Fingerprint(), sign); err != nil {
			return nil, err
		}
		who.Fingerprint = signer.Fingerprint()
	}
	log.plan = plan
	return plan, log.add(ctx, audit.ActionPlan, "written", "", who)
}

// show writes a plan to stdout.
func (a *app) show(m *remediate.Manifest, format string, all bool) error {
	if format == "json" {
		enc := json.NewEncoder(a.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(m)
	}
	return remediate.WriteText(a.Out, m, remediate.TextOptions{Color: a.color(), All: all})
}

// next says what to do with a plan that was written.
func (a *app) next(plan *remediate.Sealed) {
	_, _ = io.WriteString(a.Err, "\nNothing was changed. The plan is in "+plan.Dir+", for you alone to read:\n"+
		"it holds whole states, secrets included, in clear text.\n"+
		"  digest   "+plan.Digest+"\n"+
		"  approve  driftmgr remediate approve "+plan.Dir+"\n"+
		"  apply    driftmgr remediate apply "+plan.Dir+"\n")
}
