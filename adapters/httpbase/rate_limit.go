package httpbase

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/sethvargo/go-limiter"
	"github.com/sethvargo/go-limiter/memorystore"

	"github.com/boxoffice-go/boxoffice/domain"
)

// RateLimit is how many requests may come in an interval. The zero value is no
// limit.
type RateLimit struct {
	Tokens   uint64
	Interval time.Duration
}

// Validate refuses a limit that can't be kept.
func (l RateLimit) Validate() error {
	switch {
	case l == RateLimit{}:
		return nil
	case l.Tokens == 0 || l.Interval <= 0:
		return fmt.Errorf("the rate limit %d/%s must have a number and an interval above 0", l.Tokens, l.Interval)
	case float64(l.Tokens)*float64(l.Tokens) > float64(l.Interval):
		// The limiter would give back interval/tokens nanoseconds' worth of
		// tokens only, fewer than were taken.
		return fmt.Errorf("the rate limit %d/%s is more than can be counted; choose a longer interval, or none", l.Tokens, l.Interval)
	}
	return nil
}

// store keeps count of the requests; it is nil if there is no limit.
func (l RateLimit) store() (limiter.Store, error) {
	if l == (RateLimit{}) {
		return nil, nil
	}
	return memorystore.New(&memorystore.Config{
		Tokens:        l.Tokens,
		Interval:      l.Interval,
		SweepInterval: max(l.Interval, time.Minute),
		SweepMinTTL:   l.Interval, // by then all tokens are back
	})
}

var (
	errAddressLimited = &domain.Error{Code: codeRateLimited, Detail: "too many requests from this address without an API key; " +
		"wait as many seconds as Retry-After says, or allow more with --rate-limit"}
	errKeyLimited = &domain.Error{Code: codeRateLimited, Detail: "too many requests with this API key; " +
		"wait as many seconds as Retry-After says, or allow more with --key-rate-limit"}
)

// limitRate counts every request but those that ask for health or metrics or take
// an unlimited route, also those that lead nowhere: with a known key against that key, else, also with a
// wrong one, against the client's address.
func (s *Server) limitRate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.isProbe(c) || s.routeOf(c).Unlimited {
			return next(c)
		}
		limits, client, refusal := s.limits, "", errAddressLimited
		if caller, known := CallerOf(c); known {
			limits, client, refusal = s.keyLimits, string(caller.Hash[:]), errKeyLimited
		} else if limits != nil {
			client = clientKey(c.RealIP())
		}
		if limits == nil {
			return next(c)
		}
		tokens, remaining, reset, ok, err := limits.Take(c.Request().Context(), client)
		if err != nil {
			return err
		}
		again := time.Unix(0, int64(reset))
		header := c.Response().Header()
		header.Set("RateLimit-Limit", strconv.FormatUint(tokens, 10))
		header.Set("RateLimit-Remaining", strconv.FormatUint(remaining, 10))
		header.Set("RateLimit-Reset", secondsUntil(again))
		if !ok {
			SetRetryAfter(c, again)
			return refusal
		}
		return next(c)
	}
}

// SetRetryAfter tells in the answer when the same request may be worth sending
// again, in whole seconds, at least one.
func SetRetryAfter(c echo.Context, at time.Time) {
	c.Response().Header().Set(echo.HeaderRetryAfter, secondsUntil(at))
}

// secondsUntil rounds up, so that a client who waits so long doesn't come early.
func secondsUntil(t time.Time) string {
	return strconv.FormatInt(max(1, int64((time.Until(t)+time.Second-1)/time.Second)), 10)
}

// clientKey names the client that an address belongs to. Whoever has one IPv6
// address has at least 2^64 of them, so their network counts as one client.
func clientKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	const networkBits = 64
	return netip.PrefixFrom(ip, networkBits).Masked().String()
}
