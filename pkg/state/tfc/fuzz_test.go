package tfc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
	"github.com/driftmgr/driftmgr/pkg/state/tfc"
)

func FuzzParse(f *testing.F) {
	for _, rest := range []string{"acme/app", "acme/*", "tfe.example.com:8443/acme/app", "acme?tags=a,b=c", "acme/a-?x?project=p", "u:p@acme/app", "[::1]:1/a/b", "acme/[", "a//b", "?host=x"} {
		f.Add(rest)
	}
	noNetwork := roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") })
	f.Fuzz(func(t *testing.T, rest string) {
		b := tfc.New(tfc.Options{Getenv: env(), Home: t.TempDir(), HTTP: noNetwork})
		found, err := b.Parse(t.Context(), "tfc://"+rest)
		if err != nil {
			var e *state.Error
			if !errors.As(err, &e) || strings.ContainsAny(err.Error(), "\r\n") || e.Remedy == "" {
				t.Errorf("error %q", err)
			}
			return
		}
		if len(found) != 1 {
			t.Fatalf("%d sources", len(found))
		}
		again, err := b.Parse(t.Context(), found[0].String())
		if err != nil || len(again) != 1 || again[0].String() != found[0].String() {
			t.Errorf("%q is not canonical: %v, %v", found[0], again, err)
		}
	})
}

func FuzzCLIConfig(f *testing.F) {
	for _, config := range []string{`credentials "a" { token = "b" }`, `{"credentials":{"a":{"token":"b"}}}`, `{`, "", "x = ["} {
		f.Add([]byte(config))
	}
	f.Fuzz(func(t *testing.T, config []byte) {
		tokens, err := tfc.CLITokens(config)
		if err != nil && tokens != nil {
			t.Error("tokens and an error")
		}
	})
}
