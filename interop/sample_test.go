package interop

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of the random inputs; 0: another one each run (a failing test prints it)")
	countFlag = flag.Int("count", 2000, "how many random inputs for each peer")
)

// A sample is everything that goes into a token.
type sample struct {
	AppID, Certificate   string
	Issued, Expire, Salt uint32
	Services             []rtmauth.Service // 007, ascending types

	Channel, User string // 006
	Privileges    []rtmauth.Privilege
}

// A source makes random samples.
type source struct{ *rand.Rand }

func newSource(tb testing.TB) source {
	tb.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the inputs are those of -seed %d", seed)
		}
	})
	return source{rand.New(rand.NewPCG(seed, 0))}
}

// allowed are the characters of RTM user IDs, as the typings of agora-rtm-sdk
// list them.
const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !#$%&()+-:;<=.>?@[]^_{}|~,"

// name is a user ID or channel: mostly one that RTM allows, sometimes what only
// the format allows: nothing, UTF-8, or thousands of bytes.
func (r source) name() string {
	var b strings.Builder
	switch r.IntN(10) {
	case 0:
		return ""
	case 1, 2:
		for range 1 + r.IntN(60) {
			b.WriteRune(r.rune())
		}
	case 3:
		for range r.IntN(5000) {
			b.WriteByte(allowed[r.IntN(len(allowed))])
		}
	default:
		return r.userID()
	}
	return b.String()
}

// userID is a name that RTM allows.
func (r source) userID() string {
	b := make([]byte, 1+r.IntN(64))
	for i := range b {
		b[i] = allowed[r.IntN(len(allowed))]
	}
	return string(b)
}

func (r source) rune() rune {
	ranges := [][2]rune{{0, 0x7f}, {0x80, 0x7ff}, {0x800, 0xd7ff}, {0xe000, 0xffff}, {0x10000, 0x10ffff}}
	span := ranges[r.IntN(len(ranges))]
	return span[0] + r.Int32N(span[1]-span[0]+1)
}

func (r source) hex32() string {
	const digits = "0123456789abcdefABCDEF"
	b := make([]byte, 32)
	for i := range b {
		b[i] = digits[r.IntN(len(digits))]
	}
	return string(b)
}

// number is a number of 32 bits, often one at an edge.
func (r source) number() uint32 {
	edges := []uint32{0, 1, 3600, 86400, 86401, 1<<31 - 1, 1 << 31, 1<<32 - 1}
	if r.IntN(3) == 0 {
		return edges[r.IntN(len(edges))]
	}
	return r.Uint32()
}

// privileges are up to n, ascending, and hold the first, which is the one that
// lets a user in, unless r will have it otherwise.
func (r source) privileges(n int) []rtmauth.Privilege {
	var list []rtmauth.Privilege
	for id := 1; id <= n; id++ {
		if r.IntN(4) > 0 {
			list = append(list, rtmauth.Privilege{ID: rtmauth.PrivilegeID(id), Expire: r.number()})
		}
	}
	return list
}

// service is a random service of a type.
func (r source) service(t rtmauth.ServiceType) rtmauth.Service {
	s := rtmauth.Service{Type: t}
	switch t {
	case rtmauth.ServiceRTC:
		s.Channel, s.User, s.Privileges = r.name(), r.name(), r.privileges(4)
	case rtmauth.ServiceStreaming, rtmauth.ServiceFCDN:
		s.Channel, s.User, s.Privileges = r.name(), r.name(), r.privileges(2)
	case rtmauth.ServiceRTM:
		s.User, s.Privileges = r.name(), r.privileges(1)
	case rtmauth.ServiceFPA:
		s.Privileges = r.privileges(1)
	case rtmauth.ServiceChat:
		s.User, s.Privileges = r.name(), r.privileges(2)
	case rtmauth.ServiceAPaaS:
		s.Channel, s.User, s.Privileges = r.name(), r.name(), r.privileges(3)
		s.Role = int16(r.Uint32())
		if r.IntN(2) == 0 {
			s.Role = int16(r.IntN(4)) - 1
		}
	case rtmauth.ServiceRTM2:
		s.User, s.Privileges = r.name(), r.privileges(1)
		for resource := range rtmauth.ResourceUsers + 1 {
			if r.IntN(2) == 0 {
				continue
			}
			list := rtmauth.Resource{Type: resource}
			for permission := range rtmauth.PermissionWrite + 1 {
				names := make([]string, r.IntN(4))
				for i := range names {
					names[i] = r.userID()
				}
				list.Permissions = append(list.Permissions, rtmauth.Permission{Type: permission, Names: names})
			}
			s.Resources = append(s.Resources, list)
		}
	default:
		panic(fmt.Sprintf("no service of type %d", t))
	}
	return s
}

// sample007 has one to four services of the given types, ascending.
func (r source) sample007(types []rtmauth.ServiceType, twice bool) sample {
	s := sample{
		AppID: r.hex32(), Certificate: r.hex32(),
		Issued: r.number(), Expire: r.number(), Salt: r.number(),
	}
	for len(s.Services) == 0 {
		for _, t := range types {
			for r.IntN(3) == 0 {
				s.Services = append(s.Services, r.service(t))
				if !twice || len(s.Services) > 3 {
					break
				}
			}
		}
	}
	return s
}

func (r source) sample006() sample {
	s := sample{
		AppID: r.hex32(), Certificate: r.hex32(), Salt: r.number(),
		Issued:  r.Uint32N(1<<32 - 86400),
		Channel: r.name(), User: r.name(),
	}
	for _, id := range []rtmauth.PrivilegeID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 101, 1000} {
		if r.IntN(3) == 0 {
			s.Privileges = append(s.Privileges, rtmauth.Privilege{ID: id, Expire: r.number()})
		}
	}
	return s
}
