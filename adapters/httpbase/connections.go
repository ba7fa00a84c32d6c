package httpbase

import (
	"container/list"
	"errors"
	"net"
	"net/http"
	"sync"
)

// LimitConnections bounds how many connections a server serves at the same time,
// to limit, which must be 1 or more. The server has to serve from the listener
// that it returns; it sets the server's ConnState.
//
// At the limit, the connection on which nothing has happened for longest is
// closed to make place for a new one, as it would have been later for being idle.
// If on all of them a request is being read or answered, a new one waits until
// one of those is idle or closed. So who holds connections and sends nothing keeps
// nobody out; a listener that only counts, or a process that can open no more
// files, would accept nobody until they leave.
func LimitConnections(server *http.Server, listener net.Listener, limit int) net.Listener {
	l := &limitedListener{Listener: listener, limit: limit, served: make(map[net.Conn]*list.Element), idle: list.New()}
	l.changed.L = &l.mu
	server.ConnState = l.observe
	return l
}

type limitedListener struct {
	net.Listener
	limit int

	mu      sync.Mutex
	changed sync.Cond                  // a place may be free, or the listener is closed
	served  map[net.Conn]*list.Element // where in idle it is; nil if it is busy
	idle    *list.List                 // of net.Conn, longest idle first
	closed  bool
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
	return conn, nil
}

// makePlace waits until there is place for a connection, if need be by closing
// the one that it returns.
func (l *limitedListener) makePlace() (victim net.Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.served) >= l.limit && l.idle.Len() == 0 && !l.closed {
		l.changed.Wait()
	}
	switch {
	case l.closed:
		return nil, net.ErrClosed
	case len(l.served) < l.limit:
		return nil, nil
	}
	victim = l.idle.Remove(l.idle.Front()).(net.Conn)
	delete(l.served, victim)
	return victim, nil
}

// Close closes the listener, also for a connection that waits for its place.
func (l *limitedListener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.changed.Broadcast()
	return l.Listener.Close()
}

// observe learns of every change of a connection, before the server goes on with
// it.
func (l *limitedListener) observe(conn net.Conn, state http.ConnState) {
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
	case http.StateNew, http.StateIdle:
		l.served[conn] = l.idle.PushBack(conn)
	case http.StateActive:
		l.served[conn] = nil
	default:
		delete(l.served, conn)
	}
	l.changed.Broadcast()
}
