package dev

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// serviceName is how a running dev tells itself from other programs.
const serviceName = "rtmauth dev"

type health struct {
	Status  string `json:"status"`
	Service string `json:"service"`
}

func healthz(w http.ResponseWriter, _ *http.Request) {
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

// inspect answers what an undamaged token says, as `rtmauth token inspect --json`.
func (s *system) inspect(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Token string `json:"token"`
	}
	if !decode(w, r, &request) {
		return
	}
	view, err := diagnose.Inspect(request.Token)
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, strings.TrimPrefix(err.Error(), "rtmauth: "))
		return
	}
	writeJSON(w, http.StatusOK, view)
}

// explain answers why a login with a token would fail, as `rtmauth token explain
// --json`. A certificate that the request brings is used in the place of the
// project's, for this answer alone.
func (s *system) explain(w http.ResponseWriter, r *http.Request) {
	var request struct {
		diagnose.Request
		Code numeral `json:"code"`
	}
	if !decode(w, r, &request) {
		return
	}
	request.Request.Code = string(request.Code)
	attempt, err := request.Attempt(s.now())
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	// Nobody's client uses the fake project: a token of another one that is
	// pasted here is not wrong because of that.
	id := diagnose.AppID(request.Token)
	pasted := s.project.generated() && request.AppID == "" && id != "" && id != s.project.AppID
	if len(attempt.Project.Keys) == 0 && !pasted {
		attempt.Project = diagnose.Project{AppID: s.project.AppID, Keys: diagnose.KeysOf(s.project.Certificates())}
	}
	writeJSON(w, http.StatusOK, diagnose.Explain(attempt))
}

// numeral is a number, or the same as text.
type numeral string

// UnmarshalJSON reads 5, "5" and null.
func (n *numeral) UnmarshalJSON(data []byte) error {
	text := string(data)
	if text == "null" {
		return nil
	}
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	if text != "" {
		if _, err := strconv.Atoi(text); err != nil {
			return errors.New("not a whole number")
		}
	}
	*n = numeral(text)
	return nil
}

// maxLocalBody bounds what the pages send: a token of 64 KiB, written as
// carelessly as JSON allows, and what surrounds it.
const maxLocalBody = 512 << 10

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
