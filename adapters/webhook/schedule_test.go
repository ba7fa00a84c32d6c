package webhook_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

const url = "http://127.0.0.1/hooks"

func TestAMessageIsTriedForDaysAndThenTheWebhookIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		var got receiver
		var times []time.Time
		o := openOffice(t, transport(func(r *http.Request) (*http.Response, error) {
			got.add(verified(t, r))
			times = append(times, time.Now())
			if !up.Load() {
				return answer(http.StatusInternalServerError), nil
			}
			return answer(http.StatusOK), nil
		}))
		defer o.close()
		e := o.sale(9)
		time.Sleep(time.Minute)
		w := o.hook(domain.CreateWebhook{URL: url})
		synctest.Wait()
		o.book(e, "ada")
		o.book(e, "bob")
		time.Sleep(4 * 24 * time.Hour) // the tries take less

		first := e.ID.String() + "-2-1"
		for _, id := range tells(got.messages()) {
			require.Equal(t, first, id, "one at a time, in order")
		}
		want := []time.Duration{
			5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
		}
		require.Len(t, times, len(want)+1)
		for i, delay := range want {
			waited := times[i+1].Sub(times[i])
			require.GreaterOrEqual(t, waited, delay, "try %d", i+2)
			require.LessOrEqual(t, waited, delay+delay/10+time.Second, "try %d", i+2)
		}
		w = o.read(w)
		require.Equal(t, domain.WebhookPaused, w.Status)
		require.Equal(t, "message "+first+" was not taken in 10 tries: it answered 500 Internal Server Error", w.Reason)
		require.Equal(t, 1, o.deliverer.Stats().Inactive)
		tried := o.deliveries(w)
		require.Len(t, tried, 10)
		for i, d := range tried {
			require.Equal(t, []any{i + 1, first, 500, i == 9}, []any{d.Attempt, d.MessageID, d.Status, d.NextTryAt.IsZero()})
		}

		up.Store(true)
		_, err := o.webhooks.Change(t.Context(), w.ID, domain.ChangeWebhook{Status: domain.WebhookActive}, false)
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.Equal(t, []string{first, e.ID.String() + "-3-1"}, tells(got.messages()[10:]), "it missed nothing")
		require.Empty(t, o.read(w).Reason)
	})
}

func TestReceiversSayWhatTheyWant(t *testing.T) {
	for name, c := range map[string]struct {
		answer  transport
		failure string
		wait    time.Duration // until the next try, at least; 0 is never
		status  domain.WebhookStatus
	}{
		"429": {
			func(*http.Request) (*http.Response, error) { return answer(429, "Retry-After", "7200"), nil },
			"it answered 429 Too Many Requests", 2 * time.Hour, domain.WebhookActive,
		},
		"503 until": {
			func(*http.Request) (*http.Response, error) {
				return answer(503, "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)), nil
			},
			"it answered 503 Service Unavailable", time.Hour - time.Second, domain.WebhookActive,
		},
		"429 for ever": {
			func(*http.Request) (*http.Response, error) { return answer(429, "Retry-After", "999999999"), nil },
			"it answered 429 Too Many Requests", 24 * time.Hour, domain.WebhookActive,
		},
		"301": {
			func(*http.Request) (*http.Response, error) { return answer(301, "Location", url+"/other"), nil },
			"it answered 301 Moved Permanently", 5 * time.Second, domain.WebhookActive,
		},
		"410": {
			func(*http.Request) (*http.Response, error) { return answer(410), nil },
			"it answered 410 Gone", 0, domain.WebhookOff,
		},
		"hang": {hang, "it did not answer within 15s", 5 * time.Second, domain.WebhookActive},
		"cut off": {
			func(*http.Request) (*http.Response, error) { return nil, errCutOff },
			"it can't be reached: connection reset by peer", 5 * time.Second, domain.WebhookActive,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				o := openOffice(t, transport(func(r *http.Request) (*http.Response, error) {
					if tries++; tries == 1 {
						return c.answer(r)
					}
					return answer(http.StatusNoContent), nil
				}))
				defer o.close()
				w := o.hook(domain.CreateWebhook{URL: url})
				synctest.Wait()
				o.sale(9)
				time.Sleep(20 * time.Second)
				first := o.deliveries(w)[0]
				require.Equal(t, c.failure, first.Failure)
				require.Equal(t, c.status, o.read(w).Status)
				time.Sleep(2*c.wait + time.Minute)
				synctest.Wait() // for who counts the tries
				if c.wait == 0 {
					require.Equal(t, 1, tries)
					require.Zero(t, first.NextTryAt)
					return
				}
				require.Equal(t, 2, tries)
				second := o.deliveries(w)[1]
				require.Empty(t, second.Failure)
				require.Equal(t, 2, second.Attempt)
				require.Equal(t, first.MessageID, second.MessageID)
				waited := second.StartedAt.Sub(first.StartedAt.Add(first.Duration))
				require.GreaterOrEqual(t, waited, c.wait)
				require.LessOrEqual(t, waited, c.wait+c.wait/10+2*time.Second)
			})
		})
	}
}

func TestASlowReceiverDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events = 100
		var got receiver
		o := openOffice(t, transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/dead" {
				return hang(r)
			}
			got.add(verified(t, r))
			return answer(http.StatusOK), nil
		}))
		defer o.close()
		dead := o.hook(domain.CreateWebhook{URL: "http://127.0.0.1/dead"})
		o.hook(domain.CreateWebhook{URL: url})
		synctest.Wait()
		start := time.Now()
		for i := range events {
			o.book(o.sale(3), fmt.Sprint("person", i))
		}
		synctest.Wait()
		require.Len(t, got.messages(), 2*events)
		require.Zero(t, time.Since(start), "nobody waited")
		time.Sleep(time.Minute)
		require.Len(t, got.messages(), 2*events)
		stats := o.deliverer.Stats()
		require.Equal(t, events, stats.Pending)
		require.GreaterOrEqual(t, stats.Oldest, time.Minute)
		assert.Equal(t, domain.WebhookActive, o.read(dead).Status)
	})
}

func TestWebhooksAreToldOfWhatTheyWantAndAgainWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got, ofOne receiver
		o := openOffice(t, transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/one" {
				ofOne.add(verified(t, r))
			} else {
				got.add(verified(t, r))
			}
			return answer(http.StatusOK), nil
		}))
		defer o.close()
		one, two := o.sale(9), o.sale(9)
		o.book(one, "ada")
		time.Sleep(time.Hour)
		w := o.hook(domain.CreateWebhook{URL: url, Types: []domain.Kind{domain.BookingWasBooked}})
		o.hook(domain.CreateWebhook{URL: "http://127.0.0.1/one", EventID: one.ID})
		time.Sleep(time.Minute)
		require.Empty(t, got.messages(), "nothing from before")
		require.Empty(t, ofOne.messages())

		o.book(one, "bob")
		o.book(two, "cy")
		name := "Encore"
		_, err := o.service.ChangeEvent(t.Context(), domain.ChangeEvent{EventID: one.ID, Name: &name})
		require.NoError(t, err)
		time.Sleep(time.Second)
		bob, cy := one.ID.String()+"-3-1", two.ID.String()+"-2-1"
		require.ElementsMatch(t, []string{bob, cy}, tells(got.messages()))
		require.Equal(t, []string{bob, one.ID.String() + "-4-1"}, tells(ofOne.messages()))

		time.Sleep(time.Hour)
		_, err = o.webhooks.Resend(t.Context(), w.ID, time.Now().Add(-90*time.Minute))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.ElementsMatch(t, []string{bob, cy}, tells(got.messages()[2:]))
		_, err = o.webhooks.Resend(t.Context(), w.ID, time.Now().Add(-5*time.Hour))
		require.NoError(t, err)
		time.Sleep(time.Second)
		require.ElementsMatch(t, []string{one.ID.String() + "-2-1", bob, cy}, tells(got.messages()[4:]), "also from before it was there")
		require.Zero(t, o.deliverer.Stats())
	})
}
