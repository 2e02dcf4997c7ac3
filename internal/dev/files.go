package dev

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// files are the user's own: a folder for /page/ and an SDK for /sdk/user.js.
type files struct {
	page *os.Root // nil without --page
	sdk  string   // empty without --sdk
}

// files opens what the flags name, so that a wrong one is found at the start.
func (o *Options) files() (*files, error) {
	f := &files{sdk: o.SDKFile}
	if f.sdk != "" {
		info, err := os.Stat(f.sdk)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is not a file", f.sdk)
		}
		if err != nil {
			return nil, &FlagError{"--sdk", err}
		}
	}
	if o.PageDir != "" {
		var err error
		if f.page, err = os.OpenRoot(o.PageDir); err != nil {
			return nil, &FlagError{"--page", err}
		}
	}
	return f, nil
}

func (f *files) close() {
	if f.page != nil {
		_ = f.page.Close() // it was only read
	}
}

// pageHandler serves the folder as it is on disk at the time, below prefix. It
// is the user's own page: no Content-Security-Policy, no caching. Names that
// begin with a dot, and links that lead out of the folder, are not there.
func (f *files) pageHandler(prefix string) http.Handler {
	server := http.StripPrefix(prefix, http.FileServerFS(visible{f.page}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		server.ServeHTTP(w, r)
	})
}

// sdkHandler serves the user's SDK file.
func (f *files) sdkHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, err := os.Open(f.sdk)
		if err != nil {
			http.Error(w, "The file of --sdk cannot be read any more.", http.StatusNotFound)
			return
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			http.Error(w, "The file of --sdk cannot be read any more.", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", info.ModTime(), file)
	})
}

// visible is a folder without what begins with a dot (.env, .git), without
// folders that have no index.html, and without what is neither file nor folder.
// os.Root keeps it from leaving the folder.
type visible struct{ root *os.Root }

func (v visible) Open(name string) (fs.File, error) {
	hidden := &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	if !fs.ValidPath(name) {
		return nil, hidden
	}
	if name != "." {
		for part := range strings.SplitSeq(name, "/") {
			if strings.HasPrefix(part, ".") {
				return nil, hidden
			}
		}
	}
	// Looked at before it is opened: opening a pipe would wait for its writer.
	info, err := v.root.Stat(name)
	if err == nil && info.IsDir() {
		info, err = v.root.Stat(path.Join(name, "index.html")) // what is served in its place: no listings
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, hidden
	}
	file, err := v.root.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		return nil, hidden
	}
	return file, nil
}
