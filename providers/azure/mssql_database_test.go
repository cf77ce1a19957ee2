package azure

import "testing"

func TestGigabytes(t *testing.T) {
	for bytes, want := range map[int64]float64{104857600: 0.1, 524288000: 0.5, 262144000: 0, 1 << 30: 1, 2 << 30: 2, 1 << 40: 1024} {
		if got := sqlGigabytes(bytes); got != want {
			t.Errorf("%d bytes are %v, want %v", bytes, got, want)
		}
	}
}
