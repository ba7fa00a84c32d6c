//go:build unix

package faults_test

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/boxoffice-go/boxoffice/adapters/mysql/mysqltest"
)

// A server that stands still while it holds an event's lock, as a machine that
// is paused or swaps does, must not hold the event up for everybody.
func TestServerIsStoppedWhileItHoldsALock(t *testing.T) {
	t.Parallel()
	direct := mysqltest.DSN(t)
	wire, dsn := newWire(t, direct)
	stopped, other := startServer(t, dsn), startServer(t, direct)
	event := createEvent(t, other.url(), 1000)
	id := inStatements(event)
	load := begin(t, func() []string { return []string{stopped.url(), other.url()} })

	for range max(1, *rounds/4) { // each takes as long as a lock can be held
		load.await(100)
		asleep := make(chan struct{})
		wire.once(func(statement string) bool {
			return strings.HasSuffix(statement, "FOR UPDATE") && strings.Contains(statement, id)
		}, fate{after: func() {
			stopped.signal(syscall.SIGSTOP)
			close(asleep)
		}})
		locked := make(chan error, 1)
		go func() {
			_, err := post(patient, stopped.url()+"/book", "", bookingBody(event, "ada", 1), nil)
			locked <- err
		}()
		<-asleep
		requireRecovery(t, event, other.url())
		load.faults++

		stopped.signal(syscall.SIGCONT)
		requireRecovery(t, event, stopped.url(), other.url())
		require.NoError(t, <-locked)
	}
	load.prove()
}

// inStatements is an event's id as it stands in statements.
func inStatements(event string) string {
	id := uuid.MustParse(event)
	escapes := strings.NewReplacer("\x00", `\0`, "\n", `\n`, "\r", `\r`, `\`, `\\`, "'", `\'`, `"`, `\"`, "\x1a", `\Z`)
	return escapes.Replace(string(id[:]))
}

// At random moments, and shorter than anything notices.
func TestServerStutters(t *testing.T) {
	t.Parallel()
	dsn := mysqltest.DSN(t)
	stopped, other := startServer(t, dsn), startServer(t, dsn)
	load := begin(t, func() []string { return []string{stopped.url(), other.url()} })
	for range *rounds * 5 {
		load.await(50)
		stopped.signal(syscall.SIGSTOP)
		time.Sleep(rand.N(50 * time.Millisecond))
		stopped.signal(syscall.SIGCONT)
		load.faults++
	}
	requireRecovery(t, "", stopped.url(), other.url())
	load.prove()
}
