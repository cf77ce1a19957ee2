package s3_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/driftmgr/driftmgr/pkg/state"
)

// fleet returns a state of so many resources.
func fleet(resources int) string {
	var b strings.Builder
	b.WriteString(`{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"2f3c","outputs":{},"resources":[`)
	for i := range resources {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"mode":"managed","type":"aws_sqs_queue","name":"q%d","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]",`+
			`"instances":[{"schema_version":0,"attributes":{"arn":"arn:aws:sqs:eu-west-1:111122223333:q%[1]d","delay_seconds":0,"fifo_queue":false,"id":"https://sqs.eu-west-1.amazonaws.com/111122223333/q%[1]d",`+
			`"max_message_size":262144,"message_retention_seconds":345600,"name":"q%[1]d","tags":{"team":"infra"},"visibility_timeout_seconds":30},"sensitive_attributes":[]}]}`, i)
	}
	b.WriteString("]}")
	return b.String()
}

// loadAll reads the sources, eight at once, and returns how many resources they have.
func loadAll(t testing.TB, sources []state.Source) int {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	next := make(chan state.Source)
	for range 8 {
		wg.Go(func() {
			for src := range next {
				f, err := state.Load(t.Context(), src, 0)
				if err != nil {
					t.Error(err)
					continue
				}
				mu.Lock()
				total += len(f.Managed)
				mu.Unlock()
			}
		})
	}
	for _, src := range sources {
		next <- src
	}
	close(next)
	wg.Wait()
	return total
}

// BenchmarkRead lists, reads and parses 1,000 states of 100 resources in a bucket,
// eight at once.
func BenchmarkRead(b *testing.B) {
	alone(b)
	s := newServer(b)
	content := fleet(100)
	for i := range 1000 {
		s.objects[fmt.Sprintf("env/%04d/terraform.tfstate", i)] = content
	}
	b.SetBytes(int64(len(content)) * 1000)
	for b.Loop() {
		found, err := s.backend().Parse(b.Context(), ref("env/**/terraform.tfstate"))
		if err != nil {
			b.Fatal(err)
		}
		if n := loadAll(b, found); n != 100_000 {
			b.Fatalf("%d resources", n)
		}
		b.ReportMetric(float64(len(s.asked())), "requests/op")
	}
}
