package rtmauth

import (
	"strconv"
	"testing"
	"time"
)

// builderInputs are the arguments of official builders.
type builderInputs struct {
	Builder          string      `json:"builder"`
	Account          string      `json:"account"`
	Role             int         `json:"role"`
	TokenExpire      uint32      `json:"token_expire"`
	PrivilegeExpire  uint32      `json:"privilege_expire"`
	PrivilegeExpires uint32      `json:"privilege_expired_ts"`
	Join             uint32      `json:"join"`
	Audio            uint32      `json:"audio"`
	Video            uint32      `json:"video"`
	Data             uint32      `json:"data"`
	Permissions      vectorLists `json:"permissions"`
	Room             string      `json:"room"`
	User             string      `json:"user"`
	RTCAccount       string      `json:"rtc_account"`
	RTCExpire        uint32      `json:"rtc_token_expire"`
	RTMUser          string      `json:"rtm_user_id"`
	RTMExpire        uint32      `json:"rtm_token_expire"`
	UserAccount      string      `json:"user_account"`
}

func lives(seconds ...uint32) RTCPrivileges {
	d := make([]time.Duration, 4)
	for i, s := range seconds {
		d[i] = time.Duration(s) * time.Second
	}
	return RTCPrivileges{d[0], d[1], d[2], d[3]}
}

// rtcUser is the user of an RTC builder.
func (c *officialCase) rtcUser() string {
	switch {
	case c.Inputs.RTCAccount != "":
		return c.Inputs.RTCAccount
	case c.Inputs.Account != "":
		return c.Inputs.Account
	}
	return string(c.Inputs.UID)
}

// publishes says what the majority of official builders makes of a role: 006
// takes 0, 1 and 101 for publishers, 007 only 1.
func (c *officialCase) publishes() bool {
	return c.Inputs.Role == 1 || c.Version == "006" && (c.Inputs.Role == 0 || c.Inputs.Role == 101)
}

// number is a numeric uid as a builder with signed integers writes it.
func (c *officialCase) number() int32 {
	n, _ := strconv.ParseUint(string(c.Inputs.UID), 10, 32)
	return int32(uint32(n))
}

// build makes the case with the builder of ours that corresponds to the
// official one.
func (c *officialCase) build(s *Signer) (string, error) {
	in := &c.Inputs
	life := time.Duration(in.Expire) * time.Second
	tokenLife := time.Duration(in.TokenExpire) * time.Second
	switch in.Builder {
	case "rtm006":
		return s.RTM006(in.UserAccount, time.Unix(int64(in.PrivilegeExpires), 0).Sub(s.now()))
	case "rtm007":
		return s.RTM(in.UserID, life)
	case "rtm007_perm":
		return s.RTM2(in.UserID, in.Permissions.resources(), life)
	case "rtc006_uid", "rtc006_account":
		role := RoleSubscriber
		if c.publishes() {
			role = RolePublisher
		}
		return s.RTC006(in.Channel, c.rtcUser(), role, time.Unix(int64(in.PrivilegeExpires), 0).Sub(s.now()))
	case "rtc007_uid", "rtc007_account":
		p := in.PrivilegeExpire
		privileges := lives(p)
		if c.publishes() {
			privileges = lives(p, p, p, p)
		}
		return s.RTCWithPrivileges(in.Channel, c.rtcUser(), privileges, tokenLife)
	case "rtc007_uid_priv", "rtc007_account_priv":
		return s.RTCWithPrivileges(in.Channel, c.rtcUser(), lives(in.Join, in.Audio, in.Video, in.Data), tokenLife)
	case "chat_user":
		return s.ChatUser(in.UserID, life)
	case "chat_app":
		return s.ChatApp(life)
	case "edu_room", "apaas_room":
		return s.APaaSRoom(in.Room, in.User, int16(in.Role), life)
	case "edu_user", "apaas_user":
		return s.APaaSUser(in.User, life)
	case "edu_app", "apaas_app":
		return s.APaaSApp(life)
	case "fpa":
		return s.FPA(MaxLife)
	case "rtc007_rtm2": // two lives in one token: only the raw form makes it
		return c.raw(s)
	}
	panic("unknown builder " + in.Builder)
}

// keepsRules reports whether our builders must take the inputs of the case.
func (c *officialCase) keepsRules() bool {
	in := &c.Inputs
	names := []string{in.UserAccount, in.UserID, in.User}
	switch in.Builder {
	case "rtm006":
		names = names[:1]
		if int64(in.PrivilegeExpires) < in.TS-86400 {
			return false
		}
	case "rtm007", "rtm007_perm":
		names = names[1:2]
	case "edu_room", "apaas_room":
		names = []string{in.Room, in.User}
	case "edu_user", "apaas_user":
		names = names[2:]
	case "chat_user", "chat_app", "edu_app", "apaas_app", "fpa":
		names = nil
	default: // RTC: a channel, and a user where there is one
		names = []string{in.Channel}
		if user := c.rtcUser(); user != "" {
			names = append(names, user)
		}
	}
	for _, name := range names {
		if ValidateUserID(name) != nil {
			return false
		}
	}
	return true
}

// toRaw fills in the fields of the token that the builder of the case makes,
// as token formats and builders are documented.
func (c *officialCase) toRaw(t *testing.T) {
	in := &c.Inputs
	rtcPrivileges := func(p uint32) []vectorPair {
		if c.publishes() {
			return []vectorPair{{1, p}, {2, p}, {3, p}, {4, p}}
		}
		return []vectorPair{{1, p}}
	}
	one := func(id, expire uint32) []vectorPair { return []vectorPair{{id, expire}} }
	rtc := vectorService{Type: ServiceRTC, Channel: in.Channel, UID: vectorUID(c.rtcUser())}
	switch in.Builder {
	case "rtm006":
		in.Channel, in.Privileges = in.UserAccount, one(1000, in.PrivilegeExpires)
	case "rtc006_uid", "rtc006_account":
		in.UID, in.Privileges = vectorUID(c.rtcUser()), rtcPrivileges(in.PrivilegeExpires)
	case "rtm007":
		in.Services = []vectorService{{Type: ServiceRTM, UserID: vectorText(in.UserID), Privileges: one(1, in.Expire)}}
	case "rtm007_perm":
		in.Services = []vectorService{{Type: ServiceRTM2, UserID: vectorText(in.UserID), Permissions: in.Permissions, Privileges: one(1, in.Expire)}}
	case "rtc007_uid", "rtc007_account":
		in.Expire, rtc.Privileges = in.TokenExpire, rtcPrivileges(in.PrivilegeExpire)
		in.Services = []vectorService{rtc}
	case "rtc007_uid_priv", "rtc007_account_priv":
		in.Expire, rtc.Privileges = in.TokenExpire, []vectorPair{{1, in.Join}, {2, in.Audio}, {3, in.Video}, {4, in.Data}}
		in.Services = []vectorService{rtc}
	case "rtc007_rtm2":
		in.Expire, rtc.Privileges = in.RTCExpire, []vectorPair{{1, in.Join}}
		if c.publishes() {
			rtc.Privileges = append(rtc.Privileges, vectorPair{2, in.Audio}, vectorPair{3, in.Video}, vectorPair{4, in.Data})
		}
		in.Services = []vectorService{rtc, {Type: ServiceRTM, UserID: vectorText(in.RTMUser), Privileges: one(1, in.RTMExpire)}}
	case "chat_user":
		in.Services = []vectorService{{Type: ServiceChat, UserID: vectorText(in.UserID), Privileges: one(1, in.Expire)}}
	case "chat_app":
		in.Services = []vectorService{{Type: ServiceChat, Privileges: one(2, in.Expire)}}
	case "edu_room", "apaas_room":
		in.Services = []vectorService{
			{Type: ServiceAPaaS, Room: in.Room, User: in.User, Role: int16(in.Role), Privileges: one(1, in.Expire)},
			{Type: ServiceRTM, UserID: vectorText(in.User), Privileges: one(1, in.Expire)},
			{Type: ServiceChat, UserID: vectorText(educationChatUser(in.User)), Privileges: one(1, in.Expire)},
		}
	case "edu_user", "apaas_user":
		in.Services = []vectorService{{Type: ServiceAPaaS, User: in.User, Role: -1, Privileges: one(2, in.Expire)}}
	case "edu_app", "apaas_app":
		in.Services = []vectorService{{Type: ServiceAPaaS, Role: -1, Privileges: one(3, in.Expire)}}
	case "fpa":
		in.Expire = 86400
		in.Services = []vectorService{{Type: ServiceFPA, Privileges: one(1, 0)}}
	default:
		t.Fatalf("unknown builder %q", in.Builder)
	}
}
