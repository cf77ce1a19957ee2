package gcp

import (
	"errors"
	"testing"

	"google.golang.org/api/file/v1"
)

func TestDecode(t *testing.T) {
	for name, body := range map[string]string{
		"as Google writes it": `{"name":"n","fileShares":[{"name":"s","capacityGb":"1024"}],"labels":{"a":"b"}}`,
		"as numbers":          `{"name":"n","fileShares":[{"name":"s","capacityGb":1024}],"labels":{"a":"b"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var v file.Instance
			if err := decode([]byte(body), &v); err != nil || v.FileShares[0].CapacityGb != 1024 || v.Labels["a"] != "b" {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
	for _, body := range []string{`{"name":7}`, `[`, `"text"`, `{"fileShares":{"capacityGb":"x"}}`} {
		var form formError
		if err := decode([]byte(body), new(file.Instance)); !errors.As(err, &form) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
