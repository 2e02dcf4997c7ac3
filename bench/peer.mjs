// Times the official npm packages: one JSON request a line in, the nanoseconds
// of one operation out. The main program decides what is measured, and when.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../ci/node/package.json', import.meta.url));
const { RtmTokenBuilder: Rtm7, RtcTokenBuilder: Rtc7 } = require('agora-token');
const { RtmTokenBuilder: Rtm6 } = require('agora-access-token');
const { AccessToken2 } = require('agora-token/src/AccessToken2');
const { AccessToken } = require('agora-access-token/src/AccessToken');

const ops = {
  build007: ({ app, certificate, user }) => () => Rtm7.buildToken(app, certificate, user, 3600),
  build006: ({ app, certificate, user }) => () => Rtm6.buildToken(app, certificate, user, 1, 1700003600),
  buildRTCAndRTM: ({ app, certificate, user, channel }) => () => Rtc7.buildTokenWithRtm(app, certificate, channel, user, 1, 3600, 3600),
  verify007: ({ certificate, token }) => () => {
    const parsed = new AccessToken2('', '', 1, 1);
    if (!parsed.from_string(token) || !parsed.verifySignature(certificate)) throw new Error('refused');
  },
  // agora-access-token reads 006 and cannot verify it.
  parse006: ({ token }) => () => {
    if (!new AccessToken('', '', '', '').fromString(token)) throw new Error('refused');
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { op, args, milliseconds } = JSON.parse(line);
  const run = ops[op](args);
  const end = process.hrtime.bigint() + BigInt(milliseconds) * 1_000_000n;
  let count = 0n;
  const start = process.hrtime.bigint();
  let now;
  do {
    for (let i = 0; i < 64; i++) run();
    count += 64n;
    now = process.hrtime.bigint();
  } while (now < end);
  process.stdout.write(`${JSON.stringify({ ns: Number(now - start) / Number(count) })}\n`);
}
