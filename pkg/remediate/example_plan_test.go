package remediate

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/driftmgr/driftmgr/pkg/drift"
	"github.com/driftmgr/driftmgr/pkg/remediate/code"
	"github.com/driftmgr/driftmgr/pkg/sshsign"
)

// everything is a plan with a bit of everything in it.
func everything() *Draft {
	changed := func(address, typ, id string, changes ...drift.Change) *drift.Finding {
		return &drift.Finding{Kind: drift.Changed, Address: address, Type: typ, Provider: "aws", ID: id, Account: "111122223333", Region: "eu-west-1", Source: "envs/prod", Changes: changes}
	}
	bucket := &drift.Finding{Kind: drift.Unmanaged, Type: "aws_s3_bucket", Provider: "aws", ID: "acme-logs", Account: "111122223333", Region: "eu-west-1", ImportID: "acme-logs"}
	before, after := []byte("resource \"aws_instance\" \"web\" {\n  ami           = \"ami-1\"\n  instance_type = \"t3.micro\"\n}\n"),
		[]byte("resource \"aws_instance\" \"web\" {\n  ami           = \"ami-1\"\n  instance_type = \"t3.large\"\n}\n")
	imported := []byte("import {\n  to = aws_s3_bucket.acme_logs\n  id = \"acme-logs\"\n}\n\nresource \"aws_s3_bucket\" \"acme_logs\" {\n  bucket = \"acme-logs\"\n}\n")
	m := Manifest{
		FormatVersion: FormatVersion, ID: "20260513T120000Z-c0ffee", Created: noon, Author: "ann@laptop", Driftmgr: "1.4.0", Inventory: Digest([]byte("inventory")), Risk: High,
		States: []State{
			{
				Source: "envs/prod", Dir: "envs/prod", Workspace: "default", Lineage: "3f0c5a52-1111-2222-3333-0242ac120002", Serial: 41,
				Terraform: "Terraform", Version: "1.11.4", Mode: Normal, Saved: "state-1/terraform.tfplan", Outputs: []string{"address", "logs"}, Refreshed: []string{"aws_vpc.main"}, Reads: []string{"data.aws_ami.base"},
				Targets: []string{"aws_instance.web", `aws_security_group.web["a"]`, "aws_db_instance.main", "aws_s3_bucket.acme_logs", "aws_sqs_queue.jobs"},
				Steps: []Step{
					{Address: "aws_db_instance.main", Type: "aws_db_instance", Strategy: Revert, Actions: []string{"delete", "create"}, Risk: High,
						Finding:  changed("aws_db_instance.main", "aws_db_instance", "db-1", drift.Change{Path: "storage_encrypted", Before: true, After: false}, drift.Change{Path: "password", Sensitive: true}),
						Reasons:  []string{"replaces the resource", "data is lost with it"},
						Warnings: []string{"REPLACES the resource: it is destroyed and created anew, for storage_encrypted", "what it holds is LOST with it"},
						Changes:  []Change{{Path: "id", Before: "db-1", Unknown: true}, {Path: "password", Sensitive: true}, {Path: "storage_encrypted", Before: false, After: true, Replaces: true}}},
					{Address: "aws_eip.web", Type: "aws_eip", Strategy: Along, Actions: []string{"update"}, Risk: Medium, Reasons: []string{"changes it in place", "network exposure"},
						Warnings: []string{"comes along: what was proposed depends on it"}, Changes: []Change{{Path: "instance", Before: "i-1", After: "i-2"}}},
					{Address: "aws_instance.web", Type: "aws_instance", Strategy: Revert, Actions: []string{"update"}, Risk: Low, Reasons: []string{"changes it in place"},
						Finding: changed("aws_instance.web", "aws_instance", "i-1", drift.Change{Path: "tags.env", Before: "prod", After: "test"}),
						Changes: []Change{{Path: "tags.env", Before: "test", After: "prod"}, {Path: "cpu_core_count", Before: json.Number("2"), After: json.Number("4")}}},
					{Address: "aws_s3_bucket.acme_logs", Type: "aws_s3_bucket", Strategy: Import, ImportID: "acme-logs", Actions: []string{"import"}, Risk: Low, Finding: bucket, Reasons: []string{"from then on the code decides about it"},
						Hints: []string{"imported.tf: a secret was left out: give it by a variable"}},
					{Address: "aws_sqs_queue.jobs", Type: "aws_sqs_queue", Strategy: Recreate, Actions: []string{"create"}, Risk: Medium, Reasons: []string{"creates the resource"},
						Finding: &drift.Finding{Kind: drift.Missing, Address: "aws_sqs_queue.jobs", Type: "aws_sqs_queue", Provider: "aws", ID: "jobs", Source: "envs/prod"},
						Changes: []Change{{Path: "arn", Unknown: true}, {Path: "name", After: "jobs"}}},
				},
				Edits: []Edit{{Path: "imported.tf", After: "state-1/files/imported.tf", Diff: code.Diff("imported.tf", nil, imported)}},
			},
			{
				Source: "envs/test", Dir: "envs/test", Workspace: "blue", Lineage: "9a1f", Serial: 7,
				Terraform: "OpenTofu", Version: "1.9.0", Mode: RefreshOnly, Saved: "state-2/terraform.tfplan",
				Targets: []string{"aws_instance.web", "aws_sqs_queue.old"},
				Steps: []Step{
					{Address: "aws_instance.web", Type: "aws_instance", Strategy: Adopt, Actions: []string{"update"}, Risk: Low, Reasons: []string{"takes the change for right"},
						Finding: changed("aws_instance.web", "aws_instance", "i-2", drift.Change{Path: "instance_type", Before: "t3.micro", After: "t3.large"}),
						Changes: []Change{{Path: "instance_type", Before: "t3.micro", After: "t3.large"}}, Hints: []string{"main.tf:9: user_data: edit it by hand"}},
					{Address: "aws_sqs_queue.old", Type: "aws_sqs_queue", Strategy: Forget, Actions: []string{"delete"}, Risk: Low, Reasons: []string{"takes it out of the state"},
						Finding: &drift.Finding{Kind: drift.Missing, Address: "aws_sqs_queue.old", Type: "aws_sqs_queue", Provider: "aws", ID: "old", Source: "envs/test"}},
				},
				Edits: []Edit{{Path: "main.tf", Before: Digest(before), After: "state-2/files/main.tf", Diff: code.Diff("main.tf", before, after)}},
			},
		},
		Left: []Left{
			{Finding: drift.Finding{Kind: drift.Changed, Address: "aws_vpc.main", Type: "aws_vpc", Provider: "aws", ID: "vpc-1", Source: "envs/prod", Changes: []drift.Change{{Path: "enable_dns_support", Before: true, After: false}}},
				Strategy: Accept, Reason: "accept takes a plan of its own, as Terraform plans it refresh-only: plan again with --strategy accept once this plan is applied"},
			{Finding: drift.Finding{Kind: drift.Unmanaged, Type: "aws_iam_role", Provider: "aws", ID: "ci", ImportID: "ci"}, Strategy: Leave, Reason: "it was asked to be left"},
			{Finding: drift.Finding{Kind: drift.Unmanaged, Type: "aws_vpc", Provider: "aws", ID: "vpc-2", ImportID: "vpc-2"}, Strategy: Import, Reason: "Terraform could not import it: no such thing", Hints: []string{`import aws_vpc: id = "vpc-2"`}},
		},
	}
	return &Draft{Manifest: m, Contents: map[string][]byte{
		"state-1/terraform.tfplan": []byte("plan one"), "state-1/files/imported.tf": imported,
		"state-2/terraform.tfplan": []byte("plan two"), "state-2/files/main.tf": after,
	}}
}

// stored writes a plan into a folder of its own.
func stored(t testing.TB, d *Draft) (dir, digest string) {
	t.Helper()
	dir, digest, err := d.Write(filepath.Join(t.TempDir(), "plans"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, digest
}

func opened(t testing.TB, dir string) *Sealed {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func put(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// key is somebody's SSH key.
type key struct {
	*sshsign.Signer
	line string // of allowed_signers, after the names
}

func newKey(t testing.TB) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "id_ed25519")
	put(t, file, string(pem.EncodeToMemory(block)))
	signer, err := sshsign.OpenSigner(t.Context(), sshsign.KeyOptions{File: file})
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key{signer, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))}
}

// in is the signer for a namespace.
func (k key) in(namespace string) Signer {
	return func(message []byte) ([]byte, error) { return k.Sign(namespace, message) }
}

// allowed verifies by lines of allowed_signers.
func allowed(t testing.TB, lines ...string) Verifier {
	t.Helper()
	a, err := sshsign.ReadAllowed(strings.NewReader(strings.Join(lines, "\n")+"\n"), "allowed_signers")
	if err != nil {
		t.Fatal(err)
	}
	return func(message, signature []byte) ([]string, string, error) {
		id, err := a.Verify(Namespace, message, signature, nil, noon)
		return id.Principals, id.Fingerprint, err
	}
}
