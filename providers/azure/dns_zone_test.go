package azure

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dns/armdns"
)

// A number under a name that the SDK does not know is not read, and no change.
func TestSOARecordPartlyRead(t *testing.T) {
	ttl, retry := int64(3600), int64(0)
	record := soaRecord(armdns.SoaRecord{RetryTime: &retry}, &ttl, nil, nil)
	for name, want := range map[string]bool{"ttl": true, "retry_time": true, "minimum_ttl": false, "serial_number": false, "email": true} {
		if _, has := record[name]; has != want {
			t.Errorf("%s is read: %v, want %v", name, has, want)
		}
	}
}
