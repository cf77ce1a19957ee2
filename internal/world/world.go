// Package world is a cloud in one local JSON file, for tests alone: real
// Terraform manages it through terraform-provider-world, driftmgr reads it
// through package reader, and a test changes it behind Terraform's back with
// Update. Package worldtest puts the three together.
//
// The file, each part of which may be absent:
//
//	{"servers": {"srv-1": {"name": "web", "size": "small", …}},
//	 "records": {"www": {"value": "10.0.0.1", "ttl": 60}},
//	 "buckets": {"logs": {"locked": true}},
//	 "made": 1, "delay": "5s"}
package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// World is everything that the cloud has.
type World struct {
	Servers map[string]*Server `json:"servers"` // by id: srv-1
	Records map[string]*Record `json:"records"` // by name
	Buckets map[string]*Bucket `json:"buckets"` // by name

	// Made is the number of the last server: no id is given twice.
	Made int `json:"made"`

	// Delay is how long the provider waits before it writes a change, in Go's
	// notation: "5s". It is for a test whose driftmgr does not pass WORLD_DELAY on,
	// which comes first.
	Delay string `json:"delay,omitempty"`
}

// Server is a world_server.
type Server struct {
	ServerSpec

	// IP and Token are the world's own and never change: 10.0.0.1 and a secret.
	IP    string `json:"ip"`
	Token string `json:"token"`
}

// ServerSpec is what a configuration says of a server. Nil is null, and what is
// empty is not.
type ServerSpec struct {
	Name     string            `json:"name" tfsdk:"name"`
	Size     string            `json:"size" tfsdk:"size"`
	Tags     map[string]string `json:"tags" tfsdk:"tags"`
	Password *string           `json:"password" tfsdk:"password"`
	Disks    []Disk            `json:"disks" tfsdk:"disks"`
	Network  *Network          `json:"network" tfsdk:"network"`
	Rules    []Rule            `json:"rules" tfsdk:"rules"` // in any order
}

// Disk is one of a server's disks, whose order has a meaning. Size is in GiB.
type Disk struct {
	Size int64  `json:"size" tfsdk:"size"`
	Kind string `json:"kind" tfsdk:"kind"`
}

// Network is where a server is. It is made anew to move to another subnet.
type Network struct {
	Subnet string `json:"subnet" tfsdk:"subnet"`
	Public *bool  `json:"public" tfsdk:"public"`
}

// Rule opens a port of a server to an address block.
type Rule struct {
	Port int64  `json:"port" tfsdk:"port"`
	CIDR string `json:"cidr" tfsdk:"cidr"`
}

// Record is a world_record. TTL is in seconds.
type Record struct {
	Value string `json:"value"`
	TTL   *int64 `json:"ttl"`
}

// Bucket is a world_bucket. No configuration can lock one: it is how a test makes
// an apply fail midway, as a locked bucket cannot be deleted.
type Bucket struct {
	Versioning *bool `json:"versioning"`
	Locked     bool  `json:"locked"`
}

// AddServer makes a server as the cloud would, and returns its id. No size is a
// small one.
func (w *World) AddServer(s ServerSpec) string {
	for w.Made++; w.Servers[serverID(w.Made)] != nil; {
		w.Made++ // a file written by hand may not count
	}
	if s.Size == "" {
		s.Size = DefaultSize
	}
	id := serverID(w.Made)
	w.Servers[id] = &Server{ServerSpec: s, IP: fmt.Sprintf("10.0.%d.%d", w.Made/256, w.Made%256), Token: "tok-" + id + "-9d41c7e2"}
	return id
}

// ServerID returns the id of the first server that has a name, "" where none has.
// Which of two servers of one apply gets srv-1 is up to Terraform.
func (w *World) ServerID(name string) string {
	first := ""
	for id, s := range w.Servers {
		if s.Name == name && (first == "" || len(id) < len(first) || len(id) == len(first) && id < first) {
			first = id
		}
	}
	return first
}

// DefaultSize and DefaultKind are a server's size and a disk's kind where nothing
// is said.
const (
	DefaultSize = "small"
	DefaultKind = "ssd"
)

func serverID(n int) string { return fmt.Sprintf("srv-%d", n) }

// Read reads the file. One that is not there is an error and no empty world: a
// wrong path must not look like everything gone.
func Read(file string) (*World, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read world: %w", err)
	}
	w, err := parse(src)
	if err != nil {
		return nil, fmt.Errorf("read world %s: %w", file, err)
	}
	return w, nil
}

// parse never returns a nil map or a nil element.
func parse(src []byte) (*World, error) {
	var w World
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err == nil {
		return nil, errors.New("more than one JSON document")
	}
	if w.Delay != "" {
		if _, err := time.ParseDuration(w.Delay); err != nil {
			return nil, fmt.Errorf("delay: %w", err)
		}
	}
	var err error
	w.Servers, err = whole("servers", w.Servers)
	if err == nil {
		w.Records, err = whole("records", w.Records)
	}
	if err == nil {
		w.Buckets, err = whole("buckets", w.Buckets)
	}
	return &w, err
}

func whole[T any](part string, m map[string]*T) (map[string]*T, error) {
	if m == nil {
		return map[string]*T{}, nil
	}
	for id, v := range m {
		if v == nil {
			return nil, fmt.Errorf("%s.%s is null: leave out what does not exist", part, id)
		}
	}
	return m, nil
}

// Update changes the world, while nobody else does: a lock beside the file keeps
// other processes out, and goes with the process that holds it. Where change
// returns an error, that one is returned as it is and the file stays. Who reads
// sees all of the change or nothing of it. A file that is not there is made.
func Update(file string, change func(*World) error) error {
	unlock, err := lockedfile.MutexAt(file + ".lock").Lock()
	if err != nil {
		return fmt.Errorf("lock world: %w", err)
	}
	defer unlock()
	w, err := Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		w, err = parse([]byte("{}"))
	}
	if err != nil {
		return err
	}
	if err := change(w); err != nil {
		return err
	}
	return write(file, w)
}

func write(file string, w *World) error {
	out, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return fmt.Errorf("write world: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return fmt.Errorf("write world: %w", err)
	}
	_, err = tmp.Write(append(out, '\n'))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write world: %w", err), os.Remove(tmp.Name()))
	}
	return nil
}
