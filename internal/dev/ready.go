package dev

import (
	"bytes"
	"encoding/json"
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
	f, err := os.CreateTemp(filepath.Dir(path), ".rtmauth-ready-*") // made with mode 0600
	if err != nil {
		return nil, err
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
		return nil, err
	}
	return func() {
		if now, err := os.ReadFile(path); err == nil && bytes.Equal(now, data) { //nolint:gosec // G304: the user's flag names it
			_ = os.Remove(path)
		}
	}, nil
}
