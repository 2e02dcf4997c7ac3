package metrics

import "github.com/prometheus/client_golang/prometheus"

var (
	anonymousDesc = prometheus.NewDesc("rtmauth_insecure_anonymous", "1 while requests without a credential are answered.", nil, nil)
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
)

// stateCollector looks the state up at every fetch, so that series of what was
// reloaded away end by themselves.
type stateCollector struct{ state func() State }

func (c *stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		anonymousDesc, drainingDesc, issuerKeysDesc, issuerFetchDesc, issuerFailuresDesc, issuerSkewDesc,
		certificateDesc, lastExpiryDesc, auditLostDesc, auditRefusedDesc, auditFailingDesc,
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
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
