package dev

import (
	"net/http"
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
