package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// entryOfJournal is a record in an answer.
type entryOfJournal struct {
	ID        string               `json:"id"`
	Version   int64                `json:"version"`
	At        timestamp            `json:"at"`
	Type      domain.Kind          `json:"type"`
	By        string               `json:"by"`
	BookingID *domain.BookingID    `json:"bookingId,omitempty"`
	Status    domain.BookingStatus `json:"status,omitzero"` // of the booking
	TicketIDs []domain.TicketID    `json:"ticketIds,omitempty"`
	Quantity  int                  `json:"quantity,omitzero"`
	ExpiresAt *timestamp           `json:"expiresAt,omitempty"`
	Event     *journalSettings     `json:"event,omitempty"`
}

// journalSettings is what an event was left with.
type journalSettings struct {
	Name          string             `json:"name"`
	Status        domain.EventStatus `json:"status"`
	TotalTickets  int                `json:"totalTickets"`
	WantedTickets int                `json:"wantedTickets,omitzero"`
}

func recordID(at ports.JournalCursor) string { return fmt.Sprintf("%d-%d", at.Version, at.Number) }

func entryOf(r domain.Record) entryOfJournal {
	e := entryOfJournal{
		ID: recordID(ports.CursorOfRecord(r)), Version: r.Version, At: timestamp{r.At}, Type: r.Kind, By: r.By,
	}
	if r.Event != nil {
		e.Event = &journalSettings{r.Event.Name, r.Event.Status, r.Event.TotalTickets, r.Event.WantedTickets}
	}
	b := r.Booking
	if b == nil {
		return e
	}
	e.BookingID, e.Status, e.Quantity, e.ExpiresAt = &b.ID, b.Status, b.Quantity, expiryOf(*b)
	tickets := b.Tickets
	if r.Kind == domain.TicketsCancelled || r.Kind == domain.BookingHasExpired {
		tickets = r.Tickets
		e.Quantity = len(tickets)
	}
	for _, t := range tickets {
		e.TicketIDs = append(e.TicketIDs, t.ID)
	}
	return e
}

func (h *handler) journal(c echo.Context) error {
	event, eventErr := eventID(c)
	q, queryErr := readQuery(c, "after", "limit")
	size, sizeErr := q.limit()
	after, afterErr := q.afterRecord()
	if err := invalid(eventErr, queryErr, sizeErr, afterErr); err != nil {
		return err
	}
	records, err := h.service.Journal(c.Request().Context(), ports.JournalQuery{EventID: event, After: after, Limit: size})
	if err != nil {
		return err
	}
	next := q["after"]
	entries := make([]entryOfJournal, len(records))
	for i, r := range records {
		entries[i] = entryOf(r)
		next = entries[i].ID
	}
	return h.base.JSON(c, http.StatusOK, struct {
		Entries []entryOfJournal `json:"entries"`
		Next    *string          `json:"next"`
	}{entries, unlessZero(next)})
}

var recordIDs = regexp.MustCompile(`^([1-9][0-9]{0,17})-([1-9][0-9]{0,8})$`)

// afterRecord returns after which record a page begins.
func (q query) afterRecord() (ports.JournalCursor, error) {
	value, given := q["after"]
	if !given {
		return ports.JournalCursor{}, nil
	}
	parts := recordIDs.FindStringSubmatch(value)
	if parts == nil {
		return ports.JournalCursor{}, domain.InvalidField("after", "must be the id of an entry, like 12-1; take next of the page before")
	}
	version, versionErr := strconv.ParseInt(parts[1], 10, 64)
	number, numberErr := strconv.Atoi(parts[2])
	return ports.JournalCursor{Version: version, Number: number}, domain.Invalid(versionErr, numberErr)
}
