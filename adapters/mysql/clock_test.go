package mysql_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/ports"
)

func TestStoreTellsTheDatabasesTimeWhateverThisMachineSays(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"right": 0, "ahead": time.Hour, "behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := openStore(t, mysql.Config{DSN: mysqltest.DSN(t)})
			store.SetMachineClock(func() time.Time { return time.Now().Add(off) })
			require.WithinDuration(t, time.Now(), store.Now(), time.Minute, "also before it was asked whether it is ready")
			require.NoError(t, store.Ready(t.Context()))
			require.WithinDuration(t, time.Now(), store.Now(), time.Minute)
			require.Equal(t, time.UTC, store.Now().Location())
			require.Zero(t, store.Now().Nanosecond()%1000)
		})
	}
}

func TestServerThatCannotMeasureItsClockIsNotReady(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t))
	store := openStore(t, mysql.Config{DSN: dsn})
	tap.setAway(true)
	require.ErrorIs(t, store.Ready(t.Context()), ports.ErrStoreUnavailable)
	require.WithinDuration(t, time.Now(), store.Now(), time.Minute, "until then it is this machine's")
}
