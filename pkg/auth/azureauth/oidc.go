package azureauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// idTokenRequest asks a CI for an id token that says which job this is.
//
// GitHub Actions: https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token.
// Azure DevOps: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create.
type idTokenRequest struct {
	url, bearer       string
	serviceConnection string // of Azure DevOps
	pipeline          runtime.Pipeline
}

func (r idTokenRequest) send(ctx context.Context) (string, error) {
	u, err := url.Parse(r.url)
	if err != nil {
		return "", errors.New("oidc_request_url is not a URL")
	}
	method := http.MethodGet
	query := u.Query()
	setDefault := func(name, value string) {
		if query.Get(name) == "" {
			query.Set(name, value)
		}
	}
	if r.serviceConnection != "" {
		method = http.MethodPost
		setDefault("api-version", "7.1")
		setDefault("serviceConnectionId", r.serviceConnection)
	} else {
		setDefault("audience", "api://AzureADTokenExchange")
	}
	u.RawQuery = query.Encode()
	req, err := runtime.NewRequest(ctx, method, u.String())
	if err != nil {
		return "", errors.New("oidc_request_url is not a URL")
	}
	req.Raw().Header.Set("Accept", "application/json")
	req.Raw().Header.Set("Authorization", "Bearer "+r.bearer)
	// without it Azure DevOps sends whoever it does not know to a sign-in page
	req.Raw().Header.Set("X-TFS-FedAuthRedirect", "Suppress")

	resp, err := r.pipeline.Do(req)
	if err != nil {
		return "", &idTokenError{host: u.Host, err: err}
	}
	defer resp.Body.Close()
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return "", &idTokenError{host: u.Host, problem: fmt.Sprintf("HTTP status %d", resp.StatusCode)}
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return "", &idTokenError{host: u.Host, err: err}
	}
	var doc struct{ Value, OIDCToken string }
	if err := json.Unmarshal(body, &doc); err != nil {
		return "", &idTokenError{host: u.Host, problem: "the answer is not JSON"}
	}
	token := doc.Value
	if r.serviceConnection != "" {
		token = doc.OIDCToken
	}
	if token == "" {
		return "", &idTokenError{host: u.Host, problem: "the answer has no token"}
	}
	return token, nil
}

// idTokenError is that the CI gave no id token.
type idTokenError struct {
	host    string
	problem string
	err     error // instead of the problem
}

// The SDK hands these errors on as text only: Explain finds them by their two ends.
const (
	jobRefused = " gave no OIDC token: "
	jobRemedy  = "; check oidc_request_url and that the job may request id tokens"
)

func (e *idTokenError) Error() string {
	problem := e.problem
	if e.err != nil {
		problem, _, _ = strings.Cut(Explain(e.err), "; ")
	}
	return e.host + jobRefused + problem + jobRemedy
}

func (e *idTokenError) Unwrap() error { return e.err }
