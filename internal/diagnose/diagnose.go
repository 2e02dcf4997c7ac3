package diagnose

import (
	"slices"
	"time"

	"github.com/rtmauth/rtmauth"
)

// An Attempt is a token and what is known of the attempt to use it. Everything
// but Token and At may be left out: what is not known is not checked.
type Attempt struct {
	Token string

	// AppID is the one that the client was created with; "" if unknown, then the
	// one of Project is expected.
	AppID string

	// User is whom the client logs in as, for RTC its account or uid, of which 0
	// is "0" or ""; Channel the one it joins. Nil if unknown: an empty user ID is
	// a cause of its own.
	User, Channel *string

	// Service is what the token is used for. 0 is RTM, or RTM2 for a token that
	// has this service instead.
	Service rtmauth.ServiceType

	SDK  SDK  // of the client; zero if unknown
	Code *int // what the SDK answered; nil if unknown

	// At is when the attempt was made.
	At time.Time

	// Project is the one whose certificates are known, OldKeys are certificates
	// that it had before.
	Project Project
	OldKeys []Key

	Lang Lang // of the report; "" is English
}

// A Project is an App ID with its certificates, the primary one first. AppID
// may be "", then the certificates are taken to be those of Attempt.AppID.
type Project struct {
	AppID string
	Keys  []Key
}

// A Verdict is the outcome of a diagnosis.
type Verdict string

const (
	OK      Verdict = "ok"      // everything a token shows is right, its signature too
	Refused Verdict = "refused" // at least one cause stands against a login
	Unknown Verdict = "unknown" // nothing is wrong, but the signature could not be checked
)

// A Report is what Explain found. Causes is never nil. A cause does not always
// stand against a login: what the code given means, or that the secondary
// certificate has signed, leaves the verdict as it is.
type Report struct {
	Verdict Verdict `json:"verdict"`
	Causes  []Cause `json:"causes"`
}

// A Cause is one finding: one sentence of what it is, what shows it, and what
// mends it. No text holds a certificate or a whole token.
type Cause struct {
	Code     Code   `json:"code"`
	Message  string `json:"message"`
	Evidence string `json:"evidence"`
	Fix      string `json:"fix"`
}

// Has tells whether the report names a cause.
func (r Report) Has(c Code) bool {
	return slices.ContainsFunc(r.Causes, func(x Cause) bool { return x.Code == c })
}

// Explain finds the causes for which a service that keeps the documented rules
// would refuse the attempt. It does not look at anything but its argument, and
// its work is bounded whatever the token: text over 128 KiB is cut, inflation
// stops at 64 KiB.
func Explain(a Attempt) Report {
	f := &finder{Attempt: a}
	f.project = a.Project.AppID
	if f.project == "" {
		f.project = a.AppID
	}
	f.text()
	if f.token != nil {
		if f.Service == 0 {
			f.Service = f.token.likelyService()
		}
		f.find()
		f.sdk()
		f.appID()
		f.signature()
		f.services()
		f.slots()
		f.times()
	}
	f.placeholders()
	f.certificates()
	f.userRules()
	return f.report()
}

// AppID is the App ID that a token says it is for, as far as that can be read
// and has the shape of one; else "".
func AppID(token string) string {
	f := finder{Attempt: Attempt{Token: token}}
	f.text()
	if f.token == nil || !f.token.hasAppID() {
		return ""
	}
	return f.token.appID
}

// A finder collects what speaks against one attempt.
type finder struct {
	Attempt
	project string   // App ID that the certificates belong to, if known
	token   *reading // nil if the text holds nothing of a 006 or 007 token

	grant   *rtmauth.Service // what the token grants of the wanted service, nil if nothing
	user    slot             // who the token is for, as far as that shows
	channel slot             // which channel it is for
	uidSlot slot             // of a 006 token for RTM, whose user is in the slot of the channel

	signatureChecked bool // against a certificate of the project, and right
	found            []finding
}

// A finding is a cause before it is put into words.
type finding struct {
	code     Code
	note     bool // does not stand against the login
	evidence []evidence
}

// evidence is one sentence that shows a cause: its name and what fills it in.
// The first one's args fill the message and the fix too.
type evidence struct {
	name string
	args args
}

// args fill the {placeholders} of a text.
type args map[string]any

// add records a cause once. names are the sentences that show it; "" is the
// cause's ordinary one.
func (f *finder) add(c Code, a args, names ...string) {
	if len(names) == 0 {
		names = []string{""}
	}
	i := slices.IndexFunc(f.found, func(x finding) bool { return x.code == c })
	if i < 0 {
		i = len(f.found)
		f.found = append(f.found, finding{code: c})
	}
	x := &f.found[i]
	x.note = false
	if slices.ContainsFunc(x.evidence, func(e evidence) bool { return e.name == names[0] }) {
		return
	}
	for _, name := range names {
		if len(x.evidence) < maxEvidence {
			x.evidence = append(x.evidence, evidence{name, a})
		}
	}
}

// maxEvidence is how many sentences one cause may show.
const maxEvidence = 4

// note records something that does not stand against the login.
func (f *finder) note(c Code, a args, names ...string) {
	i := slices.IndexFunc(f.found, func(x finding) bool { return x.code == c })
	refuses := i >= 0 && !f.found[i].note
	f.add(c, a, names...)
	if i < 0 {
		i = len(f.found) - 1
	}
	f.found[i].note = !refuses
}

func (f *finder) refused() bool {
	return slices.ContainsFunc(f.found, func(x finding) bool { return !x.note })
}

// report puts the findings in order and into words.
func (f *finder) report() Report {
	r := Report{Verdict: OK, Causes: []Cause{}}
	fits := f.meaning()
	switch {
	case f.refused():
		r.Verdict = Refused
	case !f.signatureChecked:
		r.Verdict = Unknown
	}
	slices.SortStableFunc(f.found, func(a, b finding) int {
		return f.order(a, fits) - f.order(b, fits)
	})
	for _, x := range f.found {
		r.Causes = append(r.Causes, f.Lang.cause(x))
	}
	return r
}

// order is where a finding stands: broken text, then what fits the SDK's code,
// then the other causes, then notes; within these as in Codes.
func (f *finder) order(x finding, fits []Code) int {
	const group = 100
	o := rank(x.code)
	switch {
	case x.code == CodeMeaning || x.code == NotVisibleOffline:
		return o + 4*group
	case x.note:
		return o + 3*group
	case o <= rank(Damaged):
		return o
	case slices.Contains(fits, x.code):
		return o + group
	}
	return o + 2*group
}
