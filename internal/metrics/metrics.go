// Package metrics counts what the service does, in Prometheus's names. It is
// the only package that knows Prometheus. A nil *Metrics counts nothing.
package metrics

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts. Make one with New; its methods may be called concurrently.
type Metrics struct {
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec
	latency       *prometheus.HistogramVec
	inFlight      prometheus.Gauge
	issued        *prometheus.CounterVec
	denied        *prometheus.CounterVec
	authenticated *prometheus.CounterVec
	reloads       *prometheus.CounterVec
	reloadAt      prometheus.Gauge
	reloadOK      prometheus.Gauge
	panics        prometheus.Counter

	// The vectors' own look-ups are a good part of what a request costs.
	answered *handles[answer, answered]
	handed   *handles[token, prometheus.Counter]
	judged   *handles[judgement, prometheus.Counter]
}

// Labels of one series each; all of them are bounded.
type (
	answer struct {
		route, method string
		code          int
	}
	token     struct{ service, version string }
	judgement struct{ kind, outcome string }
)

type answered struct {
	count   prometheus.Counter
	latency prometheus.Observer
}

// handles remembers series by their labels.
type handles[K comparable, V any] struct {
	find func(K) V

	mu    sync.RWMutex
	known map[K]V
}

func remember[K comparable, V any](find func(K) V) *handles[K, V] {
	return &handles[K, V]{find: find, known: map[K]V{}}
}

func (h *handles[K, V]) of(k K) V {
	h.mu.RLock()
	v, ok := h.known[k]
	h.mu.RUnlock()
	if !ok {
		v = h.find(k)
		h.mu.Lock()
		h.known[k] = v
		h.mu.Unlock()
	}
	return v
}

// State is what is looked up when metrics are fetched rather than counted.
type State struct {
	Anonymous bool
	Draining  bool
	Ready     bool
	Issuers   []Issuer
	Projects  []Certificate
	Audit     Audit
	LogLost   int64 // lines of the service's log that were not written
	Limits    []Limit
	Degraded  bool      // each replica counts limits for itself, because Redis does not answer
	Deny      *DenyList // nil: there is none
	Redis     *Redis    // nil: there is none
}

// Issuer is an issuer of JWTs.
type Issuer struct {
	Name     string // its iss
	Keys     int
	Fetched  time.Time // zero: never, or keys that are not fetched
	Remote   bool
	Failures int64
	Skew     time.Duration
}

// Certificate is an App certificate, by its fingerprint.
type Certificate struct {
	Project     string
	Slot        string // primary, secondary, or former: taken out, and its tokens may still be out
	Fingerprint string
	LastExpiry  time.Time // when the last token that it signed ends; zero: none is known
}

// Audit is the audit log.
type Audit struct {
	Lost    int64 // lines that were not written although the request was answered
	Refused int64 // requests refused because of it
	Failing bool
}

// Limit is one rate limit.
type Limit struct {
	Name             string
	Keys             int // addresses or callers that are remembered in this process
	Allowed, Refused int64
}

// DenyList is the list of users who get no token.
type DenyList struct {
	Store     string // state_dir or redis
	Entries   int
	Available bool      // false: requests get 503
	AsOf      time.Time // when it was last compared with its store; zero: never
}

// Redis is what replicas share.
type Redis struct {
	Up       bool
	Answered time.Time // zero: never
	Skew     time.Duration
}

// New makes Metrics; state is called for every fetch.
func New(version string, state func() State) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rtmauth_http_requests_total", Help: "Requests, by route (not path), method and status."}, []string{"route", "method", "code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rtmauth_http_request_duration_seconds", Help: "Time from the end of the headers to the end of the answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 2.5, 10},
		}, []string{"route"}),
		inFlight:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "rtmauth_http_requests_in_flight", Help: "Requests being answered."}),
		issued:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rtmauth_tokens_issued_total", Help: "Tokens handed over, by service and version. A token of two services counts for both."}, []string{"service", "version"}),
		denied:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rtmauth_tokens_denied_total", Help: "Requests for tokens that were turned down, by service and reason."}, []string{"service", "reason"}),
		authenticated: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rtmauth_authentications_total", Help: "Callers judged, by kind of credential and outcome."}, []string{"kind", "outcome"}),
		reloads:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rtmauth_config_reloads_total", Help: "Reloads of the configuration, by result."}, []string{"result"}),
		reloadAt:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "rtmauth_config_last_reload_success_timestamp_seconds", Help: "When the running configuration was loaded."}),
		reloadOK:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "rtmauth_config_last_reload_successful", Help: "1 if the last reload succeeded; 0 while an older configuration runs on."}),
		panics:        prometheus.NewCounter(prometheus.CounterOpts{Name: "rtmauth_panics_total", Help: "Requests that ended in a fault of the program."}),
	}
	m.answered = remember(func(a answer) answered {
		return answered{m.requests.WithLabelValues(a.route, a.method, strconv.Itoa(a.code)), m.latency.WithLabelValues(a.route)}
	})
	m.handed = remember(func(t token) prometheus.Counter { return m.issued.WithLabelValues(t.service, t.version) })
	m.judged = remember(func(j judgement) prometheus.Counter { return m.authenticated.WithLabelValues(j.kind, j.outcome) })
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "rtmauth_build_info", Help: "1, with the version.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.reloads.WithLabelValues("success")
	m.reloads.WithLabelValues("failure")
	m.registry.MustRegister(m.requests, m.latency, m.inFlight, m.issued, m.denied, m.authenticated, m.reloads, m.reloadAt, m.reloadOK, m.panics, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stateCollector{state})
	return m
}

// Handler answers with the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

// Began counts a request that is being answered; the result is to be called
// when it was. route is a pattern and never what a client sent.
func (m *Metrics) Began() {
	if m != nil {
		m.inFlight.Inc()
	}
}

// Answered counts a request that was answered.
func (m *Metrics) Answered(route, method string, code int, took time.Duration) {
	if m == nil {
		return
	}
	m.inFlight.Dec()
	a := m.answered.of(answer{route, methodLabel(method), code})
	a.count.Inc()
	a.latency.Observe(took.Seconds())
}

// methodLabel bounds the series: a client chooses its method freely.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPatch:
		return method
	}
	return "other"
}

// Issued counts a token for each of its services.
func (m *Metrics) Issued(service, version string) {
	if m != nil {
		m.handed.of(token{service, version}).Inc()
	}
}

// Denied counts a request that was turned down. Both labels come from this
// program's own lists.
func (m *Metrics) Denied(service, reason string) {
	if m != nil {
		m.denied.WithLabelValues(service, reason).Inc()
	}
}

// Authenticated counts a caller that was judged.
func (m *Metrics) Authenticated(kind, outcome string) {
	if m != nil {
		m.judged.of(judgement{kind, outcome}).Inc()
	}
}

// Reloaded counts a reload.
func (m *Metrics) Reloaded(ok bool, at time.Time) {
	if m == nil {
		return
	}
	if ok {
		m.reloads.WithLabelValues("success").Inc()
		m.reloadAt.Set(float64(at.Unix()))
		m.reloadOK.Set(1)
		return
	}
	m.reloads.WithLabelValues("failure").Inc()
	m.reloadOK.Set(0)
}

// Panicked counts a fault.
func (m *Metrics) Panicked() {
	if m != nil {
		m.panics.Inc()
	}
}
