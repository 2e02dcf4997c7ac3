package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

const defaultAdmin = "http://127.0.0.1:8083"

func newStatus(p *Process) *cobra.Command {
	var admin string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print the metrics of a running serve as a page of text",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			samples, err := fetchMetrics(cmd.Context(), admin)
			if err != nil {
				return err
			}
			return printStatus(p.Stdout, samples, p.Now())
		},
	}
	cmd.Flags().StringVar(&admin, "admin", defaultAdmin, "`URL` of the admin (or probes) listener")
	return cmd
}

func newRotate(p *Process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "See how far the exchange of an App certificate is",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var admin string
	status := &cobra.Command{
		Use:   "status",
		Short: "Say when the last token of each certificate ends",
		Long: `Say of each App certificate of a running serve which slot it has and when the
last token that it signed ends. A certificate that is in no slot any more, and
whose last token has ended, may be deleted in Agora's console.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			samples, err := fetchMetrics(cmd.Context(), admin)
			if err != nil {
				return err
			}
			return printCertificates(p.Stdout, samples, p.Now())
		},
	}
	status.Flags().StringVar(&admin, "admin", defaultAdmin, "`URL` of the admin (or probes) listener")
	cmd.AddCommand(status)
	return cmd
}

// sample is one line of metrics.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

func fetchMetrics(ctx context.Context, admin string) ([]sample, error) {
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
		return nil, errNoMetrics
	}
	samples, err := parseMetrics(io.LimitReader(resp.Body, 16<<20))
	if err == nil && !slices.ContainsFunc(samples, func(s sample) bool { return s.name == "rtmauth_build_info" }) {
		err = errNoMetrics
	}
	return samples, err
}

// parseMetrics reads the Prometheus text format as rtmauth writes it: labels
// without escapes but \" \\ and \n.
func parseMetrics(r io.Reader) ([]sample, error) {
	var out []sample
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := scanner.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		s := sample{labels: map[string]string{}}
		rest := line
		if open := strings.IndexByte(line, '{'); open >= 0 {
			s.name, rest = line[:open], line[open+1:]
			for !strings.HasPrefix(rest, "}") {
				name, after, ok := strings.Cut(rest, "=")
				value, tail := quoted(after)
				if !ok || tail == "" {
					return nil, errNoMetrics
				}
				s.labels[name] = value
				rest = strings.TrimPrefix(tail, ",")
			}
			rest = rest[1:]
		} else {
			s.name, rest, _ = strings.Cut(line, " ")
		}
		text, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errNoMetrics
		}
		s.value = v
		out = append(out, s)
	}
	return out, scanner.Err()
}

// quoted takes a quoted text off the beginning; the tail is "" where there is none.
func quoted(s string) (value, tail string) {
	prefix, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", ""
	}
	value, err = strconv.Unquote(prefix)
	if err != nil {
		return "", ""
	}
	return value, s[len(prefix):]
}

func find(samples []sample, name string) []sample {
	var out []sample
	for _, s := range samples {
		if s.name == name {
			out = append(out, s)
		}
	}
	return out
}

func single(samples []sample, name string) float64 {
	for _, s := range find(samples, name) {
		return s.value
	}
	return 0
}

func printStatus(w io.Writer, samples []sample, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range find(samples, "rtmauth_build_info") {
		fmt.Fprintf(t, "version\t%s\n", s.labels["version"])
	}
	state := "ready"
	if single(samples, "rtmauth_draining") == 1 {
		state = "draining"
	}
	fmt.Fprintf(t, "state\t%s\n", state)
	if single(samples, "rtmauth_insecure_anonymous") == 1 {
		fmt.Fprintf(t, "DANGER\trequests without a credential are answered (insecure_anonymous)\n")
	}
	loaded := unix(single(samples, "rtmauth_config_last_reload_success_timestamp_seconds"))
	fmt.Fprintf(t, "configuration\tloaded %s, %s ago\n", short(loaded), now.Sub(loaded).Round(time.Second))
	if single(samples, "rtmauth_config_last_reload_successful") == 0 {
		fmt.Fprintf(t, "\tTHE LAST RELOAD FAILED; the log says why\n")
	}
	if single(samples, "rtmauth_audit_failing") == 1 {
		fmt.Fprintf(t, "audit log\tCANNOT BE WRITTEN\n")
	}
	if n := single(samples, "rtmauth_audit_lost_lines_total"); n > 0 {
		fmt.Fprintf(t, "audit log\t%.0f lines lost\n", n)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, part := range []struct {
		title, metric string
		labels        []string
	}{
		{"requests", "rtmauth_http_requests_total", []string{"route", "method", "code"}},
		{"tokens issued", "rtmauth_tokens_issued_total", []string{"service", "version"}},
		{"tokens denied", "rtmauth_tokens_denied_total", []string{"service", "reason"}},
		{"callers judged", "rtmauth_authentications_total", []string{"kind", "outcome"}},
		{"reloads", "rtmauth_config_reloads_total", []string{"result"}},
	} {
		printTable(w, part.title, find(samples, part.metric), part.labels)
	}
	printLatency(w, samples)
	if issuers := find(samples, "rtmauth_issuer_keys"); len(issuers) > 0 {
		fmt.Fprintf(w, "\nissuers\n")
		for _, s := range issuers {
			fmt.Fprintf(w, "  %s: %.0f keys", s.labels["issuer"], s.value)
			for _, f := range find(samples, "rtmauth_issuer_last_fetch_timestamp_seconds") {
				if f.labels["issuer"] == s.labels["issuer"] {
					fmt.Fprintf(w, ", fetched %s ago", now.Sub(unix(f.value)).Round(time.Second))
				}
			}
			for _, f := range find(samples, "rtmauth_issuer_fetch_failures") {
				if f.labels["issuer"] == s.labels["issuer"] && f.value > 0 {
					fmt.Fprintf(w, ", %.0f FETCHES FAILED since", f.value)
				}
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "\ncertificates\n")
	return printCertificates(w, samples, now)
}

func printTable(w io.Writer, title string, samples []sample, labels []string) {
	if len(samples) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range samples {
		fmt.Fprint(t, "  ")
		for _, l := range labels {
			fmt.Fprintf(t, "%s\t", s.labels[l])
		}
		fmt.Fprintf(t, "%.0f\n", s.value)
	}
	_ = t.Flush() // to memory or a terminal that is gone
}

// printLatency prints the mean of each route: quantiles need a server that keeps
// history.
func printLatency(w io.Writer, samples []sample) {
	sums, counts := map[string]float64{}, map[string]float64{}
	for _, s := range samples {
		switch s.name {
		case "rtmauth_http_request_duration_seconds_sum":
			sums[s.labels["route"]] = s.value
		case "rtmauth_http_request_duration_seconds_count":
			counts[s.labels["route"]] = s.value
		}
	}
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(w, "\nmean time to answer\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, route := range slices.Sorted(maps.Keys(counts)) {
		if counts[route] > 0 {
			fmt.Fprintf(t, "  %s\t%s\n", route, time.Duration(sums[route]/counts[route]*float64(time.Second)).Round(time.Microsecond))
		}
	}
	_ = t.Flush()
}

func printCertificates(w io.Writer, samples []sample, now time.Time) error {
	ends := map[string]float64{}
	rows := find(samples, "rtmauth_certificate_info")
	for _, s := range find(samples, "rtmauth_certificate_last_expiry_timestamp_seconds") {
		ends[s.labels["project"]+" "+s.labels["fingerprint"]] = s.value
		if s.labels["slot"] == "former" {
			rows = append(rows, s)
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROJECT\tSLOT\tFINGERPRINT\tLAST TOKEN ENDS\t")
	for _, s := range rows {
		end, signed := ends[s.labels["project"]+" "+s.labels["fingerprint"]]
		when, advice := "none is known", ""
		if signed {
			when = short(unix(end))
		}
		if s.labels["slot"] == "former" {
			advice = "wait: its tokens are still out"
			if !now.Before(unix(end)) {
				advice = "may be deleted in Agora's console"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.labels["project"], s.labels["slot"], s.labels["fingerprint"], when, advice)
	}
	return t.Flush()
}

func unix(v float64) time.Time { return time.Unix(int64(v), 0) }
