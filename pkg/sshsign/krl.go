package sshsign

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"golang.org/x/crypto/ssh"
)

// The numbers are those of PROTOCOL.krl.
const (
	krlMagic   = "SSHKRL\n\x00"
	krlVersion = 1

	krlCerts  = 1
	krlKeys   = 2
	krlSHA1   = 3
	krlSHA256 = 5

	krlSerialList   = 0x20
	krlSerialRange  = 0x21
	krlSerialBitmap = 0x22
	krlKeyID        = 0x23

	sha1Size = 20
)

var errTruncated = errors.New("it is cut off")

// serials are numbers of certificates: a range from low to high, in which a bitmap
// may say which ones.
type serials struct {
	low, high uint64
	bitmap    []byte // big-endian; bit n is of the number low+n. Empty: all.
}

// has reports whether a number is among them. Zero is what certificates have whose
// authority does not number them, so it stands for none.
func (s serials) has(serial uint64) bool {
	if serial == 0 || serial < s.low || serial > s.high {
		return false
	}
	if len(s.bitmap) == 0 {
		return true
	}
	n := serial - s.low
	last := uint64(len(s.bitmap)) - 1
	return s.bitmap[last-n/8]>>(n%8)&1 == 1
}

// readKRL reads a binary list, of which the magic number has been read.
func (list *Revoked) readKRL(data []byte) error {
	r := wire{rest: data}
	if version := r.uint32(); r.err == nil && version != krlVersion {
		return fmt.Errorf("its format has version %d; %d can be read", version, krlVersion)
	}
	r.uint64() // the list's version
	r.uint64() // when it was made
	if flags := r.uint64(); r.err == nil && flags != 0 {
		return errors.New("it has flags, of which none is known")
	}
	if reserved := r.string(); len(reserved) > 0 {
		return errors.New("its reserved field is not empty")
	}
	r.string() // comment
	for r.more() {
		kind, section := r.section()
		if r.err != nil {
			break
		}
		var err error
		switch kind {
		case krlCerts:
			err = list.readCerts(section)
		case krlKeys:
			err = section.each(func(blob []byte) error {
				if name, _ := blobType(blob); isCertificate(name) {
					return errors.New("it lists a certificate where keys are due")
				}
				return list.addKey(blob)
			})
		case krlSHA1:
			err = readHashes(section, sha1Size, list.sha1)
		case krlSHA256:
			err = readHashes(section, sha256.Size, list.sha256)
		default:
			err = fmt.Errorf("it has a section of type %d, which cannot be read: make it anew by ssh-keygen -k", kind)
		}
		if err != nil {
			return err
		}
	}
	return r.err
}

// readHashes adds the hashes of a section, each of a size.
func readHashes(r wire, size int, to map[string]bool) error {
	return r.each(func(hash []byte) error {
		if len(hash) != size {
			return fmt.Errorf("it lists a hash of %d bytes where %d are due", len(hash), size)
		}
		to[string(hash)] = true
		return nil
	})
}

// readCerts reads a section of certificates: those of one authority, or of any.
func (list *Revoked) readCerts(r wire) error {
	certs := revokedCerts{authority: r.string(), ids: map[string]bool{}}
	if reserved := r.string(); len(reserved) > 0 {
		return errors.New("a reserved field is not empty")
	}
	if r.err == nil && len(certs.authority) > 0 {
		key, err := ssh.ParsePublicKey(certs.authority)
		if err != nil {
			return fmt.Errorf("the key of an authority cannot be read: %w", err)
		}
		certs.authority = plain(key).Marshal()
	}
	for r.more() {
		kind, section := r.section()
		if r.err != nil {
			break
		}
		var err error
		switch kind {
		case krlSerialList:
			for section.more() {
				serial := section.uint64()
				certs.serials = append(certs.serials, serials{low: serial, high: serial})
			}
			err = section.err
		case krlSerialRange:
			s := serials{low: section.uint64(), high: section.uint64()}
			if err = section.end(); err == nil && s.low > s.high {
				err = errors.New("it has a range of numbers that ends before it begins")
			}
			certs.serials = append(certs.serials, s)
		case krlSerialBitmap:
			s := serials{low: section.uint64(), bitmap: section.string()}
			err = section.end()
			if n := len(s.bitmap); err == nil && n > 0 {
				// The bitmap is an mpint: a positive one begins with a clear bit.
				if bits := uint64(n)*8 - 1; s.bitmap[0]&0x80 == 0 && s.low <= math.MaxUint64-bits {
					s.high = s.low + bits
					certs.serials = append(certs.serials, s)
				} else {
					err = errors.New("it has a bitmap of numbers that is none")
				}
			}
		case krlKeyID:
			err = section.each(func(id []byte) error { certs.ids[string(id)] = true; return nil })
		default:
			err = fmt.Errorf("it has certificates by type %#x, which cannot be read: make it anew by ssh-keygen -k", kind)
		}
		if err != nil {
			return err
		}
	}
	list.certs = append(list.certs, certs)
	return r.err
}

// wire reads the data types of RFC 4251. After its first error it returns zero
// values.
type wire struct {
	rest []byte
	err  error
}

// more reports whether there is something left to read.
func (r *wire) more() bool { return r.err == nil && len(r.rest) > 0 }

// end returns the error so far, or one if something is left.
func (r *wire) end() error {
	if r.more() {
		return errors.New("a section goes on after its end")
	}
	return r.err
}

func (r *wire) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.rest)) {
		r.err = errTruncated
	}
	if r.err != nil {
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *wire) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *wire) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *wire) string() []byte { return r.take(uint64(r.uint32())) }

// section reads a section: its type, and a reader of what it holds.
func (r *wire) section() (kind byte, section wire) {
	if b := r.take(1); b != nil {
		kind = b[0]
	}
	section.rest = r.string()
	return kind, section
}

// each calls add with each of the strings that are left.
func (r *wire) each(add func([]byte) error) error {
	for r.more() {
		s := r.string()
		if r.err != nil {
			break
		}
		if err := add(s); err != nil {
			return err
		}
	}
	return r.err
}
