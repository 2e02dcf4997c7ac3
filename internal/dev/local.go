package dev

import (
	"errors"
	"io"
	"net/http"

	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// serviceName is how a running dev tells itself from other programs.
const serviceName = "rtmauth dev"

type health struct {
	Status  string `json:"status"`
	Service string `json:"service"`
}

func (s *system) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, health{Status: "ok", Service: serviceName})
}

// info is what the pages need to know of this run.
func (s *system) info(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, struct {
		AppID        string `json:"app_id"`
		Generated    bool   `json:"generated"`
		TokenVersion string `json:"token_version"`
		Version      string `json:"version"`
		SDKFile      bool   `json:"sdk_file"`
	}{s.project.AppID, s.project.generated(), string(s.version), s.release, s.files.sdk != ""})
}

// maxLocalBody bounds what the pages send: a token of 64 KiB and what surrounds it.
const maxLocalBody = 128 << 10

// decode reads a request of the pages into dst; where it cannot it answers the
// request and returns false.
func decode(w http.ResponseWriter, r *http.Request, dst any) bool {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLocalBody))
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			writeError(w, http.StatusRequestEntityTooLarge, "The body is too long.")
			return false
		}
		writeError(w, http.StatusBadRequest, "The body could not be read to its end.")
		return false
	}
	if err := strictjson.Decode(data, dst); err != nil {
		writeError(w, http.StatusBadRequest, "Bad request: "+err.Error()+".")
		return false
	}
	return true
}
