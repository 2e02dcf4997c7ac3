package rtmauth

import "time"

// RTM makes a 007 token with which userID can log in to RTM.
func (s *Signer) RTM(userID string, life time.Duration) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	if err := ValidateUserID(userID); err != nil {
		return "", err
	}
	return s.token007(expire, rtm(userID, expire))
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

// end is a life as 006 privileges hold it: the Unix time of its end.
func (s *Signer) end(now time.Time, argument string, life time.Duration) (uint32, error) {
	if _, err := s.seconds(argument, life); err != nil {
		return 0, err
	}
	return unix32(now.Add(life))
}

func rtm(userID string, expire uint32) Service {
	return Service{Type: ServiceRTM, User: userID, Privileges: []Privilege{{PrivilegeLogin, expire}}}
}
