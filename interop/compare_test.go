package interop

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/AgoraIO-Community/go-tokenbuilder/accesstoken"
	"github.com/rtmauth/rtmauth"
)

// sameServices compares without a difference between an empty list and none.
func sameServices(a, b []rtmauth.Service) bool {
	return slices.EqualFunc(a, b, func(a, b rtmauth.Service) bool {
		return a.Type == b.Type && a.Channel == b.Channel && a.User == b.User && a.Role == b.Role &&
			slices.Equal(a.Privileges, b.Privileges) &&
			slices.EqualFunc(a.Resources, b.Resources, func(a, b rtmauth.Resource) bool {
				return a.Type == b.Type && slices.EqualFunc(a.Permissions, b.Permissions, func(a, b rtmauth.Permission) bool {
					return a.Type == b.Type && slices.Equal(a.Names, b.Names)
				})
			})
	})
}

// nodeToken is what agora-token reads in a token.
type nodeToken struct {
	OK, Verified         bool
	AppID                string `json:"app_id"`
	Issued, Expire, Salt uint32
	Services             []nodeService
}

type nodeService struct {
	Type          rtmauth.ServiceType
	Channel, User string
	Role          int32
	Privileges    map[string]uint32
	Resources     []any
}

// differs says where what agora-token reads in a token differs from what ours
// reads, "" for nowhere.
func (n nodeToken) differs(ours *rtmauth.Unverified) string {
	if n.AppID != hexOf(ours.AppID()) || int64(n.Issued) != ours.IssuedAt().Unix() || n.Expire != ours.Expire() || n.Salt != ours.Salt() {
		return fmt.Sprintf("head: ours %s %d %d %d, theirs %+v", ours.AppID(), ours.IssuedAt().Unix(), ours.Expire(), ours.Salt(), n)
	}
	services := ours.Services()
	// It knows types 9 and 10, which are unknown here and so end our list.
	if len(n.Services) < len(services) || (ours.UnknownServices() == 0 && len(n.Services) != len(services)) {
		return fmt.Sprintf("services: ours %d (and %d unknown), theirs %d", len(services), ours.UnknownServices(), len(n.Services))
	}
	for i, s := range services {
		theirs := n.Services[i]
		privileges := make(map[string]uint32)
		for _, p := range s.Privileges {
			privileges[strconv.Itoa(int(p.ID))] = p.Expire
		}
		role := int32(uint16(s.Role)) // it reads the role as unsigned
		if s.Type != theirs.Type || hexOf(s.Channel) != theirs.Channel || hexOf(s.User) != theirs.User || role != theirs.Role ||
			!maps.Equal(privileges, theirs.Privileges) || !sameResources(s.Resources, theirs.Resources) {
			return fmt.Sprintf("service %d: ours %+v, theirs %+v", i, s, theirs)
		}
	}
	return ""
}

// sameResources compares permission lists. agora-token keeps them as objects
// with numeric keys, which JavaScript puts into ascending order, and names as
// text, in which bytes that are not UTF-8 are lost: such names are not compared.
func sameResources(ours []rtmauth.Resource, theirs []any) bool {
	flat := make(map[string]string)
	for _, resource := range ours {
		for _, permission := range resource.Permissions {
			flat[fmt.Sprint(resource.Type, permission.Type)] = text(permission.Names)
		}
	}
	count := 0
	for _, resource := range theirs {
		pair := resource.([]any)
		for _, permission := range pair[1].([]any) {
			list := permission.([]any)
			names := make([]string, 0)
			for _, name := range list[1].([]any) {
				names = append(names, name.(string))
			}
			count++
			if flat[fmt.Sprint(int(pair[0].(float64)), int(list[0].(float64)))] != text(names) {
				return false
			}
		}
	}
	return count == len(flat)
}

// text joins names as JavaScript would show them.
func text(names []string) string {
	out := ""
	for _, name := range names {
		out += fmt.Sprintf("%q ", []rune(name))
	}
	return out
}

// goDiffers is differs for go-tokenbuilder, which keeps one service a type.
func goDiffers(theirs *accesstoken.AccessToken, ours *rtmauth.Unverified) string {
	if theirs.AppId != ours.AppID() || int64(theirs.IssueTs) != ours.IssuedAt().Unix() || theirs.Expire != ours.Expire() || theirs.Salt != ours.Salt() {
		return fmt.Sprintf("head: ours %s %d %d %d, theirs %+v", ours.AppID(), ours.IssuedAt().Unix(), ours.Expire(), ours.Salt(), theirs)
	}
	last := make(map[rtmauth.ServiceType]rtmauth.Service)
	for _, s := range ours.Services() {
		last[s.Type] = s
	}
	if len(last) != len(theirs.Services) {
		return fmt.Sprintf("services: ours %+v, theirs %+v", last, theirs.Services)
	}
	for t, s := range last {
		read := goFields(theirs.Services[uint16(t)])
		slices.SortFunc(s.Privileges, func(a, b rtmauth.Privilege) int { return int(a.ID) - int(b.ID) })
		if !sameServices([]rtmauth.Service{s}, []rtmauth.Service{read}) {
			return fmt.Sprintf("service %v: ours %+v, theirs %+v", t, s, read)
		}
	}
	return ""
}

// goFields turns a service of go-tokenbuilder into one of ours.
func goFields(s accesstoken.IService) rtmauth.Service {
	var out rtmauth.Service
	var base *accesstoken.Service
	switch s := s.(type) {
	case *accesstoken.ServiceRtc:
		out.Channel, out.User, base = s.ChannelName, s.Uid, s.Service
	case *accesstoken.ServiceRtm:
		out.User, base = s.UserId, s.Service
	case *accesstoken.ServiceFpa:
		base = s.Service
	case *accesstoken.ServiceChat:
		out.User, base = s.UserId, s.Service
	case *accesstoken.ServiceEducation:
		out.Channel, out.User, out.Role, base = s.RoomUuid, s.UserUuid, s.Role, s.Service
	default:
		return out
	}
	out.Type = rtmauth.ServiceType(base.Type)
	for _, id := range slices.Sorted(maps.Keys(base.Privileges)) {
		out.Privileges = append(out.Privileges, rtmauth.Privilege{ID: rtmauth.PrivilegeID(id), Expire: base.Privileges[id]})
	}
	return out
}

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

// TestCompare shows that the comparisons can fail.
func TestCompare(t *testing.T) {
	s := newSource(t).sample007([]rtmauth.ServiceType{rtmauth.ServiceAPaaS}, false)
	ours, err := rtmauth.Parse(s.ours007(t))
	if err != nil {
		t.Fatal(err)
	}
	var theirs nodeToken
	n := newNode(t)
	n.call(t, "parse007", map[string]any{"token": s.ours007(t), "certificate": s.Certificate}, &theirs)
	if d := theirs.differs(ours); d != "" {
		t.Fatal(d)
	}
	theirs.Services[0].Role++
	if theirs.differs(ours) == "" {
		t.Error("another role goes unseen")
	}
	s.Salt++
	other, err := rtmauth.Parse(s.ours007(t))
	if err != nil {
		t.Fatal(err)
	}
	if theirs.differs(other) == "" {
		t.Error("another salt goes unseen")
	}
}
