package main

import (
	"fmt"
	"io"
	"time"
)

// verdict is the ratio of a row, its target, and whether that is met.
func (r row) verdict() (ratio, target string, met bool) {
	if r.floor {
		times := r.a.ns / r.b.ns
		ratio, target, met = fmt.Sprintf("%.2f× its floor", times), fmt.Sprintf("at most %g×", r.target), times <= r.target
	} else {
		times := r.b.ns / r.a.ns
		ratio, target, met = fmt.Sprintf("%.1f× as fast", times), fmt.Sprintf("at least %g×", r.target), times >= r.target
	}
	if r.target == 0 {
		return ratio, "", true
	}
	return ratio, target, met
}

func missedTargets(rows []row) []string {
	var missed []string
	for _, r := range rows {
		if ratio, target, met := r.verdict(); !met {
			missed = append(missed, fmt.Sprintf("%s: %s, target %s", r.what, ratio, target))
		}
	}
	return missed
}

func writeReport(w io.Writer, rows []row, rounds int, slice time.Duration) {
	fmt.Fprintf(w, `# Benchmarks

Made by `+"`make bench`"+` on %s, in one run on one machine:
%s. One core, unless "all cores" is said; the median of %d rounds of %v, all contenders in turn in each round.

| ratio | what | rtmauth | allocations | beside it | time | allocations | target |
|---|---|---|---|---|---|---|---|
`, time.Now().Format(time.DateOnly), machine(), rounds, slice)
	for _, r := range rows {
		ratio, target, met := r.verdict()
		if target != "" {
			if met {
				target += ": met"
			} else {
				target = "**" + target + ": missed**"
			}
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
			ratio, r.what, nanoseconds(r.a.ns), r.a.memory(), r.other, nanoseconds(r.b.ns), r.b.memory(), target)
	}
	fmt.Fprint(w, `
"The floor" is the SHA-256 digests that the format itself requires, at their real lengths, hashed alone by the same crypto/sha256: six for 007 (three
HMACs), two for 006. Nothing that makes or verifies such a token can take less.

`+"`go-tokenbuilder`"+` is the Go module of that name, 1.3.0: it makes 007 and cannot verify. `+"`agora-token`"+` 2.0.6 and `+"`agora-access-token`"+` 2.0.4
are the official npm packages, measured inside Node.js, after warm-up, through their own builders; `+"`agora-access-token`"+` can parse and not verify.
Verified 007 tokens are one that a builder in C++ made (compressed by C zlib) and one of our own (a stored block). Verifying includes parsing and all checks of
what the token grants, with the standard library's inflater. No unsafe and no assembly of ours; what would be faster and ugly is left out:
a DEFLATE reader of our own, and HMAC states kept from one token to the next.
`)
}

func nanoseconds(ns float64) string {
	if ns >= 10_000 {
		return fmt.Sprintf("%.1f µs", ns/1000)
	}
	return fmt.Sprintf("%.0f ns", ns)
}

func (c *contender) memory() string {
	if c.allocs < 0 {
		return ""
	}
	return fmt.Sprintf("%.0f (%.0f B)", c.allocs, c.bytes)
}
