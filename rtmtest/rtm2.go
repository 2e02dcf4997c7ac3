package rtmtest

type world2 struct{}

func newWorld2() world2 { return world2{} }

func newRTM2(s *session) model { return newRTM1(s) }

func loginReason2(int) string { return "" }
