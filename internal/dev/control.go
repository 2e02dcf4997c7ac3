package dev

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/rtmauth/rtmauth/internal/localguard"
)

// minControlToken is the shortest token of --control-token-file: shorter ones
// are words that can be guessed.
const minControlToken = 16

// maxControlToken bounds the file: /dev/zero has no end.
const maxControlToken = 4 << 10

// controlToken reads the token of --control-token-file, "" without the flag.
func (o *Options) controlToken() (string, error) {
	if o.ControlTokenFile == "" {
		return "", nil
	}
	file, err := os.Open(o.ControlTokenFile)
	if err != nil {
		return "", &FlagError{"--control-token-file", err}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxControlToken+1))
	if err == nil && len(data) > maxControlToken {
		err = fmt.Errorf("%s is longer than %d bytes", o.ControlTokenFile, maxControlToken)
	}
	if err != nil {
		return "", &FlagError{"--control-token-file", err}
	}
	token := strings.TrimSpace(string(data))
	if len(token) < minControlToken || strings.ContainsAny(token, " \t\r\n") {
		return "", &FlagError{"--control-token-file", fmt.Errorf("%s must hold one word of %d characters or more", o.ControlTokenFile, minControlToken)}
	}
	return token, nil
}

// noteControl prints the line for a page that the control plane will refuse.
func (s *system) noteControl(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, origin := range r.Header.Values("Origin") {
			if !localguard.IsLoopbackOrigin(origin) && !localguard.IsOwnOrigin(origin, r.Host) {
				s.refusals.refused(localguard.Refusal{Kind: controlOrigin, Value: origin})
			}
		}
		next.ServeHTTP(w, r)
	})
}

// controlOrigin is a foreign origin that asked the control plane.
const controlOrigin localguard.Kind = "control plane"
