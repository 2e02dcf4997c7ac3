package server

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
)

// newLogHandler writes JSON or text, whichever the configuration says once it is
// there.
func newLogHandler(w io.Writer, level slog.Leveler, format *atomic.Value) slog.Handler {
	o := &slog.HandlerOptions{Level: level}
	return &switchHandler{format: format, json: slog.NewJSONHandler(w, o), text: slog.NewTextHandler(w, o)}
}

type switchHandler struct {
	format     *atomic.Value
	json, text slog.Handler
}

func (h *switchHandler) current() slog.Handler {
	if h.format.Load() == "text" {
		return h.text
	}
	return h.json
}

func (h *switchHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.current().Enabled(ctx, l)
}

func (h *switchHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.current().Handle(ctx, r)
}

func (h *switchHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return &switchHandler{h.format, h.json.WithAttrs(a), h.text.WithAttrs(a)}
}

func (h *switchHandler) WithGroup(name string) slog.Handler {
	return &switchHandler{h.format, h.json.WithGroup(name), h.text.WithGroup(name)}
}
