package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth"
)

// plain is the content of an ordinary RTM token for "alice", to be damaged.
func plain(tb testing.TB) []byte {
	tb.Helper()
	s := sample{
		AppID: "970CA35de60c44645bbae8a215061b33", Certificate: "5CFd2fd1755d40ecb72977518be15d3b",
		Issued: 1700000000, Expire: 3600, Salt: 12345678,
		Services: []rtmauth.Service{{Type: rtmauth.ServiceRTM, User: "alice", Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin, Expire: 3600}}}},
	}
	return inflated(tb, s.ours007(tb))
}

// stored is a token around content in a stored block, with what edit makes of
// the zlib stream.
func stored(content []byte, edit func([]byte) []byte) string {
	stream := []byte{0x78, 0x01, 0x01}
	stream = binary.LittleEndian.AppendUint16(stream, uint16(len(content)))
	stream = binary.LittleEndian.AppendUint16(stream, ^uint16(len(content)))
	stream = append(stream, content...)
	a, b := uint32(1), uint32(0) // Adler-32
	for _, c := range content {
		a = (a + uint32(c)) % 65521
		b = (b + a) % 65521
	}
	stream = binary.BigEndian.AppendUint32(stream, b<<16|a)
	if edit != nil {
		stream = edit(stream)
	}
	return "007" + base64.StdEncoding.EncodeToString(stream)
}

// splice replaces the first occurrence of hexadecimal digits in a content.
func splice(tb testing.TB, content []byte, from, to string) []byte {
	tb.Helper()
	text := hex.EncodeToString(content)
	if !strings.Contains(text, from) {
		tb.Fatalf("no %s in %s", from, text)
	}
	out, err := hex.DecodeString(strings.Replace(text, from, to, 1))
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// TestStricter makes a token for each line of docs/stricter.md: ours refuses
// it with the words of the first column, and the parsers of the third column
// read it, no others.
func TestStricter(t *testing.T) {
	content := plain(t)
	ordinary := stored(content, nil)
	if _, err := rtmauth.Parse(ordinary); err != nil {
		t.Fatal(err)
	}
	const login = "0100" + "0100" + "100e0000" // one privilege: login, 3600 s
	const user = "0500616c696365"              // "alice"
	rtm2 := func(resources string) []byte {
		return splice(t, splice(t, content, "0200"+login, "0800"+login), user, user+resources)
	}
	deflated := func(content []byte, edit func([]byte) []byte) string {
		stream, err := base64.StdEncoding.DecodeString(token007(t, content)[3:])
		if err != nil {
			t.Fatal(err)
		}
		return "007" + base64.StdEncoding.EncodeToString(edit(stream))
	}

	tokens := map[string]string{
		"more than 90,000 characters":            stored(append(bytes.Clone(content), make([]byte, 65000)...), func(b []byte) []byte { return append(b, make([]byte, 5000)...) }),
		"a version and nothing else":             "007",
		"CR or LF inside the token":              ordinary[:40] + "\n" + ordinary[40:],
		"missing padding":                        strings.TrimRight(withPadding(t, content), "="),
		"the URL alphabet":                       urlAlphabet(t, content),
		"a space or another character":           ordinary[:40] + " " + ordinary[40:],
		"unused bits that are not zero":          unusedBits(t, content),
		"a stored block cut inside its content":  stored(content, func(b []byte) []byte { return b[:len(b)-6] }),
		"a compressed stream that is cut":        deflated(content, func(b []byte) []byte { return b[:len(b)-8] }),
		"a stored block whose padding has bits":  stored(content, func(b []byte) []byte { b[2] |= 0x80; return b }),
		"a stored block's lengths do not agree":  stored(content, func(b []byte) []byte { b[5] ^= 1; return b }),
		"a checksum that is cut":                 stored(content, func(b []byte) []byte { return b[:len(b)-2] }),
		"a checksum of something else":           stored(content, func(b []byte) []byte { b[len(b)-1] ^= 1; return b }),
		"bytes after the checksum":               stored(content, func(b []byte) []byte { return append(b, 0) }),
		"a zip bomb":                             token007(t, append(bytes.Clone(content), make([]byte, 1<<20)...)),
		"a signature of another length":          stored(append([]byte{33, 0, 0}, content[2:]...), nil),
		"an App ID that no project has":          stored(bytes.Replace(content, []byte("970CA35d"), []byte("970CA35x"), 1), nil),
		"a privilege listed twice":               stored(splice(t, content, login, "0200"+login[4:]+login[4:]), nil),
		"an RTM2 resource type listed twice":     stored(rtm2("0200"+"00000000"+"00000000"), nil),
		"an RTM2 permission listed twice":        stored(rtm2("0100"+"00000200"+"00000000"+"00000000"), nil),
		"bytes after the last service":           stored(append(bytes.Clone(content), 0), nil),
		"a last string longer than what is left": stored(content[:len(content)-1], nil),
	}

	doc, err := stricterDoc()
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(doc) {
		cells := strings.Split(line, " | ")
		says, ok := strings.CutPrefix(cells[0], "| `")
		if !ok {
			continue
		}
		rows++
		says = strings.TrimSuffix(says, "`")
		what, readBy := cells[1], strings.Trim(cells[2], " ")
		token, ok := tokens[what]
		if !ok {
			t.Errorf("docs/stricter.md: no token shows %q", what)
			continue
		}
		t.Run(what, func(t *testing.T) {
			var problem *rtmauth.ParseError
			if _, err := rtmauth.Parse(token); !errors.As(err, &problem) {
				t.Fatalf("ours reads it (%v)", err)
			}
			if got := fmt.Sprintf("%s: %s", problem.Field, problem.Problem); got != says {
				t.Errorf("ours says %q, the document %q", got, says)
			}
			var theirs nodeToken
			newNode(t).call(t, "parse007", map[string]any{"token": token, "certificate": strings.Repeat("0", 32)}, &theirs)
			var readers []string
			if theirs.OK {
				readers = append(readers, "N")
			}
			if _, ok := parseGo(token); ok {
				readers = append(readers, "G")
			}
			if got := strings.Join(readers, ", "); got != readBy {
				t.Errorf("read by %q, the document says %q", got, readBy)
			}
		})
	}
	if rows != len(tokens) {
		t.Errorf("docs/stricter.md has %d lines, the test %d tokens", rows, len(tokens))
	}
}

// withPadding is a token whose base64 ends in "=".
func withPadding(t *testing.T, content []byte) string {
	t.Helper()
	for range 3 {
		if token := stored(content, nil); strings.HasSuffix(token, "=") {
			return token
		}
		content = splice(t, content, "0500616c696365", "0600616c69636561")
	}
	t.Fatal("no length needs padding")
	return ""
}

// urlAlphabet is a token with "-" for "+" and "_" for "/".
func urlAlphabet(t *testing.T, content []byte) string {
	t.Helper()
	for salt := range uint32(1000) {
		changed := bytes.Clone(content)
		binary.LittleEndian.PutUint32(changed[len(changed)-27:], salt*0x01010101)
		if token := stored(changed, nil); strings.ContainsAny(token, "+/") {
			return strings.NewReplacer("+", "-", "/", "_").Replace(token)
		}
	}
	t.Fatal("no token has + or /")
	return ""
}

// unusedBits is a token whose last character has bits that no byte uses.
func unusedBits(t *testing.T, content []byte) string {
	t.Helper()
	token := withPadding(t, content)
	body := strings.TrimRight(token, "=")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, body[len(body)-1])
	return body[:len(body)-1] + alphabet[last+1:last+2] + token[len(body):]
}
