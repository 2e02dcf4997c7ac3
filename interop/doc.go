// Package interop tests rtmauth against other people's builders and parsers,
// live: the npm packages agora-token (007) and agora-access-token (006), and
// the Go module github.com/AgoraIO-Community/go-tokenbuilder (007). What they
// make, rtmauth must verify; what rtmauth makes, they must read and verify;
// and the same input must give the same bytes.
//
// It is a module of its own, so that nothing of theirs comes near the program.
package interop
