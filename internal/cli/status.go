package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/metrics"
)

func newStatus(p *Process) *cobra.Command {
	var admin string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print the metrics of a running serve as a page of text",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := fetchMetrics(cmd.Context(), p, admin)
			if err != nil {
				return err
			}
			page.print()
			return nil
		},
	}
	cmd.Flags().StringVar(&admin, "admin", defaultAdmin, "`URL` of the admin (or probes) listener")
	return cmd
}

var errNotAdmin = errors.New("the answer is not that of an admin listener of rtmauth serve")

func fetchMetrics(ctx context.Context, p *Process, admin string) (*statusPage, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(admin, "/")+"/metrics", nil)
	if err != nil {
		return nil, usagef("--admin: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer from the admin listener: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, errNotAdmin
	}
	families, err := metrics.Parse(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return nil, errNotAdmin
	}
	page := &statusPage{out: p.Stdout, now: p.Now(), families: map[string]metrics.Family{}, shown: map[string]bool{}}
	for _, f := range families {
		if strings.HasPrefix(f.Name, prefix) {
			page.families[strings.TrimPrefix(f.Name, prefix)] = f
		}
	}
	if len(page.families["build_info"].Samples) == 0 {
		return nil, errNotAdmin
	}
	return page, nil
}

// prefix begins the name of every metric of rtmauth; the page's code leaves it
// away.
const prefix = "rtmauth_"

// statusPage prints metrics for people. What no part of it names comes at the
// end as it is, so that a new metric is never left out.
type statusPage struct {
	out      io.Writer
	now      time.Time
	families map[string]metrics.Family
	shown    map[string]bool
}

func (s *statusPage) samples(name string) []metrics.Sample {
	s.shown[name] = true
	return s.families[name].Samples
}

// value is that of a metric without labels; false where it is not there.
func (s *statusPage) value(name string) (float64, bool) {
	for _, sample := range s.samples(name) {
		return sample.Value, true
	}
	return 0, false
}

// on reports whether a metric without labels is 1.
func (s *statusPage) on(name string) bool {
	v, _ := s.value(name)
	return v == 1
}

// of is the value of the series whose label is as given.
func (s *statusPage) of(name, label, value string) (float64, bool) {
	for _, sample := range s.samples(name) {
		if sample.Labels[label] == value {
			return sample.Value, true
		}
	}
	return 0, false
}

func (s *statusPage) print() {
	s.head()
	for _, table := range []struct {
		title, metric string
		labels        []string
	}{
		{"requests", "http_requests_total", []string{"route", "method", "code"}},
		{"tokens issued", "tokens_issued_total", []string{"service", "version"}},
		{"tokens denied", "tokens_denied_total", []string{"service", "reason"}},
		{"callers judged", "authentications_total", []string{"kind", "outcome"}},
		{"limits", "limit_requests_total", []string{"limit", "outcome"}},
		{"addresses or callers remembered by limits", "limit_keys", []string{"limit"}},
		{"reloads", "config_reloads_total", []string{"result"}},
	} {
		s.table(table.title, table.metric, table.labels)
	}
	s.latency()
	s.issuers()
	fmt.Fprintf(s.out, "\ncertificates\n")
	s.certificates()
	s.rest()
}

// head says how things are, in one line each.
func (s *statusPage) head() {
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	line := func(what, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	for _, build := range s.samples("build_info") {
		line("version", "%s", build.Labels["version"])
	}
	ready, draining := s.on("ready"), s.on("draining")
	state := "starting"
	switch {
	case draining:
		state = "draining"
	case ready:
		state = "ready"
	}
	line("state", "%s", state)
	if s.on("insecure_anonymous") {
		line("DANGER", "requests without a credential are answered (insecure_anonymous)")
	}
	at, _ := s.value("config_last_reload_success_timestamp_seconds")
	line("configuration", "loaded %s, %s ago", short(unix(at)), s.since(at))
	if !s.on("config_last_reload_successful") {
		line("", "THE LAST RELOAD FAILED; the log says why")
	}
	if s.on("audit_failing") {
		line("audit log", "CANNOT BE WRITTEN")
	}
	for _, count := range []struct{ metric, what, text string }{
		{"audit_lost_lines_total", "audit log", "%.0f lines lost"},
		{"audit_refused_requests_total", "audit log", "%.0f requests refused because of it"},
		{"log_lost_lines_total", "log", "%.0f lines lost: they could not be written in time"},
		{"panics_total", "FAULTS", "%.0f requests ended in a fault of the program; the log says where"},
	} {
		if n, _ := s.value(count.metric); n > 0 {
			line(count.what, count.text, n)
		}
	}
	n, _ := s.value("http_requests_in_flight")
	line("under way", "%.0f requests", n)
	for _, list := range s.samples("deny_list_entries") {
		store := list.Labels["store"]
		text := fmt.Sprintf("%.0f users, in %s", list.Value, store)
		if at, ok := s.of("deny_list_last_sync_timestamp_seconds", "store", store); ok && store == denylist.InRedis {
			text += fmt.Sprintf(", compared %s ago", s.since(at))
		}
		if ok, _ := s.of("deny_list_available", "store", store); ok == 0 {
			text += "; NOT TO BE HAD: requests get 503"
		}
		line("deny list", "%s", text)
	}
	if len(s.samples("deny_list_entries")) == 0 {
		line("deny list", "off: set state_dir or redis")
	}
	if up, ok := s.value("redis_up"); ok {
		text := "answers"
		if up == 0 {
			text = "DOES NOT ANSWER"
		}
		if skew, ok := s.value("redis_clock_skew_seconds"); ok {
			text += fmt.Sprintf("; this clock is %s", ahead(skew))
		}
		line("redis", "%s", text)
	}
	if s.on("limits_degraded") {
		line("limits", "EACH REPLICA COUNTS FOR ITSELF, because Redis does not; the log says why")
	}
	_ = t.Flush() // to memory or a terminal that is gone, as below
}

func (s *statusPage) table(title, metric string, labels []string) {
	samples := s.samples(metric)
	if len(samples) == 0 {
		return
	}
	fmt.Fprintf(s.out, "\n%s\n", title)
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, sample := range samples {
		fmt.Fprint(t, "  ")
		for _, l := range labels {
			fmt.Fprintf(t, "%s\t", sample.Labels[l])
		}
		fmt.Fprintf(t, "%s\n", number(sample.Value))
	}
	_ = t.Flush()
}

// latency prints the bounds within which requests were answered, since the start.
func (s *statusPage) latency() {
	samples := s.samples("http_request_duration_seconds")
	if len(samples) == 0 {
		return
	}
	fmt.Fprintf(s.out, "\ntime to answer\n")
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, route := range samples {
		if route.Value == 0 {
			continue
		}
		fmt.Fprintf(t, "  %s\tmean %s\t", route.Labels["route"], seconds(route.Sum/route.Value).Round(time.Microsecond))
		for _, q := range []float64{.5, .99} {
			within := "longer than measured"
			if upTo, ok := route.Quantile(q); ok && !math.IsInf(upTo, 1) {
				within = "within " + seconds(upTo).String()
			}
			fmt.Fprintf(t, "%.0f %% %s\t", 100*q, within)
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
}

func (s *statusPage) issuers() {
	issuers := s.samples("issuer_keys")
	if len(issuers) == 0 {
		return
	}
	fmt.Fprintf(s.out, "\nissuers\n")
	for _, issuer := range issuers {
		name := issuer.Labels["issuer"]
		fmt.Fprintf(s.out, "  %s: %.0f keys", name, issuer.Value)
		if at, ok := s.of("issuer_last_fetch_timestamp_seconds", "issuer", name); ok {
			fmt.Fprintf(s.out, ", fetched %s ago", s.since(at))
		}
		if skew, ok := s.of("issuer_clock_skew_seconds", "issuer", name); ok {
			fmt.Fprintf(s.out, ", this clock is %s", ahead(skew))
		}
		if n, _ := s.of("issuer_fetch_failures", "issuer", name); n > 0 {
			fmt.Fprintf(s.out, ", %.0f FETCHES FAILED since", n)
		}
		fmt.Fprintln(s.out)
	}
}

// rest prints the metrics that the page above does not know.
func (s *statusPage) rest() {
	title := "\nother\n"
	for _, name := range slices.Sorted(maps.Keys(s.families)) {
		if s.shown[name] {
			continue
		}
		for _, sample := range s.families[name].Samples {
			fmt.Fprintf(s.out, "%s  %s", title, name)
			title = ""
			for _, label := range slices.Sorted(maps.Keys(sample.Labels)) {
				fmt.Fprintf(s.out, " %s=%s", label, sample.Labels[label])
			}
			fmt.Fprintf(s.out, " %s\n", number(sample.Value))
		}
	}
}

// since is how long ago a time is, in Unix seconds.
func (s *statusPage) since(at float64) time.Duration { return s.now.Sub(unix(at)).Round(time.Second) }

func unix(v float64) time.Time { return time.Unix(int64(v), 0) }

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// ahead says how far a clock is before another.
func ahead(skew float64) string {
	d := seconds(math.Abs(skew)).Round(time.Millisecond)
	if skew < 0 {
		return d.String() + " behind it"
	}
	return d.String() + " ahead of it"
}

// number writes counts without a fraction.
func number(v float64) string {
	if v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprint(v)
}
