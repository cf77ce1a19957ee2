package web

import (
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // what Content-MD5 is
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
)

// body is a state on its way. It unpacks what was packed for the way, and
// compares the whole with the digest that the server gave.
type body struct {
	io.Closer
	r           io.Reader
	want        []byte // MD5; nil where none was given
	sent, plain hash.Hash
}

var errDigest = errors.New("what arrived does not match the server's Content-MD5")

func newBody(resp *http.Response) (*body, error) {
	b := &body{Closer: resp.Body, r: resp.Body}
	if digest := resp.Header.Get("Content-MD5"); digest != "" {
		var ok bool
		if b.want, ok = parseDigest(digest); !ok {
			return nil, &refusal{"sends a Content-MD5 that is no MD5 digest", "ask who runs the server to send the digest in base64, or none"}
		}
		b.sent, b.plain = md5.New(), md5.New() //nolint:gosec // what Content-MD5 is
		b.r = io.TeeReader(resp.Body, b.sent)
	}
	switch encoding := resp.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(b.r)
		switch {
		case errors.Is(err, io.EOF):
			b.r = bytes.NewReader(nil) // nothing, packed as nothing
		case err != nil:
			return nil, &refusal{"says that it sends gzip, but does not", "ask who runs the server to set Content-Encoding right"}
		default:
			b.r = unpacked
		}
	default:
		return nil, &refusal{"sends the encoding " + strconv.Quote(encoding) + ", which nobody asked for", "ask who runs the server to send gzip or plain text"}
	}
	return b, nil
}

// parseDigest reads the header as RFC 1864 has it, in base64, and in hex, which
// some servers send.
func parseDigest(text string) ([]byte, bool) {
	if digest, err := base64.StdEncoding.DecodeString(text); err == nil && len(digest) == md5.Size {
		return digest, true
	}
	digest, err := hex.DecodeString(text)
	return digest, err == nil && len(digest) == md5.Size
}

// Read implements io.Reader. A digest of what was sent is as good as one of what
// it unpacks to: it depends on who in the server packs.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.want == nil {
		return n, err
	}
	b.plain.Write(p[:n])
	if err == io.EOF && !bytes.Equal(b.plain.Sum(nil), b.want) && !bytes.Equal(b.sent.Sum(nil), b.want) {
		return n, errDigest
	}
	return n, err
}
