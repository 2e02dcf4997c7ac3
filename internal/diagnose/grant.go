package diagnose

import (
	"hash/crc32"
	"strings"

	"github.com/rtmauth/rtmauth"
)

// A slot is who or what a token is for. A 006 token holds only checksums, so it
// is known only where a guess has fitted one.
type slot struct {
	text  string
	known bool
}

// likelyService is what a token is for if nobody says.
func (r *reading) likelyService() rtmauth.ServiceType {
	if r.service(rtmauth.ServiceRTM) == nil && r.service(rtmauth.ServiceRTM2) != nil {
		return rtmauth.ServiceRTM2
	}
	return rtmauth.ServiceRTM
}

// find finds what the token grants of the wanted service, and for whom.
func (f *finder) find() {
	r := f.token
	if r.version == v007 {
		best := -1
		for i := range r.services {
			if s := &r.services[i]; s.Type == f.Service && f.nearness(s) > best {
				best, f.grant = f.nearness(s), s
			}
		}
		if f.grant != nil {
			f.user, f.channel = slot{f.grant.User, true}, slot{f.grant.Channel, true}
		}
		return
	}
	if !r.has(fieldCRCs) {
		return
	}
	guesses := append(variants(f.User), variants(f.Channel)...)
	first := guess(r.crcChannel, guesses)
	second := guess(r.crcUID, guesses)
	if f.Service == rtmauth.ServiceRTM {
		f.user, f.uidSlot = first, second
	} else {
		f.channel, f.user = first, second
	}
	var list []rtmauth.Privilege
	for _, p := range r.privileges {
		if (p.ID == rtmauth.PrivilegeLogin006) == (f.Service == rtmauth.ServiceRTM) {
			list = append(list, p)
		}
	}
	if len(list) > 0 && (f.Service == rtmauth.ServiceRTM || f.Service == rtmauth.ServiceRTC) {
		f.grant = &rtmauth.Service{Type: f.Service, Privileges: list}
	}
}

func crc(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }

func guess(sum uint32, guesses []string) slot {
	for _, g := range guesses {
		if crc(g) == sum {
			return slot{g, true}
		}
	}
	return slot{}
}

// variants are the texts that a name often becomes on its way, the name itself
// first.
func variants(name *string) []string {
	list := []string{"", "0", "null", "undefined", ":uid", ":userId", "Your_User_ID", "<Your User ID>"}
	if name == nil {
		return list
	}
	n := *name
	if len(n) > 1024 {
		return append([]string{n}, list...)
	}
	list = append([]string{
		n, strings.TrimSpace(n), n + " ", " " + n, n + "\n", n + "\r\n",
		strings.ToLower(n), strings.ToUpper(n),
		`"` + n + `"`, strings.ReplaceAll(n, " ", "+"), strings.ReplaceAll(n, " ", "%20"),
	}, list...)
	if n != "" {
		list = append(list, strings.ToUpper(n[:1])+n[1:], strings.ToLower(n[:1])+n[1:])
	}
	// Without a prefix or a suffix: app_alice, alice@example, user-7.
	for i := range len(n) {
		if strings.IndexByte("_-:.|#@/", n[i]) >= 0 && len(list) < 64 {
			list = append(list, n[i+1:], n[:i])
		}
	}
	for _, prefix := range []string{"user_", "user-", "user:", "uid_", "uid-", "rtm_", "app_", ":", "u"} {
		list = append(list, prefix+n)
	}
	return append(list, strings.TrimLeft(n, "0"))
}

// nearness orders several services of one type by how near they come to what
// the attempt wants; among those that grant it, the one that lasts counts.
func (f *finder) nearness(s *rtmauth.Service) int {
	anyUser := s.User == "" && (s.Type == rtmauth.ServiceRTC || s.Type == rtmauth.ServiceStreaming || s.Type == rtmauth.ServiceFCDN)
	n := 0
	if f.User == nil || s.User == *f.User || anyUser {
		n += 4
		if f.Channel == nil || s.Channel == *f.Channel {
			n += 2
		}
	}
	life, has := find(s.Privileges, f.privilege(s.User, s.Channel))
	if has {
		n++
	}
	if life == 0 {
		life = day
	}
	return n*int(day+1) + int(min(life, day))
}

// services checks that the token has the wanted service, and its privileges.
func (f *finder) services() {
	r := f.token
	if f.grant == nil {
		if r.has(fieldServices) {
			f.noService()
		}
		return
	}
	if !r.has(fieldServices) && r.version == v006 {
		return
	}
	id := f.privilege(f.user.text, f.channel.text)
	if _, has := find(f.grant.Privileges, id); !has {
		a := args{"privilege": f.Service.PrivilegeName(id), "service": serviceName(f.Service), "has": privilegeNames(f.grant)}
		switch f.Service {
		case rtmauth.ServiceRTM, rtmauth.ServiceRTM2, rtmauth.ServiceFPA:
			f.add(LoginPrivilegeMissing, a)
		default:
			f.add(PrivilegeMissing, a)
		}
	}
	if f.Service != rtmauth.ServiceRTC {
		return
	}
	for _, id := range []rtmauth.PrivilegeID{rtmauth.PrivilegePublishAudio, rtmauth.PrivilegePublishVideo, rtmauth.PrivilegePublishData} {
		if _, has := find(f.grant.Privileges, id); has {
			return
		}
	}
	f.note(PublishPrivilegeMissing, args{"has": privilegeNames(f.grant)})
}

// privilege is the one that lets the user in. What the token says of user and
// channel counts only where the attempt does not.
func (f *finder) privilege(user, channel string) rtmauth.PrivilegeID {
	if f.User != nil {
		user = *f.User
	}
	if f.Channel != nil {
		channel = *f.Channel
	}
	switch {
	case f.Service == rtmauth.ServiceRTM && f.token.version == v006:
		return rtmauth.PrivilegeLogin006
	case f.Service == rtmauth.ServiceChat && user == "":
		return rtmauth.PrivilegeChatApp
	case f.Service == rtmauth.ServiceAPaaS && user == "":
		return rtmauth.PrivilegeAPaaSApp
	case f.Service == rtmauth.ServiceAPaaS && channel == "":
		return rtmauth.PrivilegeAPaaSUser
	}
	return 1
}

// noService says that the token is for something else.
func (f *finder) noService() {
	r := f.token
	a := args{"service": serviceName(f.Service), "has": f.serviceNames()}
	how := ""
	switch {
	case r.version == v006 && f.Service != rtmauth.ServiceRTM && f.Service != rtmauth.ServiceRTC:
		f.add(ServiceMissing, a, "006")
		return
	case len(r.privileges) == 0 && r.version == v006:
		a["privilege"], a["has"] = "login", "–"
		f.add(LoginPrivilegeMissing, a, "none")
		return
	case len(r.services) == 0 && r.unknown == 0 && r.version == v007:
		how = "none"
	case r.unknown != 0:
		how = "unknown"
		a["type"] = int(r.unknown)
	}
	switch f.Service {
	case rtmauth.ServiceRTM:
		f.add(RTMServiceMissing, a, how)
	case rtmauth.ServiceRTC:
		f.add(RTCServiceMissing, a, how)
	default:
		f.add(ServiceMissing, a, how)
	}
	if f.Service == rtmauth.ServiceRTM && r.version == v006 && r.crcUID == 0 && f.User != nil && *f.User != "" && r.crcChannel == crc(*f.User) {
		f.note(ConsoleChannelIsUser, args{"user": quote(*f.User)})
	}
}

func serviceName(t rtmauth.ServiceType) string {
	switch t {
	case rtmauth.ServiceRTM:
		return "RTM"
	case rtmauth.ServiceRTC:
		return "RTC"
	case rtmauth.ServiceRTM2:
		return "RTM2"
	case rtmauth.ServiceAPaaS:
		return "APaaS"
	case rtmauth.ServiceFPA, rtmauth.ServiceFCDN:
		return strings.ToUpper(t.String())
	}
	name := t.String()
	return strings.ToUpper(name[:1]) + name[1:]
}

// serviceNames lists what the token is for.
func (f *finder) serviceNames() string {
	var names []string
	r := f.token
	for i, s := range r.services {
		if i == 8 {
			names = append(names, "…")
			break
		}
		names = append(names, serviceName(s.Type))
	}
	if r.version == v006 {
		names = append(names, pick(f.Service == rtmauth.ServiceRTM, "RTC", "RTM"))
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

func privilegeNames(s *rtmauth.Service) string {
	var names []string
	for i, p := range s.Privileges {
		if i == 8 {
			names = append(names, "…")
			break
		}
		names = append(names, s.Type.PrivilegeName(p.ID))
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}
