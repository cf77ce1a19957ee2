package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/driftmgr/driftmgr/pkg/auth/awsauth"
)

// TestReadOnly calls every operation of the clients that read states against a
// server: none arrives but the reads.
func TestReadOnly(t *testing.T) {
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived.Add(1)
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer server.Close()
	b := New(Options{Auth: awsauth.Options{Static: &awsauth.Static{KeyID: "K", Secret: "s"}, Region: "eu-west-1", Endpoint: server.URL}})
	c, err := b.(*backend).session(settings{}).clients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for service, client := range map[string]any{"S3": c.s3, "DynamoDB": c.dynamodb} {
		for i := range reflect.TypeOf(client).NumMethod() {
			method := reflect.TypeOf(client).Method(i)
			if method.Type.NumIn() != 4 || method.Type.In(1) != reflect.TypeFor[context.Context]() {
				continue // not an operation
			}
			operation := service + ":" + method.Name
			if slices.Contains(reads, operation) {
				continue
			}
			in := reflect.New(method.Type.In(2).Elem())
			out := reflect.ValueOf(client).Method(i).Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
			err, _ := out[1].Interface().(error)
			if !errors.As(err, new(refusedError)) {
				t.Errorf("%s: %v; want it refused", operation, err)
			}
			var op *smithy.OperationError
			if errors.As(err, &op) && !strings.Contains(err.Error(), operation) {
				t.Errorf("%s: error %v does not name it", operation, err)
			}
			refused++
		}
	}
	if arrived.Load() != 0 {
		t.Errorf("%d requests arrived", arrived.Load())
	}
	if refused < 100 {
		t.Errorf("only %d operations were tried", refused)
	}
}

func TestSettingsShowNothing(t *testing.T) {
	s := settings{Identity: identity{SecretKey: "hush", Roles: []awsauth.Role{{WebIdentityToken: "hush"}}}, SSEKey: "hush"}
	if text := fmt.Sprintf("%v %+v %#v", s, &s, s); strings.Contains(text, "hush") {
		t.Errorf("shows a secret: %s", text)
	}
}
