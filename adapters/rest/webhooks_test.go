package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type shownWebhook struct {
	ID, URL, Status, Reason, Secret     string
	EventID                             *string
	Types                               []string
	Links                               bool
	OldSecretEnds, CreatedAt, UpdatedAt string
}

func TestWebhooksOverHTTP(t *testing.T) {
	forEachStore(t, func(s *server) {
		ask := asking(s)
		e := read[event](s, ask(http.StatusCreated, "POST", "/initialize", `{"name":"Concert","totalTickets":3}`))
		r := ask(http.StatusCreated, "POST", "/webhooks", `{"url":"https://shop.example.com/hooks","eventId":"`+e.ID+`","types":["booking.promoted"]}`)
		made := read[shownWebhook](s, r)
		require.True(s, strings.HasPrefix(made.Secret, "whsec_"))
		path := "/webhooks/" + made.ID
		require.Equal(s, path, r.header.Get("Location"))
		require.Equal(s, []any{e.ID, []string{"booking.promoted"}, "ACTIVE", false}, []any{*made.EventID, made.Types, made.Status, made.Links})

		one := ask(http.StatusOK, "GET", path, "")
		require.NotContains(s, one.body, "secret")
		require.NotContains(s, ask(http.StatusOK, "GET", "/webhooks", "").body, made.Secret)
		changed := ask(http.StatusOK, "PATCH", path, `{"status":"PAUSED","links":true,"types":null}`)
		require.NotContains(s, changed.body, "ecret")
		got := read[shownWebhook](s, changed)
		require.Equal(s, []any{"PAUSED", true, []string(nil), made.URL}, []any{got.Status, got.Links, got.Types, got.URL})
		rotated := read[shownWebhook](s, ask(http.StatusOK, "PATCH", path, `{"rotateSecret":true}`))
		require.NotEqual(s, made.Secret, rotated.Secret)
		require.True(s, strings.HasPrefix(rotated.Secret, "whsec_"))
		require.NotEmpty(s, rotated.OldSecretEnds)
		require.Equal(s, "PAUSED", rotated.Status)

		type page struct {
			Deliveries []struct {
				ID, MessageID, StartedAt             string
				EventID, EntryID, Failure, NextTryAt *string
				Attempt, Milliseconds, Status        int
			}
			NextCursor *string
		}
		for range 3 {
			ask(http.StatusOK, "POST", path+"/test", "")
		}
		first := read[page](s, ask(http.StatusOK, "GET", path+"/deliveries?limit=2", ""))
		require.Len(s, first.Deliveries, 2)
		second := read[page](s, ask(http.StatusOK, "GET", path+"/deliveries?limit=2&cursor="+*first.NextCursor, ""))
		require.Len(s, second.Deliveries, 1)
		require.Nil(s, second.NextCursor)
		require.Greater(s, first.Deliveries[1].ID, second.Deliveries[0].ID)

		ask(http.StatusNoContent, "DELETE", path, "")
		for _, gone := range []response{
			ask(http.StatusNotFound, "GET", path, ""), ask(http.StatusNotFound, "DELETE", path, ""),
			ask(http.StatusNotFound, "PATCH", path, `{}`), ask(http.StatusNotFound, "POST", path+"/test", ""),
			ask(http.StatusNotFound, "POST", path+"/resend", `{"after":"2025-03-01T09:00:00Z"}`), ask(http.StatusNotFound, "GET", path+"/deliveries", ""),
		} {
			require.Contains(s, gone.body, `"webhook_not_found"`)
		}
		bad := ask(http.StatusBadRequest, "POST", "/webhooks", `{"url":"https://127.0.0.1","eventId":"x","types":["no"],"name":1}`).body
		for _, field := range []string{"url", "eventId", "types", "name"} {
			require.Contains(s, bad, `"field":"`+field+`"`, "every bad field is named at once")
		}
	})
}
