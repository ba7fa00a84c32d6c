package loadtest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/httpbase"
	"github.com/boxoffice-go/boxoffice/cmd/boxoffice/loadtest"
)

type object = map[string]any

// bookings are those of a page.
func bookings(page object) []object {
	var list []object
	for _, b := range page["bookings"].([]any) {
		list = append(list, b.(object))
	}
	return list
}

// The servers here break one rule each; small("…") has 20 tickets an event.
func TestBrokenRuleIsFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scenario string
		breaks   func(honest http.Handler) http.Handler
		told     string // in an example
	}{
		"oversold": {"soldout", oversell, "21 tickets are booked and 0 available, of 20"},
		"dropped booking": {"soldout", altering("/bookings", func(page object) {
			list := page["bookings"].([]any)
			for i, b := range bookings(page) {
				if b["sequence"] == 7.0 {
					page["bookings"] = append(list[:i:i], list[i+1:]...)
				}
			}
		}), "and is not there"},
		"duplicate position": {"soldout", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				if b["position"] == 3.0 {
					b["position"] = 2.0
				}
			}
		}), "is number 3 in the line and has position 2"},
		"duplicate ticket": {"hot", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				for _, ticket := range b["tickets"].([]any) {
					ticket.(object)["id"] = uuid.Max
				}
			}
		}), "ticket ffffffff-ffff-ffff-ffff-ffffffffffff is there twice"},
		"duplicate sequence": {"hot", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				if b["sequence"] == 4.0 {
					b["sequence"] = 3
				}
			}
		}), "sequence 3 comes after sequence 3"},
		"overtaken booking": {"hot", altering("/bookings", func(page object) {
			// The order of the first 16, all booked, is turned round: one of the
			// four clients made two of them.
			list := bookings(page)
			if list[0]["sequence"] != 1.0 {
				return
			}
			for i := range 8 {
				early, late := list[i], list[15-i]
				early["sequence"], late["sequence"] = late["sequence"], early["sequence"]
				page["bookings"].([]any)[i], page["bookings"].([]any)[15-i] = late, early
			}
		}), "with a lower sequence"},
		"somebody else's booking": {"hot", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				b["identifier"] = "mallory"
			}
		}), "is 1 tickets for mallory"},
		"jumped line": {"soldout", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				if b["sequence"] == 1.0 {
					b["status"], b["position"], b["tickets"] = "WAITING", 1, []any{}
				}
			}
		}), "got tickets with sequence 2 while person-"},
		"told booked, made to wait": {"soldout", altering("/book", func(answer object) {
			if answer["waitlisted"] == true {
				answer["waitlisted"], answer["tickets"] = false, []object{{"id": uuid.New(), "status": "BOOKED"}}
				delete(answer, "waitingEntry")
			}
		}), "was booked and waits again"},
		"told neither": {"soldout", altering("/book", func(answer object) {
			delete(answer, "waitingEntry")
			delete(answer, "tickets")
		}), "was told neither booked nor waiting"},
		"told no, booked": {"hot", every(100, "/book", func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			honest.ServeHTTP(httptest.NewRecorder(), r)
			problem(w, http.StatusServiceUnavailable, "overloaded", "nothing was done")
		}), "is there, and nobody was told so"},
		"forgotten cancellation": {"mixed", every(1, "/cancel", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			var asked object
			_ = json.NewDecoder(r.Body).Decode(&asked)
			id := asked["ticketId"]
			if id == nil {
				id = uuid.New()
			}
			_ = json.NewEncoder(w).Encode(object{"ticket": object{"id": id, "status": "CANCELLED"}})
		}), "tickets booked, not "},
		"forgotten leaving": {"mixed", every(1, "/waitlist/", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusNoContent)
		}), "left the line and is "},
		"growing position": {"mixed", altering("/bookings/", func(booking object) {
			if position, waits := booking["position"].(float64); waits {
				booking["position"] = position + 50
			}
		}), "moved from position"},
		"wrong count of the line": {"soldout", altering("/status/", func(status object) {
			status["waitingListCount"] = status["waitingListCount"].(float64) + 1
		}), "bookings wait, and the status says"},
		"negative count": {"soldout", altering("/status/", func(status object) {
			status["availableTickets"] = -1
		}), "-1 of 20 tickets are available"},
		"idle tickets": {"soldout", altering("/status/", func(status object) {
			status["availableTickets"] = 1
		}), "1 tickets lie idle"},
		"lost tickets": {"hot", altering("/status/", func(status object) {
			status["waitingListCount"], status["availableTickets"] = 0, 20
		}), "0 tickets are booked, but"},
		"hold that is booked": {"held", altering("/book", func(answer object) {
			delete(answer, "expiresAt")
		}), "was told neither booked nor waiting"},
		"wrong count of holds": {"held", altering("/status/", func(status object) {
			status["heldTickets"] = 1
		}), "0 tickets are held, and the status says 1"},
		"forgotten confirmation": {"held", every(1, "/confirm", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_ = json.NewEncoder(w).Encode(object{"status": "BOOKED"})
		}), "was confirmed, or too late for that, and is held"},
		"expired after confirmation": {"held", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				if b["status"] == "BOOKED" {
					b["status"] = "EXPIRED"
				}
			}
		}), "is EXPIRED with 1 booked tickets"},
		"given back and booked": {"held", altering("/bookings/", func(booking object) {
			if booking["status"] == "CANCELLED" {
				booking["status"] = "BOOKED"
			}
		}), "was given back and is BOOKED"},
		"given back and kept": {"held", altering("/bookings", func(page object) {
			for _, b := range bookings(page) {
				if b["status"] == "CANCELLED" {
					b["status"] = "BOOKED"
				}
			}
		}), "was told that it is CANCELLED, and is BOOKED"},
		"refused confirmation": {"held", every(20, "/confirm", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			problem(w, http.StatusConflict, "booking_not_held", "the booking is not held")
		}), "is held, and was refused with booking_not_held"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, handler := interruptedAfter(t, 600, test.breaks(boxoffice(t, httpbase.Config{})))
			config := small(test.scenario)
			if test.scenario == "held" {
				config = small("hot")
				config.Hold = time.Hour
			}
			config.Target = serve(t, handler)
			r, err := run(ctx, t, config)
			require.ErrorIs(t, err, loadtest.ErrBooksDontBalance)
			assert.False(t, r.Books.Balanced)
			assert.Positive(t, r.Books.Violations)
			assert.Contains(t, strings.Join(r.Books.Examples, "\n"), test.told)
		})
	}
}

func TestCallWithUnknownOutcomeMayHaveHappenedOrNot(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"outcome_unknown": func(w http.ResponseWriter, _ *http.Request) {
			problem(w, http.StatusServiceUnavailable, "outcome_unknown", "this may or may not have happened")
		},
		"no_answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var count atomic.Int64
			lossy := func(honest http.Handler) http.Handler {
				lose := func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
					if count.Add(1)%2 == 0 {
						honest.ServeHTTP(httptest.NewRecorder(), r)
					}
					answer(w, r)
				}
				return every(10, "/waitlist/", lose)(every(10, "/cancel", lose)(every(40, "/book", lose)(honest)))
			}
			ctx, handler := interruptedAfter(t, 800, lossy(boxoffice(t, httpbase.Config{})))
			config := small("mixed")
			config.Target = serve(t, handler)
			r, err := run(ctx, t, config)
			require.NoError(t, err, r.Books.Examples)
			assert.True(t, r.Books.Balanced)
			lost := 0
			for _, o := range r.Operations {
				lost += o.Errors[name]
			}
			assert.Positive(t, lost)
			assert.Equal(t, lost, r.Books.UnknownOutcomes)
		})
	}
}

func TestRefusedPersonOfAnOnsaleTriesAgain(t *testing.T) {
	t.Parallel()
	const requests = 149 // of which 49 are refused
	busy := every(3, "/book", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		problem(w, http.StatusServiceUnavailable, "overloaded", "nothing was done")
	})
	ctx, handler := interruptedAfterBookings(t, requests, 100, busy(boxoffice(t, httpbase.Config{})))
	config := small("onsale")
	config.Target = serve(t, handler)
	r, err := run(ctx, t, config)
	require.NoError(t, err, r.Books.Examples)
	assert.Equal(t, config.People, r.Books.Bookings)
}

func problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{"code": code, "detail": detail})
}

// every answers each nth request to a path in another way.
func every(n int64, path string, other func(http.ResponseWriter, *http.Request, http.Handler)) func(http.Handler) http.Handler {
	return func(honest http.Handler) http.Handler {
		var count atomic.Int64
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if matches(r.URL.Path, path) && count.Add(1)%n == 0 {
				other(w, r, honest)
				return
			}
			honest.ServeHTTP(w, r)
		})
	}
}

// matches reports whether a path ends in the pattern or, if that ends in a
// slash, has it somewhere.
func matches(path, pattern string) bool {
	return strings.HasSuffix(path, pattern) || strings.HasSuffix(pattern, "/") && strings.Contains(path, pattern)
}

// altering changes what is answered to requests to a path.
func altering(path string, change func(object)) func(http.Handler) http.Handler {
	return func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !matches(r.URL.Path, path) {
				honest.ServeHTTP(w, r)
				return
			}
			recorder := httptest.NewRecorder()
			honest.ServeHTTP(recorder, r)
			var answer object
			_ = json.Unmarshal(recorder.Body.Bytes(), &answer)
			change(answer)
			w.WriteHeader(recorder.Code)
			_ = json.NewEncoder(w).Encode(answer)
		})
	}
}

// oversell sells one ticket more than it says there are.
func oversell(honest http.Handler) http.Handler {
	less := func(answer object) { answer["totalTickets"] = answer["totalTickets"].(float64) - 1 }
	honest = altering("/initialize", less)(altering("/status/", less)(honest))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/initialize" {
			body, _ := io.ReadAll(r.Body)
			body = bytes.Replace(body, []byte(`"totalTickets":20`), []byte(`"totalTickets":21`), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		honest.ServeHTTP(w, r)
	})
}
