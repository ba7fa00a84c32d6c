package ports

import (
	"errors"
	"fmt"

	"github.com/boxoffice-go/boxoffice/domain"
)

// The codes of failures outside the domain.
const (
	CodeStoreUnavailable domain.Code = "store_unavailable"
	CodeOutcomeUnknown   domain.Code = "outcome_unknown"
)

// The failures a store may return, to compare with [errors.Is]. Any other
// error of a store is a defect, of it or of its configuration.
var (
	// ErrStoreUnavailable says that the store can't be reached now, and nothing was done.
	ErrStoreUnavailable = &domain.Error{
		Code:   CodeStoreUnavailable,
		Detail: "the store can't be reached and nothing was done; try again in a moment",
	}
	// ErrOutcomeUnknown says that the connection broke when the transaction was being
	// committed, and the store can't be asked whether it was.
	ErrOutcomeUnknown = &domain.Error{
		Code:   CodeOutcomeUnknown,
		Detail: "the store was lost at commit: this may or may not have happened; send it again with the same Idempotency-Key",
	}
)

// ErrLeaseLost says that somebody else has the lease, or that the webhook is gone.
var ErrLeaseLost = errors.New("ports: this lease of a webhook's cursor is over")

// LockedError says that somebody else keeps hold of events, by a transaction
// that doesn't end, so that nothing was done, though the store has waited for it
// for a while. It is an [ErrStoreUnavailable] to [errors.Is].
type LockedError struct{ Events []domain.EventID }

// Error names the events.
func (e *LockedError) Error() string {
	return fmt.Sprintf("somebody else keeps hold of the events %v", e.Events)
}

// Unwrap is what a caller is told.
func (e *LockedError) Unwrap() error { return errLocked }

var errLocked = &domain.Error{
	Code:   CodeStoreUnavailable,
	Detail: "somebody else keeps hold of this event in the store and nothing was done; try again in a moment",
}
