//go:build e2e

package e2e

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/driftmgr/driftmgr/pkg/drift"
)

// What only the store has.
const (
	externalID = "Kq7-external-0x51e9"
	password   = "pw-Vn3TzR8-hush"
)

// keep puts secrets into a region that nothing else names.
func keep(t *testing.T, secrets map[string]string) {
	t.Helper()
	cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-central-1")))
	for name, value := range secrets {
		must[*secretsmanager.CreateSecretOutput](t)(secretsmanager.NewFromConfig(cfg).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
			Name: aws.String(name), SecretString: aws.String(value),
		}))
	}
}

// stateServer serves a file to who knows the password, over TLS.
func stateServer(t *testing.T, file string) (server *httptest.Server, caFile string) {
	t.Helper()
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, word, ok := r.BasicAuth(); !ok || user != "reader" || word != password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.ServeFile(w, r, file)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it say so themselves
	server.StartTLS()
	t.Cleanup(server.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server, caFile
}

// configure makes a folder with the configuration the working directory.
func configure(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("driftmgr.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// discreet runs driftmgr, and proves that it shows no secret.
func discreet(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	stdout, stderr, code = execute(t, args...)
	for _, secret := range []string{externalID, password} {
		if strings.Contains(stdout+stderr, secret) {
			t.Errorf("driftmgr %s shows %s:\n%s\n%s", strings.Join(args, " "), secret, stdout, stderr)
		}
	}
	return stdout, stderr, code
}

// TestSecrets reads a state with a password, and an account with an external id,
// that are in the emulator's Secrets Manager alone.
func TestSecrets(t *testing.T) {
	m := startMoto(t)
	m.environment(t)
	const account = "123456789012"
	state := healthy(t, account)
	keep(t, map[string]string{
		"driftmgr/reader": `{"external_id": "` + externalID + `", "port": 443}`,
		"driftmgr-http":   password,
	})
	server, caFile := stateServer(t, state)
	remote := server.URL + "/prod.tfstate"
	g := newGate(t, m)
	g.externalID = externalID
	t.Setenv("AWS_ENDPOINT_URL", g.URL)
	t.Setenv("DRIFTMGR_SECRETS_BACKEND", "aws")
	t.Setenv("DRIFTMGR_SECRETS_REGION", "eu-central-1")
	t.Setenv("DRIFTMGR_LOGGING_LEVEL", "debug")
	const role = "arn:aws:iam::" + account + ":role/driftmgr"
	http := "state_storage:\n  http:\n    username: reader\n    password: ${secret:driftmgr-http}\n    ca_file: " + caFile + "\n"
	template := "providers:\n  aws:\n    use_iam_role: true\n    role_arn: arn:aws:iam::{account}:role/driftmgr\n    external_id: ${aws-secret:driftmgr/reader#external_id}\n"
	targeted := []string{"detect", remote, "--unmanaged=false", "--type", "aws_vpc"}

	t.Run("a password and an external id", func(t *testing.T) {
		configure(t, template+http)
		g.calls = nil
		out, stderr, code := discreet(t, slices.Concat(targeted, []string{"--output", "json"})...)
		if code != 0 || !strings.Contains(out, `"verdict": "`+string(drift.Clean)+`"`) {
			t.Errorf("exit code %d: %s\n%s", code, stderr, out)
		}
		if !slices.ContainsFunc(g.calls, func(call string) bool { return strings.HasSuffix(call, " as "+role) }) {
			t.Errorf("nothing is read as %s: %q", role, g.calls)
		}
		if out, stderr, code = discreet(t, "doctor", remote, "--type", "aws_vpc"); code != 0 {
			t.Errorf("doctor: exit code %d: %s%s", code, out, stderr)
		}
		if out, stderr, code = discreet(t, "permissions", remote, "--unmanaged=false"); code != 0 {
			t.Errorf("permissions: exit code %d: %s%s", code, out, stderr)
		}
	})

	t.Run("the certificate in the environment", func(t *testing.T) {
		configure(t, template+strings.ReplaceAll(http, "    ca_file: "+caFile+"\n", ""))
		if _, stderr, code := discreet(t, targeted...); code != 1 || !strings.Contains(stderr, "certificate") {
			t.Errorf("without it: exit code %d, %s", code, stderr)
		}
		t.Setenv("TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", string(must[[]byte](t)(os.ReadFile(caFile))))
		if out, stderr, code := discreet(t, targeted...); code != 0 {
			t.Errorf("exit code %d: %s%s", code, stderr, out)
		}
	})

	t.Run("config", func(t *testing.T) {
		configure(t, template+http)
		for _, args := range [][]string{{"config", "show"}, {"config", "show", "--all", "--output", "json"}, {"config", "validate"}} {
			g.calls = nil
			out, stderr, code := discreet(t, args...)
			if code != 0 || len(g.calls) > 0 {
				t.Errorf("%q: exit code %d, calls %q: %s", args, code, g.calls, stderr)
			}
			if args[1] == "show" && !strings.Contains(out, "${aws-secret:driftmgr/reader#external_id}") {
				t.Errorf("%q does not say where the external id is from:\n%s", args, out)
			}
		}
	})

	// What goes wrong is told without what is secret in it.
	wrong := strings.NewReplacer("#external_id", "#port").Replace(template)
	for _, tt := range []struct {
		name, config string
		want         string // in what it tells
		code         int
	}{
		{
			"a password that is another's", template + strings.ReplaceAll(http, "${secret:driftmgr-http}", "${secret:driftmgr/reader#external_id}"),
			"driftmgr: state " + remote + ": the server does not take the user and the password", 1,
		},
		{
			"an external id that is another's", wrong + http,
			role + " refuses", 3,
		},
		{
			"a secret that is not there", template + strings.ReplaceAll(http, "driftmgr-http", "driftmgr-none"),
			`driftmgr.yaml:9: state_storage.http.password: ${secret:driftmgr-none}: aws secret "driftmgr-none": does not exist in eu-central-1`, 1,
		},
		{
			"a key that the secret has not", strings.ReplaceAll(template, "#external_id", "#external") + http,
			"driftmgr.yaml:5: providers.aws.external_id: ${aws-secret:driftmgr/reader#external}: the secret has no such key", 1,
		},
		{
			"a role whose external id only it could read", strings.ReplaceAll(template, "{account}", account) + http,
			"is needed to ask the store that has it: write providers.aws without a secret of that store", 1,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			configure(t, tt.config)
			out, stderr, code := discreet(t, targeted...)
			if code != tt.code || !strings.Contains(out+stderr, tt.want) {
				t.Errorf("exit code %d, want %d; want %q in\n%s%s", code, tt.code, tt.want, out, stderr)
			}
		})
	}
}
