package server

import "net/http"

// Servers are what runs on the listeners, by name.
func (s *Server) Servers() map[string]*http.Server {
	out := map[string]*http.Server{}
	for _, l := range s.listeners {
		out[l.name] = l.server
	}
	return out
}

// Break makes a listener fail.
func (s *Server) Break(name string) {
	for _, l := range s.listeners {
		if l.name == name {
			_ = l.Close()
		}
	}
}
