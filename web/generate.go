package web

//go:generate go run ./internal/classic/generate
