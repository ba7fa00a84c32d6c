package app

import "github.com/boxoffice-go/boxoffice/domain"

// CodeOverloaded is the code of [ErrOverloaded].
const CodeOverloaded domain.Code = "overloaded"

// ErrOverloaded says that as many commands wait as may, or that the service is
// closed; nothing was done.
var ErrOverloaded = &domain.Error{
	Code:   CodeOverloaded,
	Detail: "too many requests are waiting and nothing was done; try again in a moment",
}
