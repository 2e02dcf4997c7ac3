package caller

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/rtmauth/rtmauth/internal/policy"
)

type fake struct {
	who policy.Caller
	err error
}

func (f fake) Authenticate(context.Context, *http.Request) (policy.Caller, error) {
	return f.who, f.err
}
func (fake) Kind() policy.Kind { return "fake" }

func TestChain(t *testing.T) {
	ok := fake{who: policy.Caller{Name: "a"}}
	other := fake{who: policy.Caller{Name: "b"}}
	none := fake{err: ErrNoCredential}
	wrong := fake{err: &Refused{Code: "wrong"}}
	down := fake{err: &Unavailable{Code: "down"}}
	auth := http.Header{"Authorization": {"Bearer x"}}
	for _, tc := range []struct {
		name  string
		chain Chain
		h     http.Header
		want  string // caller, or "!" and code
	}{
		{"zero", Chain{}, nil, "!no_credential"},
		{"zero with a credential", Chain{}, auth, "!credential_unknown"},
		{"first that knows", Chain{Authenticators: []Authenticator{none, ok, other}}, nil, "a"},
		{"wrong ends it", Chain{Authenticators: []Authenticator{wrong, ok}}, nil, "!wrong"},
		{"down ends it", Chain{Authenticators: []Authenticator{down, ok}, InsecureAnonymous: true}, nil, "!down"},
		{"an unknown error is no caller", Chain{Authenticators: []Authenticator{fake{err: errors.New("x")}}, InsecureAnonymous: true}, nil, "!unavailable"},
		{"anonymous", Chain{Authenticators: []Authenticator{none}, InsecureAnonymous: true}, nil, "anonymous"},
		{"a credential that nobody knows is not anonymous", Chain{Authenticators: []Authenticator{none}, InsecureAnonymous: true}, auth, "!credential_unknown"},
		{"wrong is not anonymous", Chain{Authenticators: []Authenticator{wrong}, InsecureAnonymous: true}, nil, "!wrong"},
	} {
		if tc.h == nil {
			tc.h = http.Header{}
		}
		who, out, err := tc.chain.Authenticate(t.Context(), &http.Request{Header: tc.h})
		got := who.Name
		if err != nil {
			got += "!" + out.Code
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
