package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keep hands a new 1.x client to the keeper and waits until it is kept.
func (a *app) keep(name, user string) {
	a.t.Helper()
	js[any](a, "(name, appId) => { make(name, appId) }", name, a.d.AppID)
	js[any](a, "keep", name, user)
	js[any](a, "until", name+": keeper kept")
}

// state returns the state that the service says a user's newest session has.
func (d *devServer) state(user string) string {
	d.t.Helper()
	answer := d.do("GET", "/local/control/sessions?user="+user, nil)
	sessions, _ := answer["sessions"].([]any)
	if len(sessions) == 0 {
		return ""
	}
	last, _ := sessions[len(sessions)-1].(map[string]any)
	state, _ := last["state"].(string)
	return state
}

func TestKeeper_tokenServerDownPastTheEnd(t *testing.T) {
	a := startApp(t, nil, "--token-version", "007")
	a.keep("alice", "alice") // a token of one hour
	js[any](a, "() => { tokenServer = false }")
	a.d.advance("59m40s")
	js[any](a, "until", "alice: keeper retrying No new token: the token server is down.")
	a.d.advance("9m40s")
	js[any](a, "until", "alice: ConnectionStateChanged ABORTED TOKEN_EXPIRED")
	js[any](a, "() => { heard.length = 0; tokenServer = true }")
	js[any](a, "until", "alice: keeper kept")
	// The listeners of the app have survived the logout.
	a.hears("alice", "ConnectionStateChanged DISCONNECTED LOGOUT", connecting, connected, "keeper kept")
}

func TestKeeper_tokenServerBackBeforeTheEnd(t *testing.T) {
	a := startApp(t, nil, "--token-version", "007")
	a.keep("alice", "alice")
	js[any](a, "() => { tokenServer = false }")
	a.d.advance("59m35s")
	js[any](a, "until", "alice: keeper retrying No new token: the token server is down.")
	js[any](a, "() => { tokenServer = true; heard.length = 0 }")
	js[any](a, "until", "alice: keeper kept")
	a.d.advance("10m")
	a.hears("alice", "keeper kept")
	if got := a.d.state("alice"); got != "CONNECTED" {
		t.Errorf("the session is %s", got)
	}
}

func TestKeeper_asleepForTwoHours(t *testing.T) {
	a := startApp(t, nil, "--token-version", "007")
	a.keep("alice", "alice")
	a.d.control("/sessions/"+a.d.session("alice")+"/drop", map[string]any{"for": "2h"})
	a.d.advance("2h")
	js[any](a, "wake", 2*60*60*1000)
	js[any](a, "until", "alice: ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
	lines := js[[]string](a, "lines", "alice")
	// It never had to log in again.
	if n := strings.Count(strings.Join(lines, "\n"), connecting); n != 1 {
		t.Errorf("%d logins: %q", n, lines)
	}
	if got := a.d.state("alice"); got != "CONNECTED" {
		t.Errorf("the session is %s: %q", got, lines)
	}
}

func TestKeeper_clockWrongByAnHour(t *testing.T) {
	for _, tt := range []struct {
		name  string
		shift int // milliseconds
	}{{"ahead", 3_600_000}, {"behind", -3_600_000}} {
		t.Run(tt.name, func(t *testing.T) {
			a := startApp(t, nil, "--token-version", "007")
			js[any](a, "wake", tt.shift)
			a.keep("alice", "alice") // a token of one hour, so a clock that is ahead says that it has ended
			js[any](a, "wake", 60_000)
			a.hears("alice", connecting, connected, "keeper kept")
			js[any](a, "wake", 60*60_000)
			a.d.awaitEvent("renew_accepted", "alice")
			if n := js[int](a, "() => fetches"); n != 2 {
				t.Errorf("fetched %d tokens, want one for the login and one for the renewal", n)
			}
		})
	}
}

func TestKeeper_certificateRotated(t *testing.T) {
	a := startApp(t, nil)
	a.keep("alice", "alice")
	a.d.kill()
	js[any](a, "until", "alice: "+interrupted)
	a.d.restart() // with another certificate
	js[any](a, "until", "alice: TokenExpired")
	a.d.awaitEvent("login_accepted", "alice")
	js[any](a, "() => lines('alice')")
	if got := a.d.state("alice"); got != "CONNECTED" {
		t.Errorf("the session is %s", got)
	}
}

func TestKeeper_twoTabs(t *testing.T) {
	a := startApp(t, nil)
	a.keep("first", "alice")
	other := &app{newPage(t), a.d}
	other.open(a.d.URL + "/page/rtm1.html")
	other.keep("second", "alice")
	js[any](a, "until", "first: ConnectionStateChanged ABORTED REMOTE_LOGIN")
	const ended = "keeper ended The same user logged in elsewhere; to log in again would end that session, and so on for ever."
	if got := js[[]string](a, "lines", "first"); !slices.Contains(got, ended) {
		t.Errorf("the first heard %q", got)
	}
	a.d.advance("24h") // neither tab tries again
	other.hears("second", connecting, connected, "keeper kept")
	if n := js[int](a, "() => fetches"); n != 1 {
		t.Errorf("the first tab fetched %d tokens", n)
	}
}

// TestKeeper_realSDK loads Agora's own SDKs, without a network: the keeper
// calls login with a token, and its failure is one plain sentence.
func TestKeeper_realSDK(t *testing.T) {
	const modules = "../ci/node/node_modules/"
	for _, tt := range []struct {
		name, script, client, want string
	}{
		{
			"1.5.1", modules + "rtm1/index.js", "AgoraRTM.createInstance(appId)",
			"retrying RTM login failed: the RTM service did not answer (code 9).",
		},
		{
			"2.3.0", modules + "rtm2/agora-rtm.js", "new AgoraRTM.RTM(appId, 'alice')",
			"retrying RTM login failed: login was not answered in 15 s.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			sdk, err := os.ReadFile(tt.script)
			if err != nil {
				t.Fatalf("the SDK is missing, run make deps: %v", err)
			}
			for name, text := range map[string]string{
				"sdk.js":     string(sdk),
				"index.html": `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="sdk.js"></script>`,
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			d := startDev(t, nil, "--page", dir)
			p := newPage(t)
			p.open(d.URL + "/page/")
			got := eval[[]string](p, `(async (appId) => {
				const { keepRenewed } = await import('/sdk/token-keeper.js');
				const client = `+tt.client+`;
				const login = client.login;
				let token;
				client.login = (options) => {
					token = options.token;
					return login.call(client, options);
				};
				return new Promise((resolve) => {
					const keeper = keepRenewed(client, {
						url: '/fetch_rtm_token',
						user: 'alice',
						onStatus: ({ state, message }) => {
							resolve([token.slice(0, 3), `+"`${state} ${message}`"+`]);
							keeper.stop();
						},
					});
				});
			})('`+d.AppID+`')`)
			if want := []string{"006", tt.want}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
