package httpbase_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/domain"
)

func under(secret string) *httpbase.Links {
	return httpbase.NewLinks(func(context.Context) ([]byte, error) { return []byte(secret), nil })
}

func TestALinkOpensItsBookingAndNothingElse(t *testing.T) {
	t.Parallel()
	ctx, links := t.Context(), under("secret")
	own := domain.Booking{ID: domain.BookingID{UUID: uuid.New()}, EventID: domain.EventID{UUID: uuid.New()}}
	link, err := links.Of(ctx, &own)
	require.NoError(t, err)
	event, id, ok := links.Parse(link)
	require.True(t, ok)
	require.Equal(t, []any{own.EventID, own.ID}, []any{event, id})

	opens := func(links *httpbase.Links, link string, b domain.Booking) bool {
		open, err := links.Opens(ctx, link, &b)
		require.NoError(t, err)
		return open
	}
	require.True(t, opens(links, link, own))
	require.True(t, opens(under("secret"), link, own), "also on another server")
	require.False(t, opens(under("another"), link, own))
	transferred, other, elsewhere := own, own, own
	transferred.Transfers++
	other.ID.UUID = uuid.New()
	elsewhere.EventID.UUID = uuid.New()
	for _, b := range []domain.Booking{transferred, other, elsewhere} {
		require.False(t, opens(links, link, b))
	}
	for i := range link {
		changed := []byte(link)
		if changed[i] = 'A'; link[i] == 'A' {
			changed[i] = 'B'
		}
		require.False(t, opens(links, string(changed), own), i)
	}
}

func TestWhatIsNoLinkNamesNothing(t *testing.T) {
	t.Parallel()
	links := under("secret")
	link, err := links.Of(t.Context(), &domain.Booking{})
	require.NoError(t, err)
	for _, other := range []string{"", "x", link[1:], link + "A", link + "=", " " + link, link[:63] + "+", strings.Repeat("/", 64)} {
		_, _, ok := links.Parse(other)
		require.False(t, ok, other)
	}
}

func TestTheSecretOfLinksIsAskedForUntilItIsThere(t *testing.T) {
	t.Parallel()
	asked := 0
	links := httpbase.NewLinks(func(context.Context) ([]byte, error) {
		if asked++; asked == 1 {
			return nil, errors.New("not now")
		}
		return []byte("secret"), nil
	})
	_, err := links.Of(t.Context(), &domain.Booking{})
	require.Error(t, err)
	for range 2 {
		_, err = links.Of(t.Context(), &domain.Booking{})
		require.NoError(t, err)
	}
	require.Equal(t, 2, asked)
}
