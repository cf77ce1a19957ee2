package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resourcegraph/armresourcegraph"

	"github.com/driftmgr/driftmgr/pkg/provider"
	"github.com/driftmgr/driftmgr/pkg/resource"
)

// graphType is Resource Graph's query as an ARM type, and the name of the listing
// of whatever there is.
const graphType = "Microsoft.ResourceGraph/resources"

// anyAction is what reads everything: the Reader role has it.
const anyAction = "*/read"

// Limits of Resource Graph.
// Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
const (
	graphPage          = 1000
	graphSubscriptions = 10_000
)

const graphQuery = `resources | project id, type, location, tags, managedBy, subscriptionId | order by id asc`

// graph is Resource Graph's answer to one question for all subscriptions of a run:
// what is there? It lags, so it is no proof of anything that the states name.
type graph struct {
	subscriptions []string
	cred          azcore.TokenCredential
	options       *arm.ClientOptions

	memo provider.Memo
}

// graphRow is a resource as Resource Graph sums it up. Type is in lower case.
type graphRow struct {
	ID             string `json:"id"`
	Type           string `json:"type"`
	Location       string `json:"location"`
	Tags           any    `json:"tags"` // an object, or whatever a service says for none
	ManagedBy      string `json:"managedBy"`
	SubscriptionID string `json:"subscriptionId"`
}

// graphAnswer is what became of the question, by subscription.
type graphAnswer struct {
	rows   map[string][]graphRow
	unread map[string]error
}

// of returns what there is in a subscription. The first who asks asks for all.
func (g *graph) of(ctx context.Context, subscription string) ([]graphRow, error) {
	a, err := provider.Once(&g.memo, graphType, func() (graphAnswer, error) {
		client, err := armresourcegraph.NewClient(g.cred, g.options)
		if err != nil {
			return graphAnswer{}, err
		}
		a := graphAnswer{rows: map[string][]graphRow{}, unread: map[string]error{}}
		for batch := range slices.Chunk(g.subscriptions, graphSubscriptions) {
			a.ask(ctx, client, batch)
		}
		return a, nil
	})
	if err == nil {
		err = a.unread[subscription]
	}
	return a.rows[subscription], err
}

// ask fills in the answer for some subscriptions. A query is refused as a whole for
// one subscription that the caller cannot see, so it is put again to each half.
func (a *graphAnswer) ask(ctx context.Context, client *armresourcegraph.Client, subscriptions []string) {
	rows, err := query(ctx, client, subscriptions)
	if half := len(subscriptions) / 2; half > 0 && isScopeRefused(err) {
		a.ask(ctx, client, subscriptions[:half])
		a.ask(ctx, client, subscriptions[half:])
		return
	}
	for _, s := range subscriptions {
		if err != nil {
			a.unread[s] = err
		}
	}
	for _, r := range rows {
		s := strings.ToLower(r.SubscriptionID)
		a.rows[s] = append(a.rows[s], r)
	}
}

// isScopeRefused is true where other subscriptions may get an answer.
func isScopeRefused(err error) bool {
	var e *azcore.ResponseError
	return errors.As(err, &e) && !isUnoffered(e) &&
		slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound}, e.StatusCode)
}

// truncatedError: Resource Graph cut its answer short.
type truncatedError struct{}

func (truncatedError) Error() string { return "Resource Graph cut its answer short" }

// query reads every page.
func query(ctx context.Context, client *armresourcegraph.Client, subscriptions []string) ([]graphRow, error) {
	format, top, text := armresourcegraph.ResultFormatObjectArray, int32(graphPage), graphQuery
	q := armresourcegraph.QueryRequest{
		Query:   &text,
		Options: &armresourcegraph.QueryRequestOptions{ResultFormat: &format, Top: &top},
	}
	for _, s := range subscriptions {
		q.Subscriptions = append(q.Subscriptions, &s)
	}
	var rows []graphRow
	for {
		var resp *http.Response
		page, err := client.Resources(policy.WithCaptureResponse(ctx, &resp), q, nil)
		if err != nil {
			return rows, err
		}
		some, err := decodeRows(page.Data)
		if err != nil {
			return rows, err
		}
		rows = append(rows, some...)
		if value(page.SkipToken) == "" {
			if value(page.ResultTruncated) == armresourcegraph.ResultTruncatedTrue {
				return rows, truncatedError{}
			}
			return rows, nil
		}
		if value(q.Options.SkipToken) == *page.SkipToken {
			return rows, endlessError{}
		}
		q.Options.SkipToken = page.SkipToken
		if err := quota(ctx, resp); err != nil {
			return rows, err
		}
	}
}

func decodeRows(data any) ([]graphRow, error) {
	b, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	var rows []graphRow
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, fmt.Errorf("unmarshalling rows of Resource Graph: %w", err)
	}
	return rows, nil
}

// quota waits where an answer says that the caller's quota is used up.
// Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
func quota(ctx context.Context, resp *http.Response) error {
	if resp == nil || resp.Header.Get("x-ms-user-quota-remaining") != "0" {
		return nil
	}
	var hours, minutes, seconds int
	if n, err := fmt.Sscanf(resp.Header.Get("x-ms-user-quota-resets-after"), "%d:%d:%d", &hours, &minutes, &seconds); n != 3 || err != nil {
		return nil // the retries of a refused query wait as well
	}
	wait := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second
	select {
	case <-time.After(min(wait, maxRetryDelay)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// whatever lists what there is of any type, for what has no reader and nobody
// manages.
func whatever() provider.Type {
	return provider.Type{
		Type:    resource.Type{Name: graphType, Global: true, Any: true, Strings: armIDs()},
		Actions: []string{graphAction, anyAction},
		List: func(ctx context.Context, conn any, _ provider.Query) iter.Seq2[provider.Item, error] {
			return everything(ctx, asConn(conn))
		},
	}
}

func everything(ctx context.Context, c *conn) iter.Seq2[provider.Item, error] {
	return func(yield func(provider.Item, error) bool) {
		rows, err := c.graph.of(ctx, c.subscription)
		if err == nil {
			err = c.may(ctx, anyAction)
		}
		for _, r := range rows {
			if !isNoise(r.Type) && !yield(provider.Item{Resource: r.resource(ctx, c)}, nil) {
				return
			}
		}
		if err != nil {
			yield(provider.Item{}, err)
		}
	}
}

func (r graphRow) resource(ctx context.Context, c *conn) resource.Resource {
	typ := pathType(r.ID) // the id has the casing that the type has lost
	if !strings.EqualFold(typ, r.Type) {
		typ = r.Type
	}
	tags, _ := r.Tags.(map[string]any)
	return resource.Resource{
		Key:    resource.Key{Type: typ, ID: fold(r.ID)},
		Object: fold(r.ID),
		Shown:  r.ID,
		Via:    graphType,
		Within: parentID(r.ID),
		// A disk is managed by the machine that it is attached to, whoever made it.
		Default: r.ManagedBy != "" && !strings.EqualFold(r.Type, "Microsoft.Compute/disks") || madeByAzure(ctx, c, r.ID),
		Attrs: resource.Attrs{
			"name":                segmentAfterLast(r.ID),
			"location":            canonLocation(r.Location),
			"resource_group_name": segment(r.ID, "resourceGroups"),
			"tags":                tags,
		},
	}
}

func segmentAfterLast(id string) string { return id[strings.LastIndex(id, "/")+1:] }
