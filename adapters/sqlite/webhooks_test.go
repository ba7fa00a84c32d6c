package sqlite_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestWebhooks(t *testing.T) {
	shared := open(t, newFile(t))
	porttest.RunWebhooks(t, func(*testing.T) porttest.WebhookStore { return shared })
}
