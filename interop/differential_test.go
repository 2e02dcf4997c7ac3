package interop

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/AgoraIO-Community/go-tokenbuilder/accesstoken"
	"github.com/rtmauth/rtmauth"
)

// Differential fuzzing. Ours may be stricter than theirs, and each way in which
// it is has a line in docs/stricter.md; where ours reads a token, theirs reads
// it too and sees the same.

// stricterDoc is docs/stricter.md.
var stricterDoc = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile("../docs/stricter.md")
	return string(b), err
})

// listed reports whether the document names a refusal, as `field: problem`.
func listed(tb testing.TB, e *rtmauth.ParseError) bool {
	tb.Helper()
	doc, err := stricterDoc()
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Contains(doc, fmt.Sprintf("`%s: %s`", e.Field, e.Problem))
}

// parseGo is go-tokenbuilder's Parse, which panics on unknown services and on
// several kinds of damage.
func parseGo(token string) (read *accesstoken.AccessToken, ok bool) {
	defer func() {
		if recover() != nil {
			read, ok = nil, false
		}
	}()
	read = accesstoken.CreateAccessToken()
	ok, err := read.Parse(token)
	return read, ok && err == nil
}

// differ checks one token against both parsers.
func differ(t *testing.T, token string) {
	ours, err := rtmauth.Parse(token)
	var problem *rtmauth.ParseError
	if err != nil && !errors.As(err, &problem) {
		t.Fatalf("Parse gives a %T", err)
	}

	var theirs nodeToken
	newNode(t).call(t, "parse007", map[string]any{"token": token, "certificate": strings.Repeat("0", 32)}, &theirs)
	switch {
	case ours != nil && !theirs.OK:
		t.Fatalf("agora-token refuses %q, ours reads it", token)
	case ours != nil:
		if d := theirs.differs(ours); d != "" {
			t.Fatalf("agora-token: %s\n%q", d, token)
		}
	case theirs.OK && !listed(t, problem):
		t.Fatalf("agora-token reads %q; docs/stricter.md does not list `%s: %s`", token, problem.Field, problem.Problem)
	}

	read, ok := parseGo(token)
	switch {
	case ours != nil && !ok:
		if !unknownToGo(ours) {
			t.Fatalf("go-tokenbuilder refuses %q, ours reads it", token)
		}
	case ours != nil:
		if d := goDiffers(read, ours); d != "" {
			t.Fatalf("go-tokenbuilder: %s\n%q", d, token)
		}
	case ok && !listed(t, problem):
		t.Fatalf("go-tokenbuilder reads %q; docs/stricter.md does not list `%s: %s`", token, problem.Field, problem.Problem)
	}
}

// unknownToGo reports whether a token holds a service at which go-tokenbuilder
// panics.
func unknownToGo(ours *rtmauth.Unverified) bool {
	for _, s := range ours.Services() {
		switch s.Type {
		case rtmauth.ServiceStreaming, rtmauth.ServiceFCDN, rtmauth.ServiceRTM2:
			return true
		}
	}
	return ours.UnknownServices() > 0
}

// FuzzDifferentialText compares the parsers on the text of tokens: base64 and
// zlib included.
func FuzzDifferentialText(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s.ours007(f))
		f.Add(s.theirsGo(f))
	}
	f.Fuzz(func(t *testing.T, token string) {
		if !strings.HasPrefix(token, "007") || len(token) > 10_000 {
			return // 006 and everything else: they only know 007
		}
		differ(t, token)
	})
}

// FuzzDifferentialContent compares the parsers on what a token holds, so that
// the fuzzer's changes arrive at the fields.
func FuzzDifferentialContent(f *testing.F) {
	for _, s := range seeds() {
		f.Add(inflated(f, s.ours007(f)))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 60_000 {
			return
		}
		differ(t, token007(t, content))
	})
}

// token007 wraps a content as any zlib would.
func token007(t *testing.T, content []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return "007" + base64.StdEncoding.EncodeToString(b.Bytes())
}

// seeds are one sample for each service that all know, and one of them all.
func seeds() []sample {
	r := source{rand.New(rand.NewPCG(1, 0))} // the same each time
	var out []sample
	for _, t := range goTypes {
		out = append(out, r.sample007([]rtmauth.ServiceType{t}, false))
	}
	return append(out, r.sample007(goTypes, false))
}
