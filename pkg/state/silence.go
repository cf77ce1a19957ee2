package state

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"syscall"
)

// Silence is why a server gave no answer.
type Silence int

// The reasons. What to do about each is for the backend to say.
const (
	Lost             Silence = iota // the connection was lost, or anything else
	NoHost                          // the name has no address
	NotListening                    // nobody takes connections
	UnknownAuthority                // who signed the certificate is not known here
	OtherName                       // the certificate is for another name
	Expired                         // the certificate has expired or is not valid yet
	BadCertificate                  // the certificate cannot be used for this
	NoTLS                           // the server speaks plain http
	Refused                         // an alert of TLS: the server may want a certificate
	TimedOut
)

// WhySilent says why a server gave no answer, and that as a Problem; the server
// is a host with its port. The text of Lost is empty: what was expected of the
// server is the backend's to say. No text holds what the server sent.
func WhySilent(err error, server string) (why Silence, problem string) {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		remote    *net.OpError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return NoHost, "the host " + dns.Name + " does not exist"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist): // of a socket's file
		return NotListening, "nothing listens on " + server
	case errors.As(err, &authority):
		return UnknownAuthority, "the certificate of " + server + " is signed by an authority that is not known here"
	case errors.As(err, &hostname):
		return OtherName, "the certificate of " + server + " is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Expired, "the certificate of " + server + " has expired or is not valid yet"
	case errors.As(err, &invalid):
		return BadCertificate, "the certificate of " + server + " cannot be used for this"
	case errors.Is(err, http.ErrSchemeMismatch):
		return NoTLS, server + " speaks http, not https"
	case errors.As(err, &remote) && remote.Op == "remote error":
		return Refused, server + " refuses the connection: " + remote.Err.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut, server + " did not answer in time"
	}
	return Lost, ""
}
