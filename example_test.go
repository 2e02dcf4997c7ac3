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
	if err != nil {
		panic(err)
	}
	return c
}

// Make an RTM token and check it.
func Example() {
	signer, _ := rtmauth.NewSigner(exampleAppID, exampleCertificate())
	verifier, _ := rtmauth.NewVerifier(exampleAppID, exampleCertificate())

	token, err := signer.RTM("alice", time.Hour)
	verified, err2 := verifier.Verify(token, rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: "alice"})
	fmt.Println(err, err2, verified.Service().User)
	// Output: <nil> <nil> alice
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
