package diagnose

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/rtmauth/rtmauth"
)

// rtmUser tells whether the user IDs of the service follow the rules of RTM.
func (f *finder) rtmUser() bool {
	return f.Service == 0 || f.Service == rtmauth.ServiceRTM || f.Service == rtmauth.ServiceRTM2
}

// userRules checks the user ID that the client logs in with.
func (f *finder) userRules() {
	if f.User == nil || !f.rtmUser() || placeholder(*f.User) != "" {
		return
	}
	f.userRule(*f.User, "login")
}

// userRule records which rule a user ID breaks; where says whose it is: "login"
// or "token".
func (f *finder) userRule(user, where string) {
	var broken *rtmauth.ArgumentError
	if !errors.As(rtmauth.ValidateUserID(user), &broken) {
		return
	}
	a := args{"user": quote(user), "where": where, "length": len(user), "allowed": "! # $ % & ( ) + - : ; < = . > ? @ [ ] ^ _ { } | ~ ,"}
	switch {
	case user == "":
		f.add(UserEmpty, a, where)
	case user == "null":
		f.add(UserInvalid, a, where, "null")
	case len(user) > 64:
		f.add(UserInvalid, a, where, "length")
	default:
		a["character"] = quote(badCharacter(user))
		f.add(UserInvalid, a, where, "character")
	}
}

// badCharacter is the first one that a user ID must not have.
func badCharacter(user string) string {
	for _, c := range user {
		if c >= utf8.RuneSelf || rtmauth.ValidateUserID(string(c)) != nil {
			return string(c)
		}
	}
	return ""
}

// slots compares whom and what the token is for with the attempt.
func (f *finder) slots() {
	r := f.token
	if r.version == v006 && !r.has(fieldCRCs) || r.version == v007 && f.grant == nil {
		return
	}
	switch f.Service {
	case rtmauth.ServiceFPA:
		return
	case rtmauth.ServiceRTC, rtmauth.ServiceStreaming, rtmauth.ServiceFCDN:
		f.mediaUser()
		f.compareChannel()
	case rtmauth.ServiceAPaaS:
		f.compareUser()
		f.compareChannel()
	default:
		f.compareUser()
	}
}

// compareUser compares the user where every user needs a token of its own.
func (f *finder) compareUser() {
	r := f.token
	if f.user.known && f.rtmUser() {
		if f.user.text == "" {
			f.add(UserEmpty, nil, "token")
		} else if f.User == nil {
			f.userRule(f.user.text, "token")
		}
	}
	if f.User == nil || f.Service == rtmauth.ServiceChat && f.user.known && f.user.text == "" && *f.User == "" {
		return
	}
	a := args{"user": quote(*f.User)}
	switch {
	case f.user.known && f.user.text == *f.User:
		if r.version == v006 && f.grant != nil && r.crcUID != 0 {
			f.add(UserMismatch, a, "uid_not_empty")
		}
	case f.user.known:
		a["token"] = quote(f.user.text)
		f.add(UserMismatch, a, f.shown(), hint(f.user.text, *f.User))
	case f.uidSlot.known && f.uidSlot.text == *f.User && *f.User != "":
		f.add(UserMismatch, a, "uid_slot")
	default:
		f.add(UserMismatch, a, "crc")
	}
}

// shown names the sentence for how the token's user showed.
func (f *finder) shown() string { return pick(f.token.version == v006, "guessed", "") }

// mediaUser compares the uid or account, for which a token can be open: uid 0 is
// written as "", for any user.
func (f *finder) mediaUser() {
	if f.User == nil {
		return
	}
	user, token := *f.User, f.user.text
	zero := user == "" || user == "0"
	a := args{"user": quote(user), "token": quote(token)}
	switch {
	case !f.user.known && zero:
		f.add(UIDZeroVsAccount, a, "specific_crc")
	case !f.user.known:
		f.add(UserMismatch, a, "crc")
	case token == "0" && zero:
		f.add(UIDZeroVsAccount, a, "string")
	case token == user || token == "" && zero:
	case token == "" && isNumber(user):
		// Made for uid 0: any.
	case token == "":
		f.note(UIDZeroVsAccount, a, "any")
	case zero:
		f.add(UIDZeroVsAccount, a, "specific")
	case isNumber(token) != isNumber(user):
		f.add(UserMismatch, a, f.shown(), "hint.number")
	default:
		f.add(UserMismatch, a, f.shown(), hint(token, user))
	}
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// compareChannel compares the channel, or the room.
func (f *finder) compareChannel() {
	if f.Channel == nil {
		return
	}
	a := args{"channel": quote(*f.Channel), "token": quote(f.channel.text)}
	switch {
	case !f.channel.known:
		f.add(ChannelMismatch, a, "crc")
	case f.channel.text != *f.Channel:
		f.add(ChannelMismatch, a, f.shown(), hint(f.channel.text, *f.Channel))
	}
}

// hint names how two names that should be equal differ.
func hint(token, user string) string {
	unescaped, err := url.QueryUnescape(user)
	again, errAgain := url.QueryUnescape(token)
	switch {
	case strings.EqualFold(token, user):
		return "hint.case"
	case strings.TrimSpace(token) == strings.TrimSpace(user):
		return "hint.space"
	case strings.EqualFold(strings.TrimSpace(token), strings.TrimSpace(user)):
		return "hint.case_space"
	case (token == "0" || token == "") && (user == "0" || user == ""):
		return "hint.zero"
	case token == "" || token == "0":
		return "hint.number0"
	case trimPasted(token) == trimPasted(user):
		return "hint.quotes"
	case err == nil && unescaped == token, errAgain == nil && again == user:
		return "hint.escaped"
	case isNumber(token) && isNumber(user) && strings.TrimLeft(token, "0") == strings.TrimLeft(user, "0"):
		return "hint.zeros"
	case user != "" && (strings.HasSuffix(token, user) || strings.HasPrefix(token, user)),
		strings.HasSuffix(user, token), strings.HasPrefix(user, token):
		return "hint.prefix"
	case isNothing(token):
		return "hint.nothing"
	}
	return "hint.other"
}
