// Clients by a name that the test chooses. What they hear is kept as lines "name: event arguments", in order.
// The page of each generation of the SDK adds what makes clients and what asks the service a question.

'use strict';

const clients = new Map();
const heard = [];
let waiting = [];

function hear(who, event, args) {
  const words = args.map((arg) => (typeof arg === 'string' ? arg : (arg.text ?? JSON.stringify(arg))));
  heard.push([`${who}:`, event, ...words].join(' '));
  console.log(heard.at(-1));
  waiting = waiting.filter((check) => !check());
}

/**
 * Keeps a client with the token server of the guide, or, while the test says so, without one. What the keeper tells is heard
 * as "name: keeper STATE".
 */
async function keep(who, user) {
  Math.random = () => 0.999; // the first renewal may come at any moment: here at the latest one
  const { keepRenewed } = await import('/sdk/token-keeper.js');
  const fetchToken = async ({ signal }) => {
    fetches++;
    if (!tokenServer) {
      throw new Error('the token server is down');
    }
    const response = await fetch('/fetch_rtm_token', { method: 'POST', body: JSON.stringify({ uid: user }), signal });
    return response.json();
  };
  const keeper = keepRenewed(clients.get(who), {
    user,
    fetchToken,
    onStatus: ({ state, message }) => hear(who, 'keeper', message ? [state, message] : [state]),
  });
  clients.set(`${who}'s keeper`, keeper);
}
let tokenServer = true;
let fetches = 0;

/** Lets the clocks of this page jump, as they do while the machine sleeps: timers do not run, and it wakes with an event. */
function wake(milliseconds) {
  const now = Date.now;
  Date.now = () => now() + milliseconds;
  dispatchEvent(new Event('focus'));
}

/** "ok" with the result where there is one, or the code and name of the error. */
async function outcome(promise) {
  try {
    const result = await promise;
    return result === undefined ? 'ok' : `ok ${JSON.stringify(result)}`;
  } catch (error) {
    return error.code === undefined ? String(error) : `${error.code} ${error.name}`;
  }
}

/** The lines that one client heard, once the given one is among them. */
function until(line) {
  const who = line.slice(0, line.indexOf(' ') + 1);
  const lines = () => heard.filter((other) => other.startsWith(who)).map((other) => other.slice(who.length));
  return new Promise((resolve) => {
    const check = () => heard.includes(line) && (resolve(lines()), true);
    if (!check()) {
      waiting.push(check);
    }
  });
}

/** The lines that one client heard, once everything that the service has sent it is here: answers come in order. */
async function lines(who) {
  await outcome(ask(clients.get(who), who));
  return heard.filter((line) => line.startsWith(`${who}: `)).map((line) => line.slice(who.length + 2));
}
