package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Request is an attempt as a form or a command line gives it. Nil and "" are
// not known.
type Request struct {
	Token       string  `json:"token"`
	AppID       string  `json:"app_id"`
	User        *string `json:"user"`
	Channel     *string `json:"channel"`
	Service     string  `json:"service"`     // "rtm", "rtc", …
	SDK         string  `json:"sdk"`         // "1.x", "2.x" or a version
	Code        string  `json:"code"`        // a whole number, as the SDK gives it
	At          string  `json:"at"`          // RFC 3339 or Unix seconds; "" is now
	Certificate *string `json:"certificate"` // in the place of the ones that the service knows
	Lang        string  `json:"lang"`        // "en", "zh" or a locale
}

// Attempt checks a request. The error is made for the person who asks and never
// holds the token or a certificate.
func (q Request) Attempt(now time.Time) (Attempt, error) {
	a := Attempt{Token: q.Token, AppID: q.AppID, User: q.User, Channel: q.Channel}
	var err error
	if a.Service, err = ParseService(q.Service); err != nil {
		return Attempt{}, err
	}
	if a.SDK, err = ParseSDK(q.SDK); err != nil {
		return Attempt{}, err
	}
	if a.Lang, err = ParseLang(q.Lang); err != nil {
		return Attempt{}, err
	}
	if q.Code != "" {
		n, err := strconv.Atoi(q.Code)
		if err != nil {
			return Attempt{}, fmt.Errorf("code %q: must be a whole number, as the SDK gives it", q.Code)
		}
		a.Code = &n
	}
	if a.At, err = ParseTime(q.At, now); err != nil {
		return Attempt{}, err
	}
	if q.Certificate != nil {
		a.Project.Keys = []Key{KeyText(*q.Certificate)}
	}
	return a, nil
}

// ParseTime reads RFC 3339 or Unix seconds; "" is now.
func ParseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	switch {
	case err != nil || n < 0:
		return time.Time{}, fmt.Errorf("time %q: must be RFC 3339, such as 2026-11-23T20:00:00Z, or Unix seconds", text)
	case n > 253402300799: // the year 9999
		return time.Time{}, fmt.Errorf("time %q: must be Unix seconds, not milliseconds", text)
	}
	return time.Unix(n, 0).UTC(), nil
}
