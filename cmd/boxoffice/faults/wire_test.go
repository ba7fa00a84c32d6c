package faults_test

import (
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// wire is a proxy in front of MySQL that sees the statements, so that it can
// fail at a certain one.
type wire struct {
	listener net.Listener
	upstream string
	down     atomic.Bool

	mu     sync.Mutex
	watch  func(statement string) *fate
	ends   map[net.Conn]bool
	frozen *atomic.Bool // of the connections that are opened now
	over   chan struct{}
}

// fate is what becomes of a statement and its answer.
type fate struct {
	before     func() // is called when the statement has come
	lost       bool   // the connection is lost then
	hungUp     bool   // the client's side of it is lost, but the statement arrives after hangUpTime
	after      func() // is called when the answer has come
	answerLost bool   // the connection is lost then
}

const hangUpTime = 100 * time.Millisecond

// newWire returns a wire, and the database's address that leads through it.
func newWire(t *testing.T, dsn string) (*wire, string) {
	t.Helper()
	config, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	w := &wire{upstream: config.Addr, ends: make(map[net.Conn]bool), frozen: new(atomic.Bool), over: make(chan struct{})}
	w.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := w.listener.Accept()
			if err != nil {
				return // it was closed
			}
			serving.Go(func() { w.serve(conn) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, w.listener.Close())
		close(w.over)
		w.cut()
		serving.Wait()
	})
	config.Addr = w.listener.Addr().String()
	return w, config.FormatDSN()
}

// onStatement lets f decide what becomes of each statement; nil is nothing
// unusual.
func (w *wire) onStatement(f func(statement string) *fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watch = f
}

// once lets f decide about the first statement that is meant, and reports on
// the channel when it was there.
func (w *wire) once(meant func(statement string) bool, f fate) <-chan struct{} {
	seen := make(chan struct{})
	var done atomic.Bool
	w.onStatement(func(statement string) *fate {
		if !meant(statement) || !done.CompareAndSwap(false, true) {
			return nil
		}
		close(seen)
		return &f
	})
	return seen
}

func isCommit(statement string) bool { return statement == "COMMIT" }

// stall holds everything that the clients send, until the function that it
// returns is called.
func (w *wire) stall() (resume func()) {
	over := make(chan struct{})
	w.onStatement(func(string) *fate {
		return &fate{before: func() { <-over }}
	})
	return func() {
		w.onStatement(nil)
		close(over)
	}
}

// freeze lets nothing through any more on the connections that are open now, for
// good, and doesn't close them; new ones are not concerned.
func (w *wire) freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frozen.Store(true)
	w.frozen = new(atomic.Bool)
}

// setDown cuts all connections and refuses new ones, until it is up again.
func (w *wire) setDown(down bool) {
	w.down.Store(down)
	if down {
		w.cut()
	}
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.ends {
		_ = conn.Close() // it may be closed already
	}
}

func (w *wire) fateOf(statement string) *fate {
	w.mu.Lock()
	watch := w.watch
	w.mu.Unlock()
	if watch == nil {
		return nil
	}
	return watch(statement)
}

// track registers a connection for cut, and returns what closes it and what
// tells that it is frozen.
func (w *wire) track(conn net.Conn) (closeIt func(), frozen *atomic.Bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends[conn] = true
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.ends, conn)
		_ = conn.Close() // it may be closed already
	}, w.frozen
}

func (w *wire) serve(client net.Conn) {
	closeClient, frozen := w.track(client)
	defer closeClient()
	if w.down.Load() {
		return
	}
	server, err := net.Dial("tcp", w.upstream)
	if err != nil {
		return
	}
	closeServer, _ := w.track(server)
	defer closeServer()

	var next atomic.Pointer[fate] // of the answer that is waited for
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		defer closeClient()
		defer closeServer()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			w.holdIf(frozen)
			if f := next.Swap(nil); f != nil {
				if f.after != nil {
					f.after()
				}
				if f.answerLost {
					return
				}
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	for {
		packet, err := readPacket(client)
		if err != nil {
			break
		}
		w.holdIf(frozen)
		if f := w.fateOf(statementOf(packet)); f != nil {
			if f.before != nil {
				f.before()
			}
			if f.lost {
				break
			}
			if f.hungUp {
				closeClient()
				time.Sleep(hangUpTime)
			}
			next.Store(f)
		}
		if _, err := server.Write(packet); err != nil {
			break
		}
	}
	closeServer()
	<-answers
}

// holdIf holds a connection that is frozen until the end of the test.
func (w *wire) holdIf(frozen *atomic.Bool) {
	if frozen.Load() {
		<-w.over
	}
}

const headerSize = 4

// readPacket reads one packet of MySQL's protocol: three bytes of length, one
// that counts packets, and the content.
func readPacket(from io.Reader) ([]byte, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32([]byte{header[0], header[1], header[2], 0})
	packet := slices.Concat(header, make([]byte, length))
	_, err := io.ReadFull(from, packet[headerSize:])
	return packet, err
}

// statementOf returns the text of a statement, or nothing if the packet is
// something else.
func statementOf(packet []byte) string {
	const comQuery = 3
	if len(packet) <= headerSize || packet[headerSize-1] != 0 || packet[headerSize] != comQuery {
		return ""
	}
	return string(packet[headerSize+1:])
}
