package rtmauth_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/rtmauth/rtmauth"
)

const exampleAppID = "970CA35de60c44645bbae8a215061b33"

func exampleCertificate() rtmauth.Certificate {
	c, err := rtmauth.ParseCertificate("5CFd2fd1755d40ecb72977518be15d3b")
	check(err)
	return c
}

// Make an RTM token and check it.
func Example() {
	signer, _ := rtmauth.NewSigner(exampleAppID, exampleCertificate())
	verifier, _ := rtmauth.NewVerifier(exampleAppID, exampleCertificate())

	token, err := signer.RTM("alice", time.Hour)
	check(err)
	verified, err := verifier.Verify(token, rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: "alice"})
	check(err)
	fmt.Println(verified.Service().User, "may log in for", verified.ExpiresAt().Sub(verified.IssuedAt()))
	// Output: alice may log in for 1h0m0s
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A refused token comes with one reason.
func ExampleVerifier_Verify() {
	signer, _ := rtmauth.NewSigner(exampleAppID, exampleCertificate())
	verifier, _ := rtmauth.NewVerifier(exampleAppID, exampleCertificate())
	token, _ := signer.RTM("alice", time.Hour)

	_, err := verifier.Verify(token, rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: "bob"})
	var refused *rtmauth.RefusedError
	if errors.As(err, &refused) {
		fmt.Println(refused.Reason)
	}
	fmt.Println(err)
	// Output:
	// user
	// rtmauth: token refused: user: it was made for another user
}

// One token with which user 7 joins an RTC channel and logs in to RTM.
func ExampleSigner_RTCAndRTM() {
	signer, _ := rtmauth.NewSigner(exampleAppID, exampleCertificate())
	token, err := signer.RTCAndRTM("room-1", rtmauth.UID(7), rtmauth.RolePublisher, "7", time.Hour)
	check(err)

	unverified, err := rtmauth.Parse(token)
	check(err)
	for _, service := range unverified.Services() {
		fmt.Println(service.Type, service.User, len(service.Privileges))
	}
	// Output:
	// rtc 7 4
	// rtm 7 1
}

// What no method makes is put together of services.
func ExampleSigner_Sign() {
	signer, _ := rtmauth.NewSigner(exampleAppID, exampleCertificate())
	token, err := signer.Sign(time.Hour, rtmauth.Service{
		Type: rtmauth.ServiceFCDN, Channel: "room-1", User: "alice",
		Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeFCDNPlay, Expire: 600}},
	})
	check(err)
	fmt.Println(token[:3])
	// Output: 007
}
