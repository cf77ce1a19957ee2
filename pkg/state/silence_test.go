package state

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"
)

func TestWhySilent(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		why  Silence
		want string
	}{
		{"no host", &net.DNSError{Name: "db.invalid", IsNotFound: true}, NoHost, "the host db.invalid does not exist"},
		{"a name server that fails", &net.DNSError{Name: "db", IsTimeout: true}, TimedOut, "h:1 did not answer in time"},
		{"nobody listens", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, NotListening, "nothing listens on h:1"},
		{"no socket", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENOENT)}, NotListening, "nothing listens on h:1"},
		{"self-signed", x509.UnknownAuthorityError{}, UnknownAuthority, "the certificate of h:1 is signed by an authority that is not known here"},
		{"another name", x509.HostnameError{Certificate: &x509.Certificate{}}, OtherName, "the certificate of h:1 is for another name"},
		{"expired", x509.CertificateInvalidError{Reason: x509.Expired}, Expired, "the certificate of h:1 has expired or is not valid yet"},
		{"of another use", x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}, BadCertificate, "the certificate of h:1 cannot be used for this"},
		{"no TLS", http.ErrSchemeMismatch, NoTLS, "h:1 speaks http, not https"},
		{"an alert", &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, Refused, "h:1 refuses the connection: tls: certificate required"},
		{"no answer in time", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, TimedOut, "h:1 did not answer in time"},
		{"anything else", io.ErrUnexpectedEOF, Lost, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wrapped := fmt.Errorf("read: %w", &url.Error{Op: "Get", URL: "https://user:s3cr3t@h:1/", Err: tt.err})
			if why, problem := WhySilent(wrapped, "h:1"); why != tt.why || problem != tt.want {
				t.Errorf("got %d, %q; want %d, %q", why, problem, tt.why, tt.want)
			}
		})
	}
}
