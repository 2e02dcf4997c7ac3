package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// casesConfig is what the cases below are put to.
const casesConfig = `projects: [{name: main, app_id: {env: APP_ID}, primary: {env: APP_CERTIFICATE}}]
callers:
  api_keys: [{id: backend, sha256: "HASH"}]
  jwt: [{name: web, issuer: "https://id.example", audience: app}]
policy:
  - {name: own, callers: web, users: ["{sub}", "{team}-*"]}
  - {name: all, callers: "*", users: "svc-*", services: [rtm, rtc, rtm2], channels: "*", rtm2: [{resource: users, access: read, names: "u-*"}]}
`

func TestCases_Run(t *testing.T) {
	r, err := load(t, testMemory(), withHash(casesConfig))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ text, fails string }{
		{`{caller: web, claims: {sub: alice}, user: alice, want: granted, rule: own}`, ""},
		{`{caller: web, claims: {sub: alice}, user: bob, want: denied}`, ""},
		{`{caller: web, claims: {sub: alice}, user: bob, want: "denied:user"}`, ""},
		{`{caller: web, claims: {sub: alice}, user: bob, want: granted}`, "got denied: user"},
		{`{caller: backend, user: svc-1, want: granted, rule: all}`, ""},
		{`{caller: backend, user: svc-1, want: denied}`, "got granted, want denied"},
		{`{caller: backend, user: svc-1, want: granted, rule: own}`, `decided by rule "all", want "own"`},
		// Only text matches a {claim}, as serve reads it.
		{`{caller: web, claims: {sub: "7"}, user: 7, want: granted}`, ""},
		{`{caller: web, claims: {sub: 7}, user: 7, want: granted}`, "got denied: user"},
		{`{caller: web, claims: {sub: 7.5}, user: 7.5, want: denied}`, ""},
		{`{caller: web, claims: {sub: a, team: true}, user: true-1, want: denied}`, ""},
		{`{caller: web, claims: {sub: a, team: [red]}, user: red-1, want: denied}`, ""},
		{`{caller: web, claims: {sub: a, team: red}, user: red-1, want: granted}`, ""},
		// What serve refuses before policy is asked.
		{`{caller: backend, user: svc-a/b, want: granted}`, "got invalid (user ID"},
		{`{caller: backend, user: svc-é, want: denied}`, "got invalid (user ID"},
		{`{caller: backend, user: svc-é, want: invalid}`, ""},
		{`{caller: backend, user: svc-1, services: [rtm, rtm], want: granted}`, "got invalid (services"},
		{`{caller: backend, user: svc-1, services: rtc, channel: room, uid: 007, want: denied}`, "got invalid (uid"},
		{`{caller: backend, user: svc-1, services: rtm2, permissions: [{resource: users, access: read, names: [u-1, u-2]}], want: granted}`, ""},
		{`{caller: backend, user: svc-1, services: rtm2, permissions: [{resource: users, access: read, names: [u-1, v]}], want: "denied: permission"}`, ""},
		{`{caller: backend, user: svc-1, services: rtm2, permissions: [{resource: user, access: read, names: u-1}], want: granted}`, "got invalid (resource"},
	} {
		cases, err := ParseCases([]byte("cases:\n  - "+strings.Replace(tc.text, "{", "{name: a, ", 1)+"\n"), "cases.yaml")
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if err := cases.Check(r); err != nil {
			t.Errorf("%s: %v", tc.text, err)
		}
		if got := cases.Cases[0].Run(r, time.Unix(1_700_000_000, 0)); (got == "") != (tc.fails == "") || !strings.Contains(got, tc.fails) {
			t.Errorf("%s: got %q, want %q", tc.text, got, tc.fails)
		}
	}
}

// TestCases_Check: a case that serve could not meet is refused, not passed because
// it is denied for another reason than it means.
func TestCases_Check(t *testing.T) {
	r, err := load(t, testMemory(), withHash(casesConfig))
	if err != nil {
		t.Fatal(err)
	}
	cases, err := ParseCases([]byte(`cases:
  - {name: a, caller: bakcend, user: svc-1, want: denied}
  - {name: b, caller: anonymous, user: svc-1, want: denied}
  - {name: c, caller: backend, claims: {sub: svc-1}, user: svc-1, want: granted}
  - {name: d, caller: backend, user: svc-1, channel: room, want: granted}
  - {name: e, caller: backend, user: svc-1, permissions: [{resource: users, access: read, names: x}], want: granted}
  - {name: f, caller: backend, user: svc-1, want: granted}
`), "cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := `cases.yaml:2:23: cases[0].caller: no caller is named "bakcend"; did you mean backend?
cases.yaml:3:23: cases[1].caller: no caller is named "anonymous"; known here: backend, web
cases.yaml:4:46: cases[2].claims.sub: a caller of kind api_key has no such claim
cases.yaml:5:5: cases[3].services: must have rtc beside channel, uid or role
cases.yaml:6:5: cases[4].services: must have rtm2 beside permissions`
	if got := fmt.Sprint(cases.Check(r)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseCases_refuses(t *testing.T) {
	for text, want := range map[string]string{
		"want: perhaps":                           "cases[0].want: must be granted, denied, denied and a reason, or invalid",
		"want: \"granted: user\"":                 "cases[0].want: must be",
		"want: \"invalid: user\"":                 "cases[0].want: must be",
		"want: denied, claims: {a: {b: c}}":       "cases[0].claims.a: must be text, a number, true, false, or a list of these",
		"want: denied, claims: {a: [[b], ~]}":     "cases[0].claims.a: must be text",
		"want: denied, claims: [a]":               "cases[0].claims: must be a mapping of names to values",
		"want: denied, permissions: [{names: a}]": "cases[0].permissions[0].access: is missing",
	} {
		_, err := ParseCases([]byte("cases: [{name: a, caller: b, user: c, "+text+"}]\n"), "cases.yaml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
