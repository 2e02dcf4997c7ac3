package rtmtest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rtmauth/rtmauth"
)

const (
	maxStates = 32 // pairs of one user in one channel
	pageSize  = 50 // users in one answer
)

// occupant is a user in a channel.
type occupant struct {
	User   string            `json:"userId"`
	States map[string]string `json:"states"`
	Count  int               `json:"statesCount"`
}

// presenceEvent is the event presence.
type presenceEvent struct {
	Type        string            `json:"eventType"`
	ChannelType string            `json:"channelType"`
	Channel     string            `json:"channelName"`
	Publisher   string            `json:"publisher"`
	States      map[string]string `json:"stateChanged"`
	Interval    *struct{}         `json:"interval"` // only of channels that are larger than tests make
	Snapshot    []occupant        `json:"snapshot"`
	At          int64             `json:"timestamp"`
}

func (r *rtm2) emitPresence(e presenceEvent) {
	if r.s.up && r.st == connected {
		e.ChannelType, e.At = "MESSAGE", r.now()
		r.s.emit("presence", "", e)
	}
}

// tell sends a presence event to all who want them but one.
func (ch *channel2) tell(but *rtm2, e presenceEvent) {
	for _, s := range ch.subscribers {
		if s.presence && s.user != but {
			s.user.emitPresence(e)
		}
	}
}

// occupants lists who is there and does not hide.
func (ch *channel2) occupants(users, states bool) []occupant {
	list := []occupant{}
	for _, s := range ch.subscribers {
		if s.quiet || !users {
			continue
		}
		o := occupant{User: s.user.s.user, States: map[string]string{}}
		if own := s.user.states[ch.name]; states {
			maps.Copy(o.States, own)
			o.Count = len(own)
		}
		list = append(list, o)
	}
	return list
}

// unsupported2 reports whether a call is of a service that is left out.
func unsupported2(op string) bool {
	service, _, _ := strings.Cut(op, ".")
	return slices.Contains([]string{"storage", "lock", "history", "stream"}, service)
}

// presenceCall carries out the calls of presence.
func (r *rtm2) presenceCall(c *call) {
	switch c.op {
	case "presence.whoNow", "presence.getOnlineUsers":
		r.whoNow(c)
	case "presence.whereNow", "presence.getUserChannels":
		r.whereNow(c)
	case "presence.setState":
		r.setState(c)
	case "presence.getState":
		r.getState(c)
	case "presence.removeState":
		r.removeState(c)
	default:
		c.fail(&Error{Code: -1, Name: "UNKNOWN_OPERATION", Message: "The local service does not have this operation.", Operation: c.op})
		r.s.note(Event{Type: CallRefused, Reason: "unknown_operation", Code: -1, Source: srcUnknownOp})
	}
}

// presenceChannel reads the channel of a call of presence; it has answered the
// call if ok is false.
func (r *rtm2) presenceChannel(c *call) (name string, ok bool) {
	name, isText := text(c.args["channelName"])
	kind, _ := text(c.args["channelType"])
	switch {
	case kind == "STREAM":
		r.refuse(c, -10022, "The local service does not have stream channels.", src2Unsupported)
	case kind != "MESSAGE":
		r.refuse(c, -10019, "The channelType must be MESSAGE.", src2Channel)
	case !isText || !validChannel2(name):
		r.refuse(c, -10008, "The channel name is not valid.", src2Channel)
	default:
		return name, true
	}
	return "", false
}

func (r *rtm2) whoNow(c *call) {
	name, ok := r.presenceChannel(c)
	if !ok {
		return
	}
	o := args(c.args["options"])
	users, states := option(o["includedUserId"], true), option(o["includedState"], false)
	page, _ := text(o["page"])
	from, err := strconv.Atoi(page)
	if err != nil || from < 0 {
		from = 0
	}
	r.network(c, func() {
		answer := struct {
			At    int64      `json:"timestamp"`
			Total int        `json:"totalOccupancy"`
			Users []occupant `json:"occupants"`
			Next  string     `json:"nextPage"`
		}{At: r.now(), Users: []occupant{}}
		if ch := r.world().channels[name]; ch != nil {
			answer.Total = len(ch.occupants(true, false))
			list := ch.occupants(users, states)
			list = list[min(from, len(list)):]
			if len(list) > pageSize {
				list = list[:pageSize]
				answer.Next = strconv.Itoa(from + pageSize)
			}
			answer.Users = append(answer.Users, list...)
		}
		c.ok(answer)
	})
}

// channelDetail is a channel that a user is in.
type channelDetail struct {
	Name string `json:"channelName"`
	Type string `json:"channelType"`
}

func (r *rtm2) whereNow(c *call) {
	user, ok := text(c.args["userId"])
	if !ok || rtmauth.ValidateUserID(user) != nil {
		r.refuse(c, -10006, "The user ID is not valid.", src2UserID)
		return
	}
	r.network(c, func() {
		list := []channelDetail{}
		if u := r.world().users[user]; u != nil && u.present {
			for _, name := range u.channels() {
				if !u.subscribed[name].quiet {
					list = append(list, channelDetail{name, "MESSAGE"})
				}
			}
		}
		c.ok(struct {
			At       int64           `json:"timestamp"`
			Channels []channelDetail `json:"channels"`
			Total    int             `json:"totalChannel"`
		}{r.now(), list, len(list)})
	})
}

func (r *rtm2) setState(c *call) {
	name, ok := r.presenceChannel(c)
	if !ok {
		return
	}
	var raw map[string]json.RawMessage
	if absent(c.args["state"]) || json.Unmarshal(c.args["state"], &raw) != nil {
		r.refuse(c, -13007, "The state must be an object of texts.", src2State)
		return
	}
	set := make(map[string]string, len(raw))
	for key, value := range raw {
		v, isText := text(value)
		switch {
		case key == "":
			r.refuse(c, -13006, "A state needs a name.", src2State)
			return
		case !isText:
			r.refuse(c, -13007, "The value of a state must be a text.", src2State)
			return
		}
		set[key] = v
	}
	r.network(c, func() {
		next := maps.Clone(r.states[name])
		if next == nil {
			next = make(map[string]string)
		}
		maps.Copy(next, set)
		if len(next) > maxStates {
			r.refuse(c, -13005, "At most 32 states for one user in one channel.", src2State)
			return
		}
		r.states[name] = next
		r.stateChanged(name, set)
		c.ok(stamp{r.now()})
	})
}

// stateChanged tells the others of a channel that this user is in.
func (r *rtm2) stateChanged(name string, changed map[string]string) {
	if s, ch := r.subscribed[name], r.world().channels[name]; s != nil && ch != nil && !s.quiet {
		ch.tell(r, presenceEvent{Type: "REMOTE_STATE_CHANGED", Channel: name, Publisher: r.s.user, States: changed})
	}
}

func (r *rtm2) getState(c *call) {
	name, ok := r.presenceChannel(c)
	if !ok {
		return
	}
	user, isText := text(c.args["userId"])
	if !isText || rtmauth.ValidateUserID(user) != nil {
		r.refuse(c, -10006, "The user ID is not valid.", src2UserID)
		return
	}
	r.network(c, func() {
		u := r.world().users[user]
		if u == nil || !u.present {
			r.refuse(c, -13011, "The user is not online.", src2State)
			return
		}
		states := maps.Clone(u.states[name])
		if states == nil {
			states = map[string]string{}
		}
		c.ok(struct {
			At     int64             `json:"timestamp"`
			User   string            `json:"userId"`
			Count  int               `json:"statesCount"`
			States map[string]string `json:"states"`
		}{r.now(), user, len(states), states})
	})
}

func (r *rtm2) removeState(c *call) {
	name, ok := r.presenceChannel(c)
	if !ok {
		return
	}
	keys, given := texts(args(c.args["options"])["states"])
	r.network(c, func() {
		removed := make(map[string]string)
		for key := range r.states[name] {
			if !given || len(keys) == 0 || slices.Contains(keys, key) {
				removed[key] = ""
				delete(r.states[name], key)
			}
		}
		if len(removed) > 0 {
			r.stateChanged(name, removed)
		}
		c.ok(stamp{r.now()})
	})
}
