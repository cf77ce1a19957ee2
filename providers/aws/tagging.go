package aws

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// taggedServices are the services of which a type uses the tagging API: one
// listing of a region answers for all of them.
var taggedServices = []string{"logs", "sns", "sqs"}

// tagReader reads the tags of the resources of one listing.
//
// The Resource Groups Tagging API gives a hundred resources a call where the
// services give one. It leaves out what was never tagged, and it follows the
// services late: seconds mostly, minutes at times (aws-cli#4173, aws-sdk#676).
// So what it says is believed where it agrees with the states; where it does
// not, the resource itself is asked before anybody is told of drift.
type tagReader struct {
	c        *conn
	region   string
	services []string
	query    provider.Query
	held     map[string][]map[string]any // by join key
}

// newTagReader returns the reader for the listing of typ that q asks for.
func newTagReader(c *conn, q provider.Query, typ string) *tagReader {
	r := &tagReader{c: c, region: c.region, services: taggedServices, query: q, held: map[string][]map[string]any{}}
	for _, m := range q.Held(typ) {
		r.held[m.Key.ID] = append(r.held[m.Key.ID], heldTags(m.Attrs))
	}
	return r
}

// heldTags are a state's tags; states older than provider v3.38 have no tags_all.
func heldTags(a resource.Attrs) map[string]any {
	all, ok := a["tags_all"].(map[string]any)
	if !ok {
		all, _ = a["tags"].(map[string]any)
	}
	return all
}

// of returns the tags of one resource. ask reads them from its own service.
func (r *tagReader) of(ctx context.Context, id, arn string, ask func(context.Context) (map[string]any, error)) tags {
	t := tags{reader: r, id: id, arn: arnTail(arn), ask: ask}
	if r.query.Wanted == nil {
		// An error is not lost: it is remembered, and read returns it.
		all, _ := r.listed(ctx)
		t.byService = slices.ContainsFunc(serviceTags, func(prefix string) bool {
			for key := range all[t.arn] {
				if strings.HasPrefix(key, prefix) {
					return true
				}
			}
			return false
		})
	}
	return t
}

// listed returns the tags of every tagged resource by the tail of its ARN.
func (r *tagReader) listed(ctx context.Context) (map[string]map[string]string, error) {
	key := "tag:GetResources " + r.region + " " + strings.Join(r.services, " ")
	return provider.Once(&r.c.memo, key, func() (map[string]map[string]string, error) {
		in := &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: r.services, ResourcesPerPage: aws.Int32(100)}
		out := map[string]map[string]string{}
		for p := resourcegroupstaggingapi.NewGetResourcesPaginator(r.c.tagging, in); p.HasMorePages(); {
			page, err := p.NextPage(ctx, func(o *resourcegroupstaggingapi.Options) { o.Region = r.region })
			if err != nil {
				return nil, err
			}
			for _, m := range page.ResourceTagMappingList {
				out[arnTail(aws.ToString(m.ResourceARN))] = rawTags(m.Tags)
			}
		}
		return out, nil
	})
}

func rawTags(list []types.Tag) map[string]string {
	out := make(map[string]string, len(list))
	for _, t := range list {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

// arnTail is an ARN without its partition, which a region's name does not tell,
// and without the `:*` that CloudWatch Logs appends.
func arnTail(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 {
		arn = parts[2]
	}
	return strings.TrimSuffix(arn, ":*")
}

// tags are those of one resource, to be read when they are wanted.
type tags struct {
	reader  *tagReader
	id, arn string
	ask     func(context.Context) (map[string]any, error)

	// byService is true where they say that a stack or another service made the
	// resource. It is known where unmanaged resources are asked for.
	byService bool
}

// read returns every tag that a user could have set.
func (t tags) read(ctx context.Context) (map[string]any, error) {
	all, err := t.reader.listed(ctx)
	if err != nil {
		return nil, err
	}
	raw, known := all[t.arn]
	out := tagMap(raw)
	for _, held := range t.reader.held[t.id] {
		if !maps.EqualFunc(held, out, func(a, b any) bool { return resource.Text(a) == resource.Text(b) }) {
			return t.ask(ctx)
		}
	}
	if t.reader.query.Everything && !known {
		return t.ask(ctx)
	}
	return out, nil
}

// tagsDetail is tags_all of a type whose list leaves tags out. The permission
// of the call that asks the resource belongs to the type's Actions.
func tagsDetail[T any](of func(T) tags) provider.Detail[*conn, T] {
	return provider.Detail[*conn, T]{
		Action: "tag:GetResources",
		Paths:  []string{"tags_all", "tags"},
		Read: func(ctx context.Context, _ *conn, v T) (resource.Attrs, error) {
			all, err := of(v).read(ctx)
			if err != nil {
				return nil, err
			}
			return resource.Attrs{"tags_all": all}, nil
		},
	}
}
