package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/parser"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Cases is a file for `rtmauth policy test`: requests, and what the policy of a
// configuration must say to them.
type Cases struct {
	Config string       `yaml:"config" doc:"The configuration, seen from this file's folder. --config wins."`
	Cases  []PolicyCase `yaml:"cases" required:"true" doc:"The cases."`

	name string
}

// PolicyCase is one request.
type PolicyCase struct {
	Name     string              `yaml:"name" required:"true" doc:"What the case shows."`
	Caller   string              `yaml:"caller" required:"true" doc:"The caller's name."`
	Claims   map[string][]string `yaml:"claims" doc:"The caller's claims; nested ones are named with dots."`
	User     string              `yaml:"user" required:"true" doc:"The user asked for."`
	Services []string            `yaml:"services" default:"rtm" doc:"The services asked for."`
	Channel  string              `yaml:"channel" doc:"rtc."`
	UID      string              `yaml:"uid" doc:"rtc."`
	Role     string              `yaml:"role" doc:"rtc."`
	Version  string              `yaml:"version" doc:"006 or 007."`
	Life     time.Duration       `yaml:"life" doc:"The life asked for."`
	Project  string              `yaml:"project" doc:"The project asked for."`
	Want     string              `yaml:"want" required:"true" doc:"granted, denied, or denied and the reason, such as \"denied: user\"."`
	Rule     string              `yaml:"rule" doc:"The rule that must decide."`
}

// ParseCases reads a file of cases, strictly.
func ParseCases(text []byte, name string) (*Cases, error) {
	out := &Cases{name: name}
	c := &Config{positions: map[string]Position{"": {1, 1}}, name: name, dir: filepath.Dir(name)}
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{syntaxError(name, err)}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, Errors{{File: name, Text: "must be one document with config and cases"}}
	}
	d := &decoder{c: c}
	d.value(file.Docs[0].Body, reflect.ValueOf(out).Elem(), "")
	for i, pc := range out.Cases {
		verdict, reason, _ := strings.Cut(pc.Want, ":")
		if pc.Want != "" && (verdict != "granted" && verdict != "denied" || verdict == "granted" && reason != "") {
			path := fmt.Sprintf("cases[%d].want", i)
			d.errs = append(d.errs, &Error{File: name, Position: c.Position(path), Path: path, Text: "must be granted, denied, or denied and a reason"})
		}
	}
	if len(out.Cases) == 0 && len(d.errs) == 0 {
		d.errs = append(d.errs, &Error{File: name, Text: "has no cases"})
	}
	out.Config = c.Abs(out.Config)
	return out, d.errs.sorted()
}

// Run asks the policy. fails is "" where it says what the case wants.
func (pc *PolicyCase) Run(r *Resolved, now time.Time) (fails string) {
	who := policy.Caller{Name: pc.Caller, Kind: r.Kinds[pc.Caller], Claims: map[string]any{}}
	for name, values := range pc.Claims {
		if len(values) == 1 {
			who.Claims[name] = values[0]
			continue
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		who.Claims[name] = list
	}
	q := policy.Request{User: pc.User, Life: pc.Life, Version: rtmauth.Version(pc.Version), Project: pc.Project}
	for _, s := range pc.Services {
		service := policy.Service{Type: s}
		if s == policy.RTC {
			service.Channel, service.UID, service.Role = pc.Channel, pc.UID, pc.Role
		}
		q.Services = append(q.Services, service)
	}
	grant, denial := r.Rules.Decide(who, q, now)
	got, rule := "granted", grant.Rule
	if denial != nil {
		got, rule = "denied: "+string(denial.Code), denial.Rule
	}
	want := strings.Join(strings.Fields(strings.Replace(pc.Want, ":", ": ", 1)), " ")
	switch {
	case got != want && !slices.Contains(strings.SplitAfterN(got, ":", 2), want+":"):
		text := ""
		if denial != nil {
			text = " (" + denial.Text + ")"
		}
		return fmt.Sprintf("got %s%s, want %s", got, text, want)
	case pc.Rule != "" && rule != pc.Rule:
		return fmt.Sprintf("decided by rule %q, want %q", rule, pc.Rule)
	}
	return ""
}
