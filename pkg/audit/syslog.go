package audit

import (
	"errors"
	"fmt"
	"net/url"
)

// defaultTag is what syslog says a line is from.
const defaultTag = "driftmgr"

// sink is where the lines go besides the file. The zero sink is nowhere.
type sink struct {
	network, address string // both empty: the machine's own syslog
	tag              string
	on               bool
}

func parseSink(o Options) (sink, error) {
	s := sink{tag: o.Tag, on: o.Syslog != ""}
	if s.tag == "" {
		s.tag = defaultTag
	}
	if s.tag != clean(s.tag, maxWord) {
		return sink{}, fmt.Errorf("syslog tag %.80q is not one line of at most %d characters", s.tag, maxWord)
	}
	if o.Syslog == "" || o.Syslog == "local" {
		return s, nil
	}
	// The value is not told: an address with a password in it is an error, too.
	u, err := url.Parse(o.Syslog)
	if err != nil || u.Scheme != "udp" && u.Scheme != "tcp" || u.Hostname() == "" || u.Port() == "" || o.Syslog != u.Scheme+"://"+u.Host {
		return sink{}, errors.New("syslog address: use local, udp://HOST:PORT or tcp://HOST:PORT")
	}
	s.network, s.address = u.Scheme, u.Host
	return s, nil
}

func (s sink) String() string {
	if s.network == "" {
		return "syslog"
	}
	return "syslog " + s.network + "://" + s.address
}

// message is an event as syslog gets it: what the chain needs comes first, as
// servers may cut what is longer than 1024 bytes (RFC 3164, section 4.1).
func message(e Event, line []byte) string {
	return fmt.Sprintf("%d %s %s", e.Seq, e.Hash, line)
}
