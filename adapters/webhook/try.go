package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

const (
	tryTimeout = 15 * time.Second
	// maxAnswer is how much of an answer's body is read, so that its connection can
	// be used again; and of its header.
	maxAnswer = 64 << 10
	// longestWait is how long a receiver can ask to be left alone.
	longestWait = 24 * time.Hour
)

// delays are how long after a try the next one comes.
var delays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// result is what came of a try.
type result struct {
	ports.Delivery
	gone  bool          // the receiver wants nothing any more
	after time.Duration // that the receiver asked to wait
}

func (r *result) ok() bool { return r.Failure == "" }

// try sends a message once.
func (d *Deliverer) try(ctx context.Context, w *domain.Webhook, m message, attempt int) result {
	start, at := time.Now(), d.config.Store.Now()
	r := result{Delivery: ports.Delivery{ID: uuid.Must(uuid.NewV7()), WebhookID: w.ID, MessageID: m.id, Attempt: attempt, StartedAt: at}}
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	answer, err := d.post(ctx, w, m, at)
	if err == nil {
		r.Status = answer.StatusCode
		// What it says is of no interest, nor whether all of it comes.
		_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
		_ = answer.Body.Close()
		r.gone = r.Status == http.StatusGone
		r.after = retryAfter(answer.Header.Get("Retry-After"), at)
		if r.Status < 200 || r.Status > 299 {
			r.Failure = shorten(fmt.Sprintf("it answered %d %s", r.Status, http.StatusText(r.Status)))
		}
	} else {
		r.Failure = shorten(reason(err))
	}
	r.Duration = time.Since(start).Truncate(time.Millisecond)
	return r
}

func (d *Deliverer) post(ctx context.Context, w *domain.Webhook, m message, at time.Time) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(m.body))
	if err != nil {
		return nil, err
	}
	if err := d.CheckURL(w.URL); err != nil { // the server may have been told otherwise since
		return nil, fmt.Errorf("%w: %w", errForbiddenAddress, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "boxoffice-webhooks/1")
	request.Header.Set("webhook-id", m.id)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("webhook-signature", signatures(w, m, at))
	client := d.secure
	if request.URL.Scheme == "http" {
		client = d.plain
	}
	return client.Do(request)
}

// reason says in few words why there was no answer.
func reason(err error) string {
	var network net.Error
	var inURL *url.Error
	switch {
	case errors.Is(err, errForbiddenAddress):
		return errForbiddenAddress.Error()
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("it did not answer within %v", tryTimeout)
	case errors.As(err, &inURL):
		return "it can't be reached: " + inURL.Err.Error()
	default:
		return "it can't be reached"
	}
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > ports.MaxFailure {
		return string(runes[:ports.MaxFailure])
	}
	return text
}

// retryAfter reads a Retry-After header, which has seconds or a time.
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, longestWait))
}

// delayAfter is how long after so many tries the next one comes; false means that
// there is none. It is spread, so that receivers that were away are not asked by
// everybody at once.
func delayAfter(attempts int, asked time.Duration) (time.Duration, bool) {
	if attempts > len(delays) {
		return 0, false
	}
	delay := max(delays[attempts-1], asked)
	return delay + rand.N(delay/10), true
}
