package diagnose

// wordsOfTimes are about issue times, ends and lives.
func wordsOfTimes() map[string]text {
	return map[string]text{
		"expired.message": {
			"The token has expired.",
			"Token 已过期。",
		},
		"expired.evidence": {
			"It was issued at {issued} for {expire} s and ended at {end}, {by} before the attempt ({now}).",
			"签发于 {issued}，有效期 {expire} 秒，止于 {end}，比此次登录（{now}）早 {by}。",
		},
		"expired.evidence.cut": {
			"It was issued at {issued} and made for {expire} s, which Agora cuts to 24 hours: it ended at {end}, {by} before the attempt ({now}).",
			"签发于 {issued}，有效期写的是 {expire} 秒，声网会截到 24 小时：止于 {end}，比此次登录（{now}）早 {by}。",
		},
		"expired.evidence.006": {
			"A 006 token ends 24 hours after it was made; this one ended at {end}, {by} before the attempt ({now}).",
			"006 Token 在生成 24 小时后失效；该 Token 止于 {end}，比此次登录（{now}）早 {by}。",
		},
		"expired.fix": {
			"Fetch a new token right before login, and renew on a timer (for example hourly) instead of keeping tokens; make sure that the server computes the times for each token and not once at start-up.",
			"登录前获取新的 Token，并定时（例如每小时）更新，不要长期保存 Token；确认服务器为每个 Token 计算时间，而不是启动时只算一次。",
		},

		"privilege_expired.message": {
			"The privilege {privilege} in the token has expired.",
			"Token 中的 {privilege} 权限已过期。",
		},
		"privilege_expired.evidence": {
			"It ended at {end}, before the attempt ({now}).",
			"它止于 {end}，早于此次登录（{now}）。",
		},
		"privilege_expired.evidence.007": {
			"It was given {value} s from the issue time and ended at {end}, before the attempt ({now}), while the token itself goes on.",
			"它从签发起有效 {value} 秒，止于 {end}，早于此次登录（{now}），而 Token 本身尚未到期。",
		},
		"privilege_expired.evidence.duration": {
			"Its value is {value}: that looks like a number of seconds, where a 006 token wants a Unix time.",
			"它的值是 {value}：像是秒数，而 006 Token 需要 Unix 时间戳。",
		},
		"privilege_expired.evidence.rtm006": {
			"It ended at {end}. Agora documents that this time has no effect in a 006 token for RTM, which lives 24 hours; a few users report refusals when it lies far in the past.",
			"它止于 {end}。官方文档说明该时间在 006 RTM Token 中不生效，Token 固定有效 24 小时；少数用户反映该时间为很早的值时会被拒绝。",
		},
		"privilege_expired.fix": {
			"Give the privilege the life of the token: in 007 seconds from now, in 006 a Unix time in the future.",
			"让权限与 Token 的有效期一致：007 用从现在起的秒数，006 用将来的 Unix 时间戳。",
		},
		"privilege_expired.fix.rtm006": {
			"Nothing has to be done by the documentation; to be safe, pass a Unix time 24 hours ahead.",
			"按官方文档无需处理；稳妥起见，可传入 24 小时之后的 Unix 时间戳。",
		},

		"expire_zero.message": {
			"The token was made with a life of 0.",
			"Token 的有效期是 0。",
		},
		"expire_zero.evidence": {
			"Its expire is 0. Agora's English pages say that such a token expires at once, the Chinese ones that it lives 24 hours.",
			"expire 为 0。官方英文文档称这种 Token 立即过期，中文文档称有效 24 小时。",
		},
		"expire_zero.fix": {
			"Pass the life in seconds to the 007 builder, for example 3600; look for a variable that is not set.",
			"向 007 生成器传入以秒为单位的有效期，例如 3600；检查变量是否未赋值。",
		},

		"expire_is_timestamp.message": {
			"A Unix time was passed where the 007 builder wants a duration.",
			"007 生成器需要的是时长，却传入了 Unix 时间戳。",
		},
		"expire_is_timestamp.evidence": {
			"The value is {expire} s; as a Unix time that is {meant}. Agora cuts it to 24 hours, so the token ends at {end}.",
			"该值为 {expire} 秒；作为 Unix 时间戳是 {meant}。声网会截到 24 小时，Token 止于 {end}。",
		},
		"expire_is_timestamp.fix": {
			"Pass the number of seconds from now (3600 for an hour), without adding the present time; only 006 builders want a Unix time.",
			"传入从现在起的秒数（一小时为 3600），不要加上当前时间；只有 006 生成器需要 Unix 时间戳。",
		},

		"expire_in_milliseconds.message": {
			"The life seems to be in milliseconds; the builder wants seconds.",
			"有效期似乎以毫秒为单位；生成器需要秒。",
		},
		"expire_in_milliseconds.evidence": {
			"The value is {expire}; as milliseconds that is {meant}. As seconds it is over 24 hours, to which Agora cuts it.",
			"该值为 {expire}；按毫秒是 {meant}。按秒则超过 24 小时，声网会截到 24 小时。",
		},
		"expire_in_milliseconds.fix": {
			"Divide by 1,000: 3600 is an hour.",
			"除以 1000：3600 是一小时。",
		},

		"expires_over_24h.message": {
			"The token was made for more than 24 hours, longer than any token lives.",
			"Token 的有效期设成了 24 小时以上，而任何 Token 最长只有 24 小时。",
		},
		"expires_over_24h.evidence": {
			"The value is {expire} s ({life}). Agora cuts it to 24 hours, so the token ends at {end}.",
			"该值为 {expire} 秒（{life}）。声网会截到 24 小时，Token 止于 {end}。",
		},
		"expires_over_24h.fix": {
			"Ask for 86400 at most and let clients renew; do not store tokens for later.",
			"最多传入 86400，并让客户端定时更新；不要把 Token 存起来以后再用。",
		},

		"issued_in_future.message": {
			"The token was issued later than it is used: a clock is wrong.",
			"Token 的签发时间晚于使用时间：有时钟不准。",
		},
		"issued_in_future.evidence": {
			"It was issued at {issued}, {by} after the attempt ({now}). What difference Agora tolerates is not documented; our verifier allows none.",
			"签发于 {issued}，比此次登录（{now}）晚 {by}。官方文档没有说明容许的误差；我们的校验不容许误差。",
		},
		"issued_in_future.evidence.006": {
			"A 006 token ends 24 hours after it was made; by its end, it was made at {issued}, {by} after the attempt ({now}).",
			"006 Token 在生成 24 小时后失效；按其失效时间推算，生成于 {issued}，比此次登录（{now}）晚 {by}。",
		},
		"issued_in_future.fix": {
			"Synchronise the clock of the token server (NTP); check that times are Unix seconds in UTC.",
			"用 NTP 校准 Token 服务器的时钟；确认时间是 UTC 的 Unix 秒。",
		},
	}
}
