package rtmauth

import "strconv"

// Version is a token format, as the first three characters of a token name it.
type Version string

// The two formats that Agora's services read.
const (
	Version006 Version = "006" // AccessToken
	Version007 Version = "007" // AccessToken2, the one Agora recommends
)

// ServiceType is a service that a 007 token can hold, by its number in the
// format.
type ServiceType uint16

// The services, as Agora's builders number them.
const (
	ServiceRTC       ServiceType = 1
	ServiceRTM       ServiceType = 2
	ServiceStreaming ServiceType = 3
	ServiceFPA       ServiceType = 4
	ServiceChat      ServiceType = 5
	ServiceFCDN      ServiceType = 6
	ServiceAPaaS     ServiceType = 7 // Education, Flexible Classroom
	ServiceRTM2      ServiceType = 8 // RTM with lists of permissions
)

// PrivilegeID is a privilege by its number, which means something only within
// its service.
type PrivilegeID uint16

// The privileges, as Agora's builders number them.
const (
	PrivilegeJoin         PrivilegeID = 1 // RTC
	PrivilegePublishAudio PrivilegeID = 2 // RTC
	PrivilegePublishVideo PrivilegeID = 3 // RTC
	PrivilegePublishData  PrivilegeID = 4 // RTC

	PrivilegeLogin    PrivilegeID = 1    // RTM, RTM2 and FPA
	PrivilegeLogin006 PrivilegeID = 1000 // RTM in a 006 token

	PrivilegePublishMixStream PrivilegeID = 1 // Streaming
	PrivilegePublishRawStream PrivilegeID = 2 // Streaming

	PrivilegeChatUser PrivilegeID = 1 // Chat
	PrivilegeChatApp  PrivilegeID = 2 // Chat

	PrivilegeFCDNPublish PrivilegeID = 1 // FCDN
	PrivilegeFCDNPlay    PrivilegeID = 2 // FCDN

	PrivilegeAPaaSRoomUser PrivilegeID = 1 // APaaS
	PrivilegeAPaaSUser     PrivilegeID = 2 // APaaS
	PrivilegeAPaaSApp      PrivilegeID = 3 // APaaS
)

// A Privilege is a right within a service and when it ends. In a 007 token
// Expire counts seconds from the issue time, and 0 means that the privilege
// ends with the token; in a 006 token it is an absolute Unix time in seconds.
type Privilege struct {
	ID     PrivilegeID
	Expire uint32
}

// A Service is one service of a token. Fields that its type does not have must
// be zero.
type Service struct {
	Type ServiceType

	// Channel is the channel of RTC, Streaming and FCDN, the room of APaaS.
	Channel string

	// User is the user ID or account. "" stands for any user in RTC, Streaming
	// and FCDN (see [UID]), for the app in Chat, for no user in APaaS. FPA has
	// none.
	User string

	// Role is the role of APaaS, -1 where there is none.
	Role int16

	// Privileges keep the order in which a token holds them.
	Privileges []Privilege

	// Resources are the permission lists of RTM2.
	Resources []Resource
}

// A ResourceType is a kind of thing that RTM2 permissions are about.
type ResourceType uint16

// The resource types of RTM2.
const (
	ResourceMessageChannels ResourceType = 0
	ResourceStreamChannels  ResourceType = 1
	ResourceGroupChannels   ResourceType = 2
	ResourceServerGroups    ResourceType = 3
	ResourceUsers           ResourceType = 4
)

// A PermissionType is what an RTM2 permission allows.
type PermissionType uint16

// The permissions of RTM2.
const (
	PermissionRead  PermissionType = 0
	PermissionWrite PermissionType = 1
)

// A Resource is a kind of thing and what an RTM2 token permits with it.
type Resource struct {
	Type        ResourceType
	Permissions []Permission
}

// A Permission names the things for which an RTM2 token permits something.
type Permission struct {
	Type  PermissionType
	Names []string
}

// UID is the text that tokens hold for a numeric RTC user ID: decimal, and ""
// for 0, which stands for any user.
func UID(uid uint32) string {
	if uid == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// A trait is what the formats say of a service type.
type trait struct {
	name       string
	channel    bool // has Channel
	user       bool // has User
	anyUser    bool // User "" fits every user
	role       bool // has Role
	resources  bool // has Resources
	privileges []string
}

// traits are indexed by service type. Type 0 does not exist.
var traits = [...]trait{
	ServiceRTC:       {name: "rtc", channel: true, user: true, anyUser: true, privileges: []string{"join", "publish_audio", "publish_video", "publish_data"}},
	ServiceRTM:       {name: "rtm", user: true, privileges: []string{"login"}},
	ServiceStreaming: {name: "streaming", channel: true, user: true, anyUser: true, privileges: []string{"publish_mix_stream", "publish_raw_stream"}},
	ServiceFPA:       {name: "fpa", privileges: []string{"login"}},
	ServiceChat:      {name: "chat", user: true, privileges: []string{"user", "app"}},
	ServiceFCDN:      {name: "fcdn", channel: true, user: true, anyUser: true, privileges: []string{"publish", "play"}},
	ServiceAPaaS:     {name: "apaas", channel: true, user: true, role: true, privileges: []string{"room_user", "user", "app"}},
	ServiceRTM2:      {name: "rtm2", user: true, resources: true, privileges: []string{"login"}},
}

// trait is what is known of t, nil for a type that is not known.
func (t ServiceType) trait() *trait {
	if t == 0 || int(t) >= len(traits) {
		return nil
	}
	return &traits[t]
}

// String is the name of the service, as commands and APIs of rtmauth spell it:
// "rtc", "rtm", "streaming", "fpa", "chat", "fcdn", "apaas" or "rtm2", and the
// number of a type that is not known.
func (t ServiceType) String() string {
	if known := t.trait(); known != nil {
		return known.name
	}
	return strconv.Itoa(int(t))
}

// PrivilegeName is the name of a privilege of the service, such as "login" or
// "publish_audio", and the number of one that is not known.
func (t ServiceType) PrivilegeName(id PrivilegeID) string {
	if t == ServiceRTM && id == PrivilegeLogin006 {
		id = PrivilegeLogin
	}
	if known := t.trait(); known != nil && id >= 1 && int(id) <= len(known.privileges) {
		return known.privileges[id-1]
	}
	return strconv.Itoa(int(id))
}
