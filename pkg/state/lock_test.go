package state

import "testing"

func TestLockString(t *testing.T) {
	for _, tt := range []struct{ name, info, want string }{
		{"whole", `{"ID":"5f1c","Operation":"OperationTypeApply","Who":"ann@ci","Version":"1.11.4","Created":"2026-11-02T12:00:00.123+02:00"}`,
			"locked by ann@ci for apply since 2026-11-02T10:00:00Z"},
		{"of another operation", `{"Operation":"plan"}`, "locked for plan"},
		{"of which nothing is known", `held`, "locked"},
		{"with a control character", `{"Who":"a\u001b[31m"}`, `locked by a\x1b[31m`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ParseLock([]byte(tt.info)).String(); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}
