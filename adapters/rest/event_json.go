package rest

import (
	"github.com/boxoffice-go/boxoffice/adapters/httpbase/view"
	"github.com/boxoffice-go/boxoffice/domain"
)

// eventJSON is an event in an answer.
type eventJSON struct {
	ID                domain.EventID     `json:"id"`
	Name              string             `json:"name"`
	Status            domain.EventStatus `json:"status"`
	TotalTickets      int                `json:"totalTickets"`
	WantedTickets     int                `json:"wantedTickets,omitzero"`
	AvailableTickets  int                `json:"availableTickets"`
	HeldTickets       int                `json:"heldTickets"`
	WaitingListCount  int                `json:"waitingListCount"`
	WaitingTickets    int                `json:"waitingTickets"`
	NextReleaseAt     *view.Timestamp    `json:"nextReleaseAt"`
	MaxTicketsPerUser *int               `json:"maxTicketsPerUser"`
	MaxWaitlist       *int               `json:"maxWaitlist"`
	HoldSeconds       *int               `json:"holdSeconds"`
	ClaimSeconds      *int               `json:"claimSeconds"`
	SalesStartAt      *view.Timestamp    `json:"salesStartAt"`
	SalesEndAt        *view.Timestamp    `json:"salesEndAt"`
	PromotionEndAt    *view.Timestamp    `json:"promotionEndAt"`
	SelfService       bool               `json:"selfService"`
	StartsAt          *view.Timestamp    `json:"startsAt"`
	Venue             *string            `json:"venue"`
	Description       *string            `json:"description"`
	CreatedAt         view.Timestamp     `json:"createdAt"`
	UpdatedAt         view.Timestamp     `json:"updatedAt"`
	Version           int64              `json:"version"`
}

func eventOf(e domain.Event) eventJSON {
	return eventJSON{
		ID:                e.ID,
		Name:              e.Name,
		Status:            e.Status,
		TotalTickets:      e.TotalTickets,
		WantedTickets:     e.WantedTickets,
		AvailableTickets:  e.AvailableTickets,
		HeldTickets:       e.HeldTickets,
		WaitingListCount:  e.Line.Waiting,
		WaitingTickets:    e.Line.WaitingTickets,
		NextReleaseAt:     view.TimeOf(e.NextReleaseAt),
		MaxTicketsPerUser: maxOf(e.MaxTicketsPerUser),
		MaxWaitlist:       maxOf(e.MaxWaitlist),
		HoldSeconds:       unlessZero(e.HoldSeconds),
		ClaimSeconds:      unlessZero(e.ClaimSeconds),
		SalesStartAt:      view.TimeOf(e.SalesStartAt),
		SalesEndAt:        view.TimeOf(e.SalesEndAt),
		PromotionEndAt:    view.TimeOf(e.PromotionEndAt),
		SelfService:       e.SelfService,
		StartsAt:          view.TimeOf(e.StartsAt),
		Venue:             unlessZero(e.Venue),
		Description:       unlessZero(e.Description),
		CreatedAt:         view.Timestamp{Time: e.CreatedAt},
		UpdatedAt:         view.Timestamp{Time: e.UpdatedAt},
		Version:           e.Version,
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

func maxOf(l domain.Limit) *int {
	n, limited := l.Max()
	if !limited {
		return nil
	}
	return &n
}

// unlessZero is null for the zero value.
func unlessZero[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
