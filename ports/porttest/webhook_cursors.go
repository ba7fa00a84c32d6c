package porttest

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

func (f *hooks) behind(w domain.Webhook) []domain.EventID {
	f.Helper()
	var all []domain.EventID
	for after := (domain.EventID{}); ; {
		found, next, err := f.hooks.Behind(f.Context(), &w, after)
		require.NoError(f, err)
		all = append(all, found...)
		if next == (domain.EventID{}) {
			return all
		}
		after = next
	}
}

func (f *hooks) lease(w domain.Webhook, e domain.Event, d time.Duration) ports.Cursor {
	f.Helper()
	c, leased, err := f.hooks.Lease(f.Context(), &w, e.ID, d)
	require.NoError(f, err)
	require.True(f, leased)
	return c
}

func (f *hooks) isRefused(w domain.Webhook, e domain.Event) ports.Cursor {
	f.Helper()
	c, leased, err := f.hooks.Lease(f.Context(), &w, e.ID, minute)
	require.NoError(f, err)
	require.False(f, leased)
	return c
}

func (f *hooks) advance(c ports.Cursor, d time.Duration, attempts ...ports.Delivery) {
	f.Helper()
	require.NoError(f, f.hooks.Advance(f.Context(), c, attempts, d))
}

// told gives a leased cursor back as told of everything up to a version.
func (f *hooks) told(c ports.Cursor, version int64) {
	f.Helper()
	c.Told, c.ToldAt, c.NextTryAt = ports.JournalCursor{Version: version, Number: 1}, f.store.Now(), time.Time{}
	f.advance(c, 0)
}

func behindWithoutCursor(f *hooks) {
	hour := f.store.Now().Add(-time.Hour)
	before := f.createAt(domain.CreateEvent{Settings: concert(9)}, hour)
	changed := f.createAt(domain.CreateEvent{Settings: concert(9)}, hour)
	w := f.hook()
	require.NotContains(f, f.behind(w), before.ID, "it has nothing that is new")
	f.accept(f.book(changed, "ada", 1))
	fresh := f.sale(9)
	require.Subset(f, f.behind(w), []domain.EventID{changed.ID, fresh.ID})
	require.NotContains(f, f.behind(w), before.ID)

	require.Empty(f, f.behind(f.hook(of(before))))
	one := f.hook(of(fresh))
	f.accept(f.book(fresh, "ada", 1))
	require.Equal(f, []domain.EventID{fresh.ID}, f.behind(one), "it is told of no other")
}

func behindWithCursor(f *hooks) {
	e := f.sale(9)
	w := f.hook(of(e))
	only := []domain.EventID{e.ID}
	c := f.lease(w, e, minute)
	require.Equal(f, ports.Cursor{WebhookID: w.ID, EventID: e.ID, ToldAt: w.StartsAt, NextTryAt: c.NextTryAt, Lease: c.Lease, LeaseEnds: c.LeaseEnds}, c)
	require.Empty(f, f.behind(w), "somebody is at it")
	f.told(c, 1)
	require.Empty(f, f.behind(w), "it was told all")
	f.accept(f.book(e, "ada", 1))
	require.Equal(f, only, f.behind(w))

	c = f.lease(w, e, minute)
	require.Equal(f, int64(1), c.Told.Version)
	require.False(f, c.NextTryAt.IsZero(), "a lease is work to do until it is said to be done")
	c.Told, c.NextTryAt = ports.JournalCursor{Version: 2, Number: 1}, f.store.Now().Add(time.Hour)
	c.Attempts = 3
	f.advance(c, 0)
	require.Empty(f, f.behind(w), "the next try is later")
	later := f.isRefused(w, e)
	require.Equal(f, []any{c.Told, c.ToldAt, 3, c.NextTryAt}, []any{later.Told, later.ToldAt, later.Attempts, later.NextTryAt})
	f.accept(f.book(e, "ada", 1))
	require.Empty(f, f.behind(w), "one at a time: what is new waits for that")

	require.NoError(f, f.hooks.Restart(f.Context(), w.ID, time.Time{}))
	c = f.lease(w, e, minute)
	c.Told = ports.JournalCursor{Version: 3, Number: 1}
	f.advance(c, 0)
	require.Equal(f, only, f.behind(w), "as long as there is a next try it isn't known whether all was told")
}

func behindOnMany(f *hooks) {
	w := f.hook()
	want := []domain.EventID{f.sale(1).ID, f.sale(1).ID, f.sale(1).ID}
	found := f.behind(w)
	require.Subset(f, found, want)
	require.Len(f, slices.Compact(slices.Clone(found)), len(found), "each once")
}

func leaseIsOnes(f *hooks) {
	const servers = 8
	e := f.sale(9)
	w, other := f.hook(of(e)), f.hook(of(e))
	for range 3 {
		won := make([]bool, servers)
		cursors := make([]ports.Cursor, servers)
		errs := make([]error, servers)
		var all sync.WaitGroup
		for i := range servers {
			all.Go(func() { cursors[i], won[i], errs[i] = f.hooks.Lease(f.Context(), &w, e.ID, minute) })
		}
		all.Wait()
		winners := 0
		for i := range servers {
			require.NoError(f, errs[i])
			if won[i] {
				winners++
				f.advance(cursors[i], minute)
				f.isRefused(w, e)
				f.advance(cursors[i], 0)
			}
		}
		require.Equal(f, 1, winners)
	}
	f.lease(w, e, minute)
	f.lease(other, e, minute)
}

func leaseIsLost(f *hooks) {
	e := f.sale(9)
	w := f.hook(of(e))
	first := f.lease(w, e, time.Nanosecond)
	require.Equal(f, []domain.EventID{e.ID}, f.behind(w), "the lease is over, and nothing was told")
	second := f.lease(w, e, minute)
	require.NotEqual(f, first.Lease, second.Lease)
	first.Told.Version = 7
	require.ErrorIs(f, f.hooks.Advance(f.Context(), first, []ports.Delivery{f.delivery(w, e, 1)}, minute), ports.ErrLeaseLost)
	require.Empty(f, f.deliveries(w, uuid.Nil, 10))

	f.advance(second, minute)
	require.NoError(f, f.hooks.Restart(f.Context(), w.ID, time.Time{}))
	require.ErrorIs(f, f.hooks.Advance(f.Context(), second, nil, 0), ports.ErrLeaseLost)
	require.Zero(f, f.lease(w, e, minute).Told)
}

func webhooksRestart(f *hooks) {
	early, late, idle := f.sale(9), f.sale(9), f.sale(9)
	w := f.hook()
	base := f.store.Now()
	keep := func(e domain.Event, toldAt, nextTryAt time.Time) {
		c := f.lease(w, e, minute)
		c.Told, c.ToldAt, c.NextTryAt, c.Attempts = ports.JournalCursor{Version: 1, Number: 1}, toldAt, nextTryAt, 4
		f.advance(c, 0)
	}
	keep(early, base.Add(-minute), base.Add(time.Hour))
	keep(late, base.Add(minute), time.Time{})
	keep(idle, base.Add(-minute), time.Time{})
	require.NoError(f, f.hooks.Restart(f.Context(), w.ID, base))

	found := f.behind(w)
	require.Subset(f, found, []domain.EventID{early.ID, late.ID})
	require.NotContains(f, found, idle.ID)
	c := f.lease(w, early, minute)
	require.Equal(f, []any{int64(1), base.Add(-minute), 0}, []any{c.Told.Version, c.ToldAt, c.Attempts}, "it was not told of anything later")
	c = f.lease(w, late, minute)
	require.Equal(f, []any{ports.JournalCursor{}, base, 0}, []any{c.Told, c.ToldAt, c.Attempts}, "it goes back")
}
