package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
)

// asServer in the environment turns this program into one of the other servers,
// also when it is a test.
const asServer = "RTMAUTH_BENCH_SERVER"

// A serving is a row of the second table: requests a second.
type serving struct {
	what, other string
	a, b        *load
	target      float64 // a's rate by b's, at least; 0 for none
	tail        float64 // a's 99th percentile by b's, at most; 0 for none
}

// A served is what measuring the servers gave beside the rows.
type served struct {
	rows          []serving
	rounds        int
	slice         time.Duration // of each server in each round
	first         time.Duration // from the start of the process to the first token
	before, after float64       // resident memory of rtmauth serve, in bytes
	asked         time.Duration // for how long it was asked in all
}

// measureServers starts rtmauth serve and the others, and asks all in turn.
func measureServers(rounds int, slice time.Duration, progress io.Writer) (*served, error) {
	dir, err := os.MkdirTemp("", "rtmauth-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "rtmauth")
	build := exec.Command("go", "build", "-o", program, "./cmd/rtmauth")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	issuer, err := newIssuer()
	if err != nil {
		return nil, err
	}
	key := "rtmauth_" + base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	address, config, err := writeConfig(dir, key, issuer)
	if err != nil {
		return nil, err
	}

	const body = `{"uid":"` + user + `"}`
	withKey := request("/fetch_rtm_token", body, "Authorization: Bearer "+key)
	ours, first, err := startServe(program, config, address, withKey)
	if err != nil {
		return nil, err
	}
	defer ours.stop()
	others := make(map[string]*process)
	for _, name := range []string{"bare", "es256", "guide", "gin"} {
		p, err := startOther(name)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		others[name] = p
	}

	always := func(b []byte) func() []byte { return func() []byte { return b } }
	fresh, returning := newPool(), newPool()
	if err := returning.fill(issuer, 1000); err != nil {
		return nil, err
	}
	loads := map[string]*load{
		"key":       {server: ours, next: always(withKey)},
		"native":    {server: ours, next: always(request("/v1/tokens", `{"user":"`+user+`"}`, "Authorization: Bearer "+key))},
		"fresh":     {server: ours, next: fresh.next},
		"returning": {server: ours, next: returning.next},
	}
	// Who is compared is asked with the same requests: what a JWT costs to be read
	// from the wire, it costs both.
	for name, p := range others {
		loads[name] = &load{server: p, next: always(withKey)}
	}
	loads["bare jwt"] = &load{server: others["bare"], next: returning.next}
	loads["es256"].next = returning.next
	// Those that are compared come one after the other.
	order := []string{"gin", "guide", "key", "bare", "native", "returning", "bare jwt", "fresh", "es256"}
	defer func() {
		for _, l := range loads {
			l.close()
		}
	}()

	out := &served{first: first, rounds: rounds, slice: slice}
	for round := range rounds + 1 {
		fmt.Fprintf(progress, "\rservers, round %d of %d ", round, rounds)
		// As many as the fastest of our rows can ask for in a slice, so that none
		// comes twice.
		wanted := 2000
		if rates := loads["returning"].rates; len(rates) > 0 {
			wanted = int(rates[len(rates)-1]*slice.Seconds()) + 1000
		}
		if err := fresh.fill(issuer, wanted); err != nil {
			return nil, err
		}
		for _, name := range order {
			l := loads[name]
			if err := l.round(slice); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if round == 0 { // warming up
			for _, l := range loads {
				l.rates, l.tails, l.asked, l.cpu = nil, nil, 0, 0
			}
			out.before = ours.resident()
		}
	}
	fmt.Fprint(progress, "\r                            \r")
	out.after, out.asked = ours.resident(), time.Duration(4*rounds)*slice
	out.rows = []serving{
		{what: "`/fetch_rtm_token`, API key", other: "net/http, constant body", a: loads["key"], b: loads["bare"], target: 0.75, tail: 3},
		{what: "`/fetch_rtm_token`, API key", other: "the guide's server on go-tokenbuilder", a: loads["key"], b: loads["guide"]},
		{what: "`/fetch_rtm_token`, API key", other: "gin on go-tokenbuilder", a: loads["key"], b: loads["gin"], target: 8},
		{what: "`/fetch_rtm_token`, ES256 JWTs that return", other: "net/http, constant body", a: loads["returning"], b: loads["bare jwt"], target: 0.65},
		{what: "`/fetch_rtm_token`, ES256 JWTs, all different", other: "net/http, constant body", a: loads["fresh"], b: loads["bare jwt"], target: 0.3},
		{what: "`/fetch_rtm_token`, ES256 JWTs, all different", other: "net/http, constant body, and one ES256 verification", a: loads["fresh"], b: loads["es256"]},
		{what: "for comparison: net/http, constant body, and one ES256 verification", other: "net/http, constant body", a: loads["es256"], b: loads["bare jwt"]},
		{what: "`POST /v1/tokens`, API key", other: "net/http, constant body", a: loads["native"], b: loads["bare"]},
		{what: "`POST /v1/tokens`, API key", other: "gin on go-tokenbuilder", a: loads["native"], b: loads["gin"], target: 8},
	}
	return out, nil
}

// writeConfig writes the configuration of rtmauth serve, and the files that it
// names, into dir.
func writeConfig(dir, key string, issuer *issuer) (address, path string, err error) {
	address, err = freeAddress()
	if err != nil {
		return "", "", err
	}
	hash := sha256.Sum256([]byte(key))
	files := map[string]string{
		"certificate": certificate,
		"issuer.pem":  issuer.pem,
		"rtmauth.yaml": fmt.Sprintf(`listen: %q
admin: {listen: ""}
projects:
  - {name: main, app_id: %q, primary: {file: certificate}}
callers:
  api_keys: [{id: backend, sha256: %q}]
  jwt: [{name: web, issuer: %q, key_file: issuer.pem, audience: [app], algorithms: [ES256]}]
policy:
  - {callers: [backend], users: "*"}
  - {callers: [web], users: "{sub}"}
fetch_rtm_token: {token_version: "007"}
audit: {file: audit.jsonl}
`, address, appID, hex.EncodeToString(hash[:]), issuerName),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", "", err
		}
	}
	return address, filepath.Join(dir, "rtmauth.yaml"), nil
}

const issuerName = "https://id.example"

// An issuer signs JWTs.
type issuer struct {
	key *ecdsa.PrivateKey
	pem string
}

func newIssuer() (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &issuer{key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, nil
}

// jwt is one for user, different for each id.
func (i *issuer) jwt(id int64) (string, error) {
	now := time.Now().Unix()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." +
		encode(fmt.Appendf(nil, `{"iss":%q,"aud":"app","sub":%q,"iat":%d,"exp":%d,"jti":"%d"}`, issuerName, user, now, now+3600, id))
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, i.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + encode(signature), nil
}

// A pool is requests with different JWTs.
type pool struct {
	requests [][]byte
	asked    atomic.Int64
	issued   int64
}

func newPool() *pool { return new(pool) }

// fill replaces the requests by n new ones.
func (p *pool) fill(i *issuer, n int) error {
	p.requests = p.requests[:0]
	p.asked.Store(0)
	for range n {
		p.issued++
		token, err := i.jwt(p.issued)
		if err != nil {
			return err
		}
		p.requests = append(p.requests, request("/fetch_rtm_token", `{"uid":"`+user+`"}`, "Authorization: Bearer "+token))
	}
	return nil
}

// next gives each request once, and then again from the first.
func (p *pool) next() []byte {
	return p.requests[int(p.asked.Add(1)-1)%len(p.requests)]
}
