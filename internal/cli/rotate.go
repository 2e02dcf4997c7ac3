package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/metrics"
)

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
whose last token has ended, may be deleted in Agora's console.

Replicas that share Redis know it of one another; else ask each of them.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := fetchMetrics(cmd.Context(), p, admin)
			if err != nil {
				return err
			}
			page.certificates()
			return nil
		},
	}
	status.Flags().StringVar(&admin, "admin", defaultAdmin, "`URL` of the admin (or probes) listener")
	cmd.AddCommand(status)
	return cmd
}

// certificates says of each certificate when its last token ends, and of those
// that were taken out whether they may go.
func (s *statusPage) certificates() {
	ends := map[[2]string]float64{}
	rows := slices.Clone(s.samples("certificate_info"))
	for _, last := range s.samples("certificate_last_expiry_timestamp_seconds") {
		ends[[2]string{last.Labels["project"], last.Labels["fingerprint"]}] = last.Value
		if last.Labels["slot"] == "former" {
			rows = append(rows, last)
		}
	}
	slots := []string{"primary", "secondary", "former"}
	slices.SortStableFunc(rows, func(a, b metrics.Sample) int {
		return cmp.Or(strings.Compare(a.Labels["project"], b.Labels["project"]), slices.Index(slots, a.Labels["slot"])-slices.Index(slots, b.Labels["slot"]))
	})
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PROJECT\tSLOT\tFINGERPRINT\tLAST TOKEN ENDS\t")
	for _, row := range rows {
		project, fingerprint, slot := row.Labels["project"], row.Labels["fingerprint"], row.Labels["slot"]
		end, signed := ends[[2]string{project, fingerprint}]
		when, advice := "none is known", ""
		if signed {
			when = short(unix(end))
		}
		if slot == "former" {
			advice = "wait: its tokens are still out"
			if !s.now.Before(unix(end)) {
				advice = "may be deleted in Agora's console"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", project, slot, fingerprint, when, advice)
	}
	_ = t.Flush()
}
