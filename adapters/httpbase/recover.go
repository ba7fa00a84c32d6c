package httpbase

import (
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// maxStackBytes is how much is kept of the stack of a panic.
const maxStackBytes = 16 << 10

// panicError is a panic of a handler, as an error. It doesn't unwrap: whatever a
// handler panics with, it made a mistake.
type panicError struct {
	cause error
	stack []byte
}

func (p *panicError) Error() string { return "panic: " + p.cause.Error() }

// recoverPanic makes a panic an internal error. http.ErrAbortHandler passes: it
// is the way to break a connection off.
var recoverPanic = middleware.RecoverWithConfig(middleware.RecoverConfig{
	StackSize:           maxStackBytes,
	DisableStackAll:     true,
	DisableErrorHandler: true,
	LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
		return &panicError{cause: err, stack: stack}
	},
})
