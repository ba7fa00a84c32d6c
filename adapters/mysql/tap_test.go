package mysql_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// tap sits between a store and its server.
type tap struct {
	mu      sync.Mutex
	packets []string // what was sent, each one or more statements
	away    bool     // the server can't be reached
	commit  func(conn *tappedConn, packet []byte) error
}

var errCut = errors.New("the wire was cut")

// tapped returns a DSN that goes through a new tap.
func tapped(tb testing.TB, dsn string) (*tap, string) {
	tb.Helper()
	c, err := mysql.ParseDSN(dsn)
	require.NoError(tb, err)
	t := &tap{}
	network := c.Net
	c.Net = "tap" + uuid.NewString()
	mysql.RegisterDialContext(c.Net, func(ctx context.Context, addr string) (net.Conn, error) {
		if t.isAway() {
			return nil, &net.OpError{Op: "dial", Err: errCut}
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &tappedConn{Conn: conn, tap: t}, nil
	})
	tb.Cleanup(func() { mysql.DeregisterDialContext(c.Net) })
	return t, c.FormatDSN()
}

func (t *tap) isAway() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.away
}

func (t *tap) setAway(away bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.away = away
}

// onCommit lets the next COMMIT be handled by f.
func (t *tap) onCommit(f func(conn *tappedConn, packet []byte) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.commit = f
}

// take returns the packets that were sent since it was called last.
func (t *tap) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.packets
	t.packets = nil
	return taken
}

// statementsOf takes packets apart. Values have no line feeds: the driver
// writes them as \n.
func statementsOf(packets []string) []string {
	var statements []string
	for _, packet := range packets {
		statements = append(statements, strings.Split(packet, ";\n")...)
	}
	return statements
}

// sent notes a packet, and returns what is to handle it, if something is.
func (t *tap) sent(packet string) func(*tappedConn, []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.packets = append(t.packets, packet)
	if packet != "COMMIT" {
		return nil
	}
	handle := t.commit
	t.commit = nil
	return handle
}

type tappedConn struct {
	net.Conn
	tap *tap
}

// Write sees what the driver sends: with parameters in their places, a
// statement, or several, is one packet of a header of 4 bytes, COM_QUERY and
// the text.
func (c *tappedConn) Write(packet []byte) (int, error) {
	const headerSize, comQuery = 4, 3
	if c.tap.isAway() {
		_ = c.Close()
		return 0, errCut
	}
	if len(packet) > headerSize && packet[headerSize-1] == 0 && packet[headerSize] == comQuery {
		if handle := c.tap.sent(string(packet[headerSize+1:])); handle != nil {
			return len(packet), handle(c, packet)
		}
	}
	return c.Conn.Write(packet)
}

// loseRequest cuts the wire before COMMIT reaches the server.
func loseRequest(c *tappedConn, _ []byte) error {
	return errors.Join(errCut, c.Close())
}

// loseAnswer cuts the wire when COMMIT has taken effect.
func loseAnswer(c *tappedConn, packet []byte) error {
	if _, err := c.Conn.Write(packet); err != nil {
		return err
	}
	if _, err := c.Read(make([]byte, 64)); err != nil { // blocks until it has
		return err
	}
	return c.Close()
}
