package diagnose

import (
	"time"

	"github.com/rtmauth/rtmauth"
)

const (
	day = uint32(rtmauth.MaxLife / time.Second)

	// firstTimestamp is where a number of seconds is rather a Unix time: 2001.
	firstTimestamp = 1_000_000_000
)

func at(unix uint32) time.Time { return time.Unix(int64(unix), 0).UTC() }

// times compares the token's times with that of the attempt.
func (f *finder) times() {
	r := f.token
	if !r.has(fieldTime) {
		return
	}
	if r.version == v006 {
		f.times006()
	} else {
		f.times007()
	}
}

func (f *finder) times006() {
	r := f.token
	end := at(r.end)
	if f.At.Before(end.Add(-rtmauth.MaxLife)) {
		f.add(IssuedInFuture, args{"issued": end.Add(-rtmauth.MaxLife), "now": f.At, "by": end.Add(-rtmauth.MaxLife).Sub(f.At)}, "006")
	}
	if !f.At.Before(end) {
		f.add(Expired, args{"end": end, "now": f.At, "by": f.At.Sub(end)}, "006")
		return
	}
	if f.grant == nil {
		return
	}
	id := f.privilege(f.user.text, f.channel.text)
	own, _ := find(f.grant.Privileges, id)
	if own == 0 || f.At.Before(at(own)) {
		return
	}
	a := args{"privilege": f.Service.PrivilegeName(id), "end": at(own), "now": f.At, "value": own}
	small := own < firstTimestamp // a duration where a Unix time belongs
	if f.Service == rtmauth.ServiceRTM {
		f.note(PrivilegeExpired, a, "rtm006", pick(small, "duration", ""))
		return
	}
	f.add(PrivilegeExpired, a, pick(small, "duration", ""))
}

func (f *finder) times007() {
	r := f.token
	issued := at(r.issue)
	if issued.After(f.At) {
		f.add(IssuedInFuture, args{"issued": issued, "now": f.At, "by": issued.Sub(f.At)})
	}
	if !r.has(fieldExpire) {
		return
	}
	end := endOf(r.issue, r.expire)
	a := args{"expire": r.expire, "issued": issued, "end": end, "now": f.At, "by": f.At.Sub(end)}
	switch {
	case r.expire == 0:
		f.add(ExpireZero, a)
		if f.At.Before(issued.Add(rtmauth.MaxLife)) {
			return
		}
		a["end"] = issued.Add(rtmauth.MaxLife)
		a["by"] = f.At.Sub(issued.Add(rtmauth.MaxLife))
		f.add(Expired, a)
		return
	case !f.At.Before(end):
		f.add(Expired, a, pick(r.expire > day, "cut", ""))
	default:
		f.privilegeTime()
	}
	f.odd(r.expire, a)
	if f.grant == nil {
		return
	}
	for _, p := range f.grant.Privileges {
		if p.Expire != r.expire {
			f.odd(p.Expire, args{"expire": p.Expire, "issued": issued, "end": endOf(r.issue, p.Expire), "privilege": f.Service.PrivilegeName(p.ID)})
		}
	}
}

// privilegeTime checks the end of the privilege that lets the user in.
func (f *finder) privilegeTime() {
	if f.grant == nil {
		return
	}
	id := f.privilege(f.user.text, f.channel.text)
	own, _ := find(f.grant.Privileges, id)
	if end := endOf(f.token.issue, own); own != 0 && !f.At.Before(end) {
		f.add(PrivilegeExpired, args{"privilege": f.Service.PrivilegeName(id), "end": end, "now": f.At, "value": own}, "007")
	}
}

func endOf(issue, seconds uint32) time.Time {
	return at(issue).Add(time.Duration(min(seconds, day)) * time.Second)
}

// odd notes a life that was hardly meant.
func (f *finder) odd(expire uint32, a args) {
	switch {
	case expire <= day:
	case expire >= firstTimestamp:
		a["meant"] = at(expire)
		f.note(ExpireIsTimestamp, a)
	case milliseconds(expire):
		a["meant"] = time.Duration(expire) * time.Millisecond
		f.note(ExpireInMilliseconds, a)
	default:
		a["life"] = time.Duration(expire) * time.Second
		f.note(ExpiresOver24h, a)
	}
}

// milliseconds tells whether a number of seconds over 24 hours is rather a
// number of milliseconds: whole minutes of those within 24 hours, and not a
// number of days that people ask for.
func milliseconds(n uint32) bool {
	if n%60_000 != 0 || n/1000 > day {
		return false
	}
	days := n / day
	return n%day != 0 || days > 90 && days%30 != 0 && days%365 != 0
}
