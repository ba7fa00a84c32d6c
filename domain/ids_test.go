package domain_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

const anID = "0190a6c0-5f2e-7bd0-8f5a-3d1c2b4a5e6f"

func TestParseIDTakesTheCanonicalFormOnly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		ok   bool
	}{
		"canonical":     {anID, true},
		"upper case":    {strings.ToUpper(anID), true},
		"empty":         {"", false},
		"no hyphens":    {strings.ReplaceAll(anID, "-", ""), false},
		"braces":        {"{" + anID + "}", false},
		"URN":           {"urn:uuid:" + anID, false},
		"white space":   {" " + anID, false},
		"one too short": {anID[:35], false},
		"not hex":       {"g" + anID[1:], false},
		"hyphens moved": {"0190a6c05-f2e-7bd0-8f5a-3d1c2b4a5e6f", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event, eventErr := domain.ParseEventID(test.text)
			booking, bookingErr := domain.ParseBookingID(test.text)
			ticket, ticketErr := domain.ParseTicketID(test.text)
			if !test.ok {
				requireInvalid(t, eventErr, "eventId")
				requireInvalid(t, bookingErr, "bookingId")
				requireInvalid(t, ticketErr, "ticketId")
				return
			}
			require.NoError(t, errors.Join(eventErr, bookingErr, ticketErr))
			require.Equal(t, []string{anID, anID, anID}, []string{event.String(), booking.String(), ticket.String()})
		})
	}
}

// The zero TicketID asks for somebody's latest ticket, and a webhook of the zero
// EventID is one of all events: no client may say that by naming one.
func TestNilUUIDNamesNoTicketAndNoEvent(t *testing.T) {
	t.Parallel()
	const nilID = "00000000-0000-0000-0000-000000000000"
	ticket, err := domain.ParseTicketID(nilID)
	require.NoError(t, err)
	require.NotZero(t, ticket)

	event, err := domain.ParseEventID(nilID)
	require.NoError(t, err)
	require.NotZero(t, event)
}

// A command with the zero BookingID would name no booking: no client may say
// that.
func TestNilUUIDNamesNoBooking(t *testing.T) {
	t.Parallel()
	booking, err := domain.ParseBookingID("00000000-0000-0000-0000-000000000000")
	require.NoError(t, err)
	b := newBox(t, 1)
	for _, c := range []domain.Command{
		domain.Confirm{EventID: b.id, BookingID: booking},
		domain.GiveBack{EventID: b.id, BookingID: booking},
		domain.LeaveWaitlist{EventID: b.id, BookingID: booking},
		domain.ChangeBooking{EventID: b.id, BookingID: booking},
	} {
		b.refused(domain.ErrBookingNotFound, c)
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{anID, strings.ToUpper(anID), "", "{" + anID + "}", "urn:uuid:" + anID, strings.Repeat("0", 36)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := domain.ParseEventID(text)
		if err != nil {
			requireInvalid(t, err, "eventId")
			require.Zero(t, id)
			return
		}
		require.Equal(t, strings.ToLower(text), id.String())
	})
}
