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
