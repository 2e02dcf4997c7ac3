module github.com/rtmauth/rtmauth

go 1.25.0
