package rtmauth

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// A sample is a token and what it is good for.
type sample struct {
	name, token string
	want        Want
	ours        bool // made by us, and not compressed
}

// samples are tokens of ours and of official builders, all for the test
// project.
func samples(t testing.TB) []sample {
	t.Helper()
	s := signer(t)
	must := func(token string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	at := time.Unix(issueTime, 0)
	rtmWant := Want{At: at, Service: ServiceRTM, User: "alice", InsecureIgnoreExpiry: true}
	rtcWant := Want{At: at, Service: ServiceRTC, Channel: "room", User: "7", InsecureIgnoreExpiry: true}
	large := make([]Service, 60)
	for i := range large {
		large[i] = rtm(fmt.Sprintf("user-%d", i*i), []Privilege{{PrivilegeLogin, 3600}})
	}
	large[30].User = "alice"
	result := []sample{
		{"RTM", must(s.RTM("alice", time.Hour)), rtmWant, true},
		{"RTM006", must(s.RTM006("alice", time.Hour)), rtmWant, true},
		{"RTC", must(s.RTC("room", "7", RolePublisher, time.Hour)), rtcWant, true},
		{"RTC006", must(s.RTC006("room", "7", RolePublisher, time.Hour)), rtcWant, true},
		{"RTC006 for any user", must(s.RTC006("room", "", RolePublisher, time.Hour)), rtcWant, true},
		{"RTCAndRTM", must(s.RTCAndRTM("room", "7", RolePublisher, "alice", time.Hour)), rtmWant, true},
		{"large", must(s.Sign(time.Hour, large...)), rtmWant, false},
	}
	// The spellings of the zlib streams that exist: one token of each.
	cases := 0
	for _, c := range readVectors[officialCase](t, "testdata/official.json", officialCases) {
		if c.Case != "007-rtm-uid-len64" && c.Case != "007-size-rtm-960" && c.Case != "007-zlib-rand-200" {
			continue
		}
		cases++
		want := rtmWant
		want.User = string(c.Inputs.Services[0].UserID)
		for i, token := range c.Tokens {
			result = append(result, sample{fmt.Sprint(c.Case, " ", i), token.Token, want, false})
		}
	}
	if cases != 3 {
		t.Fatalf("got %d official cases, want 3", cases)
	}
	return result
}

// covers is what the signature of a token covers, "" for one that cannot be
// read.
func covers(token string) string {
	var c content
	p, err := c.parse(token)
	if err != nil {
		return ""
	}
	return p.covers
}

// checkAltered checks that an altered token of a sample is refused or says the
// same, and always refused if it must.
func checkAltered(t *testing.T, v *Verifier, s *sample, altered, how string, mustFail bool) {
	t.Helper()
	if reasonOf(t, v, altered, s.want) != "" {
		return
	}
	if mustFail {
		t.Errorf("%s: accepted with %s", s.name, how)
	} else if covers(altered) != covers(s.token) {
		t.Errorf("%s: accepted with %s as another token", s.name, how)
	}
}

// TestFlippedBits flips every bit of the text, of the zlib stream and of the
// content of tokens.
func TestFlippedBits(t *testing.T) {
	v := verifier(t, testAppID, testKey)
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			if got := reasonOf(t, v, s.token, s.want); got != "" {
				t.Fatalf("refused with %q as it is", got)
			}
			flips([]byte(s.token), func(bit int, text []byte) {
				checkAltered(t, v, &s, string(text), fmt.Sprintf("bit %d of the text flipped", bit), s.ours)
			})
			head := wire.VersionLen
			if strings.HasPrefix(s.token, "006") {
				head += wire.AppIDLen
			}
			raw, err := base64.StdEncoding.DecodeString(s.token[head:])
			if err != nil {
				t.Fatal(err)
			}
			flips(raw, func(bit int, raw []byte) {
				altered := s.token[:head] + base64.StdEncoding.EncodeToString(raw)
				checkAltered(t, v, &s, altered, fmt.Sprintf("bit %d of the bytes flipped", bit), s.ours)
			})
			if head > wire.VersionLen {
				return
			}
			inflated, err := wire.Content007(s.token[head:])
			if err != nil {
				t.Fatal(err)
			}
			flips([]byte(inflated), func(bit int, content []byte) {
				checkAltered(t, v, &s, wire.Token007(content), fmt.Sprintf("bit %d of the content flipped", bit), true)
			})
		})
	}
}

// flips calls f with every single bit of data flipped; of data longer than
// ordinary tokens, with one bit of each byte.
func flips(data []byte, f func(bit int, data []byte)) {
	step := 1
	if len(data) > 500 {
		step = 9 // each byte, and another bit of the next one
	}
	for bit := 0; bit < len(data)*8; bit += step {
		data[bit/8] ^= 1 << (bit % 8)
		f(bit, data)
		data[bit/8] ^= 1 << (bit % 8)
	}
}

// TestOneSpelling alters the text of tokens of ours without altering what a
// lenient reader makes of it.
func TestOneSpelling(t *testing.T) {
	v := verifier(t, testAppID, testKey)
	for _, s := range samples(t) {
		if !s.ours {
			continue
		}
		text := s.token
		for at := range len(text) + 1 {
			for _, insert := range []string{"\n", "\r\n", " ", "\t", "=", "A", "-", "\x00", "%"} {
				checkAltered(t, v, &s, text[:at]+insert+text[at:], fmt.Sprintf("%q at %d", insert, at), true)
			}
			if at < len(text) {
				checkAltered(t, v, &s, text[:at]+text[at+1:], fmt.Sprintf("character %d missing", at), true)
			}
		}
		for at := range text {
			for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ ") {
				if c != text[at] {
					checkAltered(t, v, &s, text[:at]+string(c)+text[at+1:], fmt.Sprintf("%q at %d", c, at), true)
				}
			}
		}
		unpadded := strings.TrimRight(text, "=")
		for how, altered := range map[string]string{
			"its padding missing": unpadded, "more padding": text + "==", "the URL alphabet": strings.NewReplacer("+", "-", "/", "_").Replace(text),
			"a copy of itself": text + text, "quotes": `"` + text + `"`, "a space before": " " + text,
		} {
			if altered != text {
				checkAltered(t, v, &s, altered, how, true)
			}
		}
		raw, ok := strings.CutPrefix(text, "007")
		if !ok {
			continue
		}
		stream, err := base64.StdEncoding.DecodeString(raw)
		if err != nil {
			t.Fatal(err)
		}
		for how, altered := range map[string][]byte{
			"bytes after the stream": append(bytes.Clone(stream), 0),
			"no Adler-32":            stream[:len(stream)-4],
			"a preset dictionary":    append([]byte{0x78, 0x20}, stream[2:]...),
			"set padding bits":       append([]byte{0x78, 0x01, 0x09}, stream[3:]...),
			"gzip":                   append([]byte{0x1f, 0x8b}, stream[2:]...),
			"raw DEFLATE":            stream[2 : len(stream)-4],
		} {
			checkAltered(t, v, &s, "007"+base64.StdEncoding.EncodeToString(altered), how, true)
		}
	}
}

// TestOtherCompressors shows what remains: a token deflated anew is a token
// that official builders could have written, and is accepted as the same.
func TestOtherCompressors(t *testing.T) {
	v := verifier(t, testAppID, testKey)
	for _, s := range samples(t) {
		text, ok := strings.CutPrefix(s.token, "007")
		if !ok {
			continue
		}
		content, err := wire.Content007(text)
		if err != nil {
			t.Fatal(err)
		}
		for level := zlib.HuffmanOnly; level <= zlib.BestCompression; level++ {
			token := "007" + base64.StdEncoding.EncodeToString(deflate(t, level, content))
			if got := reasonOf(t, v, token, s.want); got != "" || covers(token) != covers(s.token) {
				t.Errorf("%s at level %d: refused with %q", s.name, level, got)
			}
		}
	}
}

func deflate(t testing.TB, level int, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(content))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBomb parses tokens that inflate to 200 MB, whole and cut to the longest
// text that is looked into.
func TestBomb(t *testing.T) {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Flush()
	chunk := bytes.Clone(out.Bytes()[2:]) // whole blocks: they can be repeated
	stream := append(bytes.Clone(out.Bytes()), bytes.Repeat(chunk, 199)...)
	if r, err := zlib.NewReader(bytes.NewReader(stream)); err != nil {
		t.Fatal(err)
	} else if n, _ := r.Read(make([]byte, 1)); n != 1 {
		t.Fatal("the bomb does not inflate")
	}
	stream = append(stream, 0x01, 0, 0, 0xff, 0xff, 0, 0, 0, 0)
	whole := "007" + base64.StdEncoding.EncodeToString(stream)
	short := whole[:wire.MaxToken/4*4-1] // of 3 + a multiple of 4
	v := verifier(t, testAppID, testKey)
	for name, token := range map[string]string{"whole": whole, "short": short} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		u, err := Parse(token)
		_, refusal := v.Verify(token, Want{At: time.Unix(issueTime, 0), Service: ServiceRTM, User: testUser})
		runtime.ReadMemStats(&after)
		if u != nil || err == nil || refusal == nil {
			t.Errorf("%s: got %v, %v", name, u, err)
		}
		if name == "short" && !strings.Contains(err.Error(), "64 KiB") {
			t.Errorf("%s: got %v, want it to be inflated up to the bound", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s, %d characters: took %d bytes", name, len(token), used)
		}
	}
}

// TestContentSize parses contents around the bound.
func TestContentSize(t *testing.T) {
	head := 2 + wire.SignatureLen + 2 + wire.AppIDLen + 3*4 + 2
	for _, test := range []struct {
		size int
		fits bool
	}{{wire.MaxContent - 1, true}, {wire.MaxContent, true}, {wire.MaxContent + 1, false}, {2 * wire.MaxContent, false}} {
		content := wire.AppendString(nil, strings.Repeat("s", wire.SignatureLen))
		b := body{appID: testAppID, unknown: strings.Repeat("\xff", test.size-head), unknownCount: 1}
		content = b.append(content)
		for _, level := range []int{zlib.NoCompression, zlib.BestCompression} {
			u, err := Parse("007" + base64.StdEncoding.EncodeToString(deflate(t, level, string(content))))
			if (err == nil) != test.fits || (u == nil) == test.fits {
				t.Errorf("%d bytes at level %d: got %v", len(content), level, err)
			}
		}
	}
}
