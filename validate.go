package rtmauth

import "strings"

// maxName is the longest user ID or channel name in bytes. Agora's English
// pages say "less than 64", the Chinese ones and the SDK's typings "must not
// exceed 64": 64 is accepted.
const maxName = 64

// nameCharacters are the characters of user IDs and channel names, as the
// typings of agora-rtm-sdk list them.
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" +
	" !#$%&()+-:;<=.>?@[]^_{}|~,"

// nameAllowed has true at each byte of nameCharacters.
var nameAllowed = func() (set [256]bool) {
	for _, c := range []byte(nameCharacters) {
		set[c] = true
	}
	return set
}()

// ValidateAppID checks that s is an App ID: 32 hexadecimal characters of
// either case. The error is an *ArgumentError.
func ValidateAppID(s string) error {
	if !isHex32(s) {
		return &ArgumentError{"App ID", "must be 32 hexadecimal characters (0-9, a-f, A-F), as the Agora Console shows it"}
	}
	return nil
}

// ValidateUserID checks that s can log in to RTM: 1 to 64 bytes, each an ASCII
// letter or digit, a space, a comma, or one of !#$%&()+-:;<=.>?@[]^_{}|~; and
// not the word "null". The error is an *ArgumentError. The rules are those of the RTM
// SDKs; the token formats themselves allow any string.
func ValidateUserID(s string) error { return validateName("user ID", s) }

// ValidateChannel checks a channel name, which follows the rules of user IDs
// ([ValidateUserID]). The error is an *ArgumentError.
func ValidateChannel(s string) error { return validateName("channel", s) }

func validateName(argument, s string) error {
	switch {
	case s == "":
		return &ArgumentError{argument, "must not be empty"}
	case len(s) > maxName:
		return &ArgumentError{argument, "must be at most 64 bytes"}
	case s == "null":
		return &ArgumentError{argument, `must not be the word "null"`}
	}
	for _, c := range []byte(s) {
		if !nameAllowed[c] {
			return &ArgumentError{argument, "must hold only ASCII letters, digits, spaces and the characters " +
				strings.TrimSpace(nameCharacters[62:])}
		}
	}
	return nil
}
