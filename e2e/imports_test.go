//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/driftmgr/driftmgr/pkg/cli"
	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/remediate"
	"github.com/driftmgr/driftmgr/pkg/remediate/code"
)

// TestImports makes a bucket, a security group and a role in the gold world that no
// state knows. What is told of them has to be import blocks that Terraform takes, with
// the ids that the provider's documentation names: the bucket's name, sg-…, the role's
// name.
func TestImports(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	state := m.rebuild(t, readWorld(t))
	o := newOperator(t, state)
	done[*s3.CreateBucketOutput](o)(o.s3().CreateBucket(o.ctx, &s3.CreateBucketInput{Bucket: aws.String("by-hand.example")}))
	group := must[*ec2.CreateSecurityGroupOutput](t)(o.ec2().CreateSecurityGroup(o.ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("by-hand"), Description: aws.String("by hand"), VpcId: o.get("aws_vpc.main", "id"),
	}))
	done[*iam.CreateRoleOutput](o)(o.iam().CreateRole(o.ctx, &iam.CreateRoleInput{
		RoleName: aws.String("by-hand"), Path: aws.String("/ops/"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	}))
	ids := map[string]string{
		"aws_iam_role":       "by-hand",
		"aws_s3_bucket":      "by-hand.example",
		"aws_security_group": aws.ToString(group.GroupId),
	}

	t.Run("without code", func(t *testing.T) {
		var imports []code.Import
		for _, f := range detect(t, state).Findings {
			if f.Kind == drift.Unmanaged {
				address := code.Name(f.Type, f.ImportID, func(string) bool { return false })
				imports = append(imports, code.Import{Address: address, ID: f.ImportID})
			}
		}
		importable(t, code.ImportBlocks(imports), ids)

		out, errs, code := execute(t, "remediate", "plan", state, "--output", "json")
		var manifest remediate.Manifest
		if err := json.Unmarshal([]byte(out), &manifest); err != nil || code != 2 {
			t.Fatalf("exit code %d, %v: %s", code, err, errs)
		}
		var hints []string
		for _, l := range manifest.Left {
			hints = append(hints, l.Hints...)
		}
		importable(t, []byte(strings.Join(hints, "\n")), ids)
	})

	t.Run("with code", func(t *testing.T) {
		plugins := providerFolder(t)
		dir := t.TempDir()
		copyFile(t, state, filepath.Join(dir, "terraform.tfstate"))
		main := "provider \"aws\" {\n  region            = \"us-east-1\"\n  s3_use_path_style = true\n}\n"
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(main), 0o600); err != nil {
			t.Fatal(err)
		}
		terraform(t, dir, "init", "-input=false", "-plugin-dir="+plugins)
		// An older version of the provider wrote the gold state, and Terraform shows no
		// targeted plan of such a one.
		terraform(t, dir, "apply", "-refresh-only", "-auto-approve", "-input=false")
		t.Chdir(dir)
		manifest := planImports(t, ids)
		if len(manifest.States) != 1 || len(manifest.States[0].Edits) != 1 || manifest.States[0].Edits[0].Path != "imported.tf" {
			t.Fatalf("one state and one edit, imported.tf, are wanted: %+v", manifest)
		}
		got := map[string]string{}
		for _, s := range manifest.Steps() {
			if !slices.Equal(s.Actions, []string{"import"}) || len(s.Changes) > 0 {
				t.Errorf("%s: %v changes something: %+v", s.Address, s.Actions, s.Changes)
			}
			got[s.Type] = s.Finding.ImportID
		}
		wantIDs(t, ids, got)

		// The code that would be written is code that Terraform takes.
		written := filepath.Join(".driftmgr", "plans", manifest.ID, filepath.FromSlash(manifest.States[0].Edits[0].After))
		src, err := os.ReadFile(written)
		if err != nil {
			t.Fatal(err)
		}
		importable(t, src, ids)
		copyFile(t, written, "imported.tf")
		terraform(t, dir, "validate")
		terraform(t, dir, "fmt", "-check", "imported.tf")
	})
}

// planImports plans to import what has these ids, in the working directory, with the
// environment that Terraform needs.
func planImports(t *testing.T, ids map[string]string) *remediate.Manifest {
	t.Helper()
	args := []string{"remediate", "plan", "--strategy", "import", "--output", "json", "."}
	for typ, id := range ids {
		args = append(args, "--address", typ+"/"+id)
	}
	var out, errs bytes.Buffer
	t.Setenv("TF_CLI_CONFIG_FILE", "")
	code := cli.Main(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: os.Getenv, Environ: os.Environ})
	var m remediate.Manifest
	if err := json.Unmarshal(out.Bytes(), &m); err != nil || code != 2 {
		t.Fatalf("exit code %d, %v: %s%s", code, err, errs.String(), out.String())
	}
	return &m
}

// importable parses code as terraform validate does: each import block has exactly a
// target that is a resource's address and an id that is known, and there is one for
// each of these ids by type.
func importable(t *testing.T, src []byte, ids map[string]string) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig(src, "imported.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, src)
	}
	content, _, diags := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "import"}}})
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, src)
	}
	got, seen := map[string]string{}, map[string]bool{}
	for _, block := range content.Blocks {
		body, diags := block.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "to", Required: true}, {Name: "id", Required: true}}})
		if diags.HasErrors() {
			t.Fatalf("%v\n%s", diags, src)
		}
		to, diags := hcl.AbsTraversalForExpr(body.Attributes["to"].Expr)
		if diags.HasErrors() || len(to) != 2 {
			t.Fatalf("to is no resource's address: %v\n%s", diags, src)
		}
		name, ok := to[1].(hcl.TraverseAttr)
		if !ok || !hclsyntax.ValidIdentifier(name.Name) || seen[to.RootName()+"."+name.Name] {
			t.Fatalf("to has no name, or one that another one has\n%s", src)
		}
		seen[to.RootName()+"."+name.Name] = true
		id, diags := body.Attributes["id"].Expr.Value(nil)
		if diags.HasErrors() || id.Type() != cty.String || id.AsString() == "" {
			t.Fatalf("id is not known: %v\n%s", diags, src)
		}
		got[to.RootName()] = id.AsString()
	}
	wantIDs(t, ids, got)
}

func wantIDs(t *testing.T, want, got map[string]string) {
	t.Helper()
	for typ, id := range want {
		if got[typ] != id {
			t.Errorf("the import id of the %s is %q, want %q", typ, got[typ], id)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v is to be imported, want %v", got, want)
	}
}

// providerFolder is a folder with the AWS provider, as terraform providers mirror
// writes it: the tests fetch none.
func providerFolder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TF_PLUGIN_DIR")
	if _, err := os.Stat(filepath.Join(dir, "registry.terraform.io", "hashicorp", "aws")); err != nil {
		t.Skip("no AWS provider is at hand: set TF_PLUGIN_DIR to a folder that terraform providers mirror wrote")
	}
	return dir
}

func terraform(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "terraform", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE=", "CHECKPOINT_DISABLE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
