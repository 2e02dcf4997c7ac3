package rtmtest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// varied plays one story under a seed and returns what the client heard.
func varied(t *testing.T, seed uint64) (story string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := NewMemoryServer(t, Options{})
		if err := s.Project("").Change(func(set *Settings) { set.Seed = seed }); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var clients []*guest
		for i := range 4 {
			c, err := s.Connect(t.Context(), ClientOptions{AppID: s.AppID})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			g := &guest{c, t}
			clients = append(clients, g)
			g.want("login", g.Login(t.Context(), fmt.Sprint("user", i), s.Token(fmt.Sprint("user", i), time.Hour)), 0)
			g.try(0, "joinChannel", map[string]any{"channel": "room"})
		}
		var got struct {
			Members []string `json:"members"`
		}
		if err := clients[0].Call(t.Context(), "getMembers", map[string]string{"channel": "room"}, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Members) != 4 {
			t.Errorf("%d members", len(got.Members))
		}
		story = fmt.Sprint(got.Members, time.Since(start))
		time.Sleep(time.Hour)
		synctest.Wait()
		for _, g := range clients {
			all := g.all()
			story += fmt.Sprint("; ", all[len(all)-2:])
		}
	})
	return story
}

func TestSeed(t *testing.T) {
	plain := varied(t, 0)
	if want := strings.Repeat("; [TokenExpired ConnectionStateChanged ABORTED TOKEN_EXPIRED]", 4); !strings.HasPrefix(plain, "[user0 user1 user2 user3] 0s") || !strings.HasSuffix(plain, want) {
		t.Errorf("without a seed: %s", plain)
	}
	different, swapped := map[string]bool{}, false
	for seed := range uint64(8) {
		story := varied(t, seed+1)
		if again := varied(t, seed+1); again != story {
			t.Errorf("seed %d is not repeatable:\n%s\n%s", seed+1, story, again)
		}
		different[story] = true
		swapped = swapped || strings.Contains(story, "[ConnectionStateChanged ABORTED TOKEN_EXPIRED TokenExpired]")
	}
	if len(different) < 7 || !swapped {
		t.Errorf("seeds vary little: %v", different)
	}
}
