package dev

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/rtmauth/rtmauth/internal/localguard"
)

const (
	noticeEvery  = time.Minute // one line for each value in this time
	noticeValues = 32          // distinct values remembered; more in one noticeEvery are counted in one line
	noticeLength = 120         // bytes of a value that are shown
)

// notices prints one terminal line for each origin or host that is refused. A
// page can make a browser send requests as fast as it likes, so lines are
// limited for each value and altogether, and so is memory.
type notices struct {
	out io.Writer
	now func() time.Time

	mu     sync.Mutex
	shown  map[localguard.Refusal]time.Time
	silent time.Time // when the line about further values was last printed
}

func newNotices(out io.Writer) *notices {
	return &notices{out: out, now: time.Now, shown: make(map[localguard.Refusal]time.Time)}
}

// refused prints the line for a refusal, unless it was printed lately.
func (n *notices) refused(r localguard.Refusal) {
	r.Value = clip(r.Value)
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if last, ok := n.shown[r]; ok && now.Sub(last) < noticeEvery {
		return
	}
	if len(n.shown) >= noticeValues {
		for old, last := range n.shown {
			if now.Sub(last) >= noticeEvery {
				delete(n.shown, old)
			}
		}
	}
	if len(n.shown) >= noticeValues {
		if now.Sub(n.silent) >= noticeEvery {
			n.silent = now
			fmt.Fprintln(n.out, "Refused: more origins or hosts than are shown here.")
		}
		return
	}
	n.shown[r] = now
	fmt.Fprintln(n.out, line(r))
}

func line(r localguard.Refusal) string {
	// Escaped, so that nothing sent can steer the terminal.
	value := strconv.QuoteToASCII(r.Value)
	switch {
	case r.Kind == localguard.Host && r.Flag != "":
		return fmt.Sprintf("Refused: a request under the host name %s. If that name is yours, start with %s", value, r.Flag)
	case r.Kind == localguard.Host:
		return fmt.Sprintf("Refused: a request whose Host header is %s, which is no host name.", value)
	case r.Kind == localguard.Origin && r.Value == "null":
		return fmt.Sprintf("Refused: a page without an origin (opened from disk, or in a sandbox). Serve it with --page DIR; or, letting in every page that hides its origin, start with %s", r.Flag)
	case r.Kind == localguard.Origin && r.Flag != "":
		return fmt.Sprintf("Refused: a page of the origin %s. If you trust it with tokens of your project, start with %s", value, r.Flag)
	case r.Kind == localguard.Origin:
		return fmt.Sprintf("Refused: a request whose Origin header is %s, which is no origin.", value)
	case r.Kind == controlOrigin:
		return fmt.Sprintf("Refused: a page of the origin %s asked the control plane, which answers pages of this machine only.", value)
	default:
		return "Refused: a request that another site made through a browser without saying which. No flag admits it."
	}
}

func clip(s string) string {
	if len(s) <= noticeLength {
		return s
	}
	return s[:noticeLength] + "…"
}
