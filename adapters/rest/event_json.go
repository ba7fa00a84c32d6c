package rest

import (
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
)

// eventJSON is an event in an answer.
type eventJSON struct {
	ID domain.EventID `json:"id"`
	view.Settings
	AvailableTickets int             `json:"availableTickets"`
	HeldTickets      int             `json:"heldTickets"`
	WaitingListCount int             `json:"waitingListCount"`
	WaitingTickets   int             `json:"waitingTickets"`
	NextReleaseAt    *view.Timestamp `json:"nextReleaseAt"`
	CreatedAt        view.Timestamp  `json:"createdAt"`
	UpdatedAt        view.Timestamp  `json:"updatedAt"`
	Version          int64           `json:"version"`
}

func eventOf(e domain.Event) eventJSON {
	return eventJSON{
		ID:               e.ID,
		Settings:         view.SettingsOf(&e),
		AvailableTickets: e.AvailableTickets,
		HeldTickets:      e.HeldTickets,
		WaitingListCount: e.Line.Waiting,
		WaitingTickets:   e.Line.WaitingTickets,
		NextReleaseAt:    view.TimeOf(e.NextReleaseAt),
		CreatedAt:        view.Timestamp{Time: e.CreatedAt},
		UpdatedAt:        view.Timestamp{Time: e.UpdatedAt},
		Version:          e.Version,
	}
}

// statusJSON is the answer of GET /status/{eventId}.
type statusJSON struct {
	EventID          domain.EventID     `json:"eventId"`
	Name             string             `json:"name"`
	TotalTickets     int                `json:"totalTickets"`
	AvailableTickets int                `json:"availableTickets"`
	HeldTickets      int                `json:"heldTickets"`
	WaitingListCount int                `json:"waitingListCount"`
	WaitingTickets   int                `json:"waitingTickets"`
	Status           domain.EventStatus `json:"status"`
	SalesStartAt     *view.Timestamp    `json:"salesStartAt"`
	SalesEndAt       *view.Timestamp    `json:"salesEndAt"`
	NextReleaseAt    *view.Timestamp    `json:"nextReleaseAt"`
}

func statusOf(e domain.Event) statusJSON {
	return statusJSON{
		EventID:          e.ID,
		Name:             e.Name,
		TotalTickets:     e.TotalTickets,
		AvailableTickets: e.AvailableTickets,
		HeldTickets:      e.HeldTickets,
		WaitingListCount: e.Line.Waiting,
		WaitingTickets:   e.Line.WaitingTickets,
		Status:           e.Status,
		SalesStartAt:     view.TimeOf(e.SalesStartAt),
		SalesEndAt:       view.TimeOf(e.SalesEndAt),
		NextReleaseAt:    view.TimeOf(e.NextReleaseAt),
	}
}
