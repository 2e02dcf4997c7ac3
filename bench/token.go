package main

import (
	"crypto/sha256"
	"errors"
	"time"

	"github.com/AgoraIO-Community/go-tokenbuilder/accesstoken"
	"github.com/AgoraIO-Community/go-tokenbuilder/rtmtokenbuilder"
	"github.com/rtmauth/rtmauth"
)

// What every contender is given. The App ID and certificate are those of the
// official repository's own tests.
const (
	appID       = "970CA35de60c44645bbae8a215061b33"
	certificate = "5CFd2fd1755d40ecb72977518be15d3b"
	user        = "1234567890"
	channel     = "room-1234567"
	issued      = 1700000000
	life        = time.Hour

	// An official builder's token for user, compressed by C zlib, 600 s.
	official007 = "007eJxTYAicxzqXLybZ+PjfNv/L38waEj1qvq09ZFAldEd0QrVG1SQFBktzA2dHY9OUVDODZBMTMxPTpKTEVItEI0NTAzPDJGNjho/BqRFMDAx+iXsYGBmYgJiRAcTnYjA0MjYxNTO3sDQAAFv7HYM="
)

// Lengths that are hashed: an HMAC hashes a block of 64 and the data, then
// a block of 64 and 32.
const (
	keys     = 64 + 32 // both steps of the key, inner and outer
	rtmBody  = 2 + 32 + 4 + 4 + 4 + 2 + (2 + 2 + 6 + 2 + len(user))
	rtcBody  = 2 + 2 + 4*6 + 2 + len(channel) + 2 + len(user)
	message  = 4 + 4 + 2 + 6
	inner007 = 64 + rtmBody
	inner006 = 64 + 32 + len(user) + message
)

// tokenRows are the rows of the token library.
func tokenRows(node *peer) ([]row, error) {
	secret, err := rtmauth.ParseCertificate(certificate)
	if err != nil {
		return nil, err
	}
	signer, err := rtmauth.NewSigner(appID, secret)
	if err != nil {
		return nil, err
	}
	verifier, err := rtmauth.NewVerifier(appID, secret)
	if err != nil {
		return nil, err
	}
	clock := rtmauth.WithClock(func() time.Time { return time.Unix(issued, 0) })
	fixed, err := rtmauth.NewSigner(appID, secret, clock)
	if err != nil {
		return nil, err
	}
	own007, err := fixed.RTM(user, life)
	if err != nil {
		return nil, err
	}
	own006, err := fixed.RTM006(user, life)
	if err != nil {
		return nil, err
	}
	want := rtmauth.Want{At: time.Unix(issued+60, 0), Service: rtmauth.ServiceRTM, User: user}

	build007 := repeat("build 007", func() error { _, err := signer.RTM(user, life); return err })
	build006 := repeat("build 006", func() error { _, err := signer.RTM006(user, life); return err })
	buildBoth := repeat("build RTC+RTM", func() error {
		_, err := signer.RTCAndRTM(channel, user, rtmauth.RolePublisher, user, life)
		return err
	})
	verify := func(name, token string) *contender {
		return repeat(name, func() error { _, err := verifier.Verify(token, want); return err })
	}
	verify007, verifyOwn, verify006 := verify("verify 007", official007), verify("verify own 007", own007), verify("verify 006", own006)

	goBuild := repeat("go-tokenbuilder", func() error {
		_, err := rtmtokenbuilder2.BuildToken(appID, certificate, user, uint32(life/time.Second), "")
		return err
	})
	goBoth := repeat("go-tokenbuilder RTC+RTM", func() error {
		_, err := rtmtokenbuilder2.BuildToken(appID, certificate, user, uint32(life/time.Second), channel)
		return err
	})
	goParse := repeat("go-tokenbuilder parse", func() error {
		ok, err := accesstoken.CreateAccessToken().Parse(official007)
		if !ok && err == nil {
			err = errors.New("refused")
		}
		return err
	})

	args := map[string]string{"app": appID, "certificate": certificate, "user": user, "channel": channel}
	with := func(token string) map[string]string {
		return map[string]string{"certificate": certificate, "token": token}
	}

	floor007 := floor("floor 007", keys, keys, keys, keys, inner007, keys)
	floorBoth := floor("floor RTC+RTM", keys, keys, keys, keys, inner007+rtcBody, keys)
	floor006 := floor("floor 006", inner006, keys)

	buildAll, verifyAll := parallel(build007), parallel(verify007)
	const digests6, digests2 = "the floor: 6 SHA-256 digests", "the floor: 2 SHA-256 digests"
	return []row{
		{what: "build 007 RTM", other: "go-tokenbuilder", a: build007, b: goBuild, target: 40},
		{what: "build 007 RTM", other: "agora-token (npm)", a: build007, b: node.contender("build007", args)},
		{what: "build 007 RTM", other: digests6, a: build007, b: floor007, floor: true, target: 1.6},
		{what: "build 007 RTC + RTM", other: "go-tokenbuilder", a: buildBoth, b: goBoth},
		{what: "build 007 RTC + RTM", other: "agora-token (npm)", a: buildBoth, b: node.contender("buildRTCAndRTM", args)},
		{what: "build 007 RTC + RTM", other: digests6, a: buildBoth, b: floorBoth, floor: true},
		{what: "build 006 RTM", other: "agora-access-token (npm)", a: build006, b: node.contender("build006", args)},
		{what: "build 006 RTM", other: digests2, a: build006, b: floor006, floor: true, target: 2},
		{what: "verify 007, compressed by C zlib", other: "go-tokenbuilder, parse only", a: verify007, b: goParse},
		{what: "verify 007, compressed by C zlib", other: "agora-token (npm)", a: verify007, b: node.contender("verify007", with(official007))},
		{what: "verify 007, compressed by C zlib", other: digests6, a: verify007, b: floor007, floor: true, target: 3.5},
		{what: "verify 007 of our own", other: "agora-token (npm)", a: verifyOwn, b: node.contender("verify007", with(own007))},
		{what: "verify 006", other: "agora-access-token (npm), parse only", a: verify006, b: node.contender("parse006", with(own006))},
		{what: "verify 006", other: digests2, a: verify006, b: floor006, floor: true, target: 3},
		{what: "build 007 RTM, all cores", other: "go-tokenbuilder, all cores", a: buildAll, b: parallel(goBuild), target: 40},
		{what: "build 007 RTM, all cores", other: "build 007 RTM, one core", a: buildAll, b: build007},
		{what: "verify 007, all cores", other: "verify 007, one core", a: verifyAll, b: verify007},
	}, nil
}

// repeat makes a contender of one operation.
func repeat(name string, once func() error) *contender {
	return &contender{name: name, run: func(n int) error {
		for range n {
			if err := once(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// parallel is the same on all cores.
func parallel(c *contender) *contender {
	return &contender{name: c.name + ", all cores", run: c.run, parallel: true}
}

// floor hashes inputs of the given lengths and nothing else.
func floor(name string, lengths ...int) *contender {
	inputs := make([][]byte, 0, len(lengths))
	for _, n := range lengths {
		inputs = append(inputs, make([]byte, n))
	}
	return &contender{name: name, run: func(n int) error {
		for range n {
			for _, input := range inputs {
				sum := sha256.Sum256(input)
				input[0] = sum[0] // each digest is needed
			}
		}
		return nil
	}}
}
