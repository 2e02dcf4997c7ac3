package dev

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ready is what other programs and CI learn from --ready-file. It holds the
// certificate only where that was made up for this run.
type ready struct {
	URL         string `json:"url"`
	AppID       string `json:"app_id"`
	Certificate string `json:"certificate,omitempty"`
	ControlURL  string `json:"control_url"`
	PID         int    `json:"pid"`
}

// writeReadyFile writes the file at once and whole: it is made beside its place,
// mode 0600, and moved there. remove takes it away again, unless another run has
// put its own there in the meantime.
func writeReadyFile(path, url string, p *project) (remove func(), err error) {
	content := ready{URL: url, AppID: p.AppID, ControlURL: url + "/local/control", PID: os.Getpid()}
	if p.generated() {
		content.Certificate = p.reveal()
	}
	data, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	data = append(data, '\n')
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder; give the name of a file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".rtmauth-ready-*") // made with mode 0600
	if err != nil {
		return nil, unwritable(path, err)
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return nil, unwritable(path, err)
	}
	return func() {
		if now, err := os.ReadFile(path); err == nil && bytes.Equal(now, data) { //nolint:gosec // G304: the user's flag names it
			_ = os.Remove(path)
		}
	}, nil
}

// unwritable names the file that the user gave in the place of the one that is
// made beside it.
func unwritable(path string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return fmt.Errorf("write %s: %w", path, err)
}
