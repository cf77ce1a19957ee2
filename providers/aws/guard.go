package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// reads are the beginnings of operation names that AWS gives to calls which
// change nothing.
var reads = []string{"Describe", "Get", "List", "Head", "BatchGet", "Lookup", "Search"}

// secretReads are read operations whose answer is a secret, or data that users
// keep in a service. No verdict needs one.
var secretReads = []string{
	"GetSecretValue", "BatchGetSecretValue", "GetPasswordData", "GetParametersByPath", "GetParameterHistory",
	"GetSessionToken", "GetFederationToken", "GetAuthorizationToken", "GetClusterCredentials", "GetRandomPassword",
	"GetWebIdentityToken", "GetDelegatedAccessToken", "GetVpnConnectionDeviceSampleConfiguration",
	"GetObject", "GetItem", "BatchGetItem", "SearchVectors", "GetRecords", "GetLogEvents", "GetLogRecord", "GetQueryResults",
	"GetConsoleOutput", "GetConsoleScreenshot",
}

// refusedError is the guard's answer: the call was not sent.
type refusedError struct{ action string }

func (e refusedError) Error() string {
	return fmt.Sprintf("%s is not a read: driftmgr did not send it", e.action)
}

// readOnly is a configuration's APIOption that makes every client built from it
// refuse, before anything is sent, an operation that is not a read by its name,
// and those that return a secret.
func readOnly(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("driftmgr.ReadOnly",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			operation := awsmiddleware.GetOperationName(ctx)
			if !isRead(operation) {
				return middleware.InitializeOutput{}, middleware.Metadata{}, refusedError{actionName(awsmiddleware.GetServiceID(ctx), operation)}
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
}

func isRead(operation string) bool {
	return !slices.Contains(secretReads, operation) &&
		slices.ContainsFunc(reads, func(r string) bool { return strings.HasPrefix(operation, r) })
}
