package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/adapters/memory"
)

func TestABodyThatCouldBeReadInTwoWaysIsMalformed(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":10`)
	book := `{"eventId":"` + e.ID + `","identifier":"ada"`
	for _, c := range []struct{ name, body, says string }{
		{"blank", " ", "empty"},
		{"null", "null", "object"},
		{"array", "[]", "object"},
		{"text", `"{}"`, "object"},
		{"byte order mark", "\xef\xbb\xbf{}", "byte order mark"},
		{"byte order mark of UTF-16", "\xff\xfe{\x00}\x00", "byte order mark"},
		{"byte order mark of UTF-16, the other way", "\xfe\xff\x00{\x00}", "byte order mark"},
		{"cut off", book, "middle"},
		{"two values", book + "}{}", "byte"},
		{"trailing comma", book + ",}", "byte"},
		{"comment", book + "/**/}", "byte"},
		{"single quotes", "{'eventId':1}", "byte"},
		{"a field twice", book + `,"identifier":"bob"}`, `"identifier"`},
		{"a field twice, once escaped", book + `,"\u0069dentifier":"bob"}`, `"identifier"`},
		{"an unknown field twice", book + `,"x":1,"x":1}`, `"x"`},
		{"not UTF-8", `{"identifier":"` + "\xff" + `"}`, "UTF-8"},
		{"not UTF-8 in an unknown field", book + `,"x":["` + "\xff" + `"]}`, "UTF-8"},
		{"a lone surrogate", `{"identifier":"\ud800"}`, "UTF-8"},
		{"a number for a text", `{"identifier":5}`, `"identifier" must be a string`},
		{"an object for a text", `{"identifier":{}}`, `"identifier" must be a string`},
		{"a text for a number", book + `,"quantity":"2"}`, `"quantity" must be a whole number`},
		{"a fraction", book + `,"quantity":1.5}`, `"quantity" must be a whole number`},
		{"a fraction that a float has no room for", book + `,"quantity":0.99999999999999999999}`, `"quantity" must be a whole number`},
		{"a small fraction", book + `,"quantity":1e-2}`, `"quantity" must be a whole number`},
		{"a truth for a number", book + `,"quantity":true}`, `"quantity" must be a whole number`},
		{"no number", book + `,"quantity":NaN}`, "byte"},
		{"a leading zero", book + `,"quantity":01}`, "byte"},
		{"very deep", `{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", "byte"},
		{"before bad fields", `{"eventId":"x","quantity":1.5}`, `"quantity"`},
	} {
		p := refused(t, s.post("/book", c.body), http.StatusBadRequest, "malformed_body")
		require.Contains(t, p.Detail, c.says, c.name)
		require.Empty(t, p.Errors, c.name)
	}
	for path, body := range map[string]string{
		"/cancel":     `{"eventId":"` + e.ID + `","identifier":"ada","ticketId":5}`,
		"/initialize": `{"name":5}`,
		"/events":     `{"maxWaitlist":"5"}`,
	} {
		refused(t, s.post(path, body), http.StatusBadRequest, "malformed_body")
	}
	r := s.send("PATCH", "/events/x", `{"name":5}`)
	refused(t, r, http.StatusBadRequest, "malformed_body")
	r = s.post("/book", "", "Content-Type", "application/json")
	refused(t, r, http.StatusBadRequest, "malformed_body")
	require.Empty(t, s.allBookings(e.ID, ""))
}

func TestABodyIsRefusedWhereNoneIsAskedFor(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":2,"holdSeconds":60,"claimSeconds":60`)
	held := s.book(e.ID, "ada", "1").BookingID
	webhook := accepted[map[string]any](s, s.post("/webhooks", `{"url":"https://example.com"}`), http.StatusCreated)["id"].(string)
	for _, r := range []struct{ method, path string }{
		{"POST", pathOf(e.ID, held) + "/confirm"},
		{"DELETE", pathOf(e.ID, held)},
		{"DELETE", "/events/" + e.ID + "/waitlist/" + held},
		{"POST", "/events/" + e.ID + "/cancel"},
		{"POST", "/webhooks/" + webhook + "/test"},
		{"DELETE", "/webhooks/" + webhook},
	} {
		refusedFields(t, s.send(r.method, r.path, `{"dryRun":true,"quantity":1}`), "dryRun", "quantity")
		refused(t, s.send(r.method, r.path, `[]`), http.StatusBadRequest, "malformed_body")
		refused(t, s.send(r.method, r.path, `"`+strings.Repeat("x", 64<<10)+`"`), http.StatusRequestEntityTooLarge, "body_too_large")
		refused(t, s.send(r.method, r.path, `dryRun=true`, "Content-Type", "application/x-www-form-urlencoded"),
			http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
	require.Equal(t, "HELD", s.booking(e.ID, held).Status)
	for _, nothing := range []string{"", " ", "{}", "null"} {
		accepted[booking](s, s.send("POST", pathOf(e.ID, held)+"/confirm", nothing, "Content-Type", "text/plain"), http.StatusOK)
	}
}

func TestWholeNumbersMayHaveZerosBehindThePointAndAnExponent(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":1000`)
	for _, quantity := range []string{"2", "2.0", "2e0", "2.00E+0"} {
		require.Len(t, s.book(e.ID, "ada", quantity).Tickets, 2, quantity)
	}
}

func TestBodiesMustSayThatTheyAreJSON(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":10`)
	body := `{"eventId":"` + e.ID + `","identifier":"ada"}`
	for _, accepted := range []string{
		"application/json", "Application/JSON", "application/json; charset=utf-8", `application/json;charset="UTF-8"`, "application/json; x=y",
	} {
		require.Equal(t, http.StatusCreated, s.post("/book", body, "Content-Type", accepted).status, accepted)
	}
	for _, other := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1",
		"application/problem+json", "application/json; charset", "application/jsonp", "application/json, text/plain",
	} {
		refused(t, s.post("/book", body, "Content-Type", other), http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
	twice := s.post("/book", body, "Content-Type", "application/json", "Content-Type", "text/plain")
	refused(t, twice, http.StatusUnsupportedMediaType, "unsupported_media_type")
	for _, path := range []string{"/initialize", "/cancel", "/events"} {
		refused(t, s.post(path, body, "Content-Type", ""), http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
	r := s.send("PATCH", "/events/x", "{}", "Content-Type", "text/plain")
	refused(t, r, http.StatusUnsupportedMediaType, "unsupported_media_type")
}

func TestBodiesEndAt64KiB(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	e := s.create(`"totalTickets":10`)
	full := `{"eventId":"` + e.ID + `","identifier":"ada"}`
	full += strings.Repeat(" ", 64<<10-len(full))
	require.Equal(t, http.StatusCreated, s.post("/book", full).status)
	refused(t, s.post("/book", full+" "), http.StatusRequestEntityTooLarge, "body_too_large")

	// Without a Content-Length the body has to be read to know how long it is.
	for body, status := range map[string]int{full: http.StatusCreated, full + " ": http.StatusRequestEntityTooLarge} {
		chunked, err := http.NewRequest("POST", s.URL+"/book", io.MultiReader(strings.NewReader(body)))
		require.NoError(t, err)
		chunked.Header.Set("Content-Type", "application/json")
		require.Equal(t, status, s.do(chunked).status)
	}
}

func TestABodyShorterThanItsContentLengthIsMalformed(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST /book HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, answer.StatusCode)
	require.NoError(t, answer.Body.Close())
	require.NoError(t, conn.Close())
}

func TestACompressedBodyIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	for _, encoding := range []string{"gzip", "br", "GZIP, identity"} {
		p := refused(t, s.post("/initialize", "\x1f\x8b", "Content-Encoding", encoding, "Content-Type", "application/json"),
			http.StatusUnsupportedMediaType, "unsupported_media_type")
		require.Contains(t, p.Detail, "Content-Encoding")
	}
	require.Equal(t, http.StatusCreated,
		s.post("/initialize", `{"name":"Concert","totalTickets":1}`, "Content-Encoding", "identity").status)
}

func TestThousandsOfUnknownFieldsAreAnsweredInShort(t *testing.T) {
	t.Parallel()
	s := serve(t, memory.New(), httpbase.Config{})
	var body strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&body, `"f%d":1,`, i)
	}
	r := s.post("/book", "{"+strings.TrimSuffix(body.String(), ",")+"}")
	p := refused(t, r, http.StatusBadRequest, "validation_failed")
	require.Len(t, p.Errors, 20)
	require.Contains(t, p.Detail, "4982 more") // and two that are missing
	require.Less(t, len(r.body), 4<<10)
}
