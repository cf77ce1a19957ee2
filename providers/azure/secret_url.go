package azure

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// secretURL is for blocks that have a name and, under another, the URL of a webhook:
// who knows it can call it, and the schema does not say so. A change of one is found
// by its fingerprint, and shows the host.
func secretURL(attribute string) resource.Rule {
	rule := resource.Keyed("name")
	rule.Canon = func(v any) any {
		blocks, ok := v.([]any)
		if !ok {
			return v
		}
		out := make([]any, len(blocks))
		for i, b := range blocks {
			out[i] = b
			if block, ok := b.(map[string]any); ok {
				block = maps.Clone(block)
				if u, ok := block[attribute].(string); ok {
					block[attribute] = withoutSecret(u)
				}
				out[i] = block
			}
		}
		return out
	}
	return rule
}

const fingerprint = "/#sha256:"

// withoutSecret returns a URL's host and a fingerprint of the whole. What is in that
// form already stays as it is.
func withoutSecret(s string) string {
	if s == "" || strings.Contains(s, fingerprint) {
		return s
	}
	host := ""
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		host = u.Scheme + "://" + u.Host
	}
	sum := sha256.Sum256([]byte(s))
	return host + fingerprint + hex.EncodeToString(sum[:4])
}

// hidden is withoutSecret for a field of the SDK's.
func hidden(u *string) *string {
	if u == nil {
		return nil
	}
	s := withoutSecret(*u)
	return &s
}
