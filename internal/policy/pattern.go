package policy

import (
	"fmt"
	"strings"
)

// Pattern matches names: users, channels, uids. Its text is literal but for
// two forms: one "*" at the very end matches any rest (so "*" matches every
// name, "room-*" a prefix), and "{claim}" stands for the text of that claim of
// the caller. What a claim holds is always literal: a caller whose claim is
// "*" matches the name "*" and no other. The zero Pattern matches nothing.
//
// Nested claims are named with dots, as in "{app_metadata.user}"; a claim whose
// name itself holds dots is found first.
type Pattern struct {
	text  string
	parts []part
	rest  bool // ends in "*"
}

type part struct {
	literal string
	claim   string // set: the part is that claim
}

// maxPattern bounds a pattern's text; no user ID or channel is longer than 64
// bytes, claims' names are short.
const maxPattern = 256

// ParsePattern reads a pattern. It refuses the empty text, a "*" anywhere but
// at the end, unbalanced braces, and "*" right behind a claim: "{sub}*" would
// let "al" have tokens for "alice"; "{sub}-*" does not.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	switch {
	case text == "":
		return Pattern{}, fmt.Errorf("pattern is empty; \"*\" matches every name")
	case len(text) > maxPattern:
		return Pattern{}, fmt.Errorf("pattern is longer than %d bytes", maxPattern)
	}
	s := text
	if strings.HasSuffix(s, "*") {
		p.rest, s = true, s[:len(s)-1]
	}
	if strings.Contains(s, "*") {
		return Pattern{}, fmt.Errorf("pattern %q: \"*\" stands only at the end", text)
	}
	for s != "" {
		open := strings.IndexAny(s, "{}")
		if open < 0 {
			p.parts = append(p.parts, part{literal: s})
			break
		}
		if s[open] == '}' {
			return Pattern{}, fmt.Errorf("pattern %q: \"}\" without \"{\"", text)
		}
		if open > 0 {
			p.parts = append(p.parts, part{literal: s[:open]})
		}
		s = s[open+1:]
		end := strings.IndexAny(s, "{}")
		if end <= 0 || s[end] != '}' {
			return Pattern{}, fmt.Errorf("pattern %q: a claim is written \"{name}\"", text)
		}
		p.parts = append(p.parts, part{claim: s[:end]})
		s = s[end+1:]
	}
	if n := len(p.parts); p.rest && n > 0 && p.parts[n-1].claim != "" {
		return Pattern{}, fmt.Errorf("pattern %q: \"*\" right behind a claim would match other users' names; put a separator between, as in \"{sub}-*\"", text)
	}
	return p, nil
}

// String returns the text that the pattern was read from.
func (p Pattern) String() string { return p.text }

// Any reports whether the pattern matches every name.
func (p Pattern) Any() bool { return p.rest && len(p.parts) == 0 }

// Claims lists the claims that the pattern reads.
func (p Pattern) Claims() []string {
	var out []string
	for _, part := range p.parts {
		if part.claim != "" {
			out = append(out, part.claim)
		}
	}
	return out
}

// Match reports whether name matches for this caller. A claim that the caller
// lacks, that is empty, or that is not text never matches.
func (p Pattern) Match(name string, c Caller) bool {
	if p.text == "" {
		return false
	}
	for _, part := range p.parts {
		literal := part.literal
		if part.claim != "" {
			value, ok := c.Claim(part.claim)
			if !ok || value == "" {
				return false
			}
			literal = value
		}
		rest, ok := strings.CutPrefix(name, literal)
		if !ok {
			return false
		}
		name = rest
	}
	return p.rest || name == ""
}

// Patterns match where one of them does; none match nothing.
type Patterns []Pattern

// ParsePatterns reads each text with ParsePattern.
func ParsePatterns(texts ...string) (Patterns, error) {
	out := make(Patterns, 0, len(texts))
	for _, text := range texts {
		p, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Match reports whether one of the patterns matches.
func (ps Patterns) Match(name string, c Caller) bool {
	for i := range ps {
		if ps[i].Match(name, c) {
			return true
		}
	}
	return false
}

// String lists the patterns' texts, for people.
func (ps Patterns) String() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.text
	}
	return strings.Join(texts, ", ")
}
