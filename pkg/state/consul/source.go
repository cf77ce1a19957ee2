package consul

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/hashicorp/consul/api"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// source is a state.Source and a state.Locked.
type source struct {
	connection connection
	kv         *api.KV
	key        string
	pattern    string // the reference, where key is a pattern or its prefix
}

func (s *source) String() string {
	if s.pattern != "" {
		return s.pattern
	}
	return s.connection.name(escape(s.key))
}

// Open implements state.Source. It unpacks what Terraform has packed, and puts a
// state together that Terraform has stored in parts: one that changes meanwhile
// fails at the latest at its end.
func (s *source) Open(ctx context.Context) (io.ReadCloser, error) {
	pair, err := s.get(ctx, s.key)
	if err != nil {
		return nil, err
	}
	if pair == nil {
		return nil, &state.Error{
			Source:  s.String(),
			Problem: "Consul has no key " + s.key,
			Remedy:  "check the key, the workspace and the datacenter",
			Err:     fs.ErrNotExist,
		}
	}
	index, ok := parseIndex(pair.Value)
	if !ok {
		return io.NopCloser(&unpacked{packed: bytes.NewReader(pair.Value)}), nil
	}
	return io.NopCloser(index.reader(ctx, s)), nil
}

// index is what Terraform stores at the key of a state that is too large for one
// value: where its parts are, and the MD5 of the whole, in hex
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/consul/client.go).
type index struct {
	Hash   *string  `json:"current-hash"`
	Chunks []string `json:"chunks"`
}

func parseIndex(value []byte) (index, bool) {
	var i index
	if !bytes.Contains(value, []byte(`"current-hash"`)) {
		return i, false
	}
	err := json.Unmarshal(value, &i)
	return i, err == nil && i.Hash != nil
}

// Lock implements state.Locked. Terraform holds the session lock of KEY/.lock and
// writes who it is to KEY/.lockinfo, which stays when it is killed.
func (s *source) Lock(ctx context.Context) (*state.Lock, error) {
	key := strings.TrimRight(s.key, "/")
	held, err := s.get(ctx, key+"/.lock")
	if err != nil || held == nil || held.Session == "" {
		return nil, err
	}
	info, err := s.get(ctx, key+"/.lockinfo")
	if err != nil {
		return nil, err
	}
	if info != nil {
		if lock := state.ParseLock(info.Value); lock.ID == held.Session {
			return lock, nil
		}
	}
	return &state.Lock{ID: held.Session}, nil
}

// attempts is how often a value is asked for whose answer breaks off.
const attempts = 3

// get returns a key's value, nil where there is none.
func (s *source) get(ctx context.Context, key string) (*api.KVPair, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.String(), err)
	}
	var failed error
	for range attempts {
		pair, meta, err := s.kv.Get(key, new(api.QueryOptions).WithContext(ctx))
		switch {
		case err == nil && meta.LastIndex == 0:
			return nil, s.notConsul()
		case err == nil:
			return pair, nil
		}
		failed = err
		if ctx.Err() != nil || !brokenOff(err) {
			break
		}
	}
	return nil, s.fail(ctx, failed)
}

// matching returns the sources of the keys that match the pattern which is the
// key of s.
func (s *source) matching(ctx context.Context) ([]state.Source, error) {
	pattern, err := state.ParsePattern(s.pattern, s.key)
	if err != nil {
		return nil, err
	}
	s.key = pattern.Prefix()
	all, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, key := range all {
		if !pattern.Match(key) || beside(key) {
			continue
		}
		if strings.HasSuffix(key, "/") {
			// the mark of a folder, unless a state is there
			pair, err := s.get(ctx, key)
			if err != nil {
				return nil, err
			}
			if pair == nil || len(pair.Value) == 0 {
				continue
			}
		}
		names = append(names, key)
	}
	return pattern.Sources(names, func(key string) state.Source {
		return &source{connection: s.connection, kv: s.kv, key: key}
	})
}

// list returns the keys that begin with the source's. That Consul leaves some out
// is an error.
func (s *source) list(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, state.Ended(s.pattern, err)
	}
	all, meta, err := s.kv.Keys(s.key, "", new(api.QueryOptions).WithContext(ctx))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	e := &state.Error{Source: s.pattern, Err: fs.ErrPermission}
	switch {
	case meta.LastIndex == 0:
		return nil, s.notConsul()
	case meta.ResultsFilteredByACLs:
		e.Problem = "this token may not read all keys that begin with " + s.key
		e.Remedy = "give it key_prefix " + fmt.Sprintf("%q", s.key) + ` { policy = "read" }, or name the states that it may read`
		return nil, e
	case s.connection.anonymous() && meta.DefaultACLPolicy == "deny":
		// To who has no token, Consul does not say that it left something out.
		e.Problem = "without a token Consul does not say whether it has shown all keys"
		e.Remedy = "set CONSUL_HTTP_TOKEN, or name each state"
		return nil, e
	}
	return all, nil
}

// part is the key of a part of a large state.
var part = regexp.MustCompile(`/tfstate\.[0-9a-f]{32}/[0-9]+$`)

// beside reports whether a key is one that Terraform keeps beside a state.
func beside(key string) bool {
	return strings.HasSuffix(key, "/.lock") || strings.HasSuffix(key, "/.lockinfo") || part.MatchString(key)
}
