package apikey

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestAuthenticate(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	good, goodHash := Generate()
	next, nextHash := Generate()
	old, oldHash := Generate()
	other, _ := Generate()
	a, err := New([]Key{
		{ID: "k1", Caller: "backend", SHA256: goodHash},
		{ID: "k2", Caller: "backend", SHA256: strings.ToUpper(nextHash), Expires: now.Add(time.Second)},
		{ID: "k3", Caller: "worker", SHA256: oldHash, Expires: now},
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		h       http.Header
		caller  string
		subject string
		refused string // code; "-" is no credential
	}{
		{"bearer", header("Authorization", "Bearer "+good), "backend", "k1", ""},
		{"scheme in another case", header("Authorization", "bearer "+good), "backend", "k1", ""},
		{"own header", header("X-API-Key", good), "backend", "k1", ""},
		{"second key of the same caller", header("X-API-Key", next), "backend", "k2", ""},
		{"expires now", header("X-API-Key", old), "", "", "api_key_expired"},
		{"made elsewhere", header("X-API-Key", other), "", "", "api_key_unknown"},
		{"one character more", header("X-API-Key", good+"A"), "", "", "api_key_unknown"},
		{"the hash instead of the key", header("X-API-Key", Prefix+goodHash), "", "", "api_key_unknown"},
		{"only the prefix", header("X-API-Key", Prefix), "", "", "api_key_unknown"},
		{"nothing", header(), "", "", "-"},
		{"a JWT", header("Authorization", "Bearer e30.e30.e30"), "", "", "-"},
		{"basic", header("Authorization", "Basic "+good), "", "", "credential_scheme"},
		{"no scheme", header("Authorization", good), "", "", "credential_scheme"},
		{"two keys", header("X-API-Key", good, "X-API-Key", other), "", "", "credential_twice"},
		{"both headers", header("X-API-Key", good, "Authorization", "Bearer "+good), "", "", "credential_twice"},
		{"two in one header", header("Authorization", "Bearer "+good+", Bearer "+other), "", "", "credential_scheme"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			who, err := a.Authenticate(t.Context(), &http.Request{Header: tc.h})
			if tc.refused == "" {
				if err != nil || who.Name != tc.caller || who.Subject != tc.subject {
					t.Fatalf("got %+v, %v; want %s as %s", who, err, tc.caller, tc.subject)
				}
				return
			}
			if who.Name != "" {
				t.Errorf("an error comes with a caller: %+v", who)
			}
			var refused *caller.Refused
			switch {
			case tc.refused == "-":
				if !errors.Is(err, caller.ErrNoCredential) {
					t.Errorf("got %v, want no credential", err)
				}
			case !errors.As(err, &refused) || refused.Code != tc.refused:
				t.Errorf("got %v, want %s", err, tc.refused)
			case strings.Contains(err.Error(), good) || strings.Contains(err.Error(), old):
				t.Errorf("the refusal holds the key: %v", err)
			}
		})
	}
}

func TestNew_refuses(t *testing.T) {
	_, h := Generate()
	for name, keys := range map[string][]Key{
		"short hash":     {{ID: "a", Caller: "a", SHA256: h[:62]}},
		"not hex":        {{ID: "a", Caller: "a", SHA256: strings.Repeat("z", 64)}},
		"no hash":        {{ID: "a", Caller: "a"}},
		"no id":          {{SHA256: h}},
		"same id":        {{ID: "a", Caller: "a", SHA256: h}, {ID: "a", Caller: "a", SHA256: Hash("x")}},
		"same hash":      {{ID: "a", Caller: "a", SHA256: h}, {ID: "b", Caller: "b", SHA256: strings.ToUpper(h)}},
		"empty's hash":   {{ID: "a", Caller: "a", SHA256: Hash("")}},
		"key, not hash":  {{ID: "a", Caller: "a", SHA256: Prefix + h}},
		"hash and space": {{ID: "a", Caller: "a", SHA256: h + " "}},
	} {
		if _, err := New(keys, time.Now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGenerate(t *testing.T) {
	a, ah := Generate()
	b, _ := Generate()
	if a == b || len(a) != len(Prefix)+43 || Hash(a) != ah {
		t.Errorf("keys %q and %q: want two of 256 bits", a, b)
	}
}
