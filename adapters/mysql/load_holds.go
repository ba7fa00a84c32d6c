package mysql

import (
	"cmp"
	"database/sql"
	"slices"
	"time"

	"github.com/boxoffice-go/boxoffice/domain"
)

func (l *loader) due() {
	few, many := l.byHolds(func(n domain.Need) int {
		if n.Due.IsZero() {
			return 0
		}
		return domain.MostExpiries
	})
	var latest time.Time
	for _, e := range few {
		if due := l.needs[e.event].Due; due.After(latest) {
			latest = due
		}
	}
	put := func(b domain.Booking) {
		if !b.ExpiresAt.After(l.needs[b.EventID].Due) { // not all events have one time
			loaded := l.loaded[b.EventID]
			loaded.Due = append(loaded.Due, b)
		}
	}
	addTicketLookup(l, selectAllDue(earliestRelease(few), latest), few, eventID, put)
	addTicketLookup(l, selectDue, many, func(args []any, e *asked[domain.Event]) []any {
		return append(eventID(args, e), e.what.NextReleaseAt, l.needs[e.event].Due, int64(e.most))
	}, put)
	l.after = append(l.after, func() {
		for _, e := range slices.Concat(few, many) {
			slices.SortFunc(l.loaded[e.event].Due, func(a, b domain.Booking) int {
				return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Sequence, b.Sequence))
			})
		}
	})
}

func (l *loader) holds() {
	few, many := l.byHolds(func(n domain.Need) int { return n.Holds })
	scan := func(rows *sql.Rows) error {
		var event domain.EventID
		var h domain.Hold
		err := rows.Scan(&event.UUID, &h.Sequence, &h.BookingID.UUID, &h.ExpiresAt)
		if err == nil {
			l.loaded[event].Holds = append(l.loaded[event].Holds, h)
		}
		return err
	}
	addLookup(l.packet, selectAllHolds(earliestRelease(few)), few, eventID, scan)
	addLookup(l.packet, selectHolds, many, func(args []any, e *asked[domain.Event]) []any {
		return append(eventID(args, e), e.what.NextReleaseAt, int64(e.most))
	}, scan)
	l.after = append(l.after, func() {
		for _, e := range slices.Concat(few, many) {
			slices.SortFunc(l.loaded[e.event].Holds, func(a, b domain.Hold) int {
				return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.Sequence, b.Sequence))
			})
		}
	})
}

// byHolds lists the events whose holds are needed, apart from the others those
// that have no more of them than that.
func (l *loader) byHolds(most func(n domain.Need) int) (few, many []asked[domain.Event]) {
	for _, e := range l.perEvent(most) {
		if e.what.HeldTickets <= e.most {
			few = append(few, e)
		} else {
			many = append(many, e)
		}
	}
	return few, many
}

// earliestRelease is when the first hold of any of these events expires.
func earliestRelease(events []asked[domain.Event]) (earliest time.Time) {
	for i := range events {
		if at := events[i].what.NextReleaseAt; i == 0 || at.Before(earliest) {
			earliest = at
		}
	}
	return earliest
}
