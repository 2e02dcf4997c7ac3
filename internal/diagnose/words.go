package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Lang is the language of a report.
type Lang string

// The languages that reports are written in.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// ParseLang reads a language or a locale such as zh_CN.UTF-8. What is not
// Chinese is English; only a short language name that is neither is an error.
func ParseLang(text string) (Lang, error) {
	name, _, _ := strings.Cut(strings.ToLower(text), ".")
	switch name, _, _ = strings.Cut(strings.ReplaceAll(name, "-", "_"), "_"); name {
	case "zh":
		return Chinese, nil
	case "en", "", "c", "posix":
		return English, nil
	}
	return English, fmt.Errorf("language %q: must be en or zh", text)
}

// A text is one sentence or more in each language. {name} is filled in.
type text struct{ en, zh string }

func (l Lang) of(t text) string {
	if l == Chinese {
		return t.zh
	}
	return t.en
}

// A sentence is the key of a text that is filled into another.
type sentence string

// lookup finds the text of a part of a cause; a variant of the part comes
// before the part itself.
func lookup(key, variant string) (text, bool) {
	if strings.HasPrefix(variant, "hint.") {
		t, ok := words[variant]
		return t, ok
	}
	if variant != "" {
		if t, ok := words[key+"."+variant]; ok {
			return t, true
		}
	}
	t, ok := words[key]
	return t, ok
}

// cause puts a finding into words.
func (l Lang) cause(x finding) Cause {
	code, first := string(x.code), x.evidence[0]
	message, _ := lookup(code+".message", first.name)
	fix, _ := lookup(code+".fix", first.name)
	var shown []string
	for _, e := range x.evidence {
		if t, ok := lookup(code+".evidence", e.name); ok {
			shown = append(shown, l.fill(l.of(t), e.args))
		}
	}
	return Cause{
		Code:     x.code,
		Message:  l.fill(l.of(message), first.args),
		Evidence: strings.Join(shown, l.of(text{" ", ""})),
		Fix:      l.fill(l.of(fix), first.args),
	}
}

// fill puts args in the place of {name}s. What is filled in is not looked at
// again.
func (l Lang) fill(s string, a args) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		switch v := a[name].(type) {
		case time.Time:
			b.WriteString(v.UTC().Format("2006-01-02 15:04:05") + " UTC")
		case time.Duration:
			b.WriteString(l.Duration(v))
		case sentence:
			b.WriteString(l.of(words[string(v)]))
		case int:
			b.WriteString(l.number(name, v))
		default:
			fmt.Fprint(&b, v)
		}
		s = after
	}
}

// number writes a number, or which certificate is meant.
func (l Lang) number(name string, n int) string {
	if name != "which" {
		return strconv.Itoa(n)
	}
	if n == 0 {
		return l.of(text{"first", "第一个"})
	}
	return l.of(text{"second", "第二个"})
}

// Duration writes a duration in its two largest units, such as "23 h 59 min".
func (l Lang) Duration(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	units := []struct {
		size time.Duration
		name text
	}{
		{24 * time.Hour, text{" d", " 天"}},
		{time.Hour, text{" h", " 小时"}},
		{time.Minute, text{" min", " 分钟"}},
		{time.Second, text{" s", " 秒"}},
	}
	for i, u := range units {
		if d < u.size && i < len(units)-1 {
			continue
		}
		out := strconv.FormatInt(int64(d/u.size), 10) + l.of(u.name)
		if i+1 < len(units) {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				out += " " + strconv.FormatInt(int64(rest), 10) + l.of(units[i+1].name)
			}
		}
		return out
	}
	return ""
}

// quote shows a name between quotation marks, at most 80 characters of it, with
// what cannot be seen escaped.
func quote(s string) string {
	const most = 80
	var b strings.Builder
	b.WriteByte('"')
	n := 0
	for i, c := range s {
		if n == most {
			b.WriteString("…")
			break
		}
		n++
		switch _, size := utf8.DecodeRuneInString(s[i:]); {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case c == '"' || c == '\\' || !unicode.IsPrint(c):
			b.WriteString(strings.Trim(strconv.QuoteRune(c), "'"))
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
