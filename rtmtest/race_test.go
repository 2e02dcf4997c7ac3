package rtmtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// TestManyAtOnce lets clients of both generations, the clock and the control
// plane do as they like at once. Nothing may race, hang or panic, and what is
// known of who is where must agree.
func TestManyAtOnce(t *testing.T) {
	s := NewMemoryServer(t, Options{})
	p := s.Project("")
	// The clients are to get somewhere between two strokes.
	pause := func() <-chan time.Time { return time.After(time.Millisecond) }
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	act := func(seed uint64, f func(*rand.Rand)) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, seed))
			for ctx.Err() == nil {
				f(r)
			}
		})
	}
	for i := range 8 {
		generation, calls := "1.x", calls1
		if i%2 == 1 {
			generation, calls = "2.x", calls2
		}
		act(uint64(i), func(r *rand.Rand) { liveALife(ctx, s, r, generation, calls()) })
	}
	act(100, func(r *rand.Rand) {
		_ = s.Clock().Advance(time.Duration(r.IntN(20)) * time.Second)
		<-pause()
	})
	act(101, func(r *rand.Rand) {
		<-pause()
		s.Clock().Freeze()
		_ = s.Clock().Set(s.Clock().Now().Add(time.Duration(r.IntN(20)-10) * time.Second))
		s.Clock().Resume()
	})
	kinds := []string{Drop, Stall, Slow, Restore}
	act(102, func(r *rand.Rand) {
		f := LinkFault{Kind: kinds[r.IntN(4)], By: time.Second, For: time.Duration(r.IntN(3)) * time.Second}
		if r.IntN(4) == 0 {
			_ = p.FaultAll(f)
			_ = p.FaultAll(LinkFault{Kind: Restore})
		}
		for _, info := range p.Sessions("") {
			if r.IntN(2) == 0 {
				_ = p.Fault(info.ID, f)
			}
			switch r.IntN(32) {
			case 0:
				_ = p.Kick(info.ID)
			case 1:
				_ = p.Expire(info.ID, time.Second)
			}
		}
		<-pause()
	})
	act(103, func(r *rand.Rand) {
		user := fmt.Sprint("user", r.IntN(4))
		_ = p.Ban(user)
		p.Unban(user)
		_ = p.Change(func(s *Settings) { s.Seed, s.LoginRate, s.Limits = r.Uint64N(3), 0, false })
		switch r.IntN(100) {
		case 0:
			p.Reset()
		case 1:
			_ = p.AnswerLogin("", 5)
		}
		<-pause()
	})
	act(104, func(*rand.Rand) {
		waiting, stop := context.WithTimeout(ctx, time.Millisecond)
		_, next := p.Events(Filter{})
		p.Await(waiting, Filter{Since: next, Types: []EventType{"none"}})
		stop()
	})
	wg.Wait()
	p.checkWorld1(t)
	p.Reset()
	if list := p.Sessions(""); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
}

// checkWorld1 wants every member of a channel to be there once and to know of it,
// and nobody to be remembered who has gone.
func (p *Project) checkWorld1(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	live := func(r *rtm1) bool { return !r.s.gone && p.sessions[r.s.id] == r.s && r.loggedIn() }
	for user, r := range p.world1.users {
		if r.s.user != user || !live(r) {
			t.Errorf("user %s is a session of %s, %s, gone: %t", user, r.s.user, r.st, r.s.gone)
		}
	}
	for name, ch := range p.world1.channels {
		if len(ch.members) == 0 && len(ch.attrs.values) == 0 {
			t.Errorf("channel %s is empty", name)
		}
		seen := make(map[*rtm1]bool)
		for _, m := range ch.members {
			if seen[m] || !live(m) || !m.present || !m.in(name) {
				t.Errorf("%s in %s: twice %t, live %t, present %t, in %t", m.s.user, name, seen[m], live(m), m.present, m.in(name))
			}
			seen[m] = true
		}
	}
	for user, watchers := range p.world1.watchers {
		for w := range watchers {
			if _, ok := w.watched[user]; !ok || !live(w) {
				t.Errorf("%s watches %s: %t, live %t", w.s.user, user, ok, live(w))
			}
		}
	}
	for _, s := range p.sessions {
		for _, c := range s.held {
			if c.answered || !c.timeout.pending() {
				t.Errorf("%s is held, answered %t", c.op, c.answered)
			}
		}
	}
}

// liveALife logs a client in, makes calls, some of which are given up, and goes
// without a word.
func liveALife(ctx context.Context, s *Server, r *rand.Rand, generation string, calls []someCall) {
	c, err := s.Connect(ctx, ClientOptions{AppID: s.AppID, SDK: generation})
	if err != nil {
		return // the time is up
	}
	defer c.Close()
	user := fmt.Sprint("user", r.IntN(4))
	for range 20 {
		call := calls[r.IntN(len(calls))]
		waiting, stop := context.WithTimeout(ctx, 2*time.Millisecond)
		switch r.IntN(5) {
		case 0:
			_ = c.Login(waiting, user, s.Token(user, time.Minute))
		case 1:
			_ = c.RenewToken(waiting, s.Token(user, time.Minute))
		default:
			_ = c.Call(waiting, call.op, call.args, nil)
		}
		stop()
	}
	if r.IntN(3) == 0 {
		_ = c.Logout(ctx)
	}
}

type someCall struct {
	op   string
	args any
}

func calls1() []someCall {
	var calls []someCall
	for _, m := range methods1() {
		calls = append(calls, someCall{m.op, m.args})
	}
	for i := range 4 {
		calls = append(calls, someCall{"sendMessageToPeer", textTo(fmt.Sprint("user", i), "hi")}, someCall{"joinChannel", map[string]any{"channel": "room"}})
	}
	return calls
}

func calls2() []someCall {
	type m = map[string]any
	at := m{"channelName": "room", "channelType": "MESSAGE", "state": m{"mood": "calm"}}
	return []someCall{
		{"subscribe", m{"channelName": "room", "options": m{"withPresence": true}}},
		{"unsubscribe", m{"channelName": "room"}},
		{"publish", m{"channelName": "room", "message": "hi"}},
		{"publish", m{"channelName": "user1", "channelType": "USER", "message": "hi"}},
		{"presence.setState", at},
		{"presence.removeState", at},
		{"presence.whoNow", at},
		{"presence.getState", m{"userId": "user1", "channelName": "room", "channelType": "MESSAGE"}},
		{"presence.whereNow", m{"userId": "user1"}},
		{"storage.setChannelMetadata", nil},
		{"logout", nil},
	}
}
