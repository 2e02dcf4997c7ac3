// Package rtmauth makes, reads and verifies Agora RTM (Signaling) tokens in
// the formats 006 (AccessToken) and 007 (AccessToken2).
package rtmauth
