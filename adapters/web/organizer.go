package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// bookingsOnPage is how many bookings, and entries of a journal, a page shows.
const bookingsOnPage = 50

// answer answers with a page of /organizer.
func answer(c echo.Context, name, title string, data any) error {
	v := organizerView(c, title)
	v.Data = data
	return render(c, http.StatusOK, name, v)
}

// events lists all events.
func (h *handler) events(c echo.Context) error {
	list, err := h.listEvents(c, "")
	if err != nil {
		return err
	}
	return answer(c, "events", "Organizer", list)
}

// namedEvent reads the event that an address names.
func (h *handler) namedEvent(c echo.Context) (domain.Event, error) {
	id, err := eventID(c)
	if err != nil {
		return domain.Event{}, err
	}
	return h.service.Event(c.Request().Context(), id)
}

// ownEventPage is what the page of an event shows to who sells its tickets.
type ownEventPage struct {
	Event  domain.Event
	Booked int
	Line   []domain.Booking // the head of it
	// Idle says why free tickets go to nobody while people wait; empty if they
	// don't.
	Idle string
	Key  string
}

func (h *handler) ownEvent(c echo.Context) error {
	e, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	p, err := h.ownEventPage(c, e)
	if err != nil {
		return err
	}
	return answer(c, "own_event", e.Name, p)
}

func (h *handler) ownEventPage(c echo.Context, e domain.Event) (ownEventPage, error) {
	line, err := h.service.Bookings(c.Request().Context(), ports.BookingQuery{
		EventID: e.ID, Status: domain.BookingWaiting, Limit: bookingsOnPage,
	})
	if err != nil {
		return ownEventPage{}, err
	}
	p := ownEventPage{Event: e, Booked: bookedOf(e), Line: line, Key: newFormKey()}
	now, _ := e.TimeAt(h.service.Now())
	if e.AvailableTickets > 0 && e.Line.Waiting > 0 && isOver(e.PromotionEndAt, now) {
		p.Idle = "Promotion has ended, so free tickets stay free while people wait. A later end of promotion, or none, gives them to the line."
	}
	return p, nil
}

// changeOwn does something to the event that an address names, and leads back to
// its page.
func (h *handler) changeOwn(c echo.Context, do func(domain.EventID, domain.IdempotencyKey) error) error {
	e, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	onRefusal(c, func(problem httpbase.Problem) error {
		p, err := h.ownEventPage(c, e)
		if err != nil {
			return err
		}
		v := organizerView(c, e.Name)
		v.Problem, v.Data = &problem, p
		return render(c, problem.Status, "own_event", v)
	})
	key, err := sent(c).key()
	if err != nil {
		return err
	}
	if err := do(e.ID, key); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownEventPath(e.ID))
}

func ownEventPath(id domain.EventID) string { return organizerPath + "/events/" + id.String() }

func (h *handler) publishEvent(c echo.Context) error {
	return h.changeOwn(c, func(id domain.EventID, _ domain.IdempotencyKey) error {
		_, err := h.service.ChangeEvent(c.Request().Context(), domain.ChangeEvent{EventID: id, Publish: true, By: callerName(c)})
		return err
	})
}

func (h *handler) cancelEvent(c echo.Context) error {
	return h.changeOwn(c, func(id domain.EventID, key domain.IdempotencyKey) error {
		_, err := h.service.CancelEvent(c.Request().Context(), domain.CancelEvent{EventID: id, Key: key, By: callerName(c)})
		return err
	})
}

// callerName is who asks, for the journal.
func callerName(c echo.Context) string {
	key, _ := httpbase.CallerOf(c)
	return key.Name
}

// bookingList is a page of an event's bookings.
type bookingList struct {
	Event    domain.Event
	Status   domain.BookingStatus // empty is any
	Statuses []domain.BookingStatus
	Bookings []domain.Booking
	After    int64 // the sequence after which the next page begins; 0 at the end
}

var bookingStatuses = []domain.BookingStatus{
	domain.BookingBooked, domain.BookingHeld, domain.BookingWaiting, domain.BookingExpired, domain.BookingCancelled,
}

func (h *handler) bookings(c echo.Context) error {
	e, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	list := bookingList{Event: e, Statuses: bookingStatuses}
	for _, s := range bookingStatuses {
		if string(s) == c.QueryParam("status") {
			list.Status = s
		}
	}
	after, err := numberParam(c, "after")
	if err != nil {
		return err
	}
	list.Bookings, err = h.service.Bookings(c.Request().Context(), ports.BookingQuery{
		EventID: e.ID, Status: list.Status, AfterSequence: after, Limit: bookingsOnPage + 1,
	})
	if err != nil {
		return err
	}
	if len(list.Bookings) > bookingsOnPage {
		list.Bookings = list.Bookings[:bookingsOnPage]
		list.After = list.Bookings[bookingsOnPage-1].Sequence
	}
	return answer(c, "bookings", e.Name, list)
}

// numberParam reads a number of an address; none is 0.
func numberParam(c echo.Context, name string) (int64, error) {
	text := c.QueryParam(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, domain.InvalidField(name, "must be a number that a page before has in its address")
	}
	return n, nil
}

// journalPage is a page of an event's journal.
type journalPage struct {
	Event   domain.Event
	Records []domain.Record
	Next    ports.JournalCursor // zero at the end
}

func (h *handler) journal(c echo.Context) error {
	e, err := h.namedEvent(c)
	if err != nil {
		return err
	}
	version, versionErr := numberParam(c, "version")
	number, numberErr := numberParam(c, "number")
	if err := domain.Invalid(versionErr, numberErr); err != nil {
		return err
	}
	records, err := h.service.Journal(c.Request().Context(), ports.JournalQuery{
		EventID: e.ID, After: ports.JournalCursor{Version: version, Number: int(number)}, Limit: bookingsOnPage + 1,
	})
	if err != nil {
		return err
	}
	p := journalPage{Event: e, Records: records}
	if len(records) > bookingsOnPage {
		p.Records = records[:bookingsOnPage]
		p.Next = ports.CursorOfRecord(records[bookingsOnPage-1])
	}
	return answer(c, "journal", e.Name, p)
}

// personPage is what a person has, and of which events.
type personPage struct {
	Identifier string
	Bookings   []personBooking
	More       bool
}

type personBooking struct {
	domain.Booking
	Event domain.Event
}

// findPerson shows what a person has. It is a form, so that the person is in no
// address.
func (h *handler) findPerson(c echo.Context) error {
	p := personPage{Identifier: sent(c).Get("identifier")}
	onRefusal(c, func(problem httpbase.Problem) error {
		v := organizerView(c, "A person's bookings")
		v.Problem, v.Data = &problem, p
		return render(c, problem.Status, "person", v)
	})
	person, err := domain.NewPerson(p.Identifier)
	if err != nil {
		return err
	}
	p.Identifier = person.Identifier()
	ctx := c.Request().Context()
	bookings, err := h.service.PersonBookings(ctx, ports.PersonQuery{UserID: person.UserID(), Limit: bookingsOnPage + 1})
	if err != nil {
		return err
	}
	if p.More = len(bookings) > bookingsOnPage; p.More {
		bookings = bookings[:bookingsOnPage]
	}
	events := make(map[domain.EventID]domain.Event)
	for _, b := range bookings {
		e, known := events[b.EventID]
		if !known {
			if e, err = h.service.Event(ctx, b.EventID); err != nil {
				return err
			}
			events[b.EventID] = e
		}
		p.Bookings = append(p.Bookings, personBooking{b, e})
	}
	return answer(c, "person", "A person's bookings", p)
}

// ownBookingPage is what the page of a booking shows to who sells.
type ownBookingPage struct {
	Event   domain.Event
	Booking domain.Booking
	Link    string
	Now     time.Time
	To      string // whom to transfer it to
	Key     string
}

// IsOver reports whether nothing can become of the booking any more.
func (p ownBookingPage) IsOver() bool {
	return p.Booking.Status == domain.BookingCancelled || p.Booking.Status == domain.BookingExpired
}

// readOwnBooking reads the booking that an address names.
func (h *handler) readOwnBooking(c echo.Context) (ownBookingPage, error) {
	e, err := h.namedEvent(c)
	if err != nil {
		return ownBookingPage{}, err
	}
	id, err := domain.ParseBookingID(c.Param("bookingId"))
	if err != nil {
		return ownBookingPage{}, domain.ErrBookingNotFound
	}
	ctx := c.Request().Context()
	b, err := h.service.Booking(ctx, e.ID, id)
	if err != nil {
		return ownBookingPage{}, err
	}
	link, err := h.links.Of(ctx, &b)
	now, _ := e.TimeAt(h.service.Now())
	return ownBookingPage{Event: e, Booking: b, Link: link, Now: now, Key: newFormKey()}, err
}

func (h *handler) ownBooking(c echo.Context) error {
	p, err := h.readOwnBooking(c)
	if err != nil {
		return err
	}
	return answer(c, "own_booking", p.Event.Name, p)
}

// changeOwnBooking does something to the booking that an address names, and leads
// back to its page.
func (h *handler) changeOwnBooking(c echo.Context, do func(domain.Booking, domain.IdempotencyKey) error) error {
	p, err := h.readOwnBooking(c)
	if err != nil {
		return err
	}
	onRefusal(c, func(problem httpbase.Problem) error {
		now, err := h.readOwnBooking(c)
		if err != nil {
			return err
		}
		now.To = sent(c).Get("identifier")
		v := organizerView(c, p.Event.Name)
		v.Problem, v.Data = &problem, now
		return render(c, problem.Status, "own_booking", v)
	})
	key, err := sent(c).key()
	if err != nil {
		return err
	}
	if err := do(p.Booking, key); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownEventPath(p.Event.ID)+"/bookings/"+p.Booking.ID.String())
}

func (h *handler) transfer(c echo.Context) error {
	return h.changeOwnBooking(c, func(b domain.Booking, key domain.IdempotencyKey) error {
		person, err := domain.NewPerson(sent(c).Get("identifier"))
		if err != nil {
			return err
		}
		_, err = h.service.Transfer(c.Request().Context(), domain.Transfer{
			EventID: b.EventID, BookingID: b.ID, Person: person, Key: key, By: callerName(c),
		})
		return err
	})
}

func (h *handler) confirmOwn(c echo.Context) error {
	return h.changeOwnBooking(c, func(b domain.Booking, key domain.IdempotencyKey) error {
		_, err := h.service.Confirm(c.Request().Context(), domain.Confirm{EventID: b.EventID, BookingID: b.ID, Key: key, By: callerName(c)})
		return err
	})
}

func (h *handler) giveBackOwn(c echo.Context) error {
	return h.changeOwnBooking(c, func(b domain.Booking, key domain.IdempotencyKey) error {
		_, err := h.service.GiveBack(c.Request().Context(), domain.GiveBack{EventID: b.EventID, BookingID: b.ID, Key: key, By: callerName(c)})
		return err
	})
}

// asBookingNotFound makes it one thing whether the event or the booking of a link
// isn't there.
func asBookingNotFound(err error) error {
	if errors.Is(err, domain.ErrEventNotFound) {
		return domain.ErrBookingNotFound
	}
	return err
}
