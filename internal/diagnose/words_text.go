package diagnose

import "maps"

// words are all texts, by "cause.part" or "cause.part.variant". They are never
// changed.
var words = func() map[string]text {
	all := map[string]text{}
	for _, m := range []map[string]text{wordsOfText(), wordsOfProject(), wordsOfGrant(), wordsOfTimes(), wordsOfCodes()} {
		maps.Copy(all, m)
	}
	return all
}()

// wordsOfText are about what is wrong with the token as text.
func wordsOfText() map[string]text {
	return map[string]text{
		"empty_token.message": {
			"No token was given.",
			"没有传入 Token。",
		},
		"empty_token.evidence": {
			"The text is empty.",
			"文本为空。",
		},
		"empty_token.evidence.word": {
			"The text is {text}, which is how a program writes \"no value\".",
			"文本是 {text}，即程序对“没有值”的写法。",
		},
		"empty_token.fix": {
			"Pass the token that the token server returned, and wait for its answer first. If the server itself returns an empty one: official 007 builders do so when the App ID or the App certificate is not 32 hexadecimal characters. Only a project without an App certificate is used without a token.",
			"传入 Token 服务器返回的 Token，并先等待其响应。若服务器本身返回空值：App ID 或 App 证书不是 32 位十六进制字符时，官方 007 生成器会返回空字符串。只有未启用 App 证书的项目才不需要 Token。",
		},

		"certificate_as_token.message": {
			"The App certificate itself was passed as the token.",
			"把 App 证书本身当作 Token 传入了。",
		},
		"certificate_as_token.evidence": {
			"The text is a certificate that was given for the project (not shown here).",
			"文本与所提供的项目证书相同（此处不显示）。",
		},
		"certificate_as_token.fix": {
			"The certificate is a secret and must not reach a client: keep it on the token server, let that make a token for each user, and if it has been shipped, replace it in the Agora Console.",
			"证书是机密，不能出现在客户端：只放在 Token 服务器上，由它为每个用户生成 Token；如果证书已随客户端发布，请在声网控制台更换。",
		},

		"app_id_as_token.message": {
			"An App ID was passed as the token.",
			"把 App ID 当作 Token 传入了。",
		},
		"app_id_as_token.evidence": {
			"The text is the App ID {app_id}.",
			"文本就是 App ID {app_id}。",
		},
		"app_id_as_token.evidence.shape": {
			"The text is 32 hexadecimal characters, the shape of an App ID; a token begins with 006 or 007 and is longer.",
			"文本是 32 位十六进制字符，这是 App ID 的形式；Token 以 006 或 007 开头且更长。",
		},
		"app_id_as_token.fix": {
			"Pass a token made for this user instead. An App ID alone lets clients in only while the project also accepts \"No certificate\".",
			"改为传入为该用户生成的 Token。只有项目仍允许“无证书”时，仅用 App ID 才能登录。",
		},

		"jwt_not_agora_token.message": {
			"This is a JSON Web Token, not an Agora token.",
			"这是 JSON Web Token（JWT），不是声网 Token。",
		},
		"jwt_not_agora_token.evidence": {
			"It begins with eyJ and has parts separated by dots.",
			"它以 eyJ 开头，各部分用点号分隔。",
		},
		"jwt_not_agora_token.fix": {
			"A JWT tells your token server who the user is: send it there as the Authorization header, and pass what the server answers to the SDK.",
			"JWT 用来向你的 Token 服务器证明用户身份：放在 Authorization 请求头中发给它，再把服务器返回的 Token 传给 SDK。",
		},

		"legacy_dynamic_key.message": {
			"This is a dynamic key of an old format, version {version}.",
			"这是旧格式的 Dynamic Key，版本 {version}。",
		},
		"legacy_dynamic_key.evidence": {
			"It begins with {version}; RTM tokens begin with 006 or 007.",
			"它以 {version} 开头；RTM Token 以 006 或 007 开头。",
		},
		"legacy_dynamic_key.fix": {
			"Make the token with a builder for 006 or 007, for example: rtmauth token new --service rtm --user ID",
			"用 006 或 007 的生成器生成 Token，例如：rtmauth token new --service rtm --user ID",
		},

		"wrong_version.message": {
			"The token's version is not one that fits.",
			"Token 的版本不对。",
		},
		"wrong_version.evidence": {
			"It begins with {version}; the versions in use are 006 and 007.",
			"它以 {version} 开头；正在使用的版本是 006 和 007。",
		},
		"wrong_version.evidence.007is006": {
			"It begins with 007, but what follows is built like a 006 token.",
			"它以 007 开头，但后面的内容是 006 的结构。",
		},
		"wrong_version.evidence.006is007": {
			"It begins with 006, but what follows is built like a 007 token.",
			"它以 006 开头，但后面的内容是 007 的结构。",
		},
		"wrong_version.evidence.lost": {
			"What there is, is built like a {version} token whose first three characters are missing.",
			"内容是 {version} Token 的结构，但缺少最前面的三个字符。",
		},
		"wrong_version.evidence.sdk": {
			"It is a 007 token, and the client's SDK is {sdk}; RTM SDKs read 007 from 1.5.0 on.",
			"这是 007 Token，而客户端 SDK 是 {sdk}；RTM SDK 从 1.5.0 起支持 007。",
		},
		"wrong_version.evidence.sdk_web": {
			"It is a 007 token, and the client's SDK is {sdk}; RTM SDKs read 007 from 1.5.0 on, by older pages the Web SDK from 1.4.6 on.",
			"这是 007 Token，而客户端 SDK 是 {sdk}；RTM SDK 从 1.5.0 起支持 007，较早的文档称 Web SDK 从 1.4.6 起支持。",
		},
		"wrong_version.fix": {
			"Pass the token exactly as the builder returned it; do not change or cut its first characters.",
			"原样传入生成器返回的 Token，不要修改或截掉开头的字符。",
		},
		"wrong_version.fix.sdk": {
			"Make 006 tokens for this client (rtmauth token new --token-version 006), or update its SDK to 1.5.0 or later.",
			"为该客户端生成 006 Token（rtmauth token new --token-version 006），或把 SDK 升级到 1.5.0 及以上。",
		},
		"wrong_version.fix.sdk_web": {
			"If the login fails, make 006 tokens for this client (rtmauth token new --token-version 006), or update its SDK to 1.5.0 or later.",
			"若登录失败，为该客户端生成 006 Token（rtmauth token new --token-version 006），或把 SDK 升级到 1.5.0 及以上。",
		},

		"not_a_token.message": {
			"This is not an Agora token.",
			"这不是声网 Token。",
		},
		"not_a_token.evidence": {
			"It begins with {start} and has {length} characters; tokens begin with 006 or 007 and go on in base64.",
			"它以 {start} 开头，共 {length} 个字符；Token 以 006 或 007 开头，后面是 base64。",
		},
		"not_a_token.evidence.short": {
			"It has {length} characters and begins with {start}; tokens begin with 006 or 007 and have more than a hundred.",
			"它只有 {length} 个字符，以 {start} 开头；Token 以 006 或 007 开头，且有一百多个字符。",
		},
		"not_a_token.evidence.long": {
			"It has {length} characters; no token is that long.",
			"它有 {length} 个字符；没有这么长的 Token。",
		},
		"not_a_token.fix": {
			"Look at what the client really passes: often it is an error page, a whole answer object instead of its token field, or a promise that was not awaited.",
			"检查客户端实际传入的内容：常见的是错误页面、整个响应对象（而不是其中的 token 字段），或没有 await 的 Promise。",
		},

		"whitespace_or_quotes.message": {
			"There is something around or inside the token that does not belong to it.",
			"Token 的前后或中间有不属于它的字符。",
		},
		"whitespace_or_quotes.evidence": {
			"There are spaces, line breaks or quotation marks at its beginning or end.",
			"开头或结尾有空格、换行或引号。",
		},
		"whitespace_or_quotes.evidence.around": {
			"There are spaces, line breaks or quotation marks at its beginning or end.",
			"开头或结尾有空格、换行或引号。",
		},
		"whitespace_or_quotes.evidence.inside": {
			"There are spaces or line breaks in the middle of it.",
			"中间有空格或换行。",
		},
		"whitespace_or_quotes.evidence.wrapped": {
			"Other text stands before it, beginning with {start}.",
			"它前面有其他文本，以 {start} 开头。",
		},
		"whitespace_or_quotes.fix": {
			"Pass the token alone: trim it, parse JSON answers instead of cutting text out of them, and do not wrap it into lines.",
			"只传入 Token 本身：去掉首尾空白，用 JSON 解析响应而不是截取文本，也不要换行。",
		},

		"url_encoded.message": {
			"The token was changed by URL encoding.",
			"Token 被 URL 编码改动了。",
		},
		"url_encoded.evidence": {
			"It holds %2B, %2F or %3D where base64 has +, / and =.",
			"base64 的 +、/、= 处变成了 %2B、%2F 或 %3D。",
		},
		"url_encoded.evidence.percent": {
			"It holds %2B, %2F or %3D where base64 has +, / and =.",
			"base64 的 +、/、= 处变成了 %2B、%2F 或 %3D。",
		},
		"url_encoded.evidence.plus": {
			"{count} spaces stand where base64 has +.",
			"有 {count} 处本应是 + 的地方变成了空格。",
		},
		"url_encoded.evidence.alphabet": {
			"It holds - or _, which the URL-safe base64 writes for + and /.",
			"它含有 - 或 _，这是 URL 安全的 base64 对 + 和 / 的写法。",
		},
		"url_encoded.fix": {
			"Send tokens in a JSON body. If one must go through a URL, encode it once with encodeURIComponent and decode it exactly once.",
			"用 JSON 正文传递 Token。必须放进 URL 时，用 encodeURIComponent 编码一次，并且只解码一次。",
		},

		"truncated.message": {
			"The end of the token is missing.",
			"Token 的结尾缺失。",
		},
		"truncated.evidence": {
			"Its {length} characters end within the {field}.",
			"共 {length} 个字符，在 {field} 处中断。",
		},
		"truncated.evidence.padding": {
			"Everything is there but the = at the end.",
			"除结尾的 = 之外都完整。",
		},
		"truncated.fix": {
			"Copy or store the whole token: look for database columns, log lines and form fields that are too short, and for code that strips = characters. A 007 token has about 140 characters, one for several services more; keep room for 2,048.",
			"完整地复制或保存 Token：检查过短的数据库字段、日志行和输入框，以及去掉 = 的代码。007 Token 约 140 个字符，包含多个服务时更长；请预留 2048 个字符。",
		},

		"damaged.message": {
			"The token is damaged: its bytes do not fit together.",
			"Token 已损坏：其字节前后不一致。",
		},
		"damaged.evidence": {
			"Its fields do not fit together.",
			"各字段不一致。",
		},
		"damaged.evidence.characters": {
			"It holds characters that base64 does not have.",
			"含有 base64 没有的字符。",
		},
		"damaged.evidence.bits": {
			"Its last base64 character has bits that must be zero.",
			"最后一个 base64 字符中应为零的位不为零。",
		},
		"damaged.evidence.padding": {
			"The = at the end are more or fewer than its length needs.",
			"结尾的 = 与长度所需的数量不符。",
		},
		"damaged.evidence.trailing": {
			"More bytes follow after its last field.",
			"最后一个字段之后还有多余的字节。",
		},
		"damaged.evidence.length": {
			"A length or count inside it does not fit what follows.",
			"其中某个长度或数量与后面的内容不符。",
		},
		"damaged.evidence.zlib": {
			"Its compressed part cannot be inflated.",
			"压缩部分无法解压。",
		},
		"damaged.evidence.bomb": {
			"It inflates to more than 64 KiB; no token is that long.",
			"解压后超过 64 KiB；没有这么长的 Token。",
		},
		"damaged.evidence.checksum": {
			"The checksum of its compressed part is wrong.",
			"压缩部分的校验和不对。",
		},
		"damaged.evidence.parser": {
			"The strict parser refuses it: {problem}.",
			"严格解析器拒绝它：{problem}。",
		},
		"damaged.fix": {
			"Make a new token and pass it exactly as the builder returned it. If new ones are damaged too, compare the text at the server with the text at the client to see where it changes.",
			"重新生成 Token，并原样传入。如果新的也会损坏，请比较服务器端与客户端的文本，找出被改动的位置。",
		},
	}
}
