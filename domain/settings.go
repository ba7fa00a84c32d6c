package domain

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The ranges of an event's and a booking's numbers and texts, both ends
// included; lengths are in code points.
const (
	MaxNameLength        = 100
	MaxVenueLength       = 200
	MaxDescriptionLength = 2000
	MaxReferenceLength   = 100
	MaxTotalTickets      = 10_000_000
	MaxQuantity          = 100
	MinHoldSeconds       = 30
	MaxHoldSeconds       = 86_400
	MinClaimSeconds      = 60
	MaxClaimSeconds      = 2_592_000
)

// Settings are what an organiser decides about an event. They are a value, and
// two can be compared with [Settings.Equal].
type Settings struct {
	Name         string // 1 to MaxNameLength code points
	TotalTickets int    // the capacity, 1 to MaxTotalTickets

	MaxTicketsPerUser Limit // tickets that one person has or waits for, 1 or more
	MaxWaitlist       Limit // bookings that wait; 0 means that nobody can

	// HoldSeconds is how long tickets are held for a new booking until it is
	// confirmed; 0 books them at once. ClaimSeconds is the same for a booking
	// that is promoted. With HoldSeconds there must be ClaimSeconds.
	HoldSeconds  int // 0, or MinHoldSeconds to MaxHoldSeconds
	ClaimSeconds int // 0, or MinClaimSeconds to MaxClaimSeconds

	// Times are in UTC with whole microseconds; the zero time is none. Intervals
	// are half-open: at SalesEndAt nobody books any more.
	SalesStartAt   time.Time
	SalesEndAt     time.Time
	PromotionEndAt time.Time // from then on nobody is promoted

	// SelfService lets people book without an API key; it needs
	// MaxTicketsPerUser.
	SelfService bool

	// For pages and messages.
	StartsAt    time.Time
	Venue       string // at most MaxVenueLength code points
	Description string // plain text, at most MaxDescriptionLength code points
}

// Validate names every setting that is out of range, or doesn't go with
// another, with [CodeValidation].
func (s Settings) Validate() error {
	return Invalid(
		checkName(s.Name),
		checkRange("totalTickets", s.TotalTickets, 1, MaxTotalTickets),
		checkLimit("maxTicketsPerUser", s.MaxTicketsPerUser, 1),
		checkLimit("maxWaitlist", s.MaxWaitlist, 0),
		checkSeconds("holdSeconds", s.HoldSeconds, MinHoldSeconds, MaxHoldSeconds),
		checkSeconds("claimSeconds", s.ClaimSeconds, MinClaimSeconds, MaxClaimSeconds),
		checkText("venue", s.Venue, MaxVenueLength, false),
		checkText("description", s.Description, MaxDescriptionLength, true),
		s.checkTogether(),
	)
}

// checkTogether checks what one setting asks of another.
func (s Settings) checkTogether() error {
	var errs []error
	if s.HoldSeconds != 0 && s.ClaimSeconds == 0 {
		errs = append(errs, InvalidField("claimSeconds", "is required with holdSeconds: who is promoted must have time to pay, too"))
	}
	if !s.SalesStartAt.IsZero() && !s.SalesEndAt.IsZero() && !s.SalesStartAt.Before(s.SalesEndAt) {
		errs = append(errs, InvalidField("salesEndAt", "must be later than salesStartAt"))
	}
	if _, limited := s.MaxTicketsPerUser.Max(); s.SelfService && !limited {
		errs = append(errs, InvalidField("maxTicketsPerUser", "is required with selfService"))
	}
	return Invalid(errs...)
}

// Equal reports whether two settings are the same.
func (s Settings) Equal(o Settings) bool {
	same := s.SalesStartAt.Equal(o.SalesStartAt) && s.SalesEndAt.Equal(o.SalesEndAt) &&
		s.PromotionEndAt.Equal(o.PromotionEndAt) && s.StartsAt.Equal(o.StartsAt)
	o.SalesStartAt, o.SalesEndAt, o.PromotionEndAt, o.StartsAt = s.SalesStartAt, s.SalesEndAt, s.PromotionEndAt, s.StartsAt
	return same && s == o
}

func checkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return InvalidField("name", "must have 1 to %d characters that are not all white space", MaxNameLength)
	}
	return checkText("name", name, MaxNameLength, false)
}

// CheckReference refuses what can't be a booking's reference, with
// [CodeValidation]. The empty text is none.
func CheckReference(reference string) error {
	return checkText("reference", reference, MaxReferenceLength, false)
}

// checkText bounds a text that people write. Lines are for long ones only.
func checkText(field, text string, longest int, lines bool) error {
	isControl := func(r rune) bool { return unicode.IsControl(r) && !(lines && strings.ContainsRune("\n\r\t", r)) }
	switch {
	case !utf8.ValidString(text):
		return InvalidField(field, "must be valid UTF-8")
	case utf8.RuneCountInString(text) > longest:
		return InvalidField(field, "must have at most %d characters", longest)
	case strings.ContainsFunc(text, isControl):
		return InvalidField(field, "must not contain control characters")
	}
	return nil
}

// checkLimit bounds a limit from above too: a larger one could never bind.
func checkLimit(field string, limit Limit, least int) error {
	if n, limited := limit.Max(); limited {
		return checkRange(field, n, least, MaxTotalTickets)
	}
	return nil
}

func checkSeconds(field string, n, least, most int) error {
	if n == 0 {
		return nil
	}
	return checkRange(field, n, least, most)
}

func checkRange(field string, n, least, most int) error {
	if n < least || n > most {
		return InvalidField(field, "must be a whole number from %d to %d", least, most)
	}
	return nil
}
