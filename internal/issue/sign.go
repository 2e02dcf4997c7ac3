package issue

import (
	"fmt"
	"math"
	"slices"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// sign makes the token of a grant, and of nothing but the grant.
func sign(signer *rtmauth.Signer, g policy.Grant) (string, error) {
	if len(g.Services) == 1 && g.Services[0].Type == policy.RTM {
		if g.Version == rtmauth.Version006 {
			return signer.RTM006(g.User, g.Life)
		}
		return signer.RTM(g.User, g.Life)
	}
	if g.Version == rtmauth.Version006 {
		if len(g.Services) != 1 || g.Services[0].Type != policy.RTC {
			return "", argument("services", "must be one, rtm or rtc, in a 006 token")
		}
		s := g.Services[0]
		user, err := rtcUser(s.UID)
		if err != nil {
			return "", err
		}
		ends := g.Ends.Unix()
		if ends < 0 || ends > math.MaxUint32 {
			return "", fmt.Errorf("a 006 token cannot hold the time %d", ends)
		}
		return signer.Sign006(s.Channel, user, rtcPrivileges(s.Role, uint32(ends))...)
	}
	services := make([]rtmauth.Service, 0, len(g.Services))
	for _, s := range g.Services {
		out, err := service(g.User, s)
		if err != nil {
			return "", err
		}
		services = append(services, out)
	}
	return signer.Sign(g.Life, services...)
}

// service is one granted service as a 007 token holds it. Privileges end with
// the token (an expiry of 0).
func service(user string, s policy.Service) (rtmauth.Service, error) {
	login := []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin}}
	switch s.Type {
	case policy.RTM:
		return rtmauth.Service{Type: rtmauth.ServiceRTM, User: user, Privileges: login}, nil
	case policy.RTC:
		uid, err := rtcUser(s.UID)
		return rtmauth.Service{Type: rtmauth.ServiceRTC, Channel: s.Channel, User: uid, Privileges: rtcPrivileges(s.Role, 0)}, err
	case policy.RTM2:
		return rtmauth.Service{Type: rtmauth.ServiceRTM2, User: user, Privileges: login, Resources: resources(s.Permissions)}, nil
	case policy.Chat:
		return rtmauth.Service{Type: rtmauth.ServiceChat, User: user, Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeChatUser}}}, nil
	case policy.ChatApp:
		return rtmauth.Service{Type: rtmauth.ServiceChat, Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeChatApp}}}, nil
	case policy.FPA:
		return rtmauth.Service{Type: rtmauth.ServiceFPA, Privileges: login}, nil
	}
	return rtmauth.Service{}, fmt.Errorf("no token is made for service %q", s.Type)
}

func rtcPrivileges(role string, expire uint32) []rtmauth.Privilege {
	out := []rtmauth.Privilege{{ID: rtmauth.PrivilegeJoin, Expire: expire}}
	if role == policy.Publisher {
		out = append(out, rtmauth.Privilege{ID: rtmauth.PrivilegePublishAudio, Expire: expire},
			rtmauth.Privilege{ID: rtmauth.PrivilegePublishVideo, Expire: expire}, rtmauth.Privilege{ID: rtmauth.PrivilegePublishData, Expire: expire})
	}
	return out
}

// resources groups a permission list by resource and access, ascending; names
// keep their order.
func resources(list []policy.Permission) []rtmauth.Resource {
	var out []rtmauth.Resource
	for r, resource := range policy.RTM2Resources() {
		res := rtmauth.Resource{Type: rtmauth.ResourceType(r)}
		for a, access := range policy.RTM2Accesses() {
			var names []string
			for _, p := range list {
				if p.Resource == resource && p.Access == access {
					names = append(names, p.Names...)
				}
			}
			if len(names) > 0 {
				res.Permissions = append(res.Permissions, rtmauth.Permission{Type: rtmauth.PermissionType(a), Names: slices.Clip(names)})
			}
		}
		if len(res.Permissions) > 0 {
			out = append(out, res)
		}
	}
	return out
}
