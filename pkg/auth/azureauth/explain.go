package azureauth

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Explain says in one line why Azure could not be reached or gave no token:
// "PROBLEM; REMEDY". It holds no secret, no answer of a server as it came, no trace
// id and no URL's query.
func Explain(err error) string {
	var response *azcore.ResponseError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "Azure did not answer before the run ended: " + contextError(err).Error()
	}
	if line := explainIDToken(err); line != "" {
		return line
	}
	if resp := tokenResponse(err); resp != nil { //nolint:bodyclose // the SDK has read it and closed it
		return explainToken(resp)
	}
	if errors.As(err, &response) {
		return explainResponse(response)
	}
	if line := explainNetwork(err); line != "" {
		return line
	}
	return explainText(err)
}

func contextError(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return context.DeadlineExceeded
}

// explainIDToken says what the CI refuses.
func explainIDToken(err error) string {
	return regexp.MustCompile(`\S+` + jobRefused + `.*` + jobRemedy).FindString(err.Error())
}

// tokenResponse returns the refusal of a token, where there is one.
func tokenResponse(err error) *http.Response {
	if failed := (*azidentity.AuthenticationFailedError)(nil); errors.As(err, &failed) {
		return failed.RawResponse
	}
	return nil
}

// refusal says what a code of Entra ID means that a user can do something about
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
func refusal(code string) string {
	switch code {
	case "7000215":
		return "the client secret is wrong; use the secret's value, not its id (client_secret, ARM_CLIENT_SECRET)"
	case "7000222":
		return "the client secret has expired; make a new one for the application"
	case "700016", "7000218":
		return "there is no such application in the tenant; check client_id and tenant_id"
	case "90002", "900021", "900023":
		return "there is no such tenant; check tenant_id and the environment"
	case "7000112":
		return "the application is disabled; enable its service principal"
	case "700027", "700023":
		return "the client certificate is not one of the application's; upload it there, or use another"
	case "700024":
		return "the OIDC token has expired; get a new one, and check the clock"
	case "70021", "700211", "700212", "700213":
		return "the application trusts no federated credential with the OIDC token's issuer, subject and audience; add one to it"
	case "50173", "700082", "70043", "700084":
		return "the sign-in has expired; run az login"
	case "50076", "50078", "50079", "50158":
		return "the sign-in needs a second factor; run az login"
	case "53003", "530003", "53000":
		return "a conditional access policy refuses the sign-in; ask the tenant's administrators"
	case "500011":
		return "the tenant does not know the service that the token is for; check tenant_id and the environment"
	}
	return ""
}

// explainToken says what the refusal of a token means.
func explainToken(resp *http.Response) string {
	host := ""
	if resp.Request != nil {
		host = resp.Request.URL.Hostname()
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		body = nil
	}
	var doc struct {
		Error            string `json:"error"`
		ErrorDescription string `json:"error_description"`
		ErrorCodes       []int  `json:"error_codes"`
	}
	_ = json.Unmarshal(body, &doc) // what is no JSON has no code
	code := ""
	if len(doc.ErrorCodes) > 0 {
		code = fmt.Sprint(doc.ErrorCodes[0])
	} else if m := regexp.MustCompile(`AADSTS(\d+)`).FindStringSubmatch(doc.ErrorDescription); m != nil {
		code = m[1]
	}
	if text := refusal(code); text != "" {
		return text + " (AADSTS" + code + ")"
	}
	switch {
	case code != "":
		return fmt.Sprintf("Entra ID refuses the sign-in with AADSTS%s; see https://login.microsoftonline.com/error?code=%s", code, code)
	case host == imds && resp.StatusCode == http.StatusBadRequest:
		return "the machine has no such managed identity; assign one to it, or check client_id"
	case host == "":
		return fmt.Sprintf("the token endpoint answers HTTP status %d; check the kind of credential", resp.StatusCode)
	}
	return fmt.Sprintf("%s gives no token, but HTTP status %d; check the kind of credential and its settings", host, resp.StatusCode)
}

// imds is the host of the machine's identity
// (https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service).
const imds = "169.254.169.254"

// explainResponse says what a service refuses.
func explainResponse(r *azcore.ResponseError) string {
	host := "Azure"
	if r.RawResponse != nil && r.RawResponse.Request != nil {
		host = r.RawResponse.Request.URL.Hostname()
	}
	status := fmt.Sprintf("HTTP status %d", r.StatusCode)
	if isCode(r.ErrorCode) {
		status += " " + r.ErrorCode
	}
	switch {
	case r.StatusCode == http.StatusUnauthorized:
		return host + " does not accept the token (" + status + "); check tenant_id and the environment"
	case r.StatusCode == http.StatusForbidden:
		return host + " denies it (" + status + "); give the identity the role that reads it"
	case r.StatusCode == http.StatusTooManyRequests || r.StatusCode >= http.StatusInternalServerError:
		return host + " keeps answering " + status + "; run it again later"
	}
	return host + " answers " + status + "; check what is asked for"
}

// isCode reports whether a text can only be an error code: it is the server's.
func isCode(s string) bool { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.]{0,80}$`).MatchString(s) }

// explainNetwork says why there was no answer, "" where that is not the reason. The
// SDK hands on some of these errors as text only.
func explainNetwork(err error) string {
	text := err.Error()
	host := hostOf(err)
	at := "Azure's token endpoint"
	if host != "" {
		at = host
	}
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	var operation *net.OpError
	switch {
	case errors.As(err, &certificate), strings.Contains(text, "x509: "), strings.Contains(text, "tls: "):
		return "the certificate of " + at + " is not trusted; name its authority's file in SSL_CERT_FILE, or check the proxy"
	case strings.Contains(text, imds) && !strings.Contains(text, "DefaultAzureCredential"):
		return "the machine's identity endpoint (IMDS, " + imds + ") cannot be reached; use a managed identity on a machine in Azure that has one, and another kind elsewhere"
	case errors.As(err, &dns) && dns.IsNotFound, strings.Contains(text, "no such host") && !strings.Contains(text, "DefaultAzureCredential"):
		return "there is no host " + at + "; check the name, the environment and the network"
	case errors.As(err, &operation), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(text, "connection refused") && !strings.Contains(text, "DefaultAzureCredential"):
		return at + " cannot be reached; check the network and the proxy"
	}
	return ""
}

// hostOf returns the host that a request was for.
func hostOf(err error) string {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		if parsed, err := url.Parse(u.URL); err == nil {
			return parsed.Hostname()
		}
	}
	if d := (*net.DNSError)(nil); errors.As(err, &d) {
		return d.Name
	}
	if m := regexp.MustCompile(`"https?://(?:[^/"@]*@)?([^/"?:]+)`).FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}

// explainText says what the SDK has as text only. What it does not know is cut to
// what cannot hold a secret.
func explainText(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "DefaultAzureCredential"):
		return "there is no credential for Azure: the environment, workload identity, managed identity and the Azure CLI give none; run az login, or configure one kind"
	case strings.HasPrefix(text, "AzureCLICredential") && strings.Contains(text, "not found on path"):
		return "the Azure CLI is not on PATH; install it, or configure another kind"
	case strings.HasPrefix(text, "AzureCLICredential") && strings.Contains(text, "az login"):
		return "the Azure CLI is not signed in; run az login"
	case strings.HasPrefix(text, "AzureCLICredential"):
		return "the Azure CLI gives no token; run az account get-access-token to see why"
	case strings.HasPrefix(text, "ManagedIdentityCredential"):
		return "the machine's identity endpoint gives no token; assign a managed identity to the machine, or check client_id"
	case strings.Contains(text, "no client ID specified"), strings.Contains(text, "no tenant ID specified"), strings.Contains(text, "no token file specified"):
		return "workload identity lacks AZURE_CLIENT_ID, AZURE_TENANT_ID or AZURE_FEDERATED_TOKEN_FILE; label the pod azure.workload.identity/use: \"true\""
	case strings.Contains(text, "no such file or directory"):
		return "the file with the token does not exist; check its path"
	case strings.Contains(text, "authenticated requests are not permitted for non TLS protected"):
		return "a token is sent over https only; use an https endpoint"
	}
	if strings.Contains(text, "context canceled") || strings.Contains(text, "context deadline exceeded") {
		return "Azure did not answer in time; check the network and the proxy, and run it again"
	}
	return "Azure could not be asked; check the credential's settings and the network"
}
