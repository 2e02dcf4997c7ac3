package rtmauth

import (
	"slices"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// content is what a token holds. Its strings are parts of one string, the
// decoded token.
type content struct {
	version Version
	body    // of 007; of 006 only the App ID and the salt
	message // of 006

	channelCRC, userCRC uint32 // of 006
}

// A proof is a token's signature and what it covers: the body of 007, the
// message of 006. It is not kept in a content, so that printing what came of a
// token does not print the token.
type proof struct{ signature, covers string }

// An Unverified is a token that could be read. Nothing in it is known to be
// true: anyone can write a token. [Verifier.Verify] makes a [Verified] of a
// token.
type Unverified struct{ content }

// Parse reads a 006 or 007 token without verifying it. It accepts what
// official builders write and nothing else: canonical base64 with padding, any
// zlib stream that is whole and holds at most 64 KiB, no duplicates in maps,
// nothing after the last field. It cannot tell whether the signature is right,
// whether the token has expired or for whom it is. The error is a *ParseError.
func Parse(token string) (*Unverified, error) {
	u := new(Unverified)
	if _, err := u.parse(token); err != nil {
		return nil, err
	}
	return u, nil
}

// parse fills c, or leaves it in no useful state and returns a *ParseError.
func (c *content) parse(token string) (proof, *ParseError) {
	if len(token) < wire.VersionLen {
		return proof{}, &ParseError{"token", len(token), "ends before its version"}
	}
	var (
		p    proof
		err  error
		rest = token[wire.VersionLen:]
	)
	switch c.version = Version(token[:wire.VersionLen]); c.version {
	case Version006:
		p, err = c.parse006(rest)
	case Version007:
		p, err = c.parse007(rest)
	default:
		if strings.Trim(string(c.version), "0123456789") != "" {
			return proof{}, &ParseError{"token", 0, "does not begin with a version"}
		}
		return proof{}, &ParseError{"version", 0, "is neither 006 nor 007"}
	}
	if err != nil {
		return proof{}, parseError(err)
	}
	return p, nil
}

func (c *content) parse007(text string) (proof, error) {
	decoded, err := wire.Content007(text)
	if err != nil {
		return proof{}, err
	}
	r := wire.NewReader(decoded)
	p := proof{signature: readSignature(&r)}
	p.covers = decoded[r.Offset():]
	c.body.read(&r)
	return p, r.Err()
}

func (c *content) parse006(text string) (proof, error) {
	if len(text) < wire.AppIDLen {
		return proof{}, &wire.Error{Field: "App ID", Offset: len(text), Problem: "ends early"}
	}
	c.appID = text[:wire.AppIDLen]
	if !isHex32(c.appID) {
		return proof{}, &wire.Error{Field: "App ID", Problem: "is not 32 hexadecimal characters"}
	}
	decoded, err := wire.Content006(text[wire.AppIDLen:])
	if err != nil {
		return proof{}, err
	}
	r := wire.NewReader(decoded)
	p := proof{signature: readSignature(&r)}
	c.channelCRC = r.U32("channel CRC")
	c.userCRC = r.U32("user CRC")
	p.covers = r.String("message")
	r.End("message")
	if r.Err() != nil {
		return proof{}, r.Err()
	}
	m := wire.NewReader(p.covers)
	c.message.read(&m)
	c.body.salt = c.message.salt
	return p, m.Err()
}

func readSignature(r *wire.Reader) string {
	signature := r.String("signature")
	if r.Err() == nil && len(signature) != wire.SignatureLen {
		r.Fail("signature", "is not 32 bytes")
	}
	return signature
}

// privileges006 are the privileges of a 006 token, which has no list of
// services, that belong to a service: 1000 to RTM, every other to RTC.
func privileges006(all []Privilege, service ServiceType) []Privilege {
	login := slices.IndexFunc(all, func(p Privilege) bool { return p.ID == PrivilegeLogin006 })
	switch {
	case service == ServiceRTM && login >= 0:
		return all[login : login+1]
	case service == ServiceRTC && login < 0:
		return all
	case service == ServiceRTC:
		return slices.Concat(all[:login], all[login+1:])
	}
	return nil
}

// Version is the format of the token.
func (c *content) Version() Version { return c.version }

// AppID is the App ID that the token says it is for.
func (c *content) AppID() string { return c.appID }

// Salt is the token's salt.
func (c *content) Salt() uint32 { return c.body.salt }

// IssuedAt is the issue time. A 006 token does not hold it: official builders
// set the end 24 hours after it, and so it is taken to be.
func (c *content) IssuedAt() time.Time {
	if c.version == Version006 {
		return time.Unix(int64(c.ts), 0).Add(-MaxLife)
	}
	return time.Unix(int64(c.issued), 0)
}

// ExpiresAt is the end of the token: the first moment at which it is no longer
// valid. For 006 it is the token's ts. For 007 it is the issue time and
// Expire, and at most [MaxLife], to which Agora documents to cut longer ones
// (for RTM; taken to hold for every service). Privileges can end earlier, and
// in a 006 token for RTM they do not.
func (c *content) ExpiresAt() time.Time {
	if c.version == Version006 {
		return time.Unix(int64(c.ts), 0)
	}
	return c.endOf(c.expire)
}

// endOf is a number of seconds from the issue time of a 007 token, cut to
// MaxLife.
func (c *content) endOf(seconds uint32) time.Time {
	return c.IssuedAt().Add(min(time.Duration(seconds)*time.Second, MaxLife))
}

// Expire is the number behind ExpiresAt as the token holds it: seconds from the
// issue time in 007, Unix seconds in 006.
func (c *content) Expire() uint32 {
	if c.version == Version006 {
		return c.ts
	}
	return c.expire
}

// Services are the services in the order in which the token holds them,
// without those from the first one of an unknown type on. A 006 token has
// privileges only: 1000 is shown as RTM, the others as RTC, without the user
// and the channel, of which it holds only checksums. The result is the
// caller's.
func (c *content) Services() []Service {
	services := c.services
	if c.version == Version006 {
		for _, t := range []ServiceType{ServiceRTC, ServiceRTM} {
			if p := privileges006(c.privileges, t); len(p) > 0 {
				services = append(services, Service{Type: t, Privileges: p})
			}
		}
	}
	return own(services)
}

// UnknownServices is how many services from the first one of an unknown type
// on the token says it holds. They are signed and cannot be read.
func (c *content) UnknownServices() int { return c.unknownCount }

// FitsCRC reports whether channel and user have the CRC-32 sums that a 006
// token holds, false for 007. For RTM, channel is the user ID and user is "".
// It is a hint for finding mistakes: the sums are not signed, and many names
// share one.
func (u *Unverified) FitsCRC(channel, user string) bool {
	return u.version == Version006 && u.channelCRC == wire.CRC(channel) && u.userCRC == wire.CRC(user)
}
