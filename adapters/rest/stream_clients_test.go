package rest_test

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// receipt says when a message of a stream came, by its id.
type receipt struct {
	At      time.Time
	Version int64
}

// streamsOpen is what clients write once every stream has had its first message.
const streamsOpen = 'o'

// readStreams reads streams until it is interrupted, writes the receipts of each,
// and ends without closing anything: all hang up at once.
func readStreams(job clientsJob, out io.Writer) error {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, syscall.SIGINT)
	readers := make([]streamReader, len(job.Streams))
	var opening errgroup.Group
	opening.SetLimit(job.Clients) // more at once than a listener's backlog takes would never be answered
	var broken atomic.Pointer[error]
	for i, path := range job.Streams {
		opening.Go(func() error {
			conn, err := net.Dial("tcp", job.Address)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, job.Address); err != nil {
				return err
			}
			told := make(chan struct{})
			go func() {
				if err := readers[i].read(conn, sync.OnceFunc(func() { close(told) })); err != nil {
					err = fmt.Errorf("%s: %w", path, err)
					broken.Store(&err)
				}
			}()
			<-told
			return nil
		})
	}
	if err := opening.Wait(); err != nil {
		return err
	}
	if _, err := out.Write([]byte{streamsOpen}); err != nil {
		return err
	}
	<-interrupted
	if err := broken.Load(); err != nil {
		return *err
	}
	receipts := make([][]receipt, len(readers))
	for i := range readers {
		receipts[i] = readers[i].soFar()
	}
	return gob.NewEncoder(out).Encode(receipts)
}

// streamReader reads one stream, and of it the ids alone.
type streamReader struct {
	mu       sync.Mutex
	receipts []receipt
}

func (r *streamReader) soFar() []receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.receipts
}

func (r *streamReader) read(conn net.Conn, first func()) error {
	defer first()
	const line = 512
	lines := bufio.NewReaderSize(conn, line)
	for {
		text, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue // it is a long line of data, of which nothing is asked
		}
		if err != nil {
			return err
		}
		id, found := bytes.CutPrefix(text, []byte("id: "))
		if !found {
			continue
		}
		version, err := strconv.ParseInt(string(bytes.TrimSpace(id)), 10, 64)
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.receipts = append(r.receipts, receipt{time.Now(), version})
		r.mu.Unlock()
		first()
	}
}
