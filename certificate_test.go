package rtmauth

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestParseCertificate(t *testing.T) {
	for _, text := range []string{testKey, otherKey, strings.ToUpper(testKey), strings.Repeat("0", 32)} {
		c, err := ParseCertificate(text)
		if err != nil || c.IsZero() || string(c.key()) != text {
			t.Errorf("%q: got %v, %v", text, c, err)
		}
	}
	for _, text := range []string{"", " ", testKey[1:], testKey + "0", testKey[1:] + " ", testKey[1:] + "g", testKey[1:] + "\n", strings.Repeat("０", 32), strings.Repeat("é", 16)} {
		c, err := ParseCertificate(text)
		var argument *ArgumentError
		if !errors.As(err, &argument) || !c.IsZero() {
			t.Errorf("%q: got %v, %v; want an *ArgumentError", text, c, err)
		}
		if len(text) > 1 && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows %q", text)
		}
	}
}

func TestCertificate_String(t *testing.T) {
	for _, c := range []Certificate{certificate(t, testKey), {}} {
		if c.String() != redacted || c.GoString() != redacted || c.LogValue().String() != redacted {
			t.Errorf("got %q, %q, %q", c.String(), c.GoString(), c.LogValue())
		}
	}
}

func TestCertificate_Equal(t *testing.T) {
	a, b := certificate(t, testKey), certificate(t, otherKey)
	for _, test := range []struct {
		x, y Certificate
		want bool
	}{
		{a, a, true},
		{a, certificate(t, testKey), true},
		{a, b, false},
		{a, certificate(t, strings.ToUpper(testKey)), false},
		{Certificate{}, Certificate{}, true},
		{a, Certificate{}, false},
		{Certificate{}, a, false},
	} {
		if got := test.x.Equal(test.y); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

func TestFingerprints(t *testing.T) {
	a, b := certificate(t, testKey), certificate(t, otherKey)
	prints := map[string]bool{a.Fingerprint(): true, b.Fingerprint(): true, Fingerprint(testKey): true, Fingerprint("x"): true}
	if len(prints) != 4 {
		t.Errorf("got %v, want four different ones", prints)
	}
	for print := range prints {
		if _, err := hex.DecodeString(print); err != nil || len(print) != 16 {
			t.Errorf("got %q, want 16 hexadecimal characters", print)
		}
	}
	if a.Fingerprint() != certificate(t, testKey).Fingerprint() {
		t.Error("one certificate has two fingerprints")
	}
	if (Certificate{}).Fingerprint() != "" {
		t.Error("no certificate has a fingerprint")
	}
}

// TestCertificate_neverShown prints a certificate, and all that holds one, in
// every way that a program might.
func TestCertificate_neverShown(t *testing.T) {
	c := certificate(t, testKey)
	type inside struct {
		key     Certificate
		Public  Certificate
		pointer *Certificate
	}
	type outside struct {
		in   inside
		list []inside
		by   map[string]inside
		any  any
	}
	in := inside{c, c, &c}
	s, v := signer(t), verifier(t, testAppID, testKey, otherKey)
	values := map[string]any{
		"value": c, "pointer": &c, "struct": in, "pointer to struct": &in, "signer": s, "signer value": *s, "verifier": v, "verifier value": *v,
		"nested":    outside{in, []inside{in}, map[string]inside{"k": in}, in},
		"slice":     []Certificate{c},
		"map":       map[string]Certificate{"k": c},
		"interface": []any{c, &c, in, s, v},
	}
	token, err := s.RTM(testUser, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := v.Verify(token, Want{At: s.now(), Service: ServiceRTM, User: testUser})
	if err != nil {
		t.Fatal(err)
	}
	values["verified"] = verified

	shown := func(name string, print func(value any) string) {
		for what, value := range values {
			text := print(value)
			for _, secret := range secretForms(testKey) {
				if strings.Contains(text, secret) {
					t.Errorf("%s of %s shows the certificate: %s", name, what, text)
				}
			}
			if text == "" {
				t.Errorf("%s of %s shows nothing: is this test looking?", name, what)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%T", "%#x", "%+q", "% x", "%p"} {
		shown(verb, func(value any) string { return fmt.Sprintf(verb, value) })
	}
	var buf bytes.Buffer
	logged := func(print func(value any)) func(any) string {
		return func(value any) string {
			buf.Reset()
			print(value)
			return buf.String()
		}
	}
	for name, handler := range map[string]slog.Handler{"slog text": slog.NewTextHandler(&buf, nil), "slog JSON": slog.NewJSONHandler(&buf, nil)} {
		shown(name, logged(func(value any) { slog.New(handler).Log(context.Background(), slog.LevelInfo, "m", "k", value) }))
		shown(name+" group", logged(func(value any) { slog.New(handler).WithGroup("g").With("k", value).Info("m") }))
	}
	shown("log", logged(func(value any) { log.New(&buf, "", 0).Print(value) }))
	shown("JSON", func(value any) string {
		text, err := json.Marshal(value)
		return fmt.Sprint(string(text), err)
	})
	shown("XML", func(value any) string {
		text, err := xml.Marshal(value)
		return fmt.Sprint(string(text), err)
	})
	shown("error", func(value any) string { return fmt.Errorf("bad: %v", value).Error() })
	shown("panic", func(value any) (text string) {
		defer func() { text = fmt.Sprint(recover()) }()
		panic(value)
	})
}

// secretForms are the ways in which print verbs could show the bytes of a
// secret, by its first bytes.
func secretForms(secret string) []string {
	part := []byte(secret[:6])
	forms := []string{secret[:6], strings.ToLower(secret[:6]), hex.EncodeToString(part), strings.ToUpper(hex.EncodeToString(part))}
	for _, verb := range []string{"%d", "%o", "%b", "%x", "%X", "%c", "%#x", "%U", "%q"} {
		forms = append(forms, strings.Trim(fmt.Sprintf(verb, part), "[]"))
	}
	return append(forms, strings.Trim(fmt.Sprintf("%#v", part), "[]byte{}"))
}

// TestSecretForms_areFound is the check of the check: a type without care.
func TestSecretForms_areFound(t *testing.T) {
	type careless struct{ key [32]byte }
	value := careless{[32]byte([]byte(testKey))}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U"} {
		text, found := fmt.Sprintf(verb, value), false
		for _, form := range secretForms(testKey) {
			found = found || strings.Contains(text, form)
		}
		if !found {
			t.Errorf("%s shows the key unseen: %s", verb, text)
		}
	}
}

func TestErrors_showNothing(t *testing.T) {
	token, err := signer(t).RTM(testUser, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i := range token {
		_, err := Parse(token[:i])
		if err == nil {
			t.Fatalf("parsed %d characters of %d", i, len(token))
		}
		var parse *ParseError
		if !errors.As(err, &parse) || parse.Field == "" || parse.Problem == "" {
			t.Errorf("got %v, want a *ParseError", err)
		}
		_, refusal := verifier(t, testAppID, testKey).Verify(token[:i], Want{At: time.Now(), Service: ServiceRTM, User: testUser})
		for _, err := range []error{err, refusal, errors.Unwrap(refusal)} {
			if i > 8 && strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), token[3:9]) {
				t.Errorf("the error shows the token: %#v", err)
			}
		}
	}
}
