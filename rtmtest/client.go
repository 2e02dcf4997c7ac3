package rtmtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
)

// ClientOptions say who a Client is.
type ClientOptions struct {
	AppID string
	SDK   string // "1.x", which "" stands for, or "2.x"
}

// A Notification is an event that the SDK would hand to the app's listeners:
// "ConnectionStateChanged", "TokenExpired", "linkState", …
type Notification struct {
	Name    string
	Channel string            // of events of a channel
	Args    []json.RawMessage // what listeners are called with
}

// Text is an argument that is a string, "" if it is none.
func (n Notification) Text(i int) string {
	if i >= len(n.Args) {
		return ""
	}
	s, _ := text(n.Args[i])
	return s
}

// A Client logs in to the service as an app would through the SDK. It is safe
// for concurrent use.
//
// It does not come back when its connection is lost; what links do is simulated
// with [Project.Fault].
type Client struct {
	transport transport
	sdk       sdk
	session   string
	stop      context.CancelFunc
	done      chan struct{}

	mu     sync.Mutex
	lastID int64
	calls  map[int64]chan reply
	heard  []Notification
	next   int           // the first that Next has not returned
	grown  chan struct{} // closed at the next notification
	state  string
	err    error
}

// reply is a result frame on its way to the caller.
type reply struct {
	OK    json.RawMessage `json:"ok"`
	Error *Error          `json:"error"`
}

// ErrClosed is returned once the connection to the service has ended.
var ErrClosed = errors.New("rtmtest: the connection to the local RTM service has ended")

// Dial connects to a service over a WebSocket. url is that of the service, like
// http://127.0.0.1:8082. ctx is for dialling only.
func Dial(ctx context.Context, url string, o ClientOptions) (*Client, error) {
	conn, _, err := websocket.Dial(ctx, url+"/local/rtm", nil) //nolint:bodyclose // the library's documentation: never to be closed
	if err != nil {
		return nil, fmt.Errorf("rtmtest: %w", err)
	}
	conn.SetReadLimit(maxQueuedBytes)
	return newClient(ctx, socket{conn}, o)
}

// Connect connects to the service in memory, without a port. It works inside a
// [testing/synctest] bubble, if the service was made there.
func (s *Service) Connect(ctx context.Context, o ClientOptions) (*Client, error) {
	near, far := newPipe()
	go s.serve(context.Background(), far) //nolint:gosec // ends with the pipe: ctx is for connecting only
	return newClient(ctx, near, o)
}

func newClient(ctx context.Context, t transport, o ClientOptions) (*Client, error) {
	c := &Client{transport: t, sdk: sdk(o.SDK), done: make(chan struct{}), calls: make(map[int64]chan reply)}
	if c.sdk == "" {
		c.sdk = sdk1
	}
	fail := func(err error) (*Client, error) {
		t.Close(websocket.StatusNormalClosure, "")
		return nil, err
	}
	hello := encode(struct {
		ID   int    `json:"id"`
		Op   string `json:"op"`
		Args any    `json:"args"`
	}{0, "hello", map[string]any{"protocol": protocol, "sdk": c.sdk, "app_id": o.AppID}})
	if err := t.Write(ctx, hello); err != nil {
		return fail(fmt.Errorf("rtmtest: %w", err))
	}
	data, err := t.Read(ctx)
	if err != nil {
		return fail(fmt.Errorf("rtmtest: %w", err))
	}
	var answer struct {
		OK    *welcome `json:"ok"`
		Error *Error   `json:"error"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.OK == nil && answer.Error == nil {
		return fail(errors.New("rtmtest: what answers is not a local RTM service"))
	}
	if answer.Error != nil {
		return fail(answer.Error)
	}
	c.session, c.state = answer.OK.Session, answer.OK.State
	reading, stop := context.WithCancel(context.Background())
	c.stop = stop
	go c.read(reading)
	return c, nil
}

// Session is the ID of the client's session on the control plane.
func (c *Client) Session() string { return c.session }

// State is the connection state of which the client has heard last.
func (c *Client) State() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Close closes the connection, as when a page is closed: it does not log out.
func (c *Client) Close() {
	c.stop()
	c.transport.Close(websocket.StatusNormalClosure, "")
	<-c.done
}

func (c *Client) read(ctx context.Context) {
	defer close(c.done)
	for {
		data, err := c.transport.Read(ctx)
		if err != nil {
			break
		}
		var f struct {
			ID    *int64 `json:"id"`
			Event string `json:"event"`
			Chan  string `json:"channel"`
			reply
			Args []json.RawMessage `json:"args"`
		}
		if json.Unmarshal(data, &f) != nil {
			break
		}
		c.mu.Lock()
		if f.ID != nil {
			if waiting := c.calls[*f.ID]; waiting != nil {
				delete(c.calls, *f.ID)
				waiting <- f.reply
			}
		} else {
			c.hear(Notification{f.Event, f.Chan, f.Args})
		}
		c.mu.Unlock()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = ErrClosed
	for id, waiting := range c.calls {
		close(waiting)
		delete(c.calls, id)
	}
	c.wakeNext()
}

// hear notes a notification. mu must be held.
func (c *Client) hear(n Notification) {
	switch n.Name {
	case "ConnectionStateChanged":
		if n.Text(0) == c.state {
			return
		}
		c.state = n.Text(0)
	case "linkState":
		if len(n.Args) > 0 {
			c.state, _ = text(args(n.Args[0])["currentState"])
		}
	}
	c.heard = append(c.heard, n)
	c.wakeNext()
}

func (c *Client) wakeNext() {
	if c.grown != nil {
		close(c.grown)
		c.grown = nil
	}
}

// Heard returns all notifications so far.
func (c *Client) Heard() []Notification {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Notification(nil), c.heard...)
}

// Next returns the notification after the one that it returned last, and waits
// for it.
func (c *Client) Next(ctx context.Context) (Notification, error) {
	for {
		c.mu.Lock()
		if c.next < len(c.heard) {
			c.next++
			defer c.mu.Unlock()
			return c.heard[c.next-1], nil
		}
		if c.err != nil {
			defer c.mu.Unlock()
			return Notification{}, c.err
		}
		if c.grown == nil {
			c.grown = make(chan struct{})
		}
		grown := c.grown
		c.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return Notification{}, ctx.Err()
		}
	}
}

// Await returns the next notification of a name and skips others.
func (c *Client) Await(ctx context.Context, name string) (Notification, error) {
	for {
		if n, err := c.Next(ctx); err != nil || n.Name == name {
			return n, err
		}
	}
}

// Call makes any call of docs/local-rtm-protocol.md and decodes its result into
// result, which may be nil. A refusal is an [*Error].
func (c *Client) Call(ctx context.Context, op string, arguments, result any) error {
	if arguments == nil {
		arguments = empty{}
	}
	data, err := json.Marshal(arguments)
	if err != nil {
		return fmt.Errorf("rtmtest: arguments of %s: %w", op, err)
	}
	waiting := make(chan reply, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return c.err
	}
	c.lastID++
	id := c.lastID
	c.calls[id] = waiting
	if op == "login" && c.sdk == sdk1 && c.state == disconnected {
		c.hear(Notification{"ConnectionStateChanged", "", []json.RawMessage{json.RawMessage(`"CONNECTING"`), json.RawMessage(`"LOGIN"`)}})
	}
	c.mu.Unlock()
	defer func() { // of a call that was given up nobody reads the answer
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.calls, id)
	}()
	if err := c.transport.Write(ctx, encode(request{id, op, data})); err != nil {
		return fmt.Errorf("rtmtest: %s: %w", op, err)
	}
	select {
	case r, ok := <-waiting:
		switch {
		case !ok:
			return ErrClosed
		case r.Error != nil:
			return r.Error
		case result == nil:
			return nil
		}
		return json.Unmarshal(r.OK, result)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Login logs in. token may be empty, as where a project has no certificate.
func (c *Client) Login(ctx context.Context, user, token string) error {
	key := "uid"
	if c.sdk == sdk2 {
		key = "userId"
	}
	a := map[string]string{key: user}
	if token != "" {
		a["token"] = token
	}
	return c.Call(ctx, "login", a, nil)
}

// Logout logs out.
func (c *Client) Logout(ctx context.Context) error { return c.Call(ctx, "logout", nil, nil) }

// RenewToken gives the service a new token for the user who is logged in.
func (c *Client) RenewToken(ctx context.Context, token string) error {
	return c.Call(ctx, "renewToken", map[string]string{"token": token}, nil)
}
