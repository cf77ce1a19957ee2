package tfc

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

var errNotAHost = errors.New("not a host name")

// normalHost returns a host as Terraform compares it: lower case, Punycode, and
// without the port 443
// (https://developer.hashicorp.com/terraform/internals/remote-service-discovery).
func normalHost(host string) (string, error) {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return "", errNotAHost
		}
	}
	if port == "443" {
		port = ""
	}
	if literal, ok := strings.CutPrefix(name, "["); ok {
		ip := net.ParseIP(strings.TrimSuffix(literal, "]"))
		if ip == nil || !strings.HasSuffix(name, "]") {
			return "", errNotAHost
		}
		name = "[" + ip.String() + "]"
	} else {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil || ascii == "" {
			return "", errNotAHost
		}
		name = ascii
	}
	if port != "" {
		name += ":" + port
	}
	return name, nil
}
