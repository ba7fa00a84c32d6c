package ports

import "github.com/boxoffice-go/boxoffice/domain"

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
