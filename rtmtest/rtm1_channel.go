package rtmtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rtmauth/rtmauth"
)

const (
	maxJoined     = 20  // channels of one client
	largeChannel  = 512 // members above which nobody is told who comes and goes
	keptMessages  = 32  // messages of a channel that are sent again after a reconnection
	keptFor       = 30 * time.Second
	countInterval = time.Second // between two member counts
	largeInterval = 3 * time.Second
	maxCounted    = 32 // channels in one getChannelMemberCount
)

// channel1 is a channel of RTM 1.x that has members, or attributes.
type channel1 struct {
	p       *Project
	name    string
	members []*rtm1 // in the order in which they came
	recent  []channelMessage
	counted time.Time // when the count was last sent to all
	count   *alarm
	attrs   channelAttributes
}

type channelMessage struct {
	message json.RawMessage
	from    *rtm1
	user    string
	at      time.Time
}

// channel returns a channel, and makes it if need be.
func (r *rtm1) channel(name string) *channel1 {
	w := r.world()
	ch := w.channels[name]
	if ch == nil {
		ch = &channel1{p: r.s.p, name: name}
		w.channels[name] = ch
	}
	ch.attrs.vanish.stop()
	return ch
}

// add makes r a member and tells the others.
func (ch *channel1) add(r *rtm1) {
	if slices.Contains(ch.members, r) {
		return
	}
	if len(ch.members) < largeChannel {
		for _, m := range ch.members {
			m.tell("MemberJoined", ch.name, r.s.user)
		}
	}
	ch.members = append(ch.members, r)
	ch.tellCountTo(r)
	ch.tellCount()
}

// remove takes r out and tells the others.
func (ch *channel1) remove(r *rtm1) {
	i := slices.Index(ch.members, r)
	if i < 0 {
		return
	}
	large := len(ch.members) > largeChannel
	ch.members = slices.Delete(ch.members, i, i+1)
	if !large {
		for _, m := range ch.members {
			m.tell("MemberLeft", ch.name, r.s.user)
		}
	}
	if len(ch.members) == 0 {
		ch.empty()
		return
	}
	ch.tellCount()
}

// empty is when the last member has left. The attributes stay for some minutes.
func (ch *channel1) empty() {
	ch.count.stop()
	ch.recent = nil
	if len(ch.attrs.values) == 0 {
		delete(ch.p.world1.channels, ch.name)
		return
	}
	ch.attrs.vanish = ch.p.after(attributesVanish, func() {
		if w := &ch.p.world1; w.channels[ch.name] == ch { // a reset makes a new world
			delete(w.channels, ch.name)
		}
	})
}

// tellCount sends the number of members to all, at once or when the documented
// pause since the last time has passed.
func (ch *channel1) tellCount() {
	if ch.count.pending() {
		return
	}
	pause := countInterval
	if len(ch.members) > largeChannel {
		pause = largeInterval
	}
	send := func() {
		ch.counted = ch.p.clock.Now()
		for _, m := range ch.members {
			ch.tellCountTo(m)
		}
	}
	if wait := ch.counted.Add(pause).Sub(ch.p.clock.Now()); wait > 0 && wait <= pause {
		ch.count = ch.p.after(wait, send)
		return
	}
	send()
}

// tellCountTo sends the number of members to one that has not been told it.
func (ch *channel1) tellCountTo(r *rtm1) {
	if n := len(ch.members); r.s.up && r.present && r.joined[ch.name] != n {
		r.joined[ch.name] = n
		r.s.emit("MemberCountUpdated", ch.name, n)
	}
}

// in reports whether the app has joined a channel.
func (r *rtm1) in(name string) bool {
	_, ok := r.joined[name]
	return ok
}

// tell sends an event of a channel to a member whose link is up.
func (r *rtm1) tell(name, channel string, args ...any) {
	if r.s.up && r.present {
		r.s.emit(name, channel, args...)
	}
}

// resend gives r what it missed of the channel.
func (ch *channel1) resend(r *rtm1, now time.Time) {
	for _, m := range ch.recent {
		if m.from != r && !m.at.Before(r.away) && now.Sub(m.at) <= keptFor {
			r.s.emit("ChannelMessage", ch.name, m.message, m.user, received{m.at.UnixMilli()})
		}
	}
}

// channelName reads the channel of a call.
func channelName(c *call) (string, bool) {
	name, ok := text(c.args["channel"])
	return name, ok && rtmauth.ValidateChannel(name) == nil
}

func (r *rtm1) joinChannel(c *call) {
	name, ok := channelName(c)
	switch {
	case !ok:
		r.refuse(c, 3, "The channel ID must be a string of 1 to 64 bytes of the documented characters.", srcCallRule)
		return
	case r.in(name):
		r.refuse(c, 6, "The channel is joined already.", srcCallRule)
		return
	case len(r.joined) >= maxJoined:
		r.refuse(c, 5, "At most 20 channels can be joined at once.", srcCallRule)
		return
	case !r.admit("join", 50, 3*time.Second):
		r.refuse(c, 7, "More than 50 joins in 3 s.", srcCallRule)
		return
	case !r.admit("join "+name, 2, 5*time.Second):
		r.refuse(c, 8, "More than 2 joins of this channel in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		switch { // by calls that waited for the link too
		case r.in(name):
			r.refuse(c, 6, "The channel is joined already.", srcCallRule)
			return
		case len(r.joined) >= maxJoined:
			r.refuse(c, 5, "At most 20 channels can be joined at once.", srcCallRule)
			return
		}
		r.joined[name] = 0
		r.s.note(Event{Type: Joined, Source: srcMessage, Detail: fmt.Sprintf("Channel %q.", name)})
		c.ok(empty{})
		r.channel(name).add(r)
	})
}

func (r *rtm1) leaveChannel(c *call) {
	name, ok := channelName(c)
	if !ok || !r.in(name) {
		r.refuse(c, 3, "The channel is not joined.", srcCallRule)
		return
	}
	r.network(c, func() {
		if !r.in(name) { // any more
			r.refuse(c, 3, "The channel is not joined.", srcCallRule)
			return
		}
		delete(r.joined, name)
		if ch := r.world().channels[name]; ch != nil {
			ch.remove(r)
		}
		r.s.note(Event{Type: Left, Source: srcMessage, Detail: fmt.Sprintf("Channel %q.", name)})
		c.ok(empty{})
	})
}

func (r *rtm1) sendToChannel(c *call) {
	name, ok := channelName(c)
	body, problem := parseMessage(c.args["message"])
	switch {
	case !ok || !r.in(name):
		r.refuse(c, 5, "The channel is not joined.", srcCallRule)
		return
	case problem != "":
		r.refuse(c, 4, problem, srcCallRule)
		return
	case !r.admitMessage():
		r.refuse(c, 3, "More than 180 messages in 3 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		if !r.in(name) { // any more
			r.refuse(c, 5, "The channel is not joined.", srcCallRule)
			return
		}
		ch, now := r.channel(name), r.s.p.clock.Now()
		if len(ch.recent) >= keptMessages {
			ch.recent = append(ch.recent[:0], ch.recent[1:]...)
		}
		ch.recent = append(ch.recent, channelMessage{body, r, r.s.user, now})
		for _, m := range ch.members {
			if m != r {
				m.tell("ChannelMessage", name, body, r.s.user, received{now.UnixMilli()})
			}
		}
		r.s.note(Event{Type: MessageSent, Source: srcMessage, Detail: fmt.Sprintf("To channel %q.", name)})
		c.ok(empty{})
	})
}

func (r *rtm1) getMembers(c *call) {
	name, ok := channelName(c)
	switch {
	case !ok || !r.in(name):
		r.refuse(c, 5, "The channel is not joined.", srcCallRule)
		return
	case !r.admit("members", 5, 2*time.Second):
		r.refuse(c, 4, "More than 5 queries of members in 2 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		if !r.in(name) { // any more
			r.refuse(c, 5, "The channel is not joined.", srcCallRule)
			return
		}
		members := r.channel(name).members
		if p := r.s.p; p.random != nil { // their order is not documented
			members = slices.Clone(members)
			p.random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		}
		names := make([]string, 0, min(len(members), largeChannel))
		for _, m := range members[:min(len(members), largeChannel)] {
			names = append(names, m.s.user)
		}
		c.ok(struct {
			Members []string `json:"members"`
		}{names})
	})
}

func (r *rtm1) countMembers(c *call) {
	list, ok := texts(c.args["channels"])
	switch {
	case !ok || len(list) == 0 || slices.ContainsFunc(list, func(name string) bool { return rtmauth.ValidateChannel(name) != nil }):
		r.refuse(c, 2, "Give a list of channel IDs.", srcCallRule)
		return
	case len(list) > maxCounted:
		r.refuse(c, 5, "At most 32 channels can be counted at once.", srcCallRule)
		return
	case !r.admit("count", 1, time.Second):
		r.refuse(c, 3, "More than 1 query of member counts in a second.", srcCallRule)
		return
	}
	r.network(c, func() {
		counts := make(map[string]int, len(list))
		for _, name := range list {
			counts[name] = 0
			if ch := r.world().channels[name]; ch != nil {
				counts[name] = len(ch.members)
			}
		}
		c.ok(counts)
	})
}

func (r *rtm1) channels() []string { return append([]string{}, slices.Sorted(maps.Keys(r.joined))...) }
