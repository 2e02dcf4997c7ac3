// A client that does what the guide's does: takes a token from the token server, logs in, and renews every 30 seconds.

'use strict';

const APP_ID = '<Your App ID>';
const TOKEN_SERVER = 'http://<Your Host URL and port>/fetch_rtm_token';
const USER = '1234';
const RENEW_EVERY = 30_000;

async function fetchToken() {
  const response = await fetch(TOKEN_SERVER, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=UTF-8' },
    body: JSON.stringify({ uid: USER }),
  });
  const { token, error } = await response.json();
  if (!response.ok) {
    throw new Error(error);
  }
  return token;
}

async function main() {
  const client = AgoraRTM.createInstance(APP_ID);
  client.on('ConnectionStateChanged', (state, reason) => console.log(`State changed To: ${state} Reason: ${reason}`));
  await client.login({ uid: USER, token: await fetchToken() });
  setInterval(async () => {
    await client.renewToken(await fetchToken());
    console.log(`Renew RTM token at ${new Date().toLocaleTimeString()}`);
  }, RENEW_EVERY);
}

main();
