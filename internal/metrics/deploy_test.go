package metrics

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// full counts one of everything, so that every metric is exported.
func full() *Metrics {
	now := time.Unix(1_700_000_000, 0)
	m := New("test", func() State {
		return State{
			Issuers:  []Issuer{{Name: "i", Remote: true, Fetched: now}},
			Projects: []Certificate{{Project: "p", Slot: "primary", Fingerprint: "f", LastExpiry: now}},
			Limits:   []Limit{{Name: "l"}},
			Deny:     &DenyList{Store: "redis", AsOf: now},
			Redis:    &Redis{Answered: now},
		}
	})
	m.Began()
	m.Answered("/x", "GET", 200, time.Millisecond)
	m.Issued("rtm", "007")
	m.Denied("rtm", "user")
	m.Authenticated("jwt", "ok")
	m.Reloaded(true, now)
	m.Panicked()
	return m
}

// family is what tests look at of one metric.
type family struct {
	name, help, kind string
	labels           []string
}

func families(t *testing.T) []family {
	t.Helper()
	gathered, err := full().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out []family
	for _, f := range gathered {
		one := family{name: f.GetName(), help: f.GetHelp(), kind: f.GetType().String()}
		for _, pair := range f.GetMetric()[0].GetLabel() {
			one.labels = append(one.labels, pair.GetName())
		}
		out = append(out, one)
	}
	return out
}

// exported are the names of all metrics that serve exports.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	m := full()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	out := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^([a-z_]+)[{ ]`).FindAllStringSubmatch(w.Body.String(), -1) {
		out[match[1]] = true
	}
	if len(out) < 30 {
		t.Fatalf("only %d metrics", len(out))
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func checkMetrics(t *testing.T, where, expr string, known map[string]bool) {
	t.Helper()
	for _, name := range regexp.MustCompile(`\b(rtmauth|process|go)_[a-z_]+`).FindAllString(expr, -1) {
		if !known[name] {
			t.Errorf("%s: there is no metric %s", where, name)
		}
	}
}

// TestAlerts checks that each alert names a section of docs/operations.md that is
// there, that each such section has its alert, and that all metrics exist.
func TestAlerts(t *testing.T) {
	rules, manual := read(t, "deploy/prometheus-alerts.yaml"), read(t, "docs/operations.md")
	known := exported(t)
	sections := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(manual, -1) {
		sections[strings.ReplaceAll(strings.ToLower(match[1]), " ", "-")] = true
	}
	alerts := strings.Split(rules, "- alert: ")[1:]
	if len(alerts) < 10 {
		t.Fatalf("only %d alerts", len(alerts))
	}
	for _, alert := range alerts {
		name, _, _ := strings.Cut(alert, "\n")
		anchor := regexp.MustCompile(`runbook: docs/operations\.md#(\S+)`).FindStringSubmatch(alert)
		switch {
		case anchor == nil:
			t.Errorf("%s names no section of docs/operations.md", name)
		case anchor[1] != strings.ToLower(name) || !sections[anchor[1]]:
			t.Errorf("%s: docs/operations.md has no section %s", name, anchor[1])
		}
		for _, part := range []string{"expr:", "severity:", "summary:"} {
			if !strings.Contains(alert, part) {
				t.Errorf("%s has no %s", name, part)
			}
		}
		checkMetrics(t, name, alert, known)
		delete(sections, strings.ToLower(name))
	}
	for section := range sections {
		if strings.HasPrefix(section, "rtmauth") {
			t.Errorf("docs/operations.md#%s has no alert", section)
		}
	}
}

// TestDashboard checks that the dashboard is one, and that all metrics exist.
func TestDashboard(t *testing.T) {
	var dashboard struct {
		Title  string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana-dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	known := exported(t)
	shown := ""
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			checkMetrics(t, p.Title, target.Expr, known)
			shown += target.Expr + "\n"
		}
	}
	for name := range known {
		if base := strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count"); strings.HasPrefix(name, "rtmauth_") && !strings.Contains(shown, base) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestDocumented checks that docs/operations.md lists every metric of ours, with
// its labels and its help.
func TestDocumented(t *testing.T) {
	manual := read(t, "docs/operations.md")
	for _, f := range families(t) {
		if !strings.HasPrefix(f.name, "rtmauth_") {
			continue
		}
		var labels []string
		for _, label := range f.labels {
			labels = append(labels, "`"+label+"`")
		}
		slices.Sort(labels)
		line := "| `" + f.name + "` | " + strings.Join(labels, ", ") + " | " + f.help + " |\n"
		if !strings.Contains(manual, line) {
			t.Errorf("docs/operations.md lacks this line:\n%s", line)
		}
	}
	for _, match := range regexp.MustCompile("(?m)^\\| `(rtmauth_[a-z_]+)`").FindAllStringSubmatch(manual, -1) {
		if !slices.ContainsFunc(families(t), func(f family) bool { return f.name == match[1] }) {
			t.Errorf("docs/operations.md lists %s, which there is not", match[1])
		}
	}
}

// TestNames checks Prometheus's conventions: counters end in _total, times in
// _seconds, and nothing is without help.
func TestNames(t *testing.T) {
	for _, f := range families(t) {
		name := f.name
		if !strings.HasPrefix(name, "rtmauth_") {
			continue
		}
		if f.help == "" {
			t.Errorf("%s has no help", name)
		}
		if isCounter := f.kind == "COUNTER"; isCounter != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s", name, f.kind)
		}
	}
}

func TestNil(t *testing.T) {
	var m *Metrics
	m.Began()
	m.Answered("/x", "GET", 200, 0)
	m.Issued("rtm", "007")
	m.Denied("rtm", "user")
	m.Authenticated("jwt", "ok")
	m.Reloaded(false, time.Time{})
	m.Panicked()
}
