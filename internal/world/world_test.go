package world

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"nothing", ""},
		{"half", `{"servers": {`},
		{"two documents", `{} {}`},
		{"what it does not know", `{"server": {}}`},
		{"what it does not know in a server", `{"servers": {"srv-1": {"siez": "small"}}}`},
		{"null for a server", `{"servers": {"srv-1": null}}`},
		{"null for a record", `{"records": {"www": null}}`},
		{"null for a bucket", `{"buckets": {"logs": null}}`},
		{"a delay that is none", `{"delay": "soon"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "world.json")
			if err := os.WriteFile(file, []byte(c.src), 0o600); err != nil {
				t.Fatal(err)
			}
			if w, err := Read(file); err == nil {
				t.Errorf("read %+v", w)
			}
			if err := Update(file, func(*World) error { return nil }); err == nil {
				t.Error("updated what cannot be read")
			}
			if src, _ := os.ReadFile(file); string(src) != c.src {
				t.Errorf("the file is now %s", src)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "world.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Updates at the same time are all kept, and a reader never meets half a file.
func TestUpdateAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.json")
	var wg sync.WaitGroup
	const n = 20
	for i := range n {
		wg.Go(func() {
			err := Update(file, func(w *World) error {
				w.AddServer(ServerSpec{Name: fmt.Sprint(i)})
				return nil
			})
			if _, read := Read(file); err != nil || read != nil {
				t.Error(err, read)
			}
		})
	}
	wg.Wait()
	w, err := Read(file)
	if err != nil || len(w.Servers) != n || w.Made != n {
		t.Fatalf("%+v, %v", w, err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 2 {
		t.Errorf("beside the file and its lock there are %v, %v", left, err)
	}
}

func TestUpdateGivesUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.json")
	refused := errors.New("refused")
	err := Update(file, func(w *World) error {
		w.AddServer(ServerSpec{})
		return refused
	})
	if !errors.Is(err, refused) {
		t.Error(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file was written: %v", err)
	}
}

func TestServers(t *testing.T) {
	w, err := parse([]byte(`{"servers": {"srv-1": {"name": "by hand"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	web := w.AddServer(ServerSpec{Name: "web", Size: "large"})
	delete(w.Servers, web)
	again := w.AddServer(ServerSpec{Name: "web"})
	if web != "srv-2" || again != "srv-3" {
		t.Errorf("got %s and %s; want new ids", web, again)
	}
	if s := w.Servers[again]; s.Size != DefaultSize || s.IP == "" || s.Token == "" {
		t.Errorf("made %+v", s)
	}
	for w.Made < 12 {
		w.AddServer(ServerSpec{Name: "many"})
	}
	if id := w.ServerID("many"); id != "srv-4" {
		t.Errorf("the first of many is %s; want srv-4", id)
	}
	if id := w.ServerID("none"); id != "" {
		t.Errorf("none is %s", id)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"servers": {"srv-1": {"name": "web", "disks": [{"size": 1}], "network": {}}}, "made": 1, "delay": "1s"}`))
	f.Add([]byte(`{"servers": null, "records": {"www": {}}, "buckets": {"logs": {"locked": true}}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		w, err := parse(src)
		if err != nil {
			return
		}
		id := w.AddServer(ServerSpec{Name: "web"})
		if w.Servers[id] == nil || w.Servers[w.ServerID("web")].Name != "web" {
			t.Errorf("%s is not in %+v", id, w)
		}
	})
}
