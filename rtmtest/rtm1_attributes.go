package rtmtest

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/rtmauth/rtmauth"
)

const (
	maxAttributes     = 32
	maxAttributeName  = 32
	maxAttributeValue = 8 << 10
	maxUserAttributes = 16 << 10 // all of one user
	maxChanAttributes = 32 << 10 // all of one channel
	// attributesVanish is how long the attributes of an empty channel stay: the
	// documentation says a few minutes.
	attributesVanish = 5 * time.Minute
)

// attributes are those of the local user.
type attributes struct{ own map[string]string }

// channelAttributes are those of a channel.
type channelAttributes struct {
	values map[string]channelAttribute
	vanish *alarm
}

type channelAttribute struct {
	Value string `json:"value"`
	By    string `json:"lastUpdateUserId"`
	At    int64  `json:"lastUpdateTs"` // milliseconds
}

type attributesResult struct {
	Attributes any `json:"attributes"`
}

func (r *rtm1) clearUserAttributes() { r.own = nil }

// attributeMethod is what carries out an operation on attributes, nil if it is
// none.
func (r *rtm1) attributeMethod(op string) func(*call) {
	switch op {
	case "setLocalUserAttributes":
		return func(c *call) { r.changeOwn(c, true, false) }
	case "addOrUpdateLocalUserAttributes":
		return func(c *call) { r.changeOwn(c, false, false) }
	case "deleteLocalUserAttributesByKeys":
		return func(c *call) { r.changeOwn(c, false, true) }
	case "clearLocalUserAttributes":
		return func(c *call) { r.changeOwn(c, true, true) }
	case "getUserAttributes", "getUserAttributesByKeys":
		return r.getUserAttributes
	case "setChannelAttributes":
		return func(c *call) { r.changeChannel(c, true, false) }
	case "addOrUpdateChannelAttributes":
		return func(c *call) { r.changeChannel(c, false, false) }
	case "deleteChannelAttributesByKeys":
		return func(c *call) { r.changeChannel(c, false, true) }
	case "clearChannelAttributes":
		return func(c *call) { r.changeChannel(c, true, true) }
	case "getChannelAttributes", "getChannelAttributesByKeys":
		return r.getChannelAttributes
	}
	return nil
}

// change is what a call does to a set of attributes.
type change struct {
	all    bool // what was there goes
	set    map[string]string
	remove []string
}

// readChange reads the attributes or the keys of a call; it has answered the
// call if ok is false.
func (r *rtm1) readChange(c *call, all, remove bool) (ch change, ok bool) {
	ch.all = all
	switch {
	case remove && all:
		return ch, true
	case remove:
		if ch.remove, ok = texts(c.args["keys"]); !ok || len(ch.remove) == 0 {
			r.refuse(c, 3, "Give a list of attribute names.", srcCallRule)
			return ch, false
		}
		return ch, true
	}
	var raw map[string]json.RawMessage
	if absent(c.args["attributes"]) || json.Unmarshal(c.args["attributes"], &raw) != nil || len(raw) == 0 {
		r.refuse(c, 3, "Give attributes as an object of texts.", srcCallRule)
		return ch, false
	}
	ch.set = make(map[string]string, len(raw))
	for name, value := range raw {
		v, ok := text(value)
		if !ok || v == "" || name == "" || len(name) > maxAttributeName {
			r.refuse(c, 3, "An attribute needs a name of 1 to 32 bytes and a value that is a text and not empty.", srcCallRule)
			return ch, false
		}
		if len(v) > maxAttributeValue {
			r.refuse(c, 4, "The value of an attribute is at most 8 KB long.", srcCallRule)
			return ch, false
		}
		ch.set[name] = v
	}
	return ch, true
}

// apply changes a set of attributes; value makes one of its text, and text
// reads it.
func apply[V any](old map[string]V, ch change, value func(string) V, text func(V) string, limit int) (map[string]V, bool) {
	next := make(map[string]V)
	if !ch.all {
		maps.Copy(next, old)
	}
	for _, name := range ch.remove {
		delete(next, name)
	}
	for name, v := range ch.set {
		next[name] = value(v)
	}
	size := 0
	for name, v := range next {
		size += len(name) + len(text(v))
	}
	return next, len(next) <= maxAttributes && size <= limit
}

func (r *rtm1) changeOwn(c *call, all, remove bool) {
	ch, ok := r.readChange(c, all, remove)
	if !ok {
		return
	}
	if !r.admit("write user attributes", 10, 5*time.Second) {
		r.refuse(c, 5, "More than 10 changes of user attributes in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		same := func(s string) string { return s }
		next, fits := apply(r.own, ch, same, same, maxUserAttributes)
		if !fits {
			r.refuse(c, 4, "A user has at most 32 attributes, 16 KB together.", srcCallRule)
			return
		}
		r.own = next
		c.ok(empty{})
	})
}

func (r *rtm1) getUserAttributes(c *call) {
	user, ok := text(c.args["user"])
	if !ok || rtmauth.ValidateUserID(user) != nil {
		r.refuse(c, 3, "Give a user ID.", srcCallRule)
		return
	}
	keys, ok := r.keys(c, "getUserAttributesByKeys")
	if !ok {
		return
	}
	if !r.admit("read user attributes", 40, 5*time.Second) {
		r.refuse(c, 5, "More than 40 queries of user attributes in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		u := r.world().users[user]
		if u == nil || !u.present {
			r.refuse(c, 6, "The user is not online.", srcCallRule)
			return
		}
		c.ok(attributesResult{pick(u.own, keys)})
	})
}

// keys reads the names that a call asks for; nil stands for all.
func (r *rtm1) keys(c *call, byKeys string) ([]string, bool) {
	if c.op != byKeys {
		return nil, true
	}
	list, ok := texts(c.args["keys"])
	if !ok || len(list) == 0 {
		r.refuse(c, 3, "Give a list of attribute names.", srcCallRule)
		return nil, false
	}
	return list, true
}

func pick[V any](from map[string]V, keys []string) map[string]V {
	picked := make(map[string]V)
	if keys == nil {
		maps.Copy(picked, from)
	}
	for _, k := range keys {
		if v, ok := from[k]; ok {
			picked[k] = v
		}
	}
	return picked
}

func (r *rtm1) changeChannel(c *call, all, remove bool) {
	name, ok := channelName(c)
	if !ok {
		r.refuse(c, 3, "Give a channel ID.", srcCallRule)
		return
	}
	ch, ok := r.readChange(c, all, remove)
	if !ok {
		return
	}
	if !r.admit("channel attributes", 10, 5*time.Second) {
		r.refuse(c, 5, "More than 10 changes of channel attributes in 5 s.", srcCallRule)
		return
	}
	notify := string(args(c.args["options"])["enableNotificationToChannelMembers"]) == "true"
	r.network(c, func() {
		channel, now := r.channel(name), r.s.p.clock.Now().UnixMilli()
		next, fits := apply(channel.attrs.values, ch, func(v string) channelAttribute { return channelAttribute{v, r.s.user, now} },
			func(a channelAttribute) string { return a.Value }, maxChanAttributes)
		if fits {
			channel.attrs.values = next
		}
		if len(channel.members) == 0 {
			channel.empty()
		}
		if !fits {
			r.refuse(c, 4, "A channel has at most 32 attributes, 32 KB together.", srcCallRule)
			return
		}
		c.ok(empty{})
		if notify {
			for _, m := range channel.members {
				m.tell("AttributesUpdated", name, next)
			}
		}
	})
}

func (r *rtm1) getChannelAttributes(c *call) {
	name, ok := channelName(c)
	if !ok {
		r.refuse(c, 3, "Give a channel ID.", srcCallRule)
		return
	}
	keys, ok := r.keys(c, "getChannelAttributesByKeys")
	if !ok {
		return
	}
	if !r.admit("read channel attributes", 10, 5*time.Second) {
		r.refuse(c, 5, "More than 10 queries of channel attributes in 5 s.", srcCallRule)
		return
	}
	r.network(c, func() {
		var values map[string]channelAttribute
		if ch := r.world().channels[name]; ch != nil {
			values = ch.attrs.values
		}
		c.ok(attributesResult{pick(values, keys)})
	})
}
