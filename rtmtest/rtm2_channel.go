package rtmtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rtmauth/rtmauth"
)

const (
	maxSubscribed = 50 // the limits page; the typings say 100
	maxCustomType = 32
	publishLimit  = 60 // a second
)

// subscription is one user's subscription to a channel.
type subscription struct {
	user     *rtm2
	messages bool
	presence bool // hears of others
	quiet    bool // others do not hear of it
}

// channel2 is a channel of RTM 2.x with subscribers, in the order in which they
// came.
type channel2 struct {
	name        string
	subscribers []*subscription
}

// validChannel2 is the rule for channel names, which 2.x has one more of.
func validChannel2(name string) bool {
	return rtmauth.ValidateChannel(name) == nil && !strings.HasPrefix(name, "_")
}

// option reads a boolean option.
func option(raw json.RawMessage, otherwise bool) bool {
	switch string(raw) {
	case "true":
		return true
	case "false":
		return false
	}
	return otherwise
}

// channelStamp is the result of calls on a channel.
type channelStamp struct {
	At      int64  `json:"timestamp"`
	Channel string `json:"channelName"`
}

func (r *rtm2) subscribe(c *call) {
	name, ok := text(c.args["channelName"])
	switch {
	case !ok || !validChannel2(name):
		r.refuse(c, -10008, "The channel name must be a string of 1 to 64 bytes of the documented characters that does not begin with _.", src2Channel)
		return
	case !r.admit("subscribe "+name, 2, 5*time.Second):
		r.refuse(c, -11020, "More than 2 subscriptions to this channel in 5 s.", src2Limits)
		return
	case r.subscribed[name] == nil && len(r.subscribed) >= maxSubscribed && r.s.p.settings.Limits:
		r.refuse(c, -11005, "At most 50 channels can be subscribed to at once.", src2Limits)
		return
	}
	o := args(c.args["options"])
	s := &subscription{user: r, messages: option(o["withMessage"], true), presence: option(o["withPresence"], true), quiet: option(o["beQuiet"], false)}
	r.network(c, func() {
		if old := r.subscribed[name]; old != nil {
			old.messages, old.presence = s.messages, s.presence
			c.ok(channelStamp{r.now(), name})
			return
		}
		if len(r.subscribed) >= maxSubscribed && r.s.p.settings.Limits { // by calls that waited for the link too
			r.refuse(c, -11005, "At most 50 channels can be subscribed to at once.", src2Limits)
			return
		}
		r.subscribed[name] = s
		r.s.note(Event{Type: Joined, Source: src2Channel, Detail: fmt.Sprintf("Channel %q.", name)})
		c.ok(channelStamp{r.now(), name})
		r.enter(name, s)
	})
}

func (r *rtm2) unsubscribe(c *call) {
	name, ok := text(c.args["channelName"])
	switch {
	case !ok || !validChannel2(name):
		r.refuse(c, -10008, "The channel name is not valid.", src2Channel)
		return
	case r.subscribed[name] == nil:
		r.refuse(c, -11002, "The channel is not subscribed to.", src2Channel)
		return
	}
	r.network(c, func() {
		if s := r.subscribed[name]; s != nil {
			delete(r.subscribed, name)
			delete(r.states, name)
			r.exit(name, s, "REMOTE_LEAVE")
			r.s.note(Event{Type: Left, Source: src2Channel, Detail: fmt.Sprintf("Channel %q.", name)})
		}
		c.ok(channelStamp{r.now(), name})
	})
}

// enter makes a subscription heard of.
func (r *rtm2) enter(name string, s *subscription) {
	w := r.world()
	ch := w.channels[name]
	if ch == nil {
		ch = &channel2{name: name}
		w.channels[name] = ch
	}
	if !s.quiet {
		ch.tell(r, presenceEvent{Type: "REMOTE_JOIN", Channel: name, Publisher: r.s.user, States: map[string]string{}})
	}
	ch.subscribers = append(ch.subscribers, s)
	if s.presence {
		r.emitPresence(presenceEvent{Type: "SNAPSHOT", Channel: name, States: map[string]string{}, Snapshot: ch.occupants(true, true)})
	}
}

// exit is the reverse of enter.
func (r *rtm2) exit(name string, s *subscription, how string) {
	w := r.world()
	ch := w.channels[name]
	if ch == nil {
		return
	}
	i := slices.Index(ch.subscribers, s)
	if i < 0 {
		return
	}
	ch.subscribers = slices.Delete(ch.subscribers, i, i+1)
	if len(ch.subscribers) == 0 {
		delete(w.channels, name)
		return
	}
	if !s.quiet {
		ch.tell(r, presenceEvent{Type: how, Channel: name, Publisher: r.s.user, States: map[string]string{}})
	}
}

// appear makes the user and its subscriptions heard of.
func (r *rtm2) appear() {
	if r.present {
		return
	}
	r.present = true
	for _, name := range slices.Sorted(maps.Keys(r.subscribed)) {
		r.enter(name, r.subscribed[name])
	}
}

// disappear is the reverse of appear; how is what others are told.
func (r *rtm2) disappear(how string) {
	r.leave.stop()
	if !r.present {
		return
	}
	r.present = false
	for _, name := range slices.Sorted(maps.Keys(r.subscribed)) {
		r.exit(name, r.subscribed[name], how)
	}
}

// messageEvent is the event message.
type messageEvent struct {
	ChannelType string `json:"channelType"`
	Channel     string `json:"channelName"`
	Topic       string `json:"topicName"`
	MessageType string `json:"messageType"`
	CustomType  string `json:"customType"`
	Publisher   string `json:"publisher"`
	Message     string `json:"message"`
	PublishedAt int64  `json:"publishTime"`
	At          int64  `json:"timestamp"`
}

// readMessage2 reads what is to be published; with a code it is not valid.
func readMessage2(c *call) (m messageEvent, code int, problem string) {
	body, ok := text(c.args["message"])
	m.Message = body
	if m.MessageType, _ = text(c.args["messageType"]); m.MessageType == "" {
		m.MessageType = "STRING"
	}
	size := len(body)
	switch m.MessageType {
	case "BINARY":
		data, err := base64.StdEncoding.DecodeString(body)
		ok, size = ok && err == nil, len(data)
	case "STRING":
	default:
		ok = false
	}
	var custom bool
	m.CustomType, custom = text(c.args["customType"])
	switch {
	case !ok:
		return m, -11009, "The message must be a string or bytes."
	case size > maxMessage:
		return m, -11010, "The message is longer than 32 KB."
	case !custom && !absent(c.args["customType"]):
		return m, -11030, "The customType must be a string."
	case len(m.CustomType) > maxCustomType:
		return m, -11029, "The customType is longer than 32 bytes."
	case !utf8.ValidString(m.CustomType):
		return m, -11030, "The customType must be text."
	}
	return m, 0, ""
}

func (r *rtm2) publish(c *call) {
	name, isText := text(c.args["channelName"])
	m, code, problem := readMessage2(c)
	m.ChannelType = "MESSAGE"
	if t, ok := text(c.args["channelType"]); ok {
		m.ChannelType = t
	} else if !absent(c.args["channelType"]) {
		m.ChannelType = ""
	}
	switch {
	case m.ChannelType == "STREAM":
		r.refuse(c, -10022, "The local service does not have stream channels.", src2Unsupported)
		return
	case m.ChannelType != "MESSAGE" && m.ChannelType != "USER":
		r.refuse(c, -10019, "The channelType must be MESSAGE or USER.", src2Channel)
		return
	case m.ChannelType == "USER" && (!isText || rtmauth.ValidateUserID(name) != nil):
		r.refuse(c, -10006, "The user ID is not valid.", src2UserID)
		return
	case m.ChannelType == "MESSAGE" && (!isText || !validChannel2(name)):
		r.refuse(c, -10008, "The channel name is not valid.", src2Channel)
		return
	case code != 0:
		r.refuse(c, code, problem, src2Message)
		return
	case !r.admit("publish", publishLimit, time.Second):
		r.refuse(c, -10021, "More than 60 messages in a second.", src2Limits)
		return
	}
	r.network(c, func() { r.deliver(c, name, m) })
}

func (r *rtm2) deliver(c *call, name string, m messageEvent) {
	m.Channel, m.Publisher = name, r.s.user
	m.PublishedAt, m.At = r.now(), r.now()
	w := r.world()
	if m.ChannelType == "USER" {
		target := w.users[name]
		if target == nil || !target.present || !target.s.up || target.st != connected {
			r.refuse(c, -11033, "The user is not online.", src2Offline)
			return
		}
		target.s.emit("message", "", m)
	} else if ch := w.channels[name]; ch != nil {
		for _, s := range ch.subscribers {
			if s.messages && s.user.s.up && s.user.st == connected {
				s.user.s.emit("message", "", m)
			}
		}
	}
	r.s.note(Event{Type: MessageSent, Source: src2Message, Detail: fmt.Sprintf("To %s %q.", strings.ToLower(m.ChannelType), name)})
	c.ok(channelStamp{r.now(), name})
}
