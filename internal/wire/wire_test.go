package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestReader(t *testing.T) {
	data := AppendString(AppendU32(AppendU16(nil, 0x1234), 0x89abcdef), "text")
	r := NewReader(string(append(data, "rest"...)))
	if a, b, c := r.U16("a"), r.U32("b"), r.String("c"); a != 0x1234 || b != 0x89abcdef || c != "text" {
		t.Errorf("got %x, %x, %q", a, b, c)
	}
	if r.Offset() != len(data) || r.Len() != 4 || r.Rest() != "rest" || r.Len() != 0 || r.Err() != nil {
		t.Errorf("got offset %d, %d left, error %v", r.Offset(), r.Len(), r.Err())
	}
	r.End("all")
	if r.Err() != nil {
		t.Errorf("got %v at the end", r.Err())
	}
}

// TestReader_short cuts fields: the first that is missing is named, all later
// ones are zero.
func TestReader_short(t *testing.T) {
	data := string(AppendString(AppendU32(AppendU16(nil, 0xffff), 0xffffffff), "text"))
	fields := func(r *Reader) (uint16, uint32, string) { return r.U16("a"), r.U32("b"), r.String("c") }
	for i := range data {
		r := NewReader(data[:i])
		a, b, c := fields(&r)
		want := "c"
		switch {
		case i < 2:
			want = "a"
		case i < 6:
			want = "b"
		}
		var e *Error
		if !errors.As(r.Err(), &e) || e.Field != want || c != "" || want == "b" && b != 0 || want == "a" && a != 0 {
			t.Errorf("%d bytes: got %x, %x, %q, %v", i, a, b, c, r.Err())
		}
		if r.U16("later") != 0 || r.Count(0, "later") != 0 || !errors.As(r.Err(), &e) || e.Field != want {
			t.Errorf("%d bytes: got %v later", i, r.Err())
		}
	}
}

func TestReader_count(t *testing.T) {
	for _, test := range []struct {
		count uint16
		left  int
		want  int
		ok    bool
	}{{0, 0, 0, true}, {2, 12, 2, true}, {2, 13, 2, true}, {2, 11, 0, false}, {0xffff, 100, 0, false}} {
		r := NewReader(string(append(AppendU16(nil, test.count), make([]byte, test.left)...)))
		if got := r.Count(6, "n"); got != test.want || (r.Err() == nil) != test.ok {
			t.Errorf("%d of 6 in %d: got %d, %v", test.count, test.left, got, r.Err())
		}
	}
}

// TestToken007 writes contents of every kind of size and reads them back.
func TestToken007(t *testing.T) {
	for _, n := range []int{0, 1, 150, ordinary / 2, ordinary, storeUpTo - 1, storeUpTo, storeUpTo + 1, 10_000, MaxContent} {
		for _, unit := range []string{"a", "the quick brown fox jumps over the lazy dog 0123456789"} {
			content := strings.Repeat(unit, n/len(unit)+1)[:n]
			token := Token007([]byte(content))
			got, err := Content007(strings.TrimPrefix(token, "007"))
			if err != nil || got != content {
				t.Errorf("%d bytes: got %d, %v", n, len(got), err)
			}
			if len(token) > MaxToken {
				t.Errorf("%d bytes: the token has %d characters", n, len(token))
			}
			if n > storeUpTo && len(token) > n {
				t.Errorf("%d bytes: the token has %d characters: not compressed", n, len(token))
			}
		}
	}
}

func TestContent006(t *testing.T) {
	for _, n := range []int{1, 80, 255, 256, 257, 10_000} {
		content := bytes.Repeat([]byte{0xa5}, n)
		got, err := Content006(strings.TrimPrefix(Token006("", content), "006"))
		if err != nil || got != string(content) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
	if _, err := Content006(strings.Repeat("A", MaxToken+4)); err == nil {
		t.Error("read a text longer than any token")
	}
}

// TestContent007_streams reads zlib streams of "a" that are whole, and ones
// that are damaged, each in one way.
func TestContent007_streams(t *testing.T) {
	const adler = "\x00\x62\x00\x62"
	for name, test := range map[string]struct {
		stream string
		ok     bool
	}{
		"stored":                  {"\x78\x01\x01\x01\x00\xfe\xffa" + adler, true},
		"stored, other level":     {"\x78\x9c\x01\x01\x00\xfe\xffa" + adler, true},
		"stored, smaller window":  {"\x18\x19\x01\x01\x00\xfe\xffa" + adler, true},
		"fixed":                   {"\x78\x9cK\x04\x00" + adler, true},
		"stored, empty last":      {"\x78\x9c\x00\x01\x00\xfe\xffa\x01\x00\x00\xff\xff" + adler, true},
		"empty":                   {"", false},
		"header only":             {"\x78\x01", false},
		"wrong check of header":   {"\x78\x02\x01\x01\x00\xfe\xffa" + adler, false},
		"other method":            {"\x77\x85\x01\x01\x00\xfe\xffa" + adler, false},
		"window too large":        {"\x88\x1c\x01\x01\x00\xfe\xffa" + adler, false},
		"preset dictionary":       {"\x78\x20\x01\x01\x00\xfe\xffa" + adler, false},
		"padding bits":            {"\x78\x01\x09\x01\x00\xfe\xffa" + adler, false},
		"wrong complement":        {"\x78\x01\x01\x01\x00\xfe\xfea" + adler, false},
		"reserved block type":     {"\x78\x01\x07\x01\x00\xfe\xffa" + adler, false},
		"stored ends early":       {"\x78\x01\x01\x09\x00\xf6\xffa" + adler, false},
		"fixed ends early":        {"\x78\x9cK\x04", false},
		"stored, no Adler-32":     {"\x78\x01\x01\x01\x00\xfe\xffa", false},
		"fixed, no Adler-32":      {"\x78\x9cK\x04\x00", false},
		"stored, half Adler-32":   {"\x78\x01\x01\x01\x00\xfe\xffa\x00\x62", false},
		"stored, wrong Adler-32":  {"\x78\x01\x01\x01\x00\xfe\xffa\x00\x62\x00\x63", false},
		"fixed, wrong Adler-32":   {"\x78\x9cK\x04\x00\x00\x62\x00\x63", false},
		"stored, followed by one": {"\x78\x01\x01\x01\x00\xfe\xffa" + adler + "x", false},
		"fixed, followed by one":  {"\x78\x9cK\x04\x00" + adler + "x", false},
		"two streams":             {"\x78\x9cK\x04\x00" + adler + "\x78\x9cK\x04\x00" + adler, false},
	} {
		got, err := Content007(base64.StdEncoding.EncodeToString([]byte(test.stream)))
		if test.ok != (err == nil) || test.ok != (got == "a") {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Field == "" || e.Problem == "" || e.Offset < 0 || e.Offset > len(test.stream)) {
			t.Errorf("%s: got %#v", name, err)
		}
	}
}

func TestDecode(t *testing.T) {
	for text, ok := range map[string]bool{
		"YQ==": true, "YWI=": true, "YWJj": true, "": false, "Y": false, "YQ": false, "YQ=": false, "YQ===": false, "YR==": false, "YWJ=": false,
		"YQ==\n": false, "Y\nQ==": false, "Y\rQ==": false, "YQ= =": false, " YQ==": false, "-_-_": false, "YQ==YQ==": false, "%YQ=": false, "====": false,
	} {
		got, err := Content006(text)
		if ok != (err == nil) || ok != (got != "") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}
