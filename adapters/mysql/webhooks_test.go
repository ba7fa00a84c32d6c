package mysql_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	shared := openStore(t, mysql.Config{DSN: mysqltest.DSN(t)})
	porttest.RunWebhooks(t, func(*testing.T) porttest.WebhookStore { return shared })
}
