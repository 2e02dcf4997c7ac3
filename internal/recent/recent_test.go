package recent_test

import (
	"sync"
	"testing"

	"github.com/rtmauth/rtmauth/internal/recent"
)

func TestMap_boundedAndKeepsWhatIsUsed(t *testing.T) {
	m := recent.New[int, string](64)
	m.Put(-1, "in use")
	for i := range 10_000 {
		m.Put(i, "x")
		if _, ok := m.Get(-1); !ok {
			t.Fatalf("what is used all the time was forgotten after %d others", i)
		}
		if n := m.Len(); n > 64 {
			t.Fatalf("%d entries", n)
		}
	}
	if _, ok := m.Get(1); ok {
		t.Error("what was not used is still there")
	}
	if v, ok := m.Get(9_999); !ok || v != "x" {
		t.Error("the newest is not there")
	}
}

func TestMap_overwritingDoesNotForget(t *testing.T) {
	m := recent.New[int, int](4)
	m.Put(1, 1)
	m.Put(2, 2)
	for i := range 100 {
		m.Put(2, i)
	}
	if v, ok := m.Get(1); !ok || v != 1 {
		t.Errorf("got %d %t", v, ok)
	}
	if v, ok := m.Get(2); !ok || v != 99 {
		t.Errorf("got %d %t", v, ok)
	}
}

func TestMap_getOrPutMakesOne(t *testing.T) {
	m := recent.New[int, *int](1 << 10)
	var wg sync.WaitGroup
	got := make([]*int, 64)
	for i := range got {
		wg.Go(func() { got[i] = m.GetOrPut(7, func() *int { return new(int) }) })
	}
	wg.Wait()
	for _, p := range got {
		if p == nil || p != got[0] {
			t.Fatal("callers at once got different values")
		}
	}
}
