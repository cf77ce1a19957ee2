package aws

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// tagServer answers DescribeTags with a tag per ARN, and fails as the API does
// where one of them is gone.
type tagServer struct {
	gone  string
	calls int
}

func (s *tagServer) Do(r *http.Request) (*http.Response, error) {
	s.calls++
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	status, body := http.StatusOK, ""
	for _, key := range slices.Sorted(maps.Keys(r.PostForm)) {
		if !strings.HasPrefix(key, "ResourceArns.member.") {
			continue
		}
		arn := r.PostForm.Get(key)
		if arn == s.gone {
			status = http.StatusBadRequest
		}
		body += fmt.Sprintf("<member><ResourceArn>%s</ResourceArn><Tags><member><Key>arn</Key><Value>%s</Value></member></Tags></member>", arn, arn)
	}
	if status == http.StatusOK {
		body = "<DescribeTagsResponse><DescribeTagsResult><TagDescriptions>" + body + "</TagDescriptions></DescribeTagsResult></DescribeTagsResponse>"
	} else {
		body = "<ErrorResponse><Error><Type>Sender</Type><Code>ListenerNotFound</Code><Message>gone</Message></Error></ErrorResponse>"
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// The three types share a call for every twenty ARNs that the states hold, and
// one that is gone takes no other with it.
func TestBalancingTags(t *testing.T) {
	held := map[string][]*resource.Managed{}
	var balancers []string
	for i := range 15 {
		for _, typ := range []string{"aws_lb", "aws_lb_listener"} {
			arn := fmt.Sprintf("arn:%s/%02d", typ, i)
			held[typ] = append(held[typ], &resource.Managed{Key: resource.Key{Type: typ, ID: arn}})
			if typ == "aws_lb" {
				balancers = append(balancers, arn)
			}
		}
	}
	for _, test := range []struct {
		name, gone string
		calls      int
	}{
		{"all there", "", 1},
		{"a listener is gone", "arn:aws_lb_listener/03", 1 + 15},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := &tagServer{gone: test.gone}
			c := newConn(aws.Config{HTTPClient: server, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}, "123456789012", "us-east-1")
			q := provider.Query{Held: func(typ string) []*resource.Managed { return held[typ] }}
			self := func(arn string) string { return arn }
			list := func(yield func(string, error) bool) {
				for _, arn := range balancers {
					if !yield(arn, nil) {
						return
					}
				}
			}
			for v, err := range withTags(q, list, self) {
				if err != nil {
					t.Fatal(err)
				}
				a, err := balancingTags(self).Read(t.Context(), c, v)
				if err != nil {
					t.Fatal(err)
				}
				if tags := a["tags_all"].(map[string]any); tags["arn"] != v.of {
					t.Errorf("%s has the tags %v", v.of, tags)
				}
			}
			if server.calls != test.calls {
				t.Errorf("%d calls, want %d", server.calls, test.calls)
			}
		})
	}
}
