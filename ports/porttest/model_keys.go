package porttest

import (
	"crypto/sha256"

	"github.com/boxoffice-go/boxoffice/domain"
)

// acceptedRequest is what a model remembers under an idempotency key.
type acceptedRequest struct {
	request [sha256.Size]byte
	answer  Answer
}

// repeat answers a command whose key was used before.
func (m *Model) repeat(key domain.IdempotencyKey) (answer Answer, done bool) {
	before, used := m.accepted[key.Key]
	switch {
	case key.IsZero() || !used:
		return Answer{}, false
	case before.request != key.Request:
		return Answer{Refusal: domain.CodeIdempotencyKeyReused}, true
	}
	answer = before.answer
	answer.Repeat = true
	return answer, true
}

func (m *Model) remember(key domain.IdempotencyKey, a Answer) {
	if !key.IsZero() {
		m.accepted[key.Key] = acceptedRequest{key.Request, a}
	}
}
