package porttest

import (
	"slices"

	"github.com/boxoffice-go/boxoffice/domain"
)

// changeEvent changes settings, all of them or none.
func (m *Model) changeEvent(c domain.ChangeEvent) Answer {
	s, status := m.Settings, m.Status
	set(&s.Name, c.Name)
	set(&s.TotalTickets, c.TotalTickets)
	set(&s.MaxTicketsPerUser, c.MaxTicketsPerUser)
	set(&s.MaxWaitlist, c.MaxWaitlist)
	set(&s.HoldSeconds, c.HoldSeconds)
	set(&s.ClaimSeconds, c.ClaimSeconds)
	set(&s.SalesStartAt, c.SalesStartAt)
	set(&s.SalesEndAt, c.SalesEndAt)
	set(&s.PromotionEndAt, c.PromotionEndAt)
	set(&s.SelfService, c.SelfService)
	set(&s.StartsAt, c.StartsAt)
	set(&s.Venue, c.Venue)
	set(&s.Description, c.Description)
	if c.Publish {
		status = domain.EventPublished
	}
	waitsForMore := func(sequence int64) bool { return m.Bookings[sequence-1].Quantity > s.TotalTickets }
	switch {
	case c.IfSettings != nil && !slices.Contains(c.IfSettings, m.SettingsVersion):
		return refuse(domain.CodePreconditionFailed)
	case m.Status == domain.EventCancelled:
		return refuse(domain.CodeEventCancelled)
	case !goTogether(s):
		return refuse(domain.CodeValidation)
	case m.TotalTickets-m.Available() > s.TotalTickets:
		return refuse(domain.CodeCapacityBelowBooked)
	case slices.ContainsFunc(m.Waiting(), waitsForMore):
		return refuse(domain.CodeCapacityBelowWaiting)
	case s.Equal(m.Settings) && status == m.Status:
		return Answer{}
	}
	m.Settings, m.Status = s, status
	m.change()
	m.SettingsVersion = m.Version
	m.promote()
	return Answer{}
}

// goTogether judges settings that ask for one another.
func goTogether(s domain.Settings) bool {
	_, limited := s.MaxTicketsPerUser.Max()
	return (s.HoldSeconds == 0 || s.ClaimSeconds > 0) &&
		(s.SalesStartAt.IsZero() || s.SalesEndAt.IsZero() || s.SalesStartAt.Before(s.SalesEndAt)) &&
		(!s.SelfService || limited)
}

func set[V any](setting, value *V) {
	if value != nil {
		*setting = *value
	}
}

// cancelEvent cancels the event for good; it may be cancelled already.
func (m *Model) cancelEvent() Answer {
	if m.Status != domain.EventCancelled {
		m.change()
		m.Status, m.CancelledAt = domain.EventCancelled, m.now
		m.SettingsVersion = m.Version
	}
	return Answer{}
}
