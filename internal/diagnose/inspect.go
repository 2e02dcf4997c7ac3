package diagnose

import (
	"strconv"
	"time"

	"github.com/rtmauth/rtmauth"
)

// A View is what an undamaged token says. None of it is verified: anyone can
// write a token that says anything.
type View struct {
	Version string `json:"version"`
	AppID   string `json:"app_id"`

	// Unix seconds. A 006 token holds its end only; builders set that 24 hours
	// after the issue time.
	IssuedAt  *int64 `json:"issued_at,omitempty"`
	ExpiresAt int64  `json:"expires_at"`

	// Expire is seconds from the issue time as the token holds it, in 007 only:
	// it may be more than the 24 hours that ExpiresAt keeps to.
	Expire *uint32 `json:"expire,omitempty"`

	Salt     uint32        `json:"salt"`
	Services []ServiceView `json:"services"`

	// UnknownServices is how many services there are that cannot be read.
	UnknownServices int `json:"unknown_services,omitempty"`

	// A 006 token holds checksums in the place of channel and uid; for RTM the
	// channel is the user ID.
	ChannelCRC32 *uint32 `json:"channel_crc32,omitempty"`
	UIDCRC32     *uint32 `json:"uid_crc32,omitempty"`

	// Fingerprint names the token in audit logs.
	Fingerprint string `json:"fingerprint"`
}

// A ServiceView is one service. Fields that the service does not have are
// absent; so are all names in 006.
type ServiceView struct {
	Type    int     `json:"type"`
	Name    string  `json:"name"`
	User    *string `json:"user,omitempty"`
	Channel *string `json:"channel,omitempty"`
	Room    *string `json:"room,omitempty"`
	UID     *string `json:"uid,omitempty"` // "" for uid 0, which stands for any
	Role    *int16  `json:"role,omitempty"`

	// Privileges are the times of the privileges as the token holds them: in 007
	// seconds from the issue time, 0 for no time of its own; in 006 Unix seconds.
	Privileges map[string]uint32 `json:"privileges"`

	Permissions []PermissionView `json:"permissions,omitempty"`
}

// A PermissionView is one permission list of an RTM2 service.
type PermissionView struct {
	Resource string   `json:"resource"`
	Access   string   `json:"access"`
	Names    []string `json:"names"`
}

// Inspect reads an undamaged token. For others the error, a
// *rtmauth.ParseError, says what is wrong, and [Explain] reads on.
func Inspect(token string) (View, error) {
	t, err := rtmauth.Parse(token)
	if err != nil {
		return View{}, err
	}
	v := View{
		Version:         string(t.Version()),
		AppID:           t.AppID(),
		ExpiresAt:       t.ExpiresAt().Unix(),
		Salt:            t.Salt(),
		Services:        []ServiceView{},
		UnknownServices: t.UnknownServices(),
		Fingerprint:     rtmauth.Fingerprint(token),
	}
	named := t.Version() == rtmauth.Version007
	if named {
		issued, expire := t.IssuedAt().Unix(), t.Expire()
		v.IssuedAt, v.Expire = &issued, &expire
	} else {
		r := read006(token[len(v006):])
		v.ChannelCRC32, v.UIDCRC32 = &r.crcChannel, &r.crcUID
	}
	for _, s := range t.Services() {
		v.Services = append(v.Services, viewService(s, named))
	}
	return v, nil
}

// PrivilegeEnd is when a privilege of the view ends, the zero time if it has no
// time of its own. The token can end before it.
func (v View) PrivilegeEnd(value uint32) time.Time {
	switch {
	case value == 0:
		return time.Time{}
	case v.IssuedAt == nil:
		return at(value)
	}
	return time.Unix(*v.IssuedAt, 0).UTC().Add(time.Duration(value) * time.Second)
}

func viewService(s rtmauth.Service, named bool) ServiceView {
	v := ServiceView{Type: int(s.Type), Name: s.Type.String(), Privileges: map[string]uint32{}}
	for _, p := range s.Privileges {
		v.Privileges[s.Type.PrivilegeName(p.ID)] = p.Expire
	}
	if !named {
		return v
	}
	switch s.Type {
	case rtmauth.ServiceRTC, rtmauth.ServiceStreaming, rtmauth.ServiceFCDN:
		v.Channel, v.UID = &s.Channel, &s.User
	case rtmauth.ServiceRTM, rtmauth.ServiceChat, rtmauth.ServiceRTM2:
		v.User = &s.User
	case rtmauth.ServiceAPaaS:
		v.Room, v.User, v.Role = &s.Channel, &s.User, &s.Role
	}
	for _, r := range s.Resources {
		for _, p := range r.Permissions {
			v.Permissions = append(v.Permissions, PermissionView{resourceName(r.Type), accessName(p.Type), append([]string{}, p.Names...)})
		}
	}
	return v
}

func resourceName(t rtmauth.ResourceType) string {
	switch t {
	case rtmauth.ResourceMessageChannels:
		return "message_channels"
	case rtmauth.ResourceStreamChannels:
		return "stream_channels"
	case rtmauth.ResourceGroupChannels:
		return "group_channels"
	case rtmauth.ResourceServerGroups:
		return "server_groups"
	case rtmauth.ResourceUsers:
		return "users"
	}
	return strconv.Itoa(int(t))
}

func accessName(t rtmauth.PermissionType) string {
	switch t {
	case rtmauth.PermissionRead:
		return "read"
	case rtmauth.PermissionWrite:
		return "write"
	}
	return strconv.Itoa(int(t))
}
