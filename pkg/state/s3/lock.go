package s3

import (
	"context"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// lockfile is what is known of the object beside a state that locks it.
// Source: https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
type lockfile int

const (
	unknown lockfile = iota // it may be there
	absent                  // a listing has just said so
	present                 // likewise
	unused                  // the block does not use it
)

// lockSuffix is what a lockfile's key has after the state's.
const lockSuffix = ".tflock"

// maxLock bounds what is read of a lockfile, in bytes.
const maxLock = 64 << 10

// Lock implements state.Locked: it looks at the lockfile, unless a listing has told
// that there is none, and at the DynamoDB table where one is named.
func (o *object) Lock(ctx context.Context) (*state.Lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, o.fail(lockReading, err)
	}
	var lock *state.Lock
	var err error
	if o.lockfile == unknown || o.lockfile == present {
		lock, err = o.lockObject(ctx)
	}
	if lock == nil && o.table != "" {
		var item error
		if lock, item = o.lockItem(ctx); err == nil {
			err = item
		}
	}
	switch {
	case lock != nil:
		return lock, nil
	case err != nil:
		return nil, o.fail(lockReading, err)
	}
	return nil, nil // not locked
}

// lockObject reads the lockfile, nil where there is none.
func (o *object) lockObject(ctx context.Context) (*state.Lock, error) {
	out, err := o.get(ctx, o.key+lockSuffix, "")
	switch {
	case noSuchObject(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, maxLock))
	if err != nil {
		return nil, err
	}
	return state.ParseLock(data), nil
}

// lockItem reads the item of the table, nil where there is none.
// Source: https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/s3/client.go
func (o *object) lockItem(ctx context.Context) (*state.Lock, error) {
	c, err := o.in.session.clients(ctx)
	if err != nil {
		return nil, err
	}
	out, err := c.dynamodb.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:            aws.String(o.table),
		Key:                  map[string]types.AttributeValue{"LockID": &types.AttributeValueMemberS{Value: o.bucket + "/" + o.key}},
		ProjectionExpression: aws.String("LockID, Info"),
		ConsistentRead:       aws.Bool(true),
	}, func(d *dynamodb.Options) { d.Region = o.tableRegion(ctx, c) })
	if err != nil || len(out.Item) == 0 {
		return nil, err
	}
	info, _ := out.Item["Info"].(*types.AttributeValueMemberS)
	if info == nil {
		info = &types.AttributeValueMemberS{}
	}
	return state.ParseLock([]byte(info.Value)), nil
}

// tableRegion returns where the table is: with the bucket, as Terraform knows one
// region for both, unless that is configured.
func (o *object) tableRegion(ctx context.Context, c *clients) string {
	if o.in.session.set.Region != "" {
		return o.in.session.set.Region
	}
	if home := o.in.region(ctx); home != "" {
		return home
	}
	return c.region
}
