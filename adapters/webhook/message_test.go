package webhook_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestAMessageTellsTheEntryAndTheBookingAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got receiver
		var secret []byte
		o := openOffice(t, transport(func(r *http.Request) (*http.Response, error) {
			if got.add(verified(t, r, secret)) == 2 {
				return answer(http.StatusInternalServerError), nil
			}
			return answer(http.StatusOK), nil
		}))
		defer o.close()
		w := o.hook(domain.CreateWebhook{URL: url, Links: true})
		secret = w.Secret
		synctest.Wait()
		e := o.sale(9)
		b := o.book(e, "ada")
		synctest.Wait()
		_, err := o.service.GiveBack(t.Context(), domain.GiveBack{EventID: e.ID, BookingID: b.ID})
		require.NoError(t, err)
		time.Sleep(time.Minute)

		m := got.messages()
		require.Len(t, m, 4)
		require.Equal(t, []string{"event.created", "booking.booked", "booking.booked", "tickets.cancelled"}, []string{m[0].Type, m[1].Type, m[2].Type, m[3].Type})
		require.Nil(t, m[0].Data.Booking)
		require.Equal(t, e.ID.String(), m[0].Data.EventID)
		require.Equal(t, "2-1", m[1].Data.Entry.ID)
		require.Equal(t, b.CreatedAt, m[1].Timestamp)
		require.Equal(t, m[1].id, m[2].id)
		require.Equal(t, []any{"BOOKED", "ada", "link-of-" + b.ID.String()},
			[]any{m[1].Data.Booking["status"], m[1].Data.Booking["identifier"], m[1].Data.Booking["link"]})
		require.Equal(t, "CANCELLED", m[2].Data.Booking["status"], "as it is at that try")
		require.NotContains(t, m[0].Data.Booking, "link")
	})
}

func TestBothSecretsSignForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got receiver
		var secrets [][]byte
		o := openOffice(t, transport(func(r *http.Request) (*http.Response, error) {
			got.add(verified(t, r, secrets...))
			return answer(http.StatusOK), nil
		}))
		defer o.close()
		w := o.hook(domain.CreateWebhook{URL: url})
		rotated, err := o.webhooks.Change(t.Context(), w.ID, domain.ChangeWebhook{}, true)
		require.NoError(t, err)
		require.NotEqual(t, w.Secret, rotated.Secret)
		for i, both := range [][][]byte{{w.Secret, rotated.Secret}, {rotated.Secret}} {
			if secrets = both; i == 1 {
				time.Sleep(25 * time.Hour)
			}
			before := len(got.messages())
			d, err := o.webhooks.Test(t.Context(), w.ID)
			require.NoError(t, err)
			require.Equal(t, 200, d.Status)
			m := got.messages()
			require.Len(t, m, before+1)
			require.Equal(t, []string{"webhook.test", w.ID.String()}, []string{m[before].Type, m[before].Data.WebhookID})
		}
		secrets = nil
		require.Len(t, o.deliveries(w), 2)
	})
}
