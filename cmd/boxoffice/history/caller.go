package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/boxoffice-go/boxoffice/app"
	"github.com/boxoffice-go/boxoffice/domain"
	"github.com/boxoffice-go/boxoffice/ports"
)

// callTimeout is shorter than a server may take to settle a transaction, so
// that calls are also sent again while the first attempt is under way.
const callTimeout = 5 * time.Second

var (
	errNothingDone = errors.New("nothing was done")
	errUnknown     = errors.New("the outcome is unknown")
	errBroken      = errors.New("the connection broke") // so that the outcome is unknown
)

// wrongAnswer is an answer that the contract never allows.
type wrongAnswer struct {
	call   string
	status int
	body   string
}

func (w *wrongAnswer) Error() string {
	return fmt.Sprintf("%s was answered with %d: %s", w.call, w.status, w.body)
}

// caller makes calls over HTTP.
type caller struct{ http.Client }

func newCaller(connections int) *caller {
	return &caller{http.Client{
		Timeout:   callTimeout,
		Transport: &http.Transport{MaxIdleConnsPerHost: connections},
	}}
}

// call makes one call, and reads an accepted answer into answer unless that is
// nil. It returns the code of a refusal, errNothingDone, errUnknown or a
// *wrongAnswer. Calls that were sent are finished: their outcome is wanted.
func (c *caller) call(method, url, key string, body, answer any) (domain.Code, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return "", err
		}
		// A reader that can't be read twice: the transport repeats nothing by itself.
		content = io.MultiReader(bytes.NewReader(encoded))
	}
	request, err := http.NewRequestWithContext(context.Background(), method, url, content)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		// Spelt like this, since the transport repeats by itself what has the key
		// and no body: a call that was cut off would look like one that was never sent.
		request.Header["idempotency-key"] = []string{key}
	}
	response, err := c.Do(request)
	if err != nil {
		var network *net.OpError
		if errors.As(err, &network) && network.Op == "dial" {
			return "", fmt.Errorf("%w: %w", errNothingDone, err)
		}
		return "", unanswered(err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "", unanswered(err)
	}
	wrong := &wrongAnswer{call: method + " " + request.URL.Path, status: response.StatusCode, body: string(text)}
	if response.StatusCode < http.StatusBadRequest {
		if answer != nil && json.Unmarshal(text, answer) != nil {
			return "", wrong
		}
		return "", nil
	}
	return refusalOf(response.StatusCode, text, wrong)
}

// unanswered says that a call was sent, and what became of its connection.
func unanswered(err error) error {
	if os.IsTimeout(err) {
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	return fmt.Errorf("%w: %w: %w", errUnknown, errBroken, err)
}

func refusalOf(status int, body []byte, wrong error) (domain.Code, error) {
	var problem problemJSON
	if json.Unmarshal(body, &problem) != nil || problem.Code == "" {
		return "", wrong
	}
	switch problem.Code {
	case app.CodeOverloaded, ports.CodeStoreUnavailable:
		return "", errNothingDone
	case ports.CodeOutcomeUnknown:
		return "", errUnknown
	}
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusBadRequest {
		return "", wrong
	}
	return problem.Code, nil
}
