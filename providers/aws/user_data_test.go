package aws

import (
	"encoding/base64"
	"testing"
)

func TestUserDataHash(t *testing.T) {
	const text = "#!/bin/sh\necho hello\n"
	const want = "9db6f074fca0a903137b91c7c866b21d4e7205a7" // printf … | sha1sum
	for name, held := range map[string]string{
		"text, since provider version 6":           text,
		"hash, up to version 5":                    want,
		"base64, in user_data_base64 and from EC2": base64.StdEncoding.EncodeToString([]byte(text)),
	} {
		if got := userDataHash(held); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if userDataHash("another") == want {
		t.Error("another text has the same hash")
	}
}
