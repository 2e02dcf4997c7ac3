package rtmauth

import (
	"strings"
	"testing"
	"time"
)

// A malformedCase is a damaged token and, in testdata, the reason for which
// Verify refuses it; "" for the few that are right.
type malformedCase struct {
	ID     string
	Group  string
	Token  string
	Reason *Reason
}

// contentOnly are parts of the names of damaged tokens whose signature and
// spelling are right: if these are refused, it is for their content.
var contentOnly = []string{
	"valid", "nopad", "z-level", "appid-", "svc-count-0", "uid-40000", "badutf8", "services-8000", "expire",
	"future", "role-neg1", "pad1", "pad2", "map-unsorted", "unknown-svc-last", "svc-type-",
}

func TestVectors_malformed(t *testing.T) {
	v := verifier(t, testAppID, testKey)
	eachFolder(t, "malformed.json", func(t *testing.T, path string) {
		for _, c := range readVectors[malformedCase](t, path, malformedCases) {
			u, err := Parse(c.Token)
			if (u == nil) != (err != nil) {
				t.Errorf("%s: got result %v with error %v", c.ID, u, err)
			}
			if err == nil {
				checkRewritten(t, c.Token)
			}
			got := reasonOf(t, v, c.Token, Want{At: time.Unix(issueTime, 0), Service: ServiceRTM, User: testUser, InsecureIgnoreExpiry: true})
			mayPass := false
			for _, part := range contentOnly {
				mayPass = mayPass || strings.Contains(c.ID, part)
			}
			switch {
			case got == "" && !mayPass:
				t.Errorf("%s: was accepted", c.ID)
			case c.Reason != nil && *c.Reason != got:
				t.Errorf("%s: got reason %q, want %q", c.ID, got, *c.Reason)
			}
		}
	})
}
