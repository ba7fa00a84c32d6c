package domain

import (
	"fmt"
	"strconv"
	"time"
)

// CreateEvent asks for a new event.
type CreateEvent struct {
	Settings
	Status EventStatus // EventDraft or EventPublished; empty is EventPublished
	Key    IdempotencyKey
	By     string // who asks, for the journal; empty is nobody with a name
}

// Creation is what becomes an event in a store.
type Creation struct {
	Event  Event
	Record Record
	Key    KeyRecord // zero without an idempotency key
}

// Validate names every field that is out of range, with [CodeValidation].
func (c CreateEvent) Validate() error {
	var status error
	if c.Status != "" && c.Status != EventDraft && c.Status != EventPublished {
		status = InvalidField("status", "must be %s or %s", EventDraft, EventPublished)
	}
	return Invalid(c.Settings.Validate(), status)
}

// Decide makes the event, which nobody has booked yet. Under an idempotency key
// its id follows from the key, so that a repeat finds it. Refused with
// [ErrValidation].
func (c CreateEvent) Decide(s Stamp) (Creation, error) {
	if err := c.Validate(); err != nil {
		return Creation{}, err
	}
	if c.Status == "" {
		c.Status = EventPublished
	}
	var creation Creation
	var id EventID
	if c.Key.IsZero() {
		id.UUID = s.NewID()
	} else {
		a := about{key: c.Key, operation: "create event", request: append(c.Settings.texts(), string(c.Status))}
		creation.Key = a.record()
		id.UUID = creation.Key.newID()
	}
	e := Event{
		ID:               id,
		Settings:         c.Settings,
		Status:           c.Status,
		AvailableTickets: c.TotalTickets,
		Version:          1,
		SettingsVersion:  1,
		CreatedAt:        s.At,
		UpdatedAt:        s.At,
	}
	by := c.By
	if by == "" {
		by = ByNobody
	}
	recorded := e
	creation.Event = e
	creation.Record = Record{EventID: id, Version: 1, Number: 1, At: s.At, By: by, Kind: EventWasCreated, Event: &recorded}
	return creation, nil
}

// texts are the settings in one way of writing.
func (s Settings) texts() []string {
	return []string{
		s.Name, strconv.Itoa(s.TotalTickets), s.MaxTicketsPerUser.String(), s.MaxWaitlist.String(),
		strconv.Itoa(s.HoldSeconds), strconv.Itoa(s.ClaimSeconds),
		timeText(s.SalesStartAt), timeText(s.SalesEndAt), timeText(s.PromotionEndAt),
		fmt.Sprint(s.SelfService), timeText(s.StartsAt), s.Venue, s.Description,
	}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
