package httpbase

import (
	"container/list"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// LimitConnections bounds how many connections a server serves at the same time,
// to limit, which must be 1 or more. The server has to serve from the listener
// that it returns; it sets the server's ConnState.
//
// At the limit, the connection on which nothing has happened for longest is
// closed to make place for a new one, as it would have been later for being idle;
// but one on which nothing has come yet only after a tenth of a second, since its
// first request may be under way. If on all of them a request is being read or
// answered, a new one waits until one of those is idle or closed. So who holds
// connections and sends nothing keeps nobody out; a listener that only counts, or
// a process that can open no more files, would accept nobody until they leave.
//
// A connection that is taken over from the server, as a stream's is, takes its
// place until it is closed.
func LimitConnections(server *http.Server, listener net.Listener, limit int) net.Listener {
	l := &limitedListener{
		Listener: listener, limit: limit, served: make(map[net.Conn]*list.Element), idle: list.New(),
		closeOnce: sync.OnceValue(listener.Close),
	}
	l.changed.L = &l.mu
	server.ConnState = l.observe
	return l
}

// firstRequestTime is how long a new connection has for the first byte of its
// request before it counts as idle: clients send it right away.
const firstRequestTime = 100 * time.Millisecond

type limitedListener struct {
	net.Listener
	limit     int
	closeOnce func() error

	mu      sync.Mutex
	changed sync.Cond                  // a place may be free, or the listener is closed
	served  map[net.Conn]*list.Element // where in idle it is; nil if it is busy
	idle    *list.List                 // of idleConn, longest idle first
	closed  bool
}

type idleConn struct {
	net.Conn
	since time.Time // it may be closed for another
}

// Accept returns the next connection once there is place for it.
func (l *limitedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	victim, err := l.makePlace()
	if victim != nil {
		_ = victim.Close() // nobody waits for what becomes of it
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &limitedConn{conn, l}, nil
}

// limitedConn gives its place back when it is closed: of one that was taken over,
// the server doesn't tell that.
type limitedConn struct {
	net.Conn
	listener *limitedListener
}

func (c *limitedConn) Close() error {
	defer c.listener.observe(c, http.StateClosed)
	return c.Conn.Close()
}

// CloseWrite lets the server end its answer to a client that is still sending
// before it ends the connection, which could take the answer away again.
func (c *limitedConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// makePlace waits until there is place for a connection, if need be by closing
// the one that it returns.
func (l *limitedListener) makePlace() (victim net.Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch {
		case l.closed:
			return nil, net.ErrClosed
		case len(l.served) < l.limit:
			return nil, nil
		case l.idle.Len() == 0:
			l.changed.Wait()
			continue
		}
		oldest := l.idle.Front().Value.(idleConn)
		left := time.Until(oldest.since)
		if left <= 0 {
			l.idle.Remove(l.idle.Front())
			delete(l.served, oldest.Conn)
			return oldest.Conn, nil
		}
		timer := time.AfterFunc(left, func() {
			l.mu.Lock() // so that it isn't missed
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
		l.changed.Wait()
		timer.Stop()
	}
}

// Close closes the listener, also for a connection that waits for its place. The
// server, which ends by that, closes it too, perhaps first.
func (l *limitedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.changed.Broadcast()
	return l.closeOnce()
}

// observe learns of every change of a connection, before the server goes on with
// it.
func (l *limitedListener) observe(conn net.Conn, state http.ConnState) {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	place, known := l.served[conn]
	if !known && state != http.StateNew {
		return // it was closed to make place
	}
	if place != nil {
		l.idle.Remove(place)
	}
	switch state {
	case http.StateNew:
		l.served[conn] = l.idle.PushBack(idleConn{conn, time.Now().Add(firstRequestTime)})
	case http.StateIdle:
		l.served[conn] = l.idle.PushBack(idleConn{conn, time.Now()})
	case http.StateActive, http.StateHijacked:
		l.served[conn] = nil
	default:
		delete(l.served, conn)
	}
	l.changed.Broadcast()
}
