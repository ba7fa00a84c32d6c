package memory_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	porttest.Run(t, func(*testing.T) ports.Store { return memory.New() })
}

// BenchmarkStore has all that a line can slow down, with 1,000 and with
// 1,000,000 in it.
func BenchmarkStore(b *testing.B) {
	porttest.Benchmark(b, func(*testing.B) ports.Store { return memory.New() })
}
