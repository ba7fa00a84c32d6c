package mysql_test

import (
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{mysql.Serializable, mysql.RepeatableRead, mysql.ReadCommitted} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			store := openStore(t, mysql.Config{DSN: mysqltest.DSN(t), Isolation: isolation})
			porttest.Run(t, func(*testing.T) ports.Store { return store })
		})
	}
}
