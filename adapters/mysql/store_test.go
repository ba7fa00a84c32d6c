package mysql_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports"
	"github.com/boxoffice-go/boxoffice/ports/porttest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	configs := map[string]mysql.Config{
		"as it is told nothing": {}, // serializable, but on Vitess
		"lock first":            {LockFirst: true},
	}
	if !mysqltest.IsVitess() {
		configs[mysql.RepeatableRead] = mysql.Config{Isolation: mysql.RepeatableRead}
		configs[mysql.ReadCommitted] = mysql.Config{Isolation: mysql.ReadCommitted}
		configs["hostile server"] = mysql.Config{DSN: hostileServer(t)}
	}
	var stores []ports.Store
	for _, name := range slices.Sorted(maps.Keys(configs)) { // so that a failure can be run again
		config := configs[name]
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
