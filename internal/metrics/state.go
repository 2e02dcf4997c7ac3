package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	anonymousDesc = prometheus.NewDesc("rtmauth_insecure_anonymous", "1 while requests without a credential are answered.", nil, nil)
	readyDesc     = prometheus.NewDesc("rtmauth_ready", "1 while /readyz is 200: not while it starts, nor while it drains.", nil, nil)
	drainingDesc  = prometheus.NewDesc("rtmauth_draining", "1 between SIGTERM and the end.", nil, nil)

	issuerKeysDesc     = prometheus.NewDesc("rtmauth_issuer_keys", "Usable keys of a JWT issuer; 0 means that its JWTs are answered with 503.", []string{"issuer"}, nil)
	issuerFetchDesc    = prometheus.NewDesc("rtmauth_issuer_last_fetch_timestamp_seconds", "When the issuer's keys were last fetched.", []string{"issuer"}, nil)
	issuerFailuresDesc = prometheus.NewDesc("rtmauth_issuer_fetch_failures", "Fetches that failed since the last that succeeded.", []string{"issuer"}, nil)
	issuerSkewDesc     = prometheus.NewDesc("rtmauth_issuer_clock_skew_seconds", "This machine's clock less the issuer's, by its Date header.", []string{"issuer"}, nil)

	certificateDesc = prometheus.NewDesc("rtmauth_certificate_info", "1 for each App certificate; replicas that differ show it by the fingerprint.", []string{"project", "slot", "fingerprint"}, nil)
	lastExpiryDesc  = prometheus.NewDesc("rtmauth_certificate_last_expiry_timestamp_seconds", "When the last token that a certificate signed ends.", []string{"project", "slot", "fingerprint"}, nil)

	auditLostDesc    = prometheus.NewDesc("rtmauth_audit_lost_lines_total", "Decisions that were acted upon without being recorded (audit.on_failure: continue).", nil, nil)
	auditRefusedDesc = prometheus.NewDesc("rtmauth_audit_refused_requests_total", "Requests refused because their decision could not be recorded.", nil, nil)
	auditFailingDesc = prometheus.NewDesc("rtmauth_audit_failing", "1 while the audit log cannot be written.", nil, nil)

	logLostDesc = prometheus.NewDesc("rtmauth_log_lost_lines_total", "Lines of the service's log that were lost because they could not be written in time.", nil, nil)

	limitedDesc   = prometheus.NewDesc("rtmauth_limit_requests_total", "Requests that a limit counted, by outcome: allowed or refused.", []string{"limit", "outcome"}, nil)
	limitKeysDesc = prometheus.NewDesc("rtmauth_limit_keys", "Addresses or callers whose count this process remembers.", []string{"limit"}, nil)
	degradedDesc  = prometheus.NewDesc("rtmauth_limits_degraded", "1 while each replica counts limits for itself, because Redis does not.", nil, nil)

	denyEntriesDesc   = prometheus.NewDesc("rtmauth_deny_list_entries", "Entries of the deny list.", []string{"store"}, nil)
	denyAvailableDesc = prometheus.NewDesc("rtmauth_deny_list_available", "0 while nobody knows who is denied and requests get 503.", []string{"store"}, nil)
	denyAsOfDesc      = prometheus.NewDesc("rtmauth_deny_list_last_sync_timestamp_seconds", "When the copy of the deny list was last the same as its store.", []string{"store"}, nil)

	redisUpDesc   = prometheus.NewDesc("rtmauth_redis_up", "1 if Redis answered the last question.", nil, nil)
	redisSkewDesc = prometheus.NewDesc("rtmauth_redis_clock_skew_seconds", "This machine's clock less Redis's.", nil, nil)
)

// stateCollector looks the state up at every fetch, so that series of what was
// reloaded away end by themselves.
type stateCollector struct{ state func() State }

func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		anonymousDesc, readyDesc, drainingDesc, issuerKeysDesc, issuerFetchDesc, issuerFailuresDesc, issuerSkewDesc,
		certificateDesc, lastExpiryDesc, auditLostDesc, auditRefusedDesc, auditFailingDesc, logLostDesc,
		limitedDesc, limitKeysDesc, degradedDesc, denyEntriesDesc, denyAvailableDesc, denyAsOfDesc, redisUpDesc, redisSkewDesc,
	} {
		ch <- d
	}
}

func (c *stateCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.state()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(anonymousDesc, number(s.Anonymous))
	gauge(readyDesc, number(s.Ready))
	gauge(drainingDesc, number(s.Draining))
	for _, i := range s.Issuers {
		gauge(issuerKeysDesc, float64(i.Keys), i.Name)
		if !i.Remote {
			continue
		}
		gauge(issuerFailuresDesc, float64(i.Failures), i.Name)
		if !i.Fetched.IsZero() {
			gauge(issuerFetchDesc, float64(i.Fetched.Unix()), i.Name)
			gauge(issuerSkewDesc, i.Skew.Seconds(), i.Name)
		}
	}
	for _, p := range s.Projects {
		if p.Slot != "former" {
			gauge(certificateDesc, 1, p.Project, p.Slot, p.Fingerprint)
		}
		if !p.LastExpiry.IsZero() {
			gauge(lastExpiryDesc, float64(p.LastExpiry.Unix()), p.Project, p.Slot, p.Fingerprint)
		}
	}
	ch <- prometheus.MustNewConstMetric(auditLostDesc, prometheus.CounterValue, float64(s.Audit.Lost))
	ch <- prometheus.MustNewConstMetric(auditRefusedDesc, prometheus.CounterValue, float64(s.Audit.Refused))
	gauge(auditFailingDesc, number(s.Audit.Failing))
	ch <- prometheus.MustNewConstMetric(logLostDesc, prometheus.CounterValue, float64(s.LogLost))
	for _, l := range s.Limits {
		ch <- prometheus.MustNewConstMetric(limitedDesc, prometheus.CounterValue, float64(l.Allowed), l.Name, "allowed")
		ch <- prometheus.MustNewConstMetric(limitedDesc, prometheus.CounterValue, float64(l.Refused), l.Name, "refused")
		gauge(limitKeysDesc, float64(l.Keys), l.Name)
	}
	if len(s.Limits) > 0 {
		gauge(degradedDesc, number(s.Degraded))
	}
	if d := s.Deny; d != nil {
		gauge(denyEntriesDesc, float64(d.Entries), d.Store)
		gauge(denyAvailableDesc, number(d.Available), d.Store)
		if !d.AsOf.IsZero() {
			gauge(denyAsOfDesc, float64(d.AsOf.Unix()), d.Store)
		}
	}
	if r := s.Redis; r != nil {
		gauge(redisUpDesc, number(r.Up))
		if !r.Answered.IsZero() {
			gauge(redisSkewDesc, r.Skew.Seconds())
		}
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
