package pg

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// answering is a server that speaks PostgreSQL's protocol as far as to refuse
// everybody. Without a certificate it has no TLS.
type answering struct {
	answer  *pgproto3.ErrorResponse // to who connects; nil to say nothing
	certs   []tls.Certificate
	address string
}

func (a *answering) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.address = l.Addr().String()
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn)
			go a.serve(conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, c := range conns {
			_ = c.Close()
		}
	})
}

func (a *answering) serve(conn net.Conn) {
	b := pgproto3.NewBackend(conn, conn)
	msg, err := b.ReceiveStartupMessage()
	if _, ok := msg.(*pgproto3.SSLRequest); ok {
		if a.certs == nil {
			_, _ = conn.Write([]byte("N"))
			return
		}
		_, _ = conn.Write([]byte("S"))
		encrypted := tls.Server(conn, &tls.Config{Certificates: a.certs})
		b = pgproto3.NewBackend(encrypted, encrypted)
		_, err = b.ReceiveStartupMessage()
	}
	if err != nil || a.answer == nil {
		return
	}
	b.Send(a.answer)
	_ = b.Flush()
	_ = conn.Close()
}

// cleanEnv takes away what libpq and Terraform read.
func cleanEnv(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLMODE", "PGSSLCERT", "PGSSLKEY",
		"PGSSLROOTCERT", "PGSSLPASSWORD", "PGOPTIONS", "PGAPPNAME", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGTZ",
		"PG_CONN_STR", "PG_SCHEMA_NAME", "PG_TABLE_NAME", "SSL_CERT_FILE", "SSL_CERT_DIR",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PGUSER", "terraform")
}

// problem is the line of an error without its source.
func problem(err error) string {
	var e interface {
		error
		Reason() string
	}
	if !errors.As(err, &e) {
		return "no *state.Error"
	}
	if strings.Contains(err.Error(), "t0psecret") {
		return "a secret"
	}
	return e.Reason()
}

func encode(certificate []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
}
