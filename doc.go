// Package rtmauth makes, reads and verifies the tokens with which clients log
// in to Agora RTM (Signaling), RTC, Chat and their other services, in the
// formats 006 (AccessToken) and 007 (AccessToken2).
//
// # Making tokens
//
// A [Signer] holds a project's App ID and App certificate and makes tokens for
// users that the caller has authenticated:
//
//	certificate, err := rtmauth.ParseCertificate(os.Getenv("APP_CERTIFICATE"))
//	signer, err := rtmauth.NewSigner(os.Getenv("APP_ID"), certificate)
//	token, err := signer.RTM("alice", time.Hour)
//
// [Signer.RTM] makes a 007 token, which RTM SDKs read from 1.5.0 on;
// [Signer.RTM006] one for older SDKs, which always lives 24 hours.
//
// # Verifying tokens
//
// A [Verifier] tells whether a token grants something at some time, or the one
// [Reason] why not:
//
//	verifier, err := rtmauth.NewVerifier(appID, certificate)
//	verified, err := verifier.Verify(token, rtmauth.Want{
//		At: time.Now(), Service: rtmauth.ServiceRTM, User: "alice",
//	})
//
// [Parse] reads a token without knowing the certificate; what it returns is
// [Unverified], a type of its own.
//
// # Promise
//
// The package uses nothing but the standard library, without unsafe and
// assembly. With an error comes no result. Certificates cannot be printed,
// errors hold nothing of a certificate or a token. Input is bounded before
// anything is allocated for it. Signers and verifiers are safe for concurrent
// use. Clock and salt are parameters. What tokens do at Agora is said only
// where Agora documents it; our own choices are named as such.
package rtmauth
