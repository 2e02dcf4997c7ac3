package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rtmauth/rtmauth"
)

// An SDK is the RTM SDK of the client: a generation, 1 or 2, and its exact
// version if that is known. The zero SDK is not known.
type SDK struct {
	version [3]int
	exact   bool
}

// ParseSDK reads "1.x", "2.x" or a version like "1.4.2".
func ParseSDK(text string) (SDK, error) {
	var s SDK
	if text == "" {
		return s, nil
	}
	parts := strings.Split(strings.TrimPrefix(text, "v"), ".")
	for i, p := range parts {
		if i > 0 && i == len(parts)-1 && (p == "x" || p == "X") {
			break
		}
		n, err := strconv.Atoi(p)
		if err != nil || i == len(s.version) || n < 0 {
			return SDK{}, fmt.Errorf("SDK %q: must be 1.x, 2.x or a version like 1.4.2", text)
		}
		s.version[i] = n
		s.exact = i == len(s.version)-1
	}
	if s.version[0] != 1 && s.version[0] != 2 {
		return SDK{}, fmt.Errorf("SDK %q: must be 1.x, 2.x or a version like 1.4.2", text)
	}
	return s, nil
}

// String is what ParseSDK reads.
func (s SDK) String() string {
	switch {
	case s.version[0] == 0:
		return ""
	case s.exact:
		return fmt.Sprintf("%d.%d.%d", s.version[0], s.version[1], s.version[2])
	}
	return fmt.Sprintf("%d.x", s.version[0])
}

func (s SDK) is(generation int) bool { return s.version[0] == generation }

func (s SDK) before(major, minor, patch int) bool {
	v, w := s.version, [3]int{major, minor, patch}
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// ParseService reads the name of a service as the commands spell it. "" is 0.
func ParseService(name string) (rtmauth.ServiceType, error) {
	if name == "" {
		return 0, nil
	}
	if strings.EqualFold(name, "education") {
		return rtmauth.ServiceAPaaS, nil
	}
	var names []string
	for t := rtmauth.ServiceRTC; t <= rtmauth.ServiceRTM2; t++ {
		if strings.EqualFold(t.String(), name) {
			return t, nil
		}
		names = append(names, t.String())
	}
	return 0, fmt.Errorf("service %q: must be one of %s", name, strings.Join(names, ", "))
}
