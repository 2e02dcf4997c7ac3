package reload

import (
	"fmt"
	"strings"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/keyring"
)

// Refused says why a configuration that is right may not replace the running
// one, a line for each reason. It is for whoever asked for the reload: it names
// keys and projects, and holds no value.
type Refused []string

func (r Refused) Error() string { return strings.Join(r, "\n") }

// err is nil without a reason.
func (r Refused) err() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// refuseRestart refuses a reload that would change what only a start can.
func refuseRestart(old, next *config.Resolved) error {
	var out Refused
	refuse := func(changed bool, why string) {
		if changed {
			out = append(out, why)
		}
	}
	refuse(old.Listen != next.Listen || old.Admin.Listen != next.Admin.Listen || old.Probes.Listen != next.Probes.Listen,
		"listen, admin.listen and probes.listen cannot be changed by a reload: restart")
	refuse((old.TLS.Cert == "") != (next.TLS.Cert == ""), "tls cannot be turned on or off by a reload: restart")
	refuse(old.State != next.State, "state_dir cannot be changed by a reload: restart")
	refuse(old.Timeouts != next.Timeouts, "timeouts cannot be changed by a reload: restart")
	refuse(old.Log != next.Log, "log cannot be changed by a reload: restart")
	// Without the next one the users who are denied would be left behind.
	refuse(old.State == next.State && old.DenyStore() != next.DenyStore(),
		"redis cannot be added or taken out by a reload, the deny list would stay behind: restart")
	return out.err()
}

// refuseCertificates refuses a reload by which a project would be another App's,
// or have no certificate in common with the running one: a wrong file would
// otherwise end every login at the next renewal. A project may come, go, or get
// another name.
func refuseCertificates(old, next *keyring.Ring) error {
	var out Refused
	for _, p := range next.Projects() {
		what := ""
		if named := old.ByName(p.Name()); named != nil && named.AppID() != p.AppID() {
			what = "has another App ID than in the running configuration"
			if !named.Shares(p) {
				what = "has another App ID, and no certificate in common with the running configuration"
			}
		} else if before := old.ByAppID(p.AppID()); before != nil && !before.Shares(p) {
			what = "has no certificate in common with the running configuration: add the new one as secondary first"
		}
		if what != "" {
			out = append(out, fmt.Sprintf("project %q %s; certificate_replaced: true lets it through", p.Name(), what))
		}
	}
	return out.err()
}
