// The official npm packages behind standard input and output: one JSON request
// a line in, one JSON answer a line out, in order. Used by the tests beside it.
//
// 007 is agora-token, 006 is agora-access-token. Strings that a token holds
// come back as hexadecimal, because they need not be UTF-8.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../ci/node/package.json', import.meta.url));
const t7 = require('agora-token/src/AccessToken2');
const t6 = require('agora-access-token/src/AccessToken');
const builders7 = require('agora-token');
const builders6 = require('agora-access-token');

// agora-access-token prints what it could not parse; standard output is ours.
console.log = () => {};

const hex = (value) => Buffer.from(value).toString('hex');

/** Makes the permission lists of an RTM2 service. */
function permissions(resources) {
  const made = new t7.Rtm2Permissions();
  for (const [resource, list] of resources) {
    made.details[resource] ??= {}; // a resource without permissions, too
    for (const [permission, names] of list) made.add(resource, permission, names);
  }
  return made;
}

/** Makes a service of agora-token with exactly the given fields. */
function service(s) {
  const make = {
    1: () => new t7.ServiceRtc(s.channel, s.user),
    2: () => new t7.ServiceRtm(s.user),
    3: () => new t7.ServiceStreaming(s.channel, s.user),
    4: () => new t7.ServiceFpa(),
    5: () => new t7.ServiceChat(s.user),
    6: () => new t7.ServiceFCdn(s.channel, s.user),
    7: () => {
      const apaas = new t7.ServiceApaas(s.channel, s.user, s.role);
      apaas.__role = s.role; // its constructor turns 0 into -1
      return apaas;
    },
    8: () => new t7.ServiceRtm2(s.user, permissions(s.resources)),
    9: () => new t7.ServiceConvoAI(),
    10: () => new t7.ServiceStt(),
  }[s.type]();
  for (const [id, expire] of s.privileges) make.add_privilege(id, expire);
  return make;
}

/** The fields of a parsed service, in the shape that the Go side compares. */
function fields(s) {
  const out = { type: s.service_type(), privileges: {} };
  for (const [id, expire] of Object.entries(s.__privileges)) out.privileges[id] = expire;
  const channel = s.__channel_name ?? s.__room_uuid;
  const user = s.__uid ?? s.__user_id ?? s.__account ?? s.__user_uuid;
  if (channel !== undefined) out.channel = hex(channel);
  if (user !== undefined) out.user = hex(user);
  if (s.__role !== undefined) out.role = s.__role;
  if (s.__permissions) {
    // Names come back as text, not as bytes.
    out.resources = Object.entries(s.__permissions.details).map(([resource, list]) => [
      Number(resource), Object.entries(list).map(([permission, names]) => [Number(permission), names])]);
  }
  return out;
}

const ops = {
  build007({ app_id, certificate, issued, expire, salt, services }) {
    const token = new t7.AccessToken2(app_id, certificate, issued, expire);
    token.issueTs = issued; // its constructor takes 0 for the present
    token.salt = salt;
    for (const s of services) token.add_service(service(s));
    return { token: token.build() };
  },
  parse007({ token, certificate }) {
    const parsed = new t7.AccessToken2('', '', 1, 1);
    if (!parsed.from_string(token)) return { ok: false };
    return {
      ok: true,
      verified: parsed.verifySignature(certificate),
      app_id: hex(parsed.appId),
      issued: parsed.issueTs,
      expire: parsed.expire,
      salt: parsed.salt,
      services: parsed.services.map(fields),
    };
  },
  build006({ app_id, certificate, channel, user, salt, ts, privileges }) {
    const token = new t6.AccessToken(app_id, certificate, channel, user);
    token.salt = salt;
    token.ts = ts;
    for (const [id, expire] of privileges) token.addPriviledge(id, expire);
    return { token: token.build() };
  },
  parse006({ token }) {
    const parsed = new t6.AccessToken('', '', '', '');
    if (!parsed.fromString(token)) return { ok: false };
    return {
      ok: true,
      signature: hex(parsed.signature),
      channel_crc: parsed.crc_channel_name,
      user_crc: parsed.crc_uid,
      salt: parsed.salt,
      ts: parsed.ts,
      privileges: parsed.messages,
    };
  },
  // A builder of either package by name, with its own clock and salt.
  builder({ version, name, method, args }) {
    const from = version === '006' ? builders6 : builders7;
    return { token: from[name][method](...args.map((a) => (a?.permissions ? permissions(a.permissions) : a))) };
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { op, args } = JSON.parse(line);
  let answer;
  try {
    answer = ops[op](args);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
