package view

import "github.com/boxoffice-go/boxoffice/domain"

// Settings are what an event's organizer decides about it.
type Settings struct {
	Name              string             `json:"name"`
	Status            domain.EventStatus `json:"status"`
	TotalTickets      int                `json:"totalTickets"`
	WantedTickets     int                `json:"wantedTickets,omitzero"`
	MaxTicketsPerUser *int               `json:"maxTicketsPerUser"`
	MaxWaitlist       *int               `json:"maxWaitlist"`
	HoldSeconds       *int               `json:"holdSeconds"`
	ClaimSeconds      *int               `json:"claimSeconds"`
	SalesStartAt      *Timestamp         `json:"salesStartAt"`
	SalesEndAt        *Timestamp         `json:"salesEndAt"`
	PromotionEndAt    *Timestamp         `json:"promotionEndAt"`
	SelfService       bool               `json:"selfService"`
	StartsAt          *Timestamp         `json:"startsAt"`
	Venue             *string            `json:"venue"`
	Description       *string            `json:"description"`
}

// SettingsOf shows the settings of an event.
func SettingsOf(e *domain.Event) Settings {
	return Settings{
		Name:              e.Name,
		Status:            e.Status,
		TotalTickets:      e.TotalTickets,
		WantedTickets:     e.WantedTickets,
		MaxTicketsPerUser: maxOf(e.MaxTicketsPerUser),
		MaxWaitlist:       maxOf(e.MaxWaitlist),
		HoldSeconds:       UnlessZero(e.HoldSeconds),
		ClaimSeconds:      UnlessZero(e.ClaimSeconds),
		SalesStartAt:      TimeOf(e.SalesStartAt),
		SalesEndAt:        TimeOf(e.SalesEndAt),
		PromotionEndAt:    TimeOf(e.PromotionEndAt),
		SelfService:       e.SelfService,
		StartsAt:          TimeOf(e.StartsAt),
		Venue:             UnlessZero(e.Venue),
		Description:       UnlessZero(e.Description),
	}
}

func maxOf(l domain.Limit) *int {
	n, limited := l.Max()
	if !limited {
		return nil
	}
	return &n
}

// UnlessZero is null for the zero value.
func UnlessZero[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
