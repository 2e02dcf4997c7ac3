package diagnose

import (
	"regexp"
	"strings"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/wire"
)

// text looks at the token as text, undoes what can be undone, and reads what is
// left. It leaves f.token nil where that is not a 006 or 007 token.
func (f *finder) text() {
	text := f.Token
	if len(text) > maxText {
		f.add(NotAToken, args{"length": len(f.Token)}, "long")
		return
	}
	clean := trimPasted(text)
	if isNothing(clean) {
		f.add(EmptyToken, args{"text": clean}, pick(clean == "", "", "word"))
		return
	}
	if placeholder(clean) != "" {
		f.add(PlaceholderLeft, args{"placeholder": placeholder(clean)}, "token")
		return
	}
	if clean != text {
		f.add(WhitespaceOrQuotes, nil, "around")
	}
	if inner := unwrap(clean); inner != clean {
		f.add(WhitespaceOrQuotes, args{"start": quote(clean[:min(len(clean), 8)])}, "wrapped")
		clean = inner
	}
	if f.notAgora(clean) {
		return
	}
	clean = f.decoded(clean)
	r, clean := f.read(clean)
	if r == nil {
		f.found = nil // what was undone on the way means nothing then
		f.add(NotAToken, args{"length": len(clean), "start": quote(clean[:min(len(clean), 3)])}, pick(len(clean) < 40, "short", ""))
		return
	}
	if r.damage == "bomb" {
		f.add(Damaged, nil, r.damage)
		return // what came out before the limit is no token
	}
	f.token = r
	switch {
	case r.padding:
		f.add(Truncated, nil, "padding")
	case r.short != "":
		f.add(Truncated, args{"field": r.short, "length": len(clean)})
	case r.damage != "":
		f.add(Damaged, nil, r.damage)
	case placeholder(r.appID) == "":
		// The strict parser has the last word.
		if _, err := rtmauth.Parse(clean); err != nil {
			f.add(Damaged, args{"problem": err.Error()}, "parser")
		}
	}
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// isNothing tells whether the text is how some language writes no value.
func isNothing(s string) bool {
	switch strings.ToLower(s) {
	case "", "null", "undefined", "none", "nil", "nan", "(null)", "false", "<nil>", "<null>":
		return true
	}
	return false
}

var (
	jwtShape    = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?$`)
	legacyShape = regexp.MustCompile(`^00[2-5][A-Za-z0-9+/=_-]{16,}$`)
	otherShape  = regexp.MustCompile(`^[0-9]{3}[A-Za-z0-9+/=_-]{16,}$`)
	// A token inside other text, such as JSON or a header. In front of it
	// stands nothing that could be part of it.
	insideShape = regexp.MustCompile(`(?:^|[^A-Za-z0-9+/=_-])(00[67][A-Za-z0-9+/=_%-]{40,})`)
)

// unwrap takes a token out of JSON, a header or an address.
func unwrap(s string) string {
	if m := insideShape.FindStringSubmatchIndex(s); m != nil && m[2] > 0 {
		return s[m[2]:m[3]]
	}
	return s
}

// notAgora records what the text is if it is something else than a token.
func (f *finder) notAgora(s string) bool {
	switch {
	case f.isKey(s):
		f.add(CertificateAsToken, nil)
	case len(s) == idLen && isHex(s) && (s[:wire.VersionLen] != v006 || !strings.HasPrefix(f.project, s[wire.VersionLen:])): // a 006 token may be cut there
		f.add(AppIDAsToken, args{"app_id": s}, pick(strings.EqualFold(s, f.AppID) || strings.EqualFold(s, f.project), "", "shape"))
	case jwtShape.MatchString(s):
		f.add(JWTNotAgora, nil)
	case legacyShape.MatchString(s):
		f.add(LegacyDynamicKey, args{"version": s[:wire.VersionLen]})
	case otherShape.MatchString(s) && s[:wire.VersionLen] != v006 && s[:wire.VersionLen] != v007:
		f.add(WrongVersion, args{"version": s[:wire.VersionLen]})
	default:
		return false
	}
	return true
}

func (f *finder) isKey(s string) bool {
	for _, k := range append(append([]Key(nil), f.Project.Keys...), f.OldKeys...) {
		if len(s) >= idLen && k.is(s) {
			return true
		}
	}
	return false
}

// decoded undoes what URLs and forms do to a token.
func (f *finder) decoded(s string) string {
	percent := strings.NewReplacer("%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "=", "%3d", "=", "%20", " ", "%25", "%")
	for range 2 { // some encode twice
		if next := percent.Replace(s); next != s {
			f.add(URLEncoded, nil, "percent")
			s = next
		}
	}
	if strings.ContainsAny(s, "\r\n\t\v\f") {
		f.add(WhitespaceOrQuotes, nil, "inside")
		s = strings.NewReplacer("\r", "", "\n", "", "\t", "", "\v", "", "\f", "").Replace(s)
	}
	if n := strings.Count(s, " "); n > 0 {
		// A + that became a space, or a space that came in: the length of
		// base64 tells.
		if plus := strings.ReplaceAll(s, " ", "+"); whole(plus) || !whole(strings.ReplaceAll(s, " ", "")) {
			f.add(URLEncoded, args{"count": n}, "plus")
			s = plus
		} else {
			f.add(WhitespaceOrQuotes, nil, "inside")
			s = strings.ReplaceAll(s, " ", "")
		}
	}
	if strings.ContainsAny(s, "-_") && placeholder(s) == "" && whole(strings.Trim(s, "-_")) {
		start := wire.VersionLen
		if strings.HasPrefix(s, v006) {
			start += appIDEnd(s[min(len(s), start):]) // a placeholder may hold them
		}
		if start < len(s) && strings.ContainsAny(s[start:], "-_") {
			f.add(URLEncoded, nil, "alphabet")
			s = s[:start] + strings.NewReplacer("-", "+", "_", "/").Replace(s[start:])
		}
	}
	return s
}

// whole tells whether the base64 of a token has a length that base64 has.
func whole(s string) bool {
	n := len(s) - wire.VersionLen
	if strings.HasPrefix(s, v006) {
		n -= idLen
	}
	return n > 0 && n%4 == 0
}

// read finds out which version the text has; that it says so itself is not
// enough. It returns the text with the right version, or nil if there is nothing
// to read.
func (f *finder) read(s string) (*reading, string) {
	switch {
	case s == v006:
		return read006(""), s
	case s == v007:
		return read007(""), s
	case len(s) <= wire.VersionLen:
		return nil, s
	}
	version, rest := s[:wire.VersionLen], s[wire.VersionLen:]
	switch {
	case version == v007 && looks006(rest):
		f.add(WrongVersion, nil, "007is006")
		return read006(rest), v006 + rest
	case version == v006 && looks007(rest):
		f.add(WrongVersion, nil, "006is007")
		return read007(rest), v007 + rest
	case version == v006:
		if r := read006(rest); r.has(fieldSignature) || isHex(r.appID) {
			return r, s
		}
	case version == v007:
		if r := read007(rest); len(r.content) > 0 || zlibStart(rest) || rest == "e" {
			return r, s
		}
	case looks007(s):
		f.add(WrongVersion, args{"version": v007}, "lost")
		return read007(s), v007 + s
	case looks006(s):
		f.add(WrongVersion, args{"version": v006}, "lost")
		return read006(s), v006 + s
	}
	return nil, s
}

// looks006 and looks007 recognise what follows a version: an App ID and the
// length of a signature, or a zlib header.
func looks006(rest string) bool {
	return len(rest) > idLen+3 && isHex(rest[:idLen]) && rest[idLen:idLen+2] == "IA"
}

func looks007(rest string) bool {
	return len(rest) > 40 && zlibStart(rest) && len(read007(rest).content) > 40
}

// zlibStart tells whether base64 begins with 0x78 and one of the four second
// bytes that it has in a zlib header.
func zlibStart(s string) bool {
	return len(s) > 1 && s[0] == 'e' && strings.IndexByte("AFJN", s[1]) >= 0
}

// placeholder returns the text if it is one that guides and samples leave to be
// filled in: `<Your App ID>`, `Your_Certificate`, "xxx…".
func placeholder(s string) string {
	if s == "" || len(s) > 64 {
		return ""
	}
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
	switch {
	case strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">"), strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}"), strings.HasPrefix(s, "${") && strings.HasSuffix(s, "}"):
		return s
	case len(s) > 2 && strings.Trim(s, "xX*.…") == "":
		return s
	}
	switch strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(letters, "your"), "agora"), "here") {
	case "appid", "appcertificate", "certificate", "appcert", "cert", "primarycertificate", "secondarycertificate",
		"token", "rtmtoken", "rtctoken", "temptoken", "temporarytoken":
		return s
	case "userid", "uid", "useraccount", "account", "channelname", "channel":
		if strings.HasPrefix(letters, "your") || strings.HasPrefix(s, ":") {
			return s
		}
	}
	return ""
}
