package rtmtest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// empty fails if a project keeps anything of sessions that are gone.
func (p *Project) empty(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.inOrder() {
		s.remove()
	}
	for _, ch := range p.world1.channels {
		if len(ch.members) > 0 || len(ch.attrs.values) == 0 {
			t.Errorf("channel %q is kept with %d members", ch.name, len(ch.members))
		}
	}
	if n := len(p.world1.users) + len(p.world1.watchers) + len(p.world2.users) + len(p.world2.channels) + len(p.sessions); n != 0 {
		t.Errorf("%d users, watchers or channels are kept", n)
	}
}

// FuzzFrames sends any frames, and turns the clock and cuts the link between
// them: nothing panics, and nothing is kept when the client is gone.
func FuzzFrames(f *testing.F) {
	const appID = "0123456789abcdef0123456789abcdef"
	certificate, err := rtmauth.ParseCertificate(strings.Repeat("5", 32))
	if err != nil {
		f.Fatal(err)
	}
	for _, story := range []string{
		`{"id":1,"op":"login","args":{"uid":"alice"}}
{"id":2,"op":"joinChannel","args":{"channel":"room"}}
drop
{"id":3,"op":"sendChannelMessage","args":{"channel":"room","message":{"messageType":"TEXT","text":"hi"}}}
{"id":4,"op":"setChannelAttributes","args":{"channel":"room","attributes":{"a":"b"}}}
hour
{"id":5,"op":"subscribePeersOnlineStatus","args":{"peers":["bob","alice"]}}
restore
{"id":6,"op":"logout"}`,
		`{"id":1,"op":"login","args":{"userId":"alice","presenceTimeout":5}}
{"id":2,"op":"subscribe","args":{"channelName":"room","options":{"beQuiet":true}}}
{"id":3,"op":"presence.setState","args":{"channelName":"room","channelType":"MESSAGE","state":{"a":"b"}}}
drop
hour
restore
{"id":4,"op":"presence.whoNow","args":{"channelName":"room","channelType":"MESSAGE","options":{"page":"-1"}}}
{"id":5,"op":"publish","args":{"channelName":"alice","channelType":"USER","message":"hi"}}
{"id":6,"op":"login","args":{"userId":"bob"}}`,
	} {
		f.Add([]byte(story))
	}
	f.Fuzz(func(t *testing.T, story []byte) {
		for _, generation := range []sdk{sdk1, sdk2} {
			set := DefaultSettings()
			set.CertMode = Both
			p, err := newProject(ProjectOptions{AppID: appID, Certificates: []rtmauth.Certificate{certificate}, Settings: set}, nil)
			if err != nil {
				t.Fatal(err)
			}
			p.clock.Freeze()
			a := new(attachment)
			if _, err := p.attach(a, helloArgs{SDK: generation}, true); err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(story) {
				switch line := bytes.TrimSpace(line); string(line) {
				case "drop", "stall", "slow", "restore":
					_ = p.Fault(a.session.id, LinkFault{Kind: string(line), By: time.Second}) // the session may be gone
				case "hour":
					_ = p.clock.Advance(time.Hour) // an hour is never refused
				case "kick":
					_ = p.Kick(a.session.id) // as above
				default:
					if r, err := parseRequest(line); err == nil {
						a.session.receive(a, r)
					}
				}
			}
			p.empty(t)
			p.close()
		}
	})
}

// TestStress lets many clients do anything at once while the clock is turned
// and links are cut.
func TestStress(t *testing.T) {
	s := NewMemoryServer(t, Options{})
	p := s.Project("")
	if err := p.Change(func(set *Settings) { set.LoginRate, set.RenewRate, set.CallRate, set.Limits = 0, 0, 0, false }); err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for i := range 12 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			generation := []string{"1.x", "2.x"}[i%2]
			c, err := s.Connect(t.Context(), ClientOptions{AppID: s.AppID, SDK: generation})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			user := fmt.Sprint("user", i%8) // some are taken over
			chance := rand.New(rand.NewPCG(uint64(i), 1))
			for range 60 {
				token := s.Token(user, time.Hour)
				ops := map[string]any{
					"login": map[string]string{"uid": user, "userId": user, "token": token}, "renewToken": map[string]string{"token": token},
					"joinChannel": map[string]string{"channel": "room"}, "leaveChannel": map[string]string{"channel": "room"},
					"sendChannelMessage": textIn("room", "hi"), "sendMessageToPeer": textTo("user1", "hi"),
					"subscribePeersOnlineStatus": map[string]any{"peers": []string{"user0", "user1"}}, "logout": nil,
					"subscribe": map[string]string{"channelName": "room"}, "unsubscribe": map[string]string{"channelName": "room"},
					"publish": map[string]string{"channelName": "room", "message": "hi"},
				}
				var names []string
				for name := range ops {
					names = append(names, name)
				}
				name := names[chance.IntN(len(names))]
				go func() { _ = c.Call(t.Context(), name, ops[name], nil) }() // whatever the answer
				if chance.IntN(5) == 0 {
					_ = p.Fault(c.Session(), LinkFault{Kind: []string{Drop, Stall, Restore}[chance.IntN(3)], For: time.Minute}) // it may be gone
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			if err := s.Clock().Advance(10 * time.Second); err != nil {
				t.Error(err)
			}
		}
	}()
	clients.Wait()
	<-done
	p.empty(t)
}
