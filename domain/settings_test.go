package domain_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/domain"
)

func TestSettingsValidateNamesTheBadField(t *testing.T) {
	t.Parallel()
	type s = domain.Settings
	tests := map[string]struct {
		set   func(*s)
		field string // that is refused; empty is none
	}{
		"nothing wrong":             {func(*s) {}, ""},
		"no name":                   {func(s *s) { s.Name = "" }, "name"},
		"name of 1":                 {func(s *s) { s.Name = "ü" }, ""},
		"name of 100":               {func(s *s) { s.Name = strings.Repeat("ü", 100) }, ""},
		"name of 101":               {func(s *s) { s.Name = strings.Repeat("u", 101) }, "name"},
		"name not UTF-8":            {func(s *s) { s.Name = "abc\xff" }, "name"},
		"name blank":                {func(s *s) { s.Name = "    " }, "name"},
		"name with a line break":    {func(s *s) { s.Name = "ab\ncd" }, "name"},
		"no tickets":                {func(s *s) { s.TotalTickets = 0 }, "totalTickets"},
		"fewer than none":           {func(s *s) { s.TotalTickets = math.MinInt }, "totalTickets"},
		"most tickets":              {func(s *s) { s.TotalTickets = 10_000_000 }, ""},
		"too many tickets":          {func(s *s) { s.TotalTickets = 10_000_001 }, "totalTickets"},
		"one ticket a person":       {atMostPerUser(1), ""},
		"no ticket a person":        {atMostPerUser(0), "maxTicketsPerUser"},
		"no line":                   {atMostWaiting(0), ""},
		"a line below none":         {atMostWaiting(-1), "maxWaitlist"},
		"shortest hold and claim":   {func(s *s) { s.HoldSeconds, s.ClaimSeconds = 30, 60 }, ""},
		"too short a hold":          {func(s *s) { s.HoldSeconds, s.ClaimSeconds = 29, 60 }, "holdSeconds"},
		"too short a claim":         {func(s *s) { s.ClaimSeconds = 59 }, "claimSeconds"},
		"longest hold and claim":    {func(s *s) { s.HoldSeconds, s.ClaimSeconds = 86_400, 2_592_000 }, ""},
		"too long a hold":           {func(s *s) { s.HoldSeconds, s.ClaimSeconds = 86_401, 60 }, "holdSeconds"},
		"too long a claim":          {func(s *s) { s.ClaimSeconds = 2_592_001 }, "claimSeconds"},
		"a hold without a claim":    {func(s *s) { s.HoldSeconds = 60 }, "claimSeconds"},
		"a claim without a hold":    {func(s *s) { s.ClaimSeconds = 60 }, ""},
		"a sale that starts":        {func(s *s) { s.SalesStartAt = start }, ""},
		"a sale of a microsecond":   {func(s *s) { s.SalesStartAt, s.SalesEndAt = start, start.Add(time.Microsecond) }, ""},
		"a sale of no time":         {func(s *s) { s.SalesStartAt, s.SalesEndAt = start, start }, "salesEndAt"},
		"self service":              {func(s *s) { s.SelfService = true }, "maxTicketsPerUser"},
		"self service with a limit": {func(s *s) { s.SelfService, s.MaxTicketsPerUser = true, domain.AtMost(2) }, ""},
		"venue of 200":              {func(s *s) { s.Venue = strings.Repeat("ü", 200) }, ""},
		"venue of 201":              {func(s *s) { s.Venue = strings.Repeat("ü", 201) }, "venue"},
		"venue with a line break":   {func(s *s) { s.Venue = "a\nb" }, "venue"},
		"description of 2,000":      {func(s *s) { s.Description = strings.Repeat("ü\n", 1000) }, ""},
		"description of 2,001":      {func(s *s) { s.Description = strings.Repeat("ü", 2001) }, "description"},
		"description with controls": {func(s *s) { s.Description = "a\x00b" }, "description"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireInvalid(t, concert(1, test.set).Validate(), test.field)
		})
	}
}

func TestCreateEventNamesAllBadFieldsAtOnce(t *testing.T) {
	t.Parallel()
	err := domain.CreateEvent{Status: domain.EventCancelled, Settings: domain.Settings{
		MaxTicketsPerUser: domain.AtMost(0), MaxWaitlist: domain.AtMost(-1), HoldSeconds: 1,
	}}.Validate()
	requireInvalid(t, err, "name", "totalTickets", "maxTicketsPerUser", "maxWaitlist", "holdSeconds", "claimSeconds", "status")
	_, err = domain.CreateEvent{}.Decide(stampAt(start))
	require.ErrorIs(t, err, domain.ErrValidation)
	requireInvalid(t, domain.CreateEvent{Settings: concert(1), Status: "draft"}.Validate(), "status")
}

func TestCreateEvent(t *testing.T) {
	t.Parallel()
	c := domain.CreateEvent{Settings: concert(3, held), By: "office"}
	creation, err := c.Decide(stampAt(start))
	require.NoError(t, err)
	e := creation.Event
	require.Equal(t, domain.Event{
		ID: e.ID, Settings: c.Settings, Status: domain.EventPublished, AvailableTickets: 3,
		Version: 1, SettingsVersion: 1, CreatedAt: start, UpdatedAt: start,
	}, e)
	require.Equal(t, domain.Record{
		EventID: e.ID, Version: 1, Number: 1, At: start, By: "office", Kind: domain.EventWasCreated, Event: &e,
	}, creation.Record)
	require.Zero(t, creation.Key)
	other, err := c.Decide(stampAt(start))
	require.NoError(t, err)
	require.NotEqual(t, e.ID, other.Event.ID)
}

func TestCreateEventUnderAKey(t *testing.T) {
	t.Parallel()
	decide := func(c domain.CreateEvent) domain.Creation {
		creation, err := c.Decide(stampAt(start))
		require.NoError(t, err)
		return creation
	}
	c := domain.CreateEvent{Settings: concert(3), Key: key("k")}
	first := decide(c)
	c.Status, c.By = domain.EventPublished, "office" // which it is anyhow
	again := decide(c)
	require.Equal(t, first.Event.ID, again.Event.ID, "a repeat finds the event")
	require.Equal(t, first.Key, again.Key)
	require.EqualValues(t, 8, first.Event.ID.Version())
	for _, change := range []func(*domain.Settings){
		func(s *domain.Settings) { s.Name = "x" }, atMostPerUser(4), atMostWaiting(0), held,
		func(s *domain.Settings) { s.SalesStartAt = start }, func(s *domain.Settings) { s.SalesEndAt = start },
		func(s *domain.Settings) { s.PromotionEndAt = start }, func(s *domain.Settings) { s.StartsAt = start },
		func(s *domain.Settings) { s.Venue = "x" }, func(s *domain.Settings) { s.Description = "x" },
	} {
		other := decide(domain.CreateEvent{Settings: concert(3, change), Key: key("k")})
		require.Equal(t, first.Event.ID, other.Event.ID)
		require.NotEqual(t, first.Key.Request, other.Key.Request, "another request under the same key")
	}
	c.Key = key("another")
	require.NotEqual(t, first.Event.ID, decide(c).Event.ID)
}

func TestLimitOfZeroIsALimitAndTheZeroLimitIsNone(t *testing.T) {
	t.Parallel()
	most, limited := domain.AtMost(0).Max()
	require.True(t, limited)
	require.Zero(t, most)
	_, limited = domain.Limit{}.Max()
	require.False(t, limited)
}

func TestLimitIsANumberOrNullInJSON(t *testing.T) {
	t.Parallel()
	for limit, text := range map[domain.Limit]string{{}: "null", domain.AtMost(0): "0", domain.AtMost(7): "7"} {
		written, err := json.Marshal(limit)
		require.NoError(t, err)
		require.Equal(t, text, string(written))

		read := domain.AtMost(99)
		require.NoError(t, json.Unmarshal(written, &read))
		require.Equal(t, limit, read)
	}
	var limit domain.Limit
	require.Error(t, json.Unmarshal([]byte(`"many"`), &limit))
}
