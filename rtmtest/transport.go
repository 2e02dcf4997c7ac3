package rtmtest

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// maxFrame bounds a frame from a client. A message of 32 KiB, the documented
// limit, is longer in JSON; one that is over the limit must still arrive, to be
// refused with its code.
const maxFrame = 256 << 10

// writeTimeout is how long one frame to a client may take.
const writeTimeout = 10 * time.Second

// A transport carries frames between a client and the service.
type transport interface {
	Read(context.Context) ([]byte, error)
	Write(context.Context, []byte) error
	Close(status websocket.StatusCode, reason string)
}

// socket is a transport over a WebSocket.
type socket struct{ conn *websocket.Conn }

var errNotText = errors.New("a frame must be text")

func (s socket) Read(ctx context.Context) ([]byte, error) {
	kind, data, err := s.conn.Read(ctx)
	if err == nil && kind != websocket.MessageText {
		return nil, errNotText
	}
	return data, err
}

func (s socket) Write(ctx context.Context, data []byte) error {
	return s.conn.Write(ctx, websocket.MessageText, data)
}

// Close does not wait for the peer to say goodbye: it may be gone.
func (s socket) Close(status websocket.StatusCode, reason string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.conn.Close(status, reason) // it is being given up
	}()
	t := time.NewTimer(time.Second)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		_ = s.conn.CloseNow() // same
		<-done
	}
}

// pipe is one end of a transport in memory. It works inside a synctest bubble.
type pipe struct {
	in, out chan []byte
	closed  chan struct{} // shared by both ends
	once    *sync.Once
}

func newPipe() (client, service *pipe) {
	a, b, closed, once := make(chan []byte, 16), make(chan []byte, 16), make(chan struct{}), new(sync.Once)
	return &pipe{a, b, closed, once}, &pipe{b, a, closed, once}
}

func (p *pipe) Read(ctx context.Context) ([]byte, error) {
	select {
	case data := <-p.in:
		return data, nil
	default:
	}
	select {
	case data := <-p.in:
		return data, nil
	case <-p.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Write(ctx context.Context, data []byte) error {
	select {
	case <-p.closed:
		return io.ErrClosedPipe
	default:
	}
	select {
	case p.out <- data:
		return nil
	case <-p.closed:
		return io.ErrClosedPipe
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pipe) Close(websocket.StatusCode, string) { p.once.Do(func() { close(p.closed) }) }
