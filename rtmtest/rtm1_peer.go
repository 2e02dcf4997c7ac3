package rtmtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/rtmauth/rtmauth"
)

const (
	messageLimit  = 180 // messages to users and channels in messagePeriod
	messagePeriod = 3 * time.Second
	maxGap        = 1000    // messages kept for one user whose link is down, and
	maxGapBytes   = 4 << 20 // how long they are together: all must fit into the outbox
	maxQueried    = 256     // users in one query
	maxWatched    = 512     // users whose status one client watches
)

// gapMessage is a message from a user that waits for the link.
type gapMessage struct {
	message json.RawMessage
	from    string
	at      time.Time
}

// received are the properties of a received message.
type received struct {
	At int64 `json:"serverReceivedTs"` // milliseconds
}

func (r *rtm1) admitMessage() bool { return r.admit("message", messageLimit, messagePeriod) }

func (r *rtm1) sendToPeer(c *call) {
	peer, ok := text(c.args["peer"])
	body, problem := parseMessage(c.args["message"])
	switch {
	case !ok || rtmauth.ValidateUserID(peer) != nil:
		r.refuse(c, 6, "The peer's user ID must be a string of 1 to 64 bytes of the documented characters.", srcCallRule)
		return
	case problem != "":
		r.refuse(c, 7, problem, srcCallRule)
		return
	case !r.admitMessage():
		r.refuse(c, 5, "More than 180 messages in 3 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		now := r.s.p.clock.Now()
		target := r.world().users[peer]
		reached := target != nil && target.present && target.s.up
		switch {
		case reached:
			target.s.emit("MessageFromPeer", "", body, r.s.user, received{now.UnixMilli()})
		case target != nil:
			target.keep(gapMessage{body, r.s.user, now})
		}
		r.s.note(Event{Type: MessageSent, Source: srcMessage, Detail: fmt.Sprintf("To user %q; received: %t.", peer, reached)})
		c.ok(struct {
			Received bool `json:"hasPeerReceived"`
		}{reached})
	})
}

// keep holds a message until the link is back. The oldest go if there are too
// many.
func (r *rtm1) keep(m gapMessage) {
	r.gap = append(r.gap, m)
	r.gapBytes += len(m.message)
	for len(r.gap) > maxGap || r.gapBytes > maxGapBytes {
		r.gapBytes -= len(r.gap[0].message)
		r.gap = slices.Delete(r.gap, 0, 1)
	}
}

// deliverGap sends what came while the link was down: all messages from users,
// and the messages of the channels that are not older than 30 s.
func (r *rtm1) deliverGap() {
	gap := r.gap
	r.gap, r.gapBytes = nil, 0
	for _, m := range gap {
		r.s.emit("MessageFromPeer", "", m.message, m.from, received{m.at.UnixMilli()})
	}
	now := r.s.p.clock.Now()
	for _, name := range slices.Sorted(maps.Keys(r.joined)) {
		if ch := r.world().channels[name]; ch != nil {
			ch.resend(r, now)
			ch.tellCountTo(r)
		}
	}
}

// appear puts the user into the online list and into the channels that its app
// has joined.
func (r *rtm1) appear() {
	if r.present {
		return
	}
	r.present = true
	r.tellWatchers("ONLINE")
	for _, name := range slices.Sorted(maps.Keys(r.joined)) {
		r.channel(name).add(r)
	}
}

// disappear is the reverse of appear.
func (r *rtm1) disappear() {
	r.leave.stop()
	r.unreachable.stop()
	if !r.present {
		return
	}
	r.present = false
	for _, name := range slices.Sorted(maps.Keys(r.joined)) {
		if ch := r.world().channels[name]; ch != nil {
			ch.remove(r)
		}
	}
	r.tellWatchers("OFFLINE")
}

// status is what watchers of a user see.
func (w *world1) status(user string) string {
	switch u := w.users[user]; {
	case u == nil || !u.present:
		return "OFFLINE"
	case !u.s.up && !u.unreachable.pending():
		return "UNREACHABLE"
	default:
		return "ONLINE"
	}
}

// tellWatchers sends a change of the user's status to those who watch it,
// unless another client has taken the user over.
func (r *rtm1) tellWatchers(status string) {
	w := r.world()
	if owner := w.users[r.s.user]; owner != nil && owner != r {
		return
	}
	for _, watcher := range inOrder1(w.watchers[r.s.user]) {
		if watcher.s.up && watcher.watched[r.s.user] != status {
			watcher.watched[r.s.user] = status
			watcher.s.emit("PeersOnlineStatusChanged", "", map[string]string{r.s.user: status})
		}
	}
}

// tellWatched tells this user what has changed among those it watches.
func (r *rtm1) tellWatched() {
	changed := make(map[string]string)
	for peer, told := range r.watched {
		if now := r.world().status(peer); now != told {
			r.watched[peer] = now
			changed[peer] = now
		}
	}
	if len(changed) > 0 {
		r.s.emit("PeersOnlineStatusChanged", "", changed)
	}
}

// peers reads the user IDs of a call.
func (r *rtm1) peers(c *call) ([]string, bool) {
	list, ok := texts(c.args["peers"])
	if !ok || len(list) == 0 || slices.ContainsFunc(list, func(p string) bool { return rtmauth.ValidateUserID(p) != nil }) {
		r.refuse(c, 2, "Give a list of user IDs.", srcCallRule)
		return nil, false
	}
	return list, true
}

func (r *rtm1) queryPeers(c *call) {
	list, ok := r.peers(c)
	if !ok {
		return
	}
	if len(list) > maxQueried {
		r.refuse(c, 2, "At most 256 users can be asked about at once.", srcCallRule)
		return
	}
	if !r.admit("query", 10, 5*time.Second) {
		r.refuse(c, 5, "More than 10 queries in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		online := make(map[string]bool, len(list))
		for _, peer := range list {
			online[peer] = r.world().status(peer) != "OFFLINE"
		}
		c.ok(online)
	})
}

func (r *rtm1) watchPeers(c *call) {
	list, ok := r.peers(c)
	if !ok {
		return
	}
	switch {
	case r.wouldWatch(list) > maxWatched:
		r.refuse(c, 6, "At most 512 users can be watched.", srcCallRule)
		return
	case !r.admit("watch", 10, 5*time.Second):
		r.refuse(c, 5, "More than 10 subscriptions in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		if r.wouldWatch(list) > maxWatched { // with calls that waited for the link too
			r.refuse(c, 6, "At most 512 users can be watched.", srcCallRule)
			return
		}
		w := r.world()
		status := make(map[string]string, len(list))
		for _, peer := range list {
			if w.watchers[peer] == nil {
				w.watchers[peer] = make(map[*rtm1]struct{})
			}
			w.watchers[peer][r] = struct{}{}
			status[peer] = w.status(peer)
			r.watched[peer] = status[peer]
		}
		c.ok(empty{})
		r.s.emit("PeersOnlineStatusChanged", "", status)
	})
}

// wouldWatch is how many users are watched together with those of a list.
func (r *rtm1) wouldWatch(list []string) int {
	added := make(map[string]bool)
	for _, peer := range list {
		if _, known := r.watched[peer]; !known {
			added[peer] = true
		}
	}
	return len(r.watched) + len(added)
}

func (r *rtm1) unwatchPeers(c *call) {
	list, ok := r.peers(c)
	if !ok {
		return
	}
	if !r.admit("watch", 10, 5*time.Second) {
		r.refuse(c, 5, "More than 10 subscriptions in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		for _, peer := range list {
			delete(r.watched, peer)
			r.world().unwatch(r, peer)
		}
		c.ok(empty{})
	})
}

func (r *rtm1) watchedPeers(c *call) {
	if option, _ := text(c.args["option"]); option != "ONLINE_STATUS" {
		r.refuse(c, 2, "The option must be ONLINE_STATUS.", srcCallRule)
		return
	}
	r.network(c, func() {
		c.ok(struct {
			Peers []string `json:"peers"`
		}{append([]string{}, slices.Sorted(maps.Keys(r.watched))...)})
	})
}

func (w *world1) unwatch(r *rtm1, peer string) {
	if set := w.watchers[peer]; set != nil {
		delete(set, r)
		if len(set) == 0 {
			delete(w.watchers, peer)
		}
	}
}

// inOrder1 sorts users by the age of their sessions.
func inOrder1(set map[*rtm1]struct{}) []*rtm1 {
	list := make([]*rtm1, 0, len(set))
	for r := range set {
		list = append(list, r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].s.number < list[j].s.number })
	return list
}
