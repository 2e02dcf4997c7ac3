module github.com/rtmauth/rtmauth/bench

go 1.25.0

require (
	github.com/AgoraIO-Community/go-tokenbuilder v1.3.0
	github.com/rtmauth/rtmauth v0.0.0
)

replace github.com/rtmauth/rtmauth => ../
