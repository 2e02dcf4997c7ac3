package rtmauth

import (
	"crypto/md5" //nolint:gosec // for a name that the format prescribes
	"encoding/hex"
	"time"
)

// Role is what an RTC user may do in a channel.
type Role int

// The roles, as Agora's RTC builders number them. Numbers that are no role of
// ours are refused: some official builders take them for publishers, some for
// subscribers.
const (
	RolePublisher  Role = 1 // may join and publish audio, video and data
	RoleSubscriber Role = 2 // may join
)

// RTCPrivileges are the lives of RTC privileges, from now. A privilege whose
// life is zero is not granted. A privilege never outlives its token.
type RTCPrivileges struct {
	Join, PublishAudio, PublishVideo, PublishData time.Duration
}

// RTM makes a 007 token with which userID can log in to RTM.
func (s *Signer) RTM(userID string, life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	if err := ValidateUserID(userID); err != nil {
		return "", err
	}
	return s.token007(expire, rtm(userID, []Privilege{{PrivilegeLogin, expire}}))
}

// RTM006 makes a 006 token with which userID can log in to RTM. Whatever life
// is asked for, the token ends 24 hours from now: Agora documents that the
// login privilege's time, which is all that life fills, has no effect.
func (s *Signer) RTM006(userID string, life time.Duration) (string, error) {
	if err := ValidateUserID(userID); err != nil {
		return "", err
	}
	now := s.now()
	end, err := s.end(now, "life", life)
	if err != nil {
		return "", err
	}
	return s.token006(now, userID, "", Privilege{PrivilegeLogin006, end})
}

// RTC makes a 007 token with which user can join an RTC channel. user is an
// account, or [UID] of a numeric user ID; "" stands for any user.
func (s *Signer) RTC(channel, user string, role Role, life time.Duration) (string, error) {
	privileges, err := role.privileges(life)
	if err != nil {
		return "", err
	}
	return s.RTCWithPrivileges(channel, user, privileges, life)
}

// RTCWithPrivileges is like [Signer.RTC] with a life for each privilege.
func (s *Signer) RTCWithPrivileges(channel, user string, privileges RTCPrivileges, life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	var room [4]Privilege
	rtc, err := s.rtc(channel, user, privileges, room[:0])
	if err != nil {
		return "", err
	}
	return s.token007(expire, rtc)
}

// RTCAndRTM makes one 007 token with which user can join an RTC channel, as in
// [Signer.RTC], and rtmUser can log in to RTM. Often both are the same person:
// the numeric RTC user 7 is UID(7) there and "7" here.
func (s *Signer) RTCAndRTM(channel, user string, role Role, rtmUser string, life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	privileges, err := role.privileges(life)
	if err != nil {
		return "", err
	}
	var room [4]Privilege
	rtc, err := s.rtc(channel, user, privileges, room[:0])
	if err != nil {
		return "", err
	}
	if err := ValidateUserID(rtmUser); err != nil {
		return "", err
	}
	return s.token007(expire, rtc, rtm(rtmUser, []Privilege{{PrivilegeLogin, expire}}))
}

// RTC006 makes a 006 token with which user, as in [Signer.RTC], can join an
// RTC channel. Its privileges end with life; the token itself, which Agora
// fixes at 24 hours, grants nothing after them.
func (s *Signer) RTC006(channel, user string, role Role, life time.Duration) (string, error) {
	if _, err := s.seconds("life", life); err != nil {
		return "", err
	}
	privileges, err := role.privileges(life)
	if err != nil {
		return "", err
	}
	return s.RTC006WithPrivileges(channel, user, privileges)
}

// RTC006WithPrivileges is like [Signer.RTC006] with a life for each privilege.
func (s *Signer) RTC006WithPrivileges(channel, user string, privileges RTCPrivileges) (string, error) {
	var room [4]Privilege
	rtc, err := s.rtc(channel, user, privileges, room[:0])
	if err != nil {
		return "", err
	}
	now := s.now()
	for i := range rtc.Privileges {
		p := &rtc.Privileges[i]
		if p.Expire, err = unix32(now.Add(time.Duration(p.Expire) * time.Second)); err != nil {
			return "", err
		}
	}
	return s.token006(now, channel, user, rtc.Privileges...)
}

// RTM2 makes a 007 token with which userID can log in to RTM with the
// permissions that resources list. Agora has to enable such tokens for a
// project.
func (s *Signer) RTM2(userID string, resources []Resource, life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	if err := ValidateUserID(userID); err != nil {
		return "", err
	}
	service, err := writable(Service{
		Type: ServiceRTM2, User: userID, Resources: resources,
		Privileges: []Privilege{{PrivilegeLogin, expire}},
	})
	if err != nil {
		return "", err
	}
	return s.token007(expire, service)
}

// ChatUser makes a 007 token for a user of Chat. Of the user ID is only
// checked that there is one: Chat has rules of its own.
func (s *Signer) ChatUser(userID string, life time.Duration) (string, error) {
	if userID == "" {
		return "", &ArgumentError{"user ID", "must not be empty"}
	}
	return s.one(life, Service{Type: ServiceChat, User: userID}, PrivilegeChatUser)
}

// ChatApp makes a 007 token for the server of an app of Chat: it may do
// everything in the project's Chat.
func (s *Signer) ChatApp(life time.Duration) (string, error) {
	return s.one(life, Service{Type: ServiceChat}, PrivilegeChatApp)
}

// APaaSRoom makes a 007 token with which user enters a room of Education
// (Flexible Classroom, APaaS) in a role, with what belongs to it: RTM login,
// and Chat for the user that Education names by the MD5 of user.
func (s *Signer) APaaSRoom(room, user string, role int16, life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	if err := ValidateChannel(room); err != nil {
		return "", err
	}
	if err := ValidateUserID(user); err != nil {
		return "", err
	}
	return s.token007(expire,
		rtm(user, []Privilege{{PrivilegeLogin, expire}}),
		Service{Type: ServiceChat, User: educationChatUser(user), Privileges: []Privilege{{PrivilegeChatUser, expire}}},
		Service{Type: ServiceAPaaS, Channel: room, User: user, Role: role, Privileges: []Privilege{{PrivilegeAPaaSRoomUser, expire}}},
	)
}

// educationChatUser is a name, not a protection: MD5 is what the format says.
func educationChatUser(user string) string {
	sum := md5.Sum([]byte(user)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// APaaSUser makes a 007 token for a user of Education (APaaS) outside rooms.
func (s *Signer) APaaSUser(user string, life time.Duration) (string, error) {
	if err := ValidateUserID(user); err != nil {
		return "", err
	}
	return s.one(life, Service{Type: ServiceAPaaS, User: user, Role: noRole}, PrivilegeAPaaSUser)
}

// APaaSApp makes a 007 token for the server of an app of Education (APaaS): it
// may do everything in the project's Education.
func (s *Signer) APaaSApp(life time.Duration) (string, error) {
	return s.one(life, Service{Type: ServiceAPaaS, Role: noRole}, PrivilegeAPaaSApp)
}

// noRole is the role of APaaS services without one.
const noRole = -1

// FPA makes a 007 token for FPA. As in Agora's builder, whose tokens live 24
// hours, the login privilege has no end of its own.
func (s *Signer) FPA(life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	return s.token007(expire, Service{Type: ServiceFPA, Privileges: []Privilege{{PrivilegeLogin, 0}}})
}

// one makes a token of a service with one privilege that lives as long.
func (s *Signer) one(life time.Duration, service Service, id PrivilegeID) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	service.Privileges = []Privilege{{id, expire}}
	if service, err = writable(service); err != nil {
		return "", err
	}
	return s.token007(expire, service)
}

func rtm(userID string, privileges []Privilege) Service {
	return Service{Type: ServiceRTM, User: userID, Privileges: privileges}
}

// rtc checks an RTC user and makes the service, with privileges in seconds, for
// which there is room for four in room.
func (s *Signer) rtc(channel, user string, privileges RTCPrivileges, room []Privilege) (Service, error) {
	if err := ValidateChannel(channel); err != nil {
		return Service{}, err
	}
	if user != "" {
		if err := ValidateUserID(user); err != nil {
			return Service{}, err
		}
	}
	rtc := Service{Type: ServiceRTC, Channel: channel, User: user, Privileges: room}
	for _, p := range [...]struct {
		id   PrivilegeID
		name string
		life time.Duration
	}{
		{PrivilegeJoin, "join privilege's life", privileges.Join},
		{PrivilegePublishAudio, "publish audio privilege's life", privileges.PublishAudio},
		{PrivilegePublishVideo, "publish video privilege's life", privileges.PublishVideo},
		{PrivilegePublishData, "publish data privilege's life", privileges.PublishData},
	} {
		if p.life == 0 {
			continue
		}
		expire, err := s.seconds(p.name, p.life)
		if err != nil {
			return Service{}, err
		}
		rtc.Privileges = append(rtc.Privileges, Privilege{p.id, expire})
	}
	if len(rtc.Privileges) == 0 {
		return Service{}, &ArgumentError{"privileges", "must grant at least one"}
	}
	return rtc, nil
}

// privileges are those of a role.
func (r Role) privileges(life time.Duration) (RTCPrivileges, error) {
	switch r {
	case RolePublisher:
		return RTCPrivileges{life, life, life, life}, nil
	case RoleSubscriber:
		return RTCPrivileges{Join: life}, nil
	}
	return RTCPrivileges{}, &ArgumentError{"role", "must be publisher or subscriber"}
}

// end is a life as 006 privileges hold it: the Unix time of its end.
func (s *Signer) end(now time.Time, argument string, life time.Duration) (uint32, error) {
	seconds, err := s.seconds(argument, life)
	if err != nil {
		return 0, err
	}
	return unix32(now.Add(time.Duration(seconds) * time.Second))
}
