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
	for name, config := range map[string]mysql.Config{
		mysql.Serializable:   {Isolation: mysql.Serializable},
		mysql.RepeatableRead: {Isolation: mysql.RepeatableRead},
		mysql.ReadCommitted:  {Isolation: mysql.ReadCommitted},
		"lock first":         {LockFirst: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config.DSN = mysqltest.DSN(t)
			store := openStore(t, config)
			porttest.Run(t, func(*testing.T) ports.Store { return store })
		})
	}
}
