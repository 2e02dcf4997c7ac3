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
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s |\n",
			ratio, r.what, nanoseconds(r.a.ns), r.a.memory(), r.other, nanoseconds(r.b.ns), r.b.memory(), marked(target, met))
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

// verdict is the ratio of a row of servers, its targets, and whether they are met.
func (s serving) verdict() (ratio, target string, met bool) {
	rate, tail := paired(s.a.rates, s.b.rates), paired(s.a.tails, s.b.tails)
	ratio, met = fmt.Sprintf("%.2f", rate), true
	if s.target > 0 {
		target, met = fmt.Sprintf("at least %g", s.target), rate >= s.target
	}
	if s.tail > 0 {
		target += fmt.Sprintf("; 99 %% within %g× the time (%.1f×)", s.tail, tail)
		met = met && tail <= s.tail
	}
	return ratio, target, met
}

func (s *served) missed() []string {
	var missed []string
	for _, r := range s.rows {
		if ratio, target, met := r.verdict(); !met {
			missed = append(missed, fmt.Sprintf("%s: %s, target %s", r.what, ratio, target))
		}
	}
	if s.first > firstToken {
		missed = append(missed, fmt.Sprintf("first token after %v", s.first))
	}
	return missed
}

// firstToken is how long after its start rtmauth serve may hand out its first token.
const firstToken = 100 * time.Millisecond

func (s *served) write(w io.Writer) {
	fmt.Fprintf(w, `
## Serving

%d keep-alive connections on loopback, each waiting for its answer before it asks again. Each server has one core, what asks has the other, and both in a row are asked with the same requests. All make
007 tokens. A ratio is the median of the ratios of %d rounds, in which all are asked for %v each in turn, so that a machine that is slow for a while is so for both. Memory over ten minutes is a test of `+"`make soak`"+`. Where every JWT is new, the row "for comparison" is what one verification by
crypto/ecdsa leaves of a server that does nothing else; rtmauth verifies with the issuer's key made ready.

| ratio | what | requests a second | processor time each | 99 %% within | beside it | requests a second | processor time each | 99 %% within | target |
|---|---|---|---|---|---|---|---|---|---|
`, connections, s.rounds, s.slice)
	for _, r := range s.rows {
		ratio, target, met := r.verdict()
		fmt.Fprintf(w, "| %s | %s | %.0f | %s | %s | %s | %.0f | %s | %s | %s |\n", ratio, r.what,
			median(r.a.rates), r.a.each(), nanoseconds(median(r.a.tails)), r.other,
			median(r.b.rates), r.b.each(), nanoseconds(median(r.b.tails)), marked(target, met))
	}
	fmt.Fprintf(w, `
First token %v after the start of the process (target: %s). Memory of rtmauth serve: %.1f MB after warming up, %.1f MB after it was asked for %v more.
`, s.first.Round(time.Millisecond), marked(fmt.Sprintf("at most %v", firstToken), s.first <= firstToken), s.before/1e6, s.after/1e6, s.asked)
}

// each is the server's processor time for one request.
func (l *load) each() string {
	if l.cpu == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f µs", l.cpu/float64(l.asked)*1e6)
}

// marked says of a target whether it was met.
func marked(target string, met bool) string {
	switch {
	case target == "":
		return ""
	case met:
		return target + ": met"
	default:
		return "**" + target + ": missed**"
	}
}

func nanoseconds(ns float64) string {
	if ns >= 1e6 {
		return fmt.Sprintf("%.1f ms", ns/1e6)
	}
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
