package rtmtest

import "sync"

const (
	// maxQueued is how many frames, and maxQueuedBytes how many bytes, a session
	// holds for a client that does not read. One that is further behind has lost
	// the session.
	maxQueued      = 32 << 10
	maxQueuedBytes = 8 << 20
	// keptSent is how many events that were sent are kept to be sent again, and
	// keptSentBytes how many bytes of them.
	keptSent      = 128
	keptSentBytes = 512 << 10
)

// A frame is what is sent to a client: an event, with its sequence number, or a
// result, with 0.
type frame struct {
	seq  uint64
	data []byte
}

// An outbox is what one session has to tell its client. The project puts
// frames in, holding its mutex; the writer of the WebSocket takes them out
// without it.
type outbox struct {
	mu        sync.Mutex
	owner     *attachment // the only one who may take
	queue     []frame
	bytes     int // of queue
	sent      []frame
	sentBytes int
	overflown bool
}

func newOutbox(owner *attachment) *outbox { return &outbox{owner: owner} }

// put adds a frame. It reports false if the client is too far behind: what it
// missed cannot be made good.
func (o *outbox) put(f frame) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.overflown {
		return false
	}
	if len(o.queue) >= maxQueued || o.bytes+len(f.data) > maxQueuedBytes {
		o.overflown = true
		o.queue, o.sent, o.bytes, o.sentBytes = nil, nil, 0, 0
		return false
	}
	o.queue = append(o.queue, f)
	o.bytes += len(f.data)
	o.signal()
	return true
}

// signal wakes the owner's writer.
func (o *outbox) signal() {
	select {
	case o.owner.wake <- struct{}{}:
	default:
	}
}

// take hands all frames to the owner. Events among them are kept to be sent
// again.
func (o *outbox) take(a *attachment) []frame {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.owner != a {
		return nil
	}
	taken := o.queue
	o.queue, o.bytes = nil, 0
	for _, f := range taken {
		if f.seq > 0 {
			o.sent = append(o.sent, f)
			o.sentBytes += len(f.data)
		}
	}
	drop := 0
	for len(o.sent)-drop > keptSent || o.sentBytes > keptSentBytes {
		o.sentBytes -= len(o.sent[drop].data)
		drop++
	}
	if drop > 0 {
		o.sent = append(o.sent[:0:0], o.sent[drop:]...)
	}
	return taken
}

// giveBack returns frames that could not be written. Results go back to the
// queue; events are kept anyway.
func (o *outbox) giveBack(frames []frame) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var results []frame
	for _, f := range frames {
		if f.seq == 0 && !o.overflown {
			results = append(results, f)
			o.bytes += len(f.data)
		}
	}
	o.queue = append(results, o.queue...)
	o.signal()
}

// resume makes a the owner and queues again what the client has not seen after
// the event seq. It reports false if that is no longer all there.
func (o *outbox) resume(a *attachment, seq, last uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.overflown || seq > last {
		return false
	}
	var again []frame
	for _, f := range o.sent {
		if f.seq > seq {
			again = append(again, f)
		}
	}
	oldest := last + 1
	for _, f := range append(again[:len(again):len(again)], o.queue...) {
		if f.seq > 0 {
			oldest = f.seq
			break
		}
	}
	if oldest > seq+1 {
		return false
	}
	for _, f := range again {
		o.sentBytes -= len(f.data)
		o.bytes += len(f.data)
	}
	o.sent = o.sent[:len(o.sent)-len(again)]
	o.queue = append(again, o.queue...)
	o.owner = a
	o.signal()
	return true
}
