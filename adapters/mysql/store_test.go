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
	configs := map[string]mysql.Config{
		mysql.Serializable:   {Isolation: mysql.Serializable},
		mysql.RepeatableRead: {Isolation: mysql.RepeatableRead},
		mysql.ReadCommitted:  {Isolation: mysql.ReadCommitted},
		"lock first":         {LockFirst: true},
		"hostile server":     {DSN: hostileServer(t)},
	}
	var stores []ports.Store
	for name, config := range configs {
		if config.DSN == "" {
			config.DSN = mysqltest.DSN(t)
		}
		store := openStore(t, config)
		stores = append(stores, store)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			porttest.RunRules(t, func(*testing.T) ports.Store { return store })
		})
	}
	porttest.RunProperties(t, stores...)
}
