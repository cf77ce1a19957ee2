package s3

import (
	"context"
	"fmt"
	"slices"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// reads are the operations that reading states takes. None of them creates,
// changes, deletes or locks anything.
var reads = []string{"S3:GetObject", "S3:HeadBucket", "S3:ListObjectsV2", "DynamoDB:GetItem"}

// refusedError is the guard's answer: the call was not sent.
type refusedError struct{ operation string }

func (e refusedError) Error() string {
	return fmt.Sprintf("%s is not one of the reads of states: driftmgr did not send it", e.operation)
}

// readOnly makes every client built from a configuration refuse, before anything
// is sent, an operation other than those reads.
func readOnly(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("driftmgr.ReadOnly",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			operation := awsmiddleware.GetServiceID(ctx) + ":" + awsmiddleware.GetOperationName(ctx)
			if !slices.Contains(reads, operation) {
				return middleware.InitializeOutput{}, middleware.Metadata{}, refusedError{operation}
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
}
