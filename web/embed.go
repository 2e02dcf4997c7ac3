// Package web holds what browsers get from `rtmauth dev`: the demo, the
// inspector, the session log, and the drop-in clients.
//
// Everything is plain HTML, CSS and ES modules as written in this folder:
// there is no build step, and what is embedded is what the browser runs.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Files holds the pages (app/) and the drop-in clients (sdk/) as they lie in
// this folder.
//
//go:embed app sdk token-keeper.js
var Files embed.FS

// contentSecurityPolicy lets a page run the scripts and styles of its own
// origin and talk to that origin, and nothing else: tokens and user IDs are
// pasted into these pages.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ownSDKPolicy is that of the demo page when it may load the user's own copy of
// an Agora SDK: the SDK talks to Agora's servers, whose names are not ours to
// list, makes workers of its own text, and (2.x) runs WebAssembly. Inline
// scripts and evaluated text stay out.
const ownSDKPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self' https: wss:; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// An Option changes what [Handler] serves.
type Option func(*options)

type options struct{ ownSDK bool }

// AllowOwnSDK lets the demo page, and no other, connect to any https and wss
// address, so that the Agora SDK that `dev --sdk` serves can log in to Agora.
func AllowOwnSDK() Option { return func(o *options) { o.ownSDK = true } }

// contentTypes names every kind of file that is served. A file of any other
// kind in the folder is not reachable; the operating system's table is not
// asked, because it differs between machines.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml; charset=utf-8",
}

// pages maps the path of a page to its file.
var pages = map[string]string{
	"/":        "app/index.html",
	"/inspect": "app/inspect.html",
	"/log":     "app/log.html",
}

// file is one answer, ready to be written.
type file struct {
	body        []byte
	contentType string
	etag        string
	page        bool // HTML: never cached
	policy      string
	shared      bool // under /sdk: pages of other origins may load it
}

// Handler serves the pages at /, /inspect and /log, their assets under /app/
// and the drop-in clients under /sdk/, for GET and HEAD. Every other path is
// 404, every other method 405.
//
// It does no checks of Host or Origin: that is the caller's part. It is safe
// for concurrent use.
func Handler(opts ...Option) http.Handler {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	files := make(map[string]file)
	add := func(urlPath, name string) {
		contentType, ok := contentTypes[path.Ext(name)]
		if !ok {
			return
		}
		body, err := fs.ReadFile(Files, name)
		if err != nil {
			panic("web: " + err.Error()) // an embedded file that is not there: caught by any test that builds the handler
		}
		sum := sha256.Sum256(body)
		files[urlPath] = file{
			body:        body,
			contentType: contentType,
			etag:        `"` + hex.EncodeToString(sum[:8]) + `"`,
			page:        strings.HasSuffix(name, ".html"),
			policy:      contentSecurityPolicy,
			shared:      strings.HasPrefix(urlPath, "/sdk/"),
		}
	}
	for urlPath, name := range pages {
		add(urlPath, name)
	}
	add("/sdk/token-keeper.js", "token-keeper.js")
	for _, root := range []string{"app", "sdk"} {
		err := fs.WalkDir(Files, root, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && path.Ext(name) != ".html" {
				add("/"+name, name)
			}
			return err
		})
		if err != nil {
			panic("web: " + err.Error())
		}
	}

	if demo := files["/"]; o.ownSDK {
		demo.policy = ownSDKPolicy
		files["/"] = demo
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed: use GET", http.StatusMethodNotAllowed)
			return
		}
		f.write(w, r)
	})
}

func (f file) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Security-Policy", f.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if f.shared {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	} else {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	if f.page {
		h.Set("Cache-Control", "no-store")
	} else {
		h.Set("Cache-Control", "no-cache") // ask every time, so a rebuilt binary is seen at once
		h.Set("ETag", f.etag)
		if r.Header.Get("If-None-Match") == f.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(f.body) // an error here is the browser's going away
}
