// Package rtmtest is a local service of Agora RTM (Signaling): something to log
// in to, with rules that take 24 hours to see and a clock that can be turned.
// It is what `rtmauth dev` runs, and it can be run in Go tests:
//
//	s := rtmtest.NewServer(t, rtmtest.Options{})
//	c, err := rtmtest.Dial(ctx, s.URL, rtmtest.ClientOptions{AppID: s.AppID})
//	err = c.Login(ctx, "alice", s.Token("alice", time.Hour))
//	err = s.Clock().Advance(time.Hour)
//	n, err := c.Await(ctx, "TokenExpired")
//
// [CheckLogin] judges a token without any of that. [NewMemoryServer] needs no
// port and works inside a [testing/synctest] bubble.
//
// # Goals
//
//   - Everything that a token touches in RTM 1.x and 2.x as Agora documents it:
//     login, renewal, expiry, the states of the connection and their reasons,
//     error codes, limits; and messages, channels and presence, so that an app
//     works.
//   - Each rule says where it is from: [Event.Source] begins with "documented"
//     or "our choice". docs/local-rtm.md lists them.
//   - Tests that never sleep: [Clock.Advance] returns when all that came due has
//     happened, and whatever happens can be awaited.
//
// # Limitations
//
//   - Green here is the documentation's word, not Agora's. Where the
//     documentation is silent the package chooses, and says so; where its pages
//     disagree, [Settings] has both readings.
//   - Agora's own SDKs, native or Web, cannot be pointed at it: their protocol is
//     not imitated. Clients are [Client] and the drop-ins that `rtmauth dev`
//     serves, which have the documented methods and events; their protocol is in
//     docs/local-rtm-protocol.md.
//   - Left out, with the documented refusal: storage, locks, history and stream
//     channels of 2.x. Left out altogether: call invitations of 1.x, presence in
//     intervals for large channels of 2.x, encryption, proxies, regions.
//   - It is for development. Nothing survives a restart, and whoever reaches the
//     control plane rules it.
//
// # Chance
//
// [Settings.Seed] varies, repeatably, what clients must not depend on: the order
// of events where none is documented, the order of members, small delays.
package rtmtest
