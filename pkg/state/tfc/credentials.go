package tfc

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/net/idna"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// credential is a token and where it was found, which may be told.
type credential struct{ token, from string }

// credential finds the token for a host: driftmgr's own, the block's, and then
// those of Terraform in Terraform's order
// (https://developer.hashicorp.com/terraform/cli/config/config-file#credentials):
// TF_TOKEN_…, the CLI configuration. Last comes TFE_TOKEN, the one of the tfe
// provider. name is the source that asks.
func (b *backend) credential(name, host, block string) (credential, error) {
	if b.token != "" && host == b.host {
		return credential{b.token, "driftmgr's configuration"}, nil
	}
	if block != "" {
		return credential{block, "the backend block"}, nil
	}
	variables := tokenVariables(host)
	for _, v := range variables {
		if token := b.getenv(v); token != "" {
			return credential{token, v}, nil
		}
	}
	c, err := b.cliCredential(name, host)
	if err != nil || c.token != "" {
		return c, err
	}
	if token := b.getenv("TFE_TOKEN"); token != "" && host == b.providerHost() {
		return credential{token, "TFE_TOKEN"}, nil
	}
	return credential{}, &state.Error{
		Source:  name,
		Problem: "no token for " + host + " was found",
		Remedy:  "run terraform login " + host + " or set " + variables[0],
		Err:     fs.ErrPermission,
	}
}

// providerHost is the host that TFE_TOKEN is for
// (https://registry.terraform.io/providers/hashicorp/tfe/latest/docs).
func (b *backend) providerHost() string {
	address := strings.TrimSuffix(strings.TrimPrefix(b.getenv("TFE_ADDRESS"), "https://"), "/")
	host, err := normalHost(first(b.getenv("TFE_HOSTNAME"), address, hcpHost))
	if err != nil {
		return ""
	}
	return host
}

// tokenVariables are the names that the variable with a host's token can have,
// the usual one first: dots may be underscores, and dashes two of them; the host
// may be in Punycode or not; case does not matter.
func tokenVariables(host string) []string {
	spellings := []string{host}
	if shown, err := idna.Lookup.ToUnicode(host); err == nil && shown != host {
		spellings = append(spellings, shown)
	}
	var names []string
	for _, s := range spellings {
		dashed := strings.ReplaceAll(s, "-", "__")
		for _, name := range []string{strings.ReplaceAll(dashed, ".", "_"), strings.ReplaceAll(s, ".", "_"), dashed, s} {
			names = append(names, "TF_TOKEN_"+name, "TF_TOKEN_"+strings.ToUpper(name))
		}
	}
	return names
}

// cliCredential looks into the files of Terraform's and OpenTofu's CLI
// configuration. One that cannot be read is an error only here, where the token
// may be in it.
func (b *backend) cliCredential(name, host string) (credential, error) {
	var found credential
	files, must := b.cliFiles()
	for _, path := range files {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) && !must {
			continue
		}
		var tokens map[string]string
		if err == nil {
			tokens, err = cliTokens(data, path)
		}
		if err != nil {
			return credential{}, &state.Error{
				Source:  name,
				Problem: "the CLI configuration " + path + " cannot be read",
				Remedy:  "correct it, or set " + tokenVariables(host)[0],
				Err:     unwrapPath(err),
			}
		}
		for h, token := range tokens {
			if normal, err := normalHost(h); err == nil && normal == host && token != "" {
				found = credential{token, path} // the later file goes first
			}
		}
	}
	return found, nil
}

// unwrapPath keeps of an error only what a caller recognises.
func unwrapPath(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// cliFiles are the files of the CLI configuration, in the order in which the
// later goes first. must is true where the environment names the one file, which
// then has to be there
// (https://developer.hashicorp.com/terraform/cli/config/config-file#locations).
func (b *backend) cliFiles() (files []string, must bool) {
	if path := first(b.getenv("TF_CLI_CONFIG_FILE"), b.getenv("TERRAFORM_CONFIG")); path != "" {
		return []string{path}, true
	}
	home := b.home
	if home == "" {
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			return nil, false
		}
	}
	rc, dir := []string{".terraformrc", ".tofurc"}, ".terraform.d"
	if runtime.GOOS == "windows" {
		rc, dir = []string{"terraform.rc", "tofu.rc"}, "terraform.d"
		home = first(b.getenv("APPDATA"), home)
	}
	for _, name := range rc {
		files = append(files, filepath.Join(home, name))
	}
	entries, _ := os.ReadDir(filepath.Join(home, dir)) // none where there is no such directory
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tfrc") || strings.HasSuffix(e.Name(), ".tfrc.json") {
			files = append(files, filepath.Join(home, dir, e.Name()))
		}
	}
	return files, false
}

var errSyntax = errors.New("syntax error")

// cliTokens returns the tokens of the credentials blocks of one file, by host.
// Its errors hold nothing of the file.
func cliTokens(data []byte, path string) (map[string]string, error) {
	if trimmed := strings.TrimSpace(string(data)); strings.HasPrefix(trimmed, "{") || trimmed == "" {
		return jsonTokens(data)
	}
	file, diags := hclsyntax.ParseConfig(data, filepath.Base(path), hcl.InitialPos)
	body, ok := file.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		return nil, errSyntax
	}
	tokens := make(map[string]string)
	for _, block := range body.Blocks {
		if block.Type != "credentials" || len(block.Labels) != 1 {
			continue
		}
		attr, ok := block.Body.Attributes["token"]
		if !ok {
			continue
		}
		v, diags := attr.Expr.Value(nil)
		if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
			return nil, errSyntax
		}
		tokens[block.Labels[0]] = v.AsString()
	}
	return tokens, nil
}

// jsonTokens reads what terraform login writes, credentials.tfrc.json.
func jsonTokens(data []byte) (map[string]string, error) {
	if strings.TrimSpace(string(data)) == "" {
		return nil, nil
	}
	var config struct {
		Credentials map[string]struct {
			Token string `json:"token"`
		} `json:"credentials"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, errSyntax
	}
	tokens := make(map[string]string, len(config.Credentials))
	for host, c := range config.Credentials {
		tokens[host] = c.Token
	}
	return tokens, nil
}
