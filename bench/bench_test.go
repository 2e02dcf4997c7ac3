package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// TestMain: the servers that are measured are this program again.
func TestMain(m *testing.M) {
	if name := os.Getenv(asServer); name != "" {
		if err := serveOther(name, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestRun runs everything for a moment: every contender works, and the report
// has a line for each row.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-rounds=1", "-slice=2ms", "-server-rounds=1", "-server-slice=50ms", "-sessions=20", "-sending=1s"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| build 007 RTM |", "| verify 006 |", "all cores |", "go-tokenbuilder", "its floor", "target",
		"| `POST /v1/tokens`, API key |", "First token ",
		"## The local RTM service", "| 20 |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, out.String())
		}
	}
}

func TestVerdict(t *testing.T) {
	at := func(ns float64) *contender { return &contender{ns: ns} }
	tests := []struct {
		row   row
		ratio string
		met   bool
	}{
		{row{a: at(10), b: at(500), target: 40}, "50.0× as fast", true},
		{row{a: at(10), b: at(300), target: 40}, "30.0× as fast", false},
		{row{a: at(15), b: at(10), floor: true, target: 1.6}, "1.50× its floor", true},
		{row{a: at(17), b: at(10), floor: true, target: 1.6}, "1.70× its floor", false},
		{row{a: at(30), b: at(10)}, "0.3× as fast", true},
	}
	for _, tt := range tests {
		ratio, _, met := tt.row.verdict()
		if ratio != tt.ratio || met != tt.met {
			t.Errorf("got %s, met %t; want %s, %t", ratio, met, tt.ratio, tt.met)
		}
		if missed := missedTargets([]row{tt.row}); (len(missed) == 0) != tt.met {
			t.Errorf("missed: %q", missed)
		}
	}
}

func TestServing_verdict(t *testing.T) {
	at := func(rate, tail float64) *load { return &load{rates: []float64{rate}, tails: []float64{tail}} }
	bare := at(1000, 1e6)
	for _, tt := range []struct {
		row    serving
		first  time.Duration
		ratio  string
		target string
		missed int
	}{
		{serving{a: at(750, 1e6), b: bare, target: 0.75}, 0, "0.75", "at least 0.75", 0},
		{serving{a: at(740, 1e6), b: bare, target: 0.75}, 0, "0.74", "at least 0.75", 1},
		{serving{a: at(800, 3e6), b: bare, target: 0.75, tail: 3}, 0, "0.80", "at least 0.75; 99 % within 3× the time (3.0×)", 0},
		{serving{a: at(800, 3.1e6), b: bare, target: 0.75, tail: 3}, 0, "0.80", "at least 0.75; 99 % within 3× the time (3.1×)", 1},
		{serving{a: at(700, 1e6), b: bare, target: 0.75, tail: 3}, 0, "0.70", "at least 0.75; 99 % within 3× the time (1.0×)", 1},
		{serving{a: at(100, 9e9), b: bare}, 0, "0.10", "", 0},
		{serving{a: at(800, 1e6), b: bare, target: 0.75}, 100 * time.Millisecond, "0.80", "at least 0.75", 0},
		{serving{a: at(800, 1e6), b: bare, target: 0.75}, 101 * time.Millisecond, "0.80", "at least 0.75", 1},
		{serving{a: at(100, 1e6), b: bare, target: 0.75}, time.Second, "0.10", "at least 0.75", 2},
	} {
		ratio, target, met := tt.row.verdict()
		late := 0
		if tt.first > 100*time.Millisecond {
			late = 1
		}
		if ratio != tt.ratio || target != tt.target || met != (tt.missed == late) {
			t.Errorf("got %s, target %q, met %t; want %s, %q", ratio, target, met, tt.ratio, tt.target)
		}
		all := &served{rows: []serving{tt.row}, first: tt.first}
		if missed := all.missed(); len(missed) != tt.missed {
			t.Errorf("%s, first token after %v: missed %q, want %d", ratio, tt.first, missed, tt.missed)
		}
	}
}

// TestFloor: the floor hashes as much as a real token makes one hash.
func TestFloor(t *testing.T) {
	secret, err := rtmauth.ParseCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := rtmauth.NewSigner(appID, secret, rtmauth.WithClock(func() time.Time { return time.Unix(issued, 0) }))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.RTM(user, life)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := base64.StdEncoding.DecodeString(token[3:])
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(content) - 2 - 32; got != rtmBody {
		t.Errorf("the signature of a 007 RTM token covers %d bytes, the floor says %d", got, rtmBody)
	}
	both, err := signer.RTCAndRTM(channel, user, rtmauth.RolePublisher, user, life)
	if err != nil {
		t.Fatal(err)
	}
	stream, err = base64.StdEncoding.DecodeString(both[3:])
	if err != nil {
		t.Fatal(err)
	}
	// Our own tokens hold a stored block: 2 + 5 bytes before it, 4 after it.
	if got := len(stream) - 11 - 2 - 32; got != rtmBody+rtcBody {
		t.Errorf("the signature of a 007 RTC + RTM token covers %d bytes, the floor says %d", got, rtmBody+rtcBody)
	}
	token, err = signer.RTM006(user, life)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := base64.StdEncoding.DecodeString(token[3+32:])
	if err != nil {
		t.Fatal(err)
	}
	if got := len(fields) - 2 - 32 - 4 - 4 - 2; got != message {
		t.Errorf("the message of a 006 RTM token has %d bytes, the floor says %d", got, message)
	}
}
