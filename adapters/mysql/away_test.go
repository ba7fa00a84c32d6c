package mysql_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql"
	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
	mysqlschema "github.com/boxoffice-go/boxoffice/schema/mysql"
)

func TestStoreIsUnavailableWhileTheServerIsAwayAndRecovers(t *testing.T) {
	t.Parallel()
	tap, dsn := tapped(t, mysqltest.DSN(t))
	tap.setAway(true)
	store := openStore(t, mysql.Config{DSN: dsn})
	made := creation(t, 1)
	event := made.Event

	unavailable := func() {
		t.Helper()
		_, err := store.Create(t.Context(), made)
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		_, err = run(t.Context(), store, books(1, event)...)
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		_, err = store.Event(t.Context(), event.ID)
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		_, err = store.Events(t.Context(), ports.EventQuery{Limit: 1})
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		_, err = store.Booking(t.Context(), event.ID, domain.BookingID{})
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
		_, err = store.Bookings(t.Context(), ports.BookingQuery{EventID: event.ID, Limit: 1})
		require.ErrorIs(t, err, ports.ErrStoreUnavailable)
	}
	unavailable()
	require.ErrorIs(t, store.Ready(t.Context()), ports.ErrStoreUnavailable)

	tap.setAway(false)
	_, err := store.Create(t.Context(), made)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return store.Ready(t.Context()) == nil }, 5*time.Second, 50*time.Millisecond,
		"what readiness said last is old after a second")

	tap.setAway(true)
	_, err = run(t.Context(), store, books(1, event)...)
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
	tap.setAway(false)
	_, err = run(t.Context(), store, books(1, event)...)
	require.NoError(t, err)
}

func TestAccessDeniedIsUnavailable(t *testing.T) {
	t.Parallel()
	_, address := tapped(t, mysqltest.DSN(t, mysqltest.MySQLItself))
	store := openStore(t, mysql.Config{DSN: "nobody:wrong@" + address[len("root@"):]})
	_, err := store.Event(t.Context(), domain.EventID{})
	require.ErrorIs(t, err, ports.ErrStoreUnavailable)
}

func TestOpenRefusesWhatCanNeverWork(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]mysql.Config{
		"empty":             {},
		"not a DSN":         {DSN: "mysql://localhost/boxoffice"},
		"no database":       {DSN: "root@tcp(localhost:3306)/"},
		"unknown isolation": {DSN: "root@tcp(localhost:3306)/boxoffice", Isolation: "SNAPSHOT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mysql.Open(config)
			require.Error(t, err)
			require.NotErrorIs(t, err, ports.ErrStoreUnavailable)
		})
	}
}

func TestReadyFindsASchemaThatIsTooOld(t *testing.T) {
	t.Parallel()
	store := openStore(t, mysql.Config{DSN: mysqltest.EmptyDSN(t)})
	require.ErrorIs(t, store.Ready(t.Context()), mysqlschema.ErrTooOld)
}

func TestCallerThatIsGoneGetsItsOwnError(t *testing.T) {
	t.Parallel()
	store := openStore(t, mysql.Config{DSN: mysqltest.DSN(t)})
	event := newEvent(t, store, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := run(ctx, store, books(1, event)...)
	require.ErrorIs(t, err, context.Canceled)
	_, err = store.Event(ctx, event.ID)
	require.ErrorIs(t, err, context.Canceled)
}
