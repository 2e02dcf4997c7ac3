package rtmauth

import (
	"cmp"
	"math"
	"slices"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// This file is the layout of what the signatures cover: the body of 007 and
// the message of 006, field by field.

// A body is what the signature of a 007 token covers.
type body struct {
	appID    string
	issued   uint32 // Unix seconds
	expire   uint32 // seconds from issued
	salt     uint32
	services []Service

	// From the first service of an unknown type on, the rest cannot be divided
	// into services: it is kept as it is, with how many services it was said
	// to hold.
	unknown      string
	unknownCount int
}

func (b *body) append(dst []byte) []byte {
	dst = wire.AppendString(dst, b.appID)
	dst = wire.AppendU32(dst, b.issued)
	dst = wire.AppendU32(dst, b.expire)
	dst = wire.AppendU32(dst, b.salt)
	dst = wire.AppendLen(dst, len(b.services)+b.unknownCount)
	for i := range b.services {
		dst = appendService(dst, &b.services[i])
	}
	return append(dst, b.unknown...)
}

func (b *body) read(r *wire.Reader) {
	b.appID = r.String("App ID")
	if r.Err() == nil && !isHex32(b.appID) {
		r.Fail("App ID", "is not 32 hexadecimal characters")
	}
	b.issued = r.U32("issue time")
	b.expire = r.U32("expire")
	b.salt = r.U32("salt")
	for left := int(r.U16("services")); left > 0; left-- {
		rest := *r
		t := ServiceType(r.U16("services"))
		if r.Err() != nil {
			return
		}
		if t.trait() == nil {
			b.unknown, b.unknownCount = rest.Rest(), left
			return
		}
		b.services = append(b.services, readService(r, t))
	}
	r.End("services")
}

func appendService(dst []byte, s *Service) []byte {
	has := s.Type.trait()
	dst = wire.AppendU16(dst, uint16(s.Type))
	dst = appendPrivileges(dst, s.Privileges)
	if has.channel {
		dst = wire.AppendString(dst, s.Channel)
	}
	if has.user {
		dst = wire.AppendString(dst, s.User)
	}
	if has.role {
		dst = wire.AppendU16(dst, uint16(s.Role)) //nolint:gosec // the same 16 bits
	}
	if has.resources {
		dst = wire.AppendLen(dst, len(s.Resources))
		for _, resource := range s.Resources {
			dst = wire.AppendU16(dst, uint16(resource.Type))
			dst = wire.AppendLen(dst, len(resource.Permissions))
			for _, permission := range resource.Permissions {
				dst = wire.AppendU16(dst, uint16(permission.Type))
				dst = wire.AppendLen(dst, len(permission.Names))
				for _, name := range permission.Names {
					dst = wire.AppendString(dst, name)
				}
			}
		}
	}
	return dst
}

// readService reads a service of a known type, after the type.
func readService(r *wire.Reader, t ServiceType) Service {
	has := t.trait()
	s := Service{Type: t, Privileges: readPrivileges(r)}
	if has.channel {
		s.Channel = r.String("channel")
	}
	if has.user {
		s.User = r.String("user")
	}
	if has.role {
		s.Role = int16(r.U16("role")) //nolint:gosec // the same 16 bits
	}
	if has.resources {
		s.Resources = readResources(r)
	}
	return s
}

func readResources(r *wire.Reader) []Resource {
	resources := make([]Resource, r.Count(4, "resources"))
	for i := range resources {
		resources[i] = Resource{ResourceType(r.U16("resources")), readPermissions(r)}
	}
	if holdsTwice(resources, resourceType) {
		r.Fail("resources", "hold a type twice")
	}
	return resources
}

func readPermissions(r *wire.Reader) []Permission {
	permissions := make([]Permission, r.Count(4, "permissions"))
	for i := range permissions {
		p := &permissions[i]
		p.Type = PermissionType(r.U16("permissions"))
		p.Names = make([]string, r.Count(2, "permissions"))
		for j := range p.Names {
			p.Names[j] = r.String("permissions")
		}
	}
	if holdsTwice(permissions, permissionType) {
		r.Fail("permissions", "hold a type twice")
	}
	return permissions
}

// privilegeLen is the length of one privilege in a token.
const privilegeLen = 6

func appendPrivileges(dst []byte, privileges []Privilege) []byte {
	dst = wire.AppendLen(dst, len(privileges))
	for _, p := range privileges {
		dst = wire.AppendU16(dst, uint16(p.ID))
		dst = wire.AppendU32(dst, p.Expire)
	}
	return dst
}

func readPrivileges(r *wire.Reader) []Privilege {
	n := r.Count(privilegeLen, "privileges")
	if n == 0 {
		return nil
	}
	privileges := make([]Privilege, n)
	for i := range privileges {
		privileges[i] = Privilege{PrivilegeID(r.U16("privileges")), r.U32("privileges")}
	}
	if holdsTwice(privileges, privilegeID) {
		r.Fail("privileges", "hold one twice")
	}
	return privileges
}

// A message is the m of a 006 token: with App ID, channel and user before it,
// what the signature covers.
type message struct {
	salt       uint32
	ts         uint32 // Unix seconds of the token's end
	privileges []Privilege
}

func (m *message) append(dst []byte) []byte {
	dst = wire.AppendU32(dst, m.salt)
	dst = wire.AppendU32(dst, m.ts)
	return appendPrivileges(dst, m.privileges)
}

func (m *message) read(r *wire.Reader) {
	m.salt = r.U32("salt")
	m.ts = r.U32("ts")
	m.privileges = readPrivileges(r)
	r.End("message")
}

// holdsTwice reports whether two elements have the same key.
func holdsTwice[E any, K cmp.Ordered](elements []E, key func(E) K) bool {
	if len(elements) < 16 {
		for i := range elements {
			for j := range i {
				if key(elements[i]) == key(elements[j]) {
					return true
				}
			}
		}
		return false
	}
	keys := make([]K, len(elements))
	for i := range elements {
		keys[i] = key(elements[i])
	}
	slices.Sort(keys)
	for i := range keys[1:] {
		if keys[i] == keys[i+1] {
			return true
		}
	}
	return false
}

// ordered returns elements in ascending order of their keys, those of one key
// in the order given, as official builders write them. The argument is not
// changed.
func ordered[E any, K cmp.Ordered](elements []E, key func(E) K) []E {
	compare := func(a, b E) int { return cmp.Compare(key(a), key(b)) }
	if slices.IsSortedFunc(elements, compare) {
		return elements
	}
	elements = slices.Clone(elements)
	slices.SortStableFunc(elements, compare)
	return elements
}

// writable checks that a service can be written so that it reads back the
// same, and returns it in the order of official builders.
func writable(s Service) (Service, error) {
	has := s.Type.trait()
	fail := func(rule string) (Service, error) {
		return Service{}, &ArgumentError{"service " + s.Type.String(), rule}
	}
	switch {
	case has == nil:
		return fail("must be one of the known types 1 to 8")
	case !has.channel && s.Channel != "", !has.user && s.User != "", !has.role && s.Role != 0, !has.resources && len(s.Resources) > 0:
		return fail("must not have fields that its type does not have")
	case len(s.Channel) > math.MaxUint16 || len(s.User) > math.MaxUint16:
		return fail("must have strings of at most 65,535 bytes")
	case len(s.Privileges) > math.MaxUint16 || holdsTwice(s.Privileges, privilegeID):
		return fail("must not hold a privilege twice")
	}
	s.Privileges = ordered(s.Privileges, privilegeID)
	if len(s.Resources) > 0 {
		if rule := checkResources(s.Resources); rule != "" {
			return fail(rule)
		}
		s.Resources = slices.Clone(s.Resources)
		for i, resource := range s.Resources {
			s.Resources[i].Permissions = ordered(resource.Permissions, permissionType)
		}
		s.Resources = ordered(s.Resources, resourceType)
	}
	return s, nil
}

// checkResources returns the rule that permission lists break, or "".
func checkResources(resources []Resource) string {
	if holdsTwice(resources, resourceType) {
		return "must not hold a resource type twice"
	}
	for _, resource := range resources {
		if holdsTwice(resource.Permissions, permissionType) {
			return "must not hold a permission type twice"
		}
		for _, permission := range resource.Permissions {
			if len(permission.Names) > math.MaxUint16 {
				return "must have lists of at most 65,535 names"
			}
			for _, name := range permission.Names {
				if len(name) > math.MaxUint16 {
					return "must have strings of at most 65,535 bytes"
				}
			}
		}
	}
	return ""
}

func serviceType(s Service) ServiceType          { return s.Type }
func privilegeID(p Privilege) PrivilegeID        { return p.ID }
func resourceType(r Resource) ResourceType       { return r.Type }
func permissionType(p Permission) PermissionType { return p.Type }

// own returns a copy of services that shares no slice with it.
func own(services []Service) []Service {
	services = slices.Clone(services)
	for i := range services {
		s := &services[i]
		s.Privileges = slices.Clone(s.Privileges)
		s.Resources = slices.Clone(s.Resources)
		for j := range s.Resources {
			s.Resources[j].Permissions = slices.Clone(s.Resources[j].Permissions)
			for k := range s.Resources[j].Permissions {
				p := &s.Resources[j].Permissions[k]
				p.Names = slices.Clone(p.Names)
			}
		}
	}
	return services
}
