package aws

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/provider/providertest"
)

// TestMain takes what the machine says of AWS out of the environment.
func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("AWS_CONFIG_FILE", os.DevNull)
	_ = os.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	m.Run()
}

func TestTypes(t *testing.T) {
	providertest.Run(t, providertest.Suite{
		Region: "us-east-1",
		New: func(_ *testing.T, client providertest.Client, stats *provider.Stats) provider.Provider {
			return New(Options{Stats: stats, Auth: awsauth.Options{HTTP: client, Static: &awsauth.Static{KeyID: "test", Secret: "test"}}})
		},
		Operation: func(r *http.Request) (operation, action string) {
			service, name := awsmiddleware.GetServiceID(r.Context()), awsmiddleware.GetOperationName(r.Context())
			return servicePrefix(service) + "." + name, actionName(service, name)
		},
		Always: map[string]string{"sts.GetCallerIdentity": identity},
		Denied: denied,
	})
}

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/auditor</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`

// denied answers as each protocol does.
func denied(r *http.Request) (int, string) {
	switch service := awsmiddleware.GetServiceID(r.Context()); {
	case service == "EC2":
		return http.StatusForbidden, `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors></Response>`
	case service == "S3":
		return http.StatusForbidden, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`
	case strings.Contains(r.Header.Get("Content-Type"), "json") || service == "Lambda":
		return http.StatusBadRequest, `{"__type":"AccessDeniedException","message":"not authorized"}`
	}
	return http.StatusForbidden, fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>%s</Message></Error></ErrorResponse>`, "not authorized")
}
