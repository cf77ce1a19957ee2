package tfc

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/hashicorp/go-tfe"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// list returns the sources of the workspaces that a reference stands for.
func (b *backend) list(ctx context.Context, r reference) ([]state.Source, error) {
	pattern, err := state.ParsePattern(r.text, r.name)
	if err != nil {
		return nil, err
	}
	c, err := b.connect(ctx, r.text, r.host, r.token)
	if err != nil {
		return nil, err
	}
	options := &tfe.WorkspaceListOptions{
		Search:  r.prefix + pattern.Prefix(),
		Include: []tfe.WSIncludeOpt{tfe.WSCurrentStateVer},
	}
	var keys []string
	for _, t := range r.tags {
		// The key of a tag with a value is asked for, too, as Terraform does for
		// hosts that do not know values.
		keys = append(keys, t.key)
		if t.valued {
			options.TagBindings = append(options.TagBindings, &tfe.TagBinding{Key: t.key, Value: t.value})
		}
	}
	options.Tags = strings.Join(keys, ",")
	if r.project != "" {
		if options.ProjectID, err = c.project(ctx, r); err != nil {
			return nil, err
		}
	}
	workspaces, err := c.workspaces(ctx, r, options)
	if err != nil {
		return nil, err
	}
	by := make(map[string]*tfe.Workspace)
	var names []string
	for _, w := range workspaces {
		if rest, ok := strings.CutPrefix(w.Name, r.prefix); ok && pattern.Match(rest) {
			by[w.Name] = w
			names = append(names, w.Name)
		}
	}
	if len(names) == 0 && r.name == "*" {
		return nil, &state.Error{
			Source:  r.text,
			Problem: "stands for no workspace that this token can see",
			Remedy:  "check the organization" + r.choice() + ", and what the token's user or team can read",
			Err:     fs.ErrNotExist,
		}
	}
	return pattern.Sources(names, func(name string) state.Source {
		s := b.source(r, name)
		if v := by[name].CurrentStateVersion; told(v) {
			s.listed.Store(v)
		}
		return s
	})
}

// choice names what else chose the workspaces.
func (r reference) choice() string {
	text := ""
	if len(r.tags) > 0 {
		text += ", the tags"
	}
	if r.project != "" {
		text += ", the project"
	}
	if r.prefix != "" {
		text += ", the prefix"
	}
	return text
}

// workspaces reads all pages of a listing.
func (c *conn) workspaces(ctx context.Context, r reference, options *tfe.WorkspaceListOptions) ([]*tfe.Workspace, error) {
	for range 3 {
		found, total, err := c.pages(ctx, r, options)
		if err != nil {
			return nil, err
		}
		// Pages are counted, not continued: what is removed meanwhile moves
		// others to a page that has been read.
		if len(found) >= total {
			return found, nil
		}
	}
	return nil, &state.Error{
		Source:  r.text,
		Problem: "the workspaces of " + r.org + " changed while they were listed",
		Remedy:  "try again",
	}
}

// pages reads the pages once. total is how many workspaces the host says there
// are, 0 where it does not.
func (c *conn) pages(ctx context.Context, r reference, options *tfe.WorkspaceListOptions) (found []*tfe.Workspace, total int, err error) {
	seen := make(map[string]bool)
	options.ListOptions = tfe.ListOptions{PageNumber: 1, PageSize: pageSize}
	for {
		var page *tfe.WorkspaceList
		err, status := call(ctx, func(ctx context.Context) (err error) {
			page, err = c.api.Workspaces.List(ctx, r.org, options)
			return err
		})
		switch {
		case errors.Is(err, tfe.ErrInvalidIncludeValue) && options.Include != nil:
			options.Include = nil
			continue
		case errors.Is(err, tfe.ErrResourceNotFound):
			return nil, 0, &state.Error{
				Source:  r.text,
				Problem: "the organization " + strconv.Quote(r.org) + " does not exist on " + c.host + ", or this token may not see it (HTTP 404)",
				Remedy:  "check its name, and that the token's user is a member of it",
				Err:     fs.ErrNotExist,
			}
		case err != nil:
			return nil, 0, c.fail(r.text, err, status)
		}
		for _, w := range page.Items {
			if !seen[w.ID] {
				seen[w.ID] = true
				found = append(found, w)
			}
		}
		if page.NextPage <= options.PageNumber {
			return found, page.TotalCount, nil
		}
		options.PageNumber = page.NextPage
	}
}

// project returns the id of the project that a reference names.
func (c *conn) project(ctx context.Context, r reference) (string, error) {
	options := &tfe.ProjectListOptions{Name: r.project, ListOptions: tfe.ListOptions{PageNumber: 1, PageSize: pageSize}}
	for {
		var page *tfe.ProjectList
		err, status := call(ctx, func(ctx context.Context) (err error) {
			page, err = c.api.Projects.List(ctx, r.org, options)
			return err
		})
		if err != nil && !errors.Is(err, tfe.ErrResourceNotFound) {
			return "", c.fail(r.text, err, status)
		}
		if err == nil {
			for _, p := range page.Items {
				if p.Name == r.project {
					return p.ID, nil
				}
			}
			if page.NextPage > options.PageNumber {
				options.PageNumber = page.NextPage
				continue
			}
		}
		return "", &state.Error{
			Source:  r.text,
			Problem: "the project " + strconv.Quote(r.project) + " does not exist in " + r.org + ", or this token may not see it",
			Remedy:  "check its name, and what the token's user or team can read",
			Err:     fs.ErrNotExist,
		}
	}
}
