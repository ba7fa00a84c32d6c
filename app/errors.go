package app

import "github.com/boxoffice-go/boxoffice/domain"

// The codes of what the service itself refuses.
const (
	CodeOverloaded domain.Code = "overloaded"
	CodeClosed     domain.Code = "closed"
)

var (
	// ErrOverloaded says that as many commands wait as may; nothing was done.
	ErrOverloaded = &domain.Error{
		Code:   CodeOverloaded,
		Detail: "too many requests are waiting and nothing was done; try again in a moment",
	}
	// ErrClosed says that the service was closed; nothing was done.
	ErrClosed = &domain.Error{
		Code:   CodeClosed,
		Detail: "the service is closed and nothing was done; use another one",
	}
)
