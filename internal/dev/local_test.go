package dev

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/diagnose"
)

func quoted(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestInspect(t *testing.T) {
	r := start(t, Options{TokenVersion: "007"}, userProject...)
	token := r.token("alice")
	resp, body := r.do("POST", "/local/inspect", quoted(t, map[string]string{"token": token}))
	var view diagnose.View
	if err := json.Unmarshal([]byte(body), &view); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || view.Version != "007" || view.AppID != testAppID || len(view.Services) != 1 || *view.Services[0].User != "alice" || view.Fingerprint == "" {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	for body, want := range map[string]int{
		`{"token":""}`: 422, `{"token":"` + token[:60] + `"}`: 422, `{}`: 422, `{"token":1}`: 400, `{`: 400, `{"token":"a","Token":"b"}`: 400,
		`{"token":"` + strings.Repeat("a", maxLocalBody) + `"}`: 413,
	} {
		resp, answer := r.do("POST", "/local/inspect", body)
		var said struct{ Error string }
		if err := json.Unmarshal([]byte(answer), &said); err != nil || resp.StatusCode != want || said.Error == "" {
			t.Errorf("%.30s: got %d %s, want %d", body, resp.StatusCode, answer, want)
		}
	}
	if resp, _ := r.do("GET", "/local/inspect", ""); resp.StatusCode != 405 {
		t.Errorf("GET: got %d", resp.StatusCode)
	}
}

func TestExplain(t *testing.T) {
	r := start(t, Options{}, append(userProject, "APP_CERTIFICATE_SECONDARY="+testSecondary)...)
	token := r.token("alice")
	stranger := start(t, Options{}).token("alice")
	tests := []struct {
		name    string
		request map[string]any
		verdict diagnose.Verdict
		cause   diagnose.Code // of the first cause; empty for none
	}{
		{"right", map[string]any{"token": token, "user": "alice", "app_id": testAppID}, diagnose.OK, ""},
		{"another user", map[string]any{"token": token, "user": "bob"}, diagnose.Refused, "user_mismatch"},
		{"of another project", map[string]any{"token": stranger, "user": "alice"}, diagnose.Refused, "app_id_mismatch"},
		{"cut", map[string]any{"token": token[:80], "user": "alice"}, diagnose.Refused, "truncated"},
		{"later", map[string]any{"token": token, "user": "alice", "at": strconv.FormatInt(time.Now().Add(25*time.Hour).Unix(), 10)}, diagnose.Refused, "expired"},
		{"another certificate", map[string]any{"token": token, "user": "alice", "certificate": testSecondary}, diagnose.Refused, "signature_mismatch"},
		{"code as a number", map[string]any{"token": token, "user": "alice", "code": 5, "sdk": "1.x"}, diagnose.OK, "not_visible_offline"},
		{"code as text", map[string]any{"token": token, "user": "alice", "code": "5", "sdk": "1.x"}, diagnose.OK, "not_visible_offline"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := r.do("POST", "/local/explain", quoted(t, tt.request))
			var report diagnose.Report
			if err := json.Unmarshal([]byte(body), &report); err != nil || resp.StatusCode != 200 {
				t.Fatalf("got %d %s, %v", resp.StatusCode, body, err)
			}
			if report.Verdict != tt.verdict || tt.cause != "" && !report.Has(tt.cause) || tt.cause == "" && len(report.Causes) != 0 {
				t.Errorf("got %s, want %s with %q", body, tt.verdict, tt.cause)
			}
			if strings.Contains(body, testCertificate) || strings.Contains(body, testSecondary) {
				t.Errorf("the answer shows a certificate: %s", body)
			}
		})
	}
	for _, body := range []string{`{"token":"x","sdk":"nine"}`, `{"token":"x","at":"noon"}`} {
		if resp, answer := r.do("POST", "/local/explain", body); resp.StatusCode != 422 || !strings.Contains(answer, `"error"`) {
			t.Errorf("%s: got %d %s", body, resp.StatusCode, answer)
		}
	}
	for _, body := range []string{`{"token":"x","code":"five"}`, `{"token":"x","code":1.5}`, `{"token":"x","code":[]}`} {
		if resp, answer := r.do("POST", "/local/explain", body); resp.StatusCode != 400 || !strings.Contains(answer, `"error"`) {
			t.Errorf("%s: got %d %s", body, resp.StatusCode, answer)
		}
	}
	// A dev without a project of its own judges tokens of others by themselves.
	fake := start(t, Options{})
	if _, body := fake.do("POST", "/local/explain", quoted(t, map[string]string{"token": token, "user": "alice"})); body != "{\"verdict\":\"unknown\",\"causes\":[]}\n" {
		t.Errorf("another project's token: %q", body)
	}
	if _, body := r.do("POST", "/local/explain", quoted(t, map[string]string{"token": token, "user": "bob", "lang": "zh"})); !strings.Contains(body, "用户") {
		t.Errorf("in Chinese: %s", body)
	}
}

func TestNativeAPI(t *testing.T) {
	r := start(t, Options{}, userProject...)
	resp, body := r.do("POST", "/v1/tokens", `{"user":"alice","services":[{"type":"rtm"},{"type":"rtc","channel":"room","uid":"7","role":"publisher"}],"life":"1h"}`,
		"Content-Type", "application/json", "Origin", "http://localhost:5173")
	var answer struct {
		Token, Version, User string
		AppID                string `json:"app_id"`
		ExpiresIn            int64  `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 201 || answer.Version != "007" || answer.User != "alice" || answer.AppID != testAppID || answer.ExpiresIn != 3600 || resp.Header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" {
		t.Errorf("got %d %v %s", resp.StatusCode, resp.Header, body)
	}
	if _, err := verifier(t, testAppID, testCertificate).Verify(answer.Token, rtmLogin("alice")); err != nil {
		t.Error(err)
	}
	for user, want := range map[string]string{"alice": `"valid":true`, "bob": `"reason":"user"`} {
		if resp, body := r.do("POST", "/v1/tokens/verify", quoted(t, map[string]string{"token": answer.Token, "user": user}), "Content-Type", "application/json"); resp.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %s", user, resp.StatusCode, body)
		}
	}
	resp, body = r.do("POST", "/v1/tokens", `{"user":""}`, "Content-Type", "application/json")
	if id := resp.Header.Get("X-Request-Id"); resp.StatusCode != 400 || id == "" || !strings.Contains(body, `"request_id":"`+id+`"`) {
		t.Errorf("no user: got %d %s", resp.StatusCode, body)
	}
	resp, body = r.do("POST", "/v1/tokens", `{"user":"alice"}`, "Content-Type", "application/json", "Origin", "https://evil.example")
	if resp.StatusCode != 403 || !strings.Contains(body, "urn:rtmauth:problem:origin") {
		t.Errorf("a foreign page: got %d %s", resp.StatusCode, body)
	}
	if resp, _ := r.do("OPTIONS", "/v1/tokens", "", "Origin", "http://localhost:5173", "Access-Control-Request-Method", "POST"); resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("preflight: got %d %v", resp.StatusCode, resp.Header)
	}
	if resp, body := r.do("GET", "/openapi.json", ""); resp.StatusCode != 200 || !strings.Contains(body, `"3.1`) {
		t.Errorf("description: got %d %.100s", resp.StatusCode, body)
	}
}
