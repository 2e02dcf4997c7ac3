package web

//go:generate go run ./internal/join/generate
