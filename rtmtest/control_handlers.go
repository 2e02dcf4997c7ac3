package rtmtest

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth"
)

type clockAnswer struct {
	Now    string  `json:"now"`
	Offset float64 `json:"offset_seconds"`
	Frozen bool    `json:"frozen"`
}

func getClock(c *control) (int, any, *problem) {
	k := c.p.clock
	return http.StatusOK, clockAnswer{k.Now().Format(time.RFC3339Nano), k.Offset().Round(time.Millisecond).Seconds(), k.Frozen()}, nil
}

// turned answers a turn of the clock and records it.
func (c *control) turned(what string) (int, any, *problem) {
	c.p.mu.Lock()
	c.p.note(Event{Type: ClockTurned, Source: srcOurClock, Detail: what})
	c.p.mu.Unlock()
	return getClock(c)
}

func advanceClock(c *control) (int, any, *problem) {
	var in struct {
		By *Duration `json:"by"`
	}
	if p := c.body(&in); p != nil {
		return 0, nil, p
	}
	if in.By == nil {
		return 0, nil, bad(`Say by how much: {"by":"24h"}.`)
	}
	if err := c.p.clock.Advance(time.Duration(*in.By)); err != nil {
		return 0, nil, bad(sentence(err))
	}
	return c.turned("Advanced by " + time.Duration(*in.By).String() + ".")
}

func setClock(c *control) (int, any, *problem) {
	var in struct {
		To string `json:"to"`
	}
	if p := c.body(&in); p != nil {
		return 0, nil, p
	}
	to, err := time.Parse(time.RFC3339, in.To)
	if err != nil {
		return 0, nil, bad(`Say to what time: {"to":"2026-11-02T08:00:00Z"}.`)
	}
	if err := c.p.clock.Set(to); err != nil {
		return 0, nil, bad(sentence(err))
	}
	return c.turned("Set to " + to.UTC().Format(time.RFC3339) + ".")
}

func freezeClock(c *control) (int, any, *problem) {
	c.p.clock.Freeze()
	return c.turned("Frozen.")
}

func resumeClock(c *control) (int, any, *problem) {
	c.p.clock.Resume()
	return c.turned("Running.")
}

func listSessions(c *control) (int, any, *problem) {
	return http.StatusOK, struct {
		Sessions []SessionInfo `json:"sessions"`
	}{c.p.Sessions(c.r.URL.Query().Get("user"))}, nil
}

// done is the answer of an operation that has nothing to tell.
var done = empty{}

// defaultDrop is how long a link is down when a request does not say.
const defaultDrop = 10 * time.Second

// fault reads what is to be done to a link; its kind is the end of the path.
func (c *control) fault() (LinkFault, *problem) {
	var in struct {
		For *Duration `json:"for"`
		By  Duration  `json:"by"`
	}
	if p := c.body(&in); p != nil {
		return LinkFault{}, p
	}
	f := LinkFault{Kind: path.Base(c.r.URL.Path), By: time.Duration(in.By)}
	switch {
	case in.For != nil && *in.For <= 0:
		return f, bad(`"for" must be a positive duration like 10s.`)
	case in.For != nil:
		f.For = time.Duration(*in.For)
	case f.Kind == Drop:
		f.For = defaultDrop
	}
	if f.Kind == Slow && f.By == 0 {
		f.By = 2 * time.Second
	}
	return f, nil
}

func faultSession(c *control) (int, any, *problem) {
	f, p := c.fault()
	if p != nil {
		return 0, nil, p
	}
	return c.session(func(id string) error { return c.p.Fault(id, f) })
}

func faultAll(c *control) (int, any, *problem) {
	f, p := c.fault()
	if p != nil {
		return 0, nil, p
	}
	if err := c.p.FaultAll(f); err != nil {
		return 0, nil, bad(sentence(err))
	}
	return http.StatusOK, done, nil
}

// session calls do for the session of the path and answers with how it is then.
func (c *control) session(do func(id string) error) (int, any, *problem) {
	id := c.r.PathValue("id")
	if err := do(id); errors.Is(err, ErrNoSession) {
		return 0, nil, &problem{http.StatusNotFound, "There is no such session. GET /local/control/sessions lists them; it takes a session's id, not its user."}
	} else if err != nil {
		return 0, nil, bad(sentence(err))
	}
	var info any = done
	_ = c.p.withSession(id, func(s *session) { info = s.info() }) // it may be gone by now
	return http.StatusOK, info, nil
}

func kickSession(c *control) (int, any, *problem) { return c.session(c.p.Kick) }

func expireSession(c *control) (int, any, *problem) {
	var in struct {
		In *Duration `json:"in"`
	}
	if p := c.body(&in); p != nil {
		return 0, nil, p
	}
	if in.In == nil {
		return 0, nil, bad(`Say in what time: {"in":"30s"}.`)
	}
	return c.session(func(id string) error { return c.p.Expire(id, time.Duration(*in.In)) })
}

func answerLogin(c *control) (int, any, *problem) {
	var in struct {
		Code int    `json:"code"`
		User string `json:"user"`
	}
	if p := c.body(&in); p != nil {
		return 0, nil, p
	}
	if err := c.p.AnswerLogin(in.User, in.Code); err != nil {
		return 0, nil, bad(sentence(err))
	}
	return http.StatusOK, done, nil
}

// maxWait is the longest that a request waits for an event.
const maxWait = 5 * time.Minute

func listEvents(c *control) (int, any, *problem) {
	q := c.r.URL.Query()
	f := Filter{User: q.Get("user")}
	if since := q.Get("since"); since != "" {
		n, err := strconv.ParseUint(since, 10, 64)
		if err != nil {
			return 0, nil, bad(`"since" must be a sequence number: 0, or "next" of an earlier answer.`)
		}
		f.Since = n
	}
	for _, list := range q["type"] {
		for t := range strings.SplitSeq(list, ",") {
			if t != "" {
				f.Types = append(f.Types, EventType(t))
			}
		}
	}
	wait, err := time.ParseDuration(cmp.Or(q.Get("wait"), "0s"))
	if err != nil || wait < 0 || wait > maxWait {
		return 0, nil, bad(`"wait" must be a duration up to 5m, like 10s. It is of real time, not of the clock's.`)
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), wait) // without wait it has ended already
	defer cancel()
	defer context.AfterFunc(c.s.running, cancel)()
	events, next, missed := c.p.await(ctx, f)
	return http.StatusOK, struct {
		Events []Event `json:"events"`
		Next   uint64  `json:"next"`
		Missed uint64  `json:"missed,omitempty"`
	}{events, next, missed}, nil
}

type users struct {
	Users []string `json:"users"`
}

func listBans(c *control) (int, any, *problem) { return http.StatusOK, users{c.p.BannedUsers()}, nil }

func addBan(c *control) (int, any, *problem) {
	var in struct {
		User string `json:"user"`
	}
	if p := c.body(&in); p != nil {
		return 0, nil, p
	}
	if err := c.p.Ban(in.User); err != nil {
		return 0, nil, bad(sentence(err))
	}
	return listBans(c)
}

func removeBan(c *control) (int, any, *problem) {
	if !c.p.Unban(c.r.URL.Query().Get("user")) {
		return 0, nil, &problem{http.StatusNotFound, "This user is not banned. Name it in the query: ?user=…"}
	}
	return listBans(c)
}

func listCertificates(c *control) (int, any, *problem) {
	return http.StatusOK, struct {
		Certificates []string `json:"certificates"`
	}{c.p.Certificates()}, nil
}

// addCertificate makes one itself: no certificate is sent to the control plane.
func addCertificate(c *control) (int, any, *problem) {
	text := randomHex(16)
	cert, err := rtmauth.ParseCertificate(text)
	if err == nil {
		err = c.p.AddCertificate(cert)
	}
	if err != nil {
		return 0, nil, &problem{http.StatusConflict, sentence(err)}
	}
	return http.StatusCreated, struct {
		Certificate string `json:"certificate"`
		Fingerprint string `json:"fingerprint"`
	}{text, cert.Fingerprint()}, nil
}

func deleteCertificate(c *control) (int, any, *problem) {
	if !c.p.DeleteCertificate(c.r.PathValue("fingerprint")) {
		return 0, nil, &problem{http.StatusNotFound, "There is no certificate of this fingerprint. GET /local/control/certificates lists them."}
	}
	return listCertificates(c)
}

func getSettings(c *control) (int, any, *problem) { return http.StatusOK, c.p.Settings(), nil }

func changeSettings(c *control) (int, any, *problem) {
	next := c.p.Settings()
	if p := c.body(&next); p != nil {
		return 0, nil, p
	}
	if err := c.p.Change(func(s *Settings) { *s = next }); err != nil {
		return 0, nil, bad(sentence(err))
	}
	return getSettings(c)
}

func resetProject(c *control) (int, any, *problem) {
	c.p.Reset()
	return http.StatusOK, done, nil
}

func listProjects(c *control) (int, any, *problem) {
	return http.StatusOK, struct {
		Projects []string `json:"projects"`
	}{c.s.appIDs()}, nil
}

func addProject(c *control) (int, any, *problem) {
	in := struct {
		Settings Settings `json:"settings"`
	}{DefaultSettings()}
	if p := c.body(&in); p != nil {
		return 0, nil, p
	}
	text := randomHex(16)
	cert, err := rtmauth.ParseCertificate(text)
	var p *Project
	if err == nil {
		p, err = c.s.AddProject(ProjectOptions{AppID: randomHex(16), Certificates: []rtmauth.Certificate{cert}, Settings: in.Settings})
	}
	if err != nil {
		return 0, nil, bad(sentence(err))
	}
	return http.StatusCreated, struct {
		AppID       string `json:"app_id"`
		Certificate string `json:"certificate"`
	}{p.appID, text}, nil
}

func removeProject(c *control) (int, any, *problem) {
	if !c.s.RemoveProject(c.r.PathValue("app_id")) {
		return 0, nil, &problem{http.StatusNotFound, "There is no such project, or it is the one that the service began with, which stays."}
	}
	return http.StatusOK, done, nil
}
