package memory_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/memory"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	porttest.RunWebhooks(t, func(*testing.T) porttest.WebhookStore { return memory.New() })
}
