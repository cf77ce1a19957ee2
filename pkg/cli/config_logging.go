package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/driftmgr/driftmgr/pkg/resource"
)

// logger writes to stderr or to logging.file, as configured; by default it writes
// nothing. What is or looks like a secret is masked, by the attribute's name or
// its value. The closer is never nil and closes the file alone.
func (c config) logger(stderr io.Writer) (*slog.Logger, io.Closer, error) {
	none := io.NopCloser(nil)
	if c.Logging.Level == "off" || c.Logging.Level == "" {
		return slog.New(slog.DiscardHandler), none, nil
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Logging.Level)); err != nil {
		return nil, nil, fmt.Errorf("logging.level: %w", err)
	}
	w, closer := stderr, none
	if c.Logging.File != "" {
		f, err := os.OpenFile(c.Logging.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("logging.file %s cannot be written: %w", c.Logging.File, bare(err))
		}
		w, closer = f, f
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: c.redact}
	if c.Logging.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), closer, nil
	}
	return slog.New(slog.NewTextHandler(w, options)), closer, nil
}

// redact masks an attribute, or a message, that is or holds a secret.
func (c config) redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return a
	}
	if slices.ContainsFunc(append(slices.Clone(groups), a.Key), resource.SecretName) || slices.ContainsFunc(forms(a.Value), c.holdsSecret) {
		return slog.String(a.Key, masked)
	}
	return a
}

// forms are the ways in which a handler may write a value.
func forms(v slog.Value) []string {
	if v.Kind() != slog.KindAny {
		return []string{v.String()}
	}
	all := []string{v.String()}
	if data, err := json.Marshal(v.Any()); err == nil {
		all = append(all, string(data))
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// holdsSecret reports whether a text looks like a secret, or holds one that the
// configuration has.
func (c config) holdsSecret(s string) bool {
	if resource.SecretValue(s) {
		return true
	}
	if c.settings == nil {
		return false
	}
	for _, secret := range c.settings.secrets() {
		if len(secret) >= 4 && strings.Contains(s, secret) {
			return true
		}
	}
	return false
}

// secrets lists what the configuration knows to be secret: what was read from
// stores, and the values of secret keys.
func (s *settings) secrets() []string {
	var all []string
	for _, secret := range s.resolver.read {
		all = append(all, secret)
		var object map[string]any
		if json.Unmarshal([]byte(secret), &object) == nil {
			for key := range object {
				if part, err := member(secret, key); err == nil && resource.SecretName(key) {
					all = append(all, part)
				}
			}
		}
	}
	for _, k := range s.keys {
		if !k.secret {
			continue
		}
		switch data := s.value(k.name).data.(type) {
		case string:
			all = append(all, data)
		case map[string]string:
			all = append(all, slices.Collect(maps.Values(data))...)
		}
	}
	return all
}
