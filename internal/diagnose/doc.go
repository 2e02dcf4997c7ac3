// Package diagnose says why a login with a token would be refused.
//
// [Explain] takes a token and whatever is known of the attempt to use it (App
// ID, user, service, SDK, error code, time, certificates) and returns every
// cause it finds, the one to fix first at the front. [Inspect] returns what an
// undamaged token holds. Both are pure: no network, no clock, nothing kept.
//
// The reader behind Explain is lenient on purpose: it undoes URL encoding, drops
// quotes, tolerates missing padding and reads a truncated token as far as its
// bytes go. Nothing it reads may be trusted or used to admit anybody; for that
// there is only [rtmauth.Verifier].
//
// The rules come from the documentation of RTM 1.x and 2.x. Where that is
// silent or contradicts itself the texts say so, and do not speak for Agora's
// servers.
package diagnose
