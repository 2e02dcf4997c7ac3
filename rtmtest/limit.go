package rtmtest

import (
	"maps"
	"time"
)

// A window admits max calls in any period of length per.
type window struct {
	max  int
	per  time.Duration
	seen []time.Time // oldest first, at most max
}

// admit reports whether one more is admitted now, and counts it if so.
func (w *window) admit(now time.Time) bool {
	keep := w.seen[:0]
	for _, at := range w.seen {
		// A time that is ahead is from before the clock was turned back.
		if age := now.Sub(at); age >= 0 && age < w.per {
			keep = append(keep, at)
		}
	}
	w.seen = keep
	if len(w.seen) >= w.max {
		return false
	}
	w.seen = append(w.seen, now)
	return true
}

// idle reports whether the window remembers nothing that matters now.
func (w *window) idle(now time.Time) bool {
	return len(w.seen) == 0 || now.Sub(w.seen[len(w.seen)-1]) >= w.per
}

// windows are windows by key, bounded in number.
type windows struct {
	byKey map[string]*window
}

// maxWindows bounds the memory of windows: beyond it idle ones are dropped, and
// if none is idle, as on a clock that stands, any half.
const maxWindows = 4096

func (ws *windows) admit(key string, limit int, per time.Duration, now time.Time) bool {
	if limit <= 0 {
		return true
	}
	if ws.byKey == nil {
		ws.byKey = make(map[string]*window)
	}
	w := ws.byKey[key]
	if w == nil {
		if len(ws.byKey) >= maxWindows {
			ws.drop(now)
		}
		w = &window{}
		ws.byKey[key] = w
	}
	w.max, w.per = limit, per
	return w.admit(now)
}

// drop makes room. It always makes much, as it looks at all.
func (ws *windows) drop(now time.Time) {
	maps.DeleteFunc(ws.byKey, func(_ string, w *window) bool { return w.idle(now) })
	if len(ws.byKey) <= maxWindows/4*3 {
		return
	}
	for key := range ws.byKey {
		if len(ws.byKey) <= maxWindows/2 {
			return
		}
		delete(ws.byKey, key)
	}
}
