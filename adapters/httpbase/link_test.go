package httpbase_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

func linksUnder(secret string) *httpbase.Links {
	return httpbase.NewLinks(func(context.Context) ([]byte, error) { return bytes.Repeat([]byte(secret), 32), nil })
}

func TestALinkOpensItsBookingUntilItIsTransferred(t *testing.T) {
	t.Parallel()
	links := linksUnder("x")
	b := domain.Booking{EventID: domain.EventID{UUID: uuid.New()}, ID: domain.BookingID{UUID: uuid.New()}}
	link, err := links.Of(t.Context(), &b)
	require.NoError(t, err)
	event, booking, ok := links.Parse(link)
	require.True(t, ok)
	require.Equal(t, b.EventID, event)
	require.Equal(t, b.ID, booking)

	opens := func(links *httpbase.Links, link string, b domain.Booking) bool {
		opens, err := links.Opens(t.Context(), link, &b)
		require.NoError(t, err)
		return opens
	}
	require.True(t, opens(links, link, b))
	require.False(t, opens(linksUnder("y"), link, b))
	other, transferred := b, b
	other.ID.UUID = uuid.New()
	transferred.Transfers = 1
	require.False(t, opens(links, link, other))
	require.False(t, opens(links, link, transferred))
	for _, cut := range []string{"", link[:len(link)-1], link + "A", link + "=", link[1:]} {
		require.False(t, opens(links, cut, b), cut)
	}
}

func TestASignatureStandsForItsLabelAndMessage(t *testing.T) {
	t.Parallel()
	links := linksUnder("x")
	sign := func(links *httpbase.Links, label, message string) string {
		mac, err := links.Sign(t.Context(), label, []byte(message))
		require.NoError(t, err)
		return string(mac)
	}
	require.Equal(t, sign(links, "cookie", "ada"), sign(linksUnder("x"), "cookie", "ada"))
	require.NotEqual(t, sign(links, "cookie", "ada"), sign(linksUnder("y"), "cookie", "ada"))
	require.NotEqual(t, sign(links, "cookie", "ada"), sign(links, "other", "ada"))
	require.NotEqual(t, sign(links, "cookie", "ada"), sign(links, "cookie", "bob"))

	away := errors.New("away")
	_, err := httpbase.NewLinks(func(context.Context) ([]byte, error) { return nil, away }).Sign(t.Context(), "cookie", nil)
	require.ErrorIs(t, err, away)
}
