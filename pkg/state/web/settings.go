package web

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// settings are those of one address, whoever made them.
type settings struct {
	address            string
	username, password string
	headers            http.Header
	ca, cert, key      string // PEM
	skipVerify         bool
	retries            int
	wait, waitMax      time.Duration

	options Options
	wrong   string // an argument that has not its type
}

// settings returns the settings for a block's arguments; those of a reference
// have none. Names and defaults are Terraform's
// (https://github.com/hashicorp/terraform/blob/main/internal/backend/remote-state/http/backend.go).
func (b *backend) settings(attrs map[string]any) settings {
	s := settings{options: b.options}
	text := func(name, env, fallback string) string {
		if v, ok := attrs[name]; ok {
			switch v := v.(type) {
			case string:
				return v
			case float64:
				return strconv.FormatFloat(v, 'f', -1, 64)
			case bool:
				return strconv.FormatBool(v)
			}
			s.wrong = name
		}
		if env != "" {
			if v := b.options.Getenv(env); v != "" {
				return v
			}
		}
		return fallback
	}
	number := func(name, env, fallback string) int {
		n, err := strconv.Atoi(text(name, env, fallback))
		if err != nil || n < 0 {
			s.wrong = name
		}
		return n
	}

	s.address = text("address", "TF_HTTP_ADDRESS", "")
	s.username = text("username", "TF_HTTP_USERNAME", "")
	s.password = text("password", "TF_HTTP_PASSWORD", "")
	s.ca = text("client_ca_certificate_pem", "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", "")
	s.cert = text("client_certificate_pem", "TF_HTTP_CLIENT_CERTIFICATE_PEM", "")
	s.key = text("client_private_key_pem", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM", "")
	skip, err := strconv.ParseBool(text("skip_cert_verification", "", "false"))
	if err != nil {
		s.wrong = "skip_cert_verification"
	}
	s.skipVerify = skip
	s.retries = number("retry_max", "TF_HTTP_RETRY_MAX", "2")
	s.wait = time.Duration(number("retry_wait_min", "TF_HTTP_RETRY_WAIT_MIN", "1")) * time.Second
	s.waitMax = time.Duration(number("retry_wait_max", "TF_HTTP_RETRY_WAIT_MAX", "30")) * time.Second

	if headers, ok := attrs["headers"]; ok {
		m, isMap := headers.(map[string]any)
		if !isMap {
			s.wrong = "headers"
		}
		s.headers = make(http.Header, len(m))
		for name, v := range m {
			value, isText := v.(string)
			if !isText {
				s.wrong = "headers"
			}
			s.headers.Set(name, value)
		}
	}
	return s
}

// connection is what a client needs to know. It is comparable: one client serves
// all that is read in the same way.
type connection struct {
	ca, cert, key string // PEM
	skipVerify    bool
}

// connection completes the settings with the files of the options. name is what
// an error is about.
func (s *settings) connection(name string) (connection, error) {
	if s.wrong != "" {
		return connection{}, &state.Error{Source: name, Problem: fmt.Sprintf("the http backend's %s has not the right type", s.wrong), Remedy: "see https://developer.hashicorp.com/terraform/language/backend/http"}
	}
	c := connection{ca: s.ca, cert: s.cert, key: s.key, skipVerify: s.skipVerify}
	for _, f := range []struct {
		file string
		into *string
	}{{s.options.CAFile, &c.ca}, {s.options.CertFile, &c.cert}, {s.options.KeyFile, &c.key}} {
		if f.file == "" {
			continue
		}
		pem, err := os.ReadFile(f.file)
		if err != nil {
			return connection{}, &state.Error{Source: name, Problem: f.file + " cannot be read", Remedy: "check the path and give this user read access", Err: err}
		}
		*f.into = string(pem)
	}
	switch {
	case c.cert != "" && c.key == "":
		return connection{}, &state.Error{Source: name, Problem: "a client certificate is set, but not its key", Remedy: "set client_private_key_pem or TF_HTTP_CLIENT_PRIVATE_KEY_PEM"}
	case c.cert == "" && c.key != "":
		return connection{}, &state.Error{Source: name, Problem: "a client certificate's key is set, but not the certificate", Remedy: "set client_certificate_pem or TF_HTTP_CLIENT_CERTIFICATE_PEM"}
	}
	return c, nil
}
