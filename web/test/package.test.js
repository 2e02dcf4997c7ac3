import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, describe, test } from 'node:test';

const web = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(web, '../ci/node/node_modules/typescript/bin/tsc');
const scratch = mkdtempSync(join(tmpdir(), 'rtmauth-web-'));

after(() => rmSync(scratch, { recursive: true }));

/**
 * @param {string} directory
 * @returns {{[path: string]: string}} the texts of its declaration files
 */
function declarations(directory) {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

test('the typings are what the modules say: else run tsc -p web/types', () => {
  const out = join(scratch, 'types');
  execFileSync(process.execPath, [tsc, '-p', join(web, 'types'), '--outDir', out]);
  assert.deepEqual(declarations(join(web, 'types')), declarations(out));
});

describe('the comparison with the typings of the SDK', () => {
  const fits = readFileSync(join(web, 'compat/fits.ts'), 'utf8');
  const theirs = `
    enum State { ON = 'ON', OFF = 'OFF' }
    declare class Theirs {
      readonly id: string;
      set(state: State, options?: { loud?: boolean }): Promise<void>;
      get(names: string[]): Promise<{ state: State }>;
    }
    interface TheirEvents { changed: (state: State, by: string) => void }`;
  const ours = {
    id: 'readonly id: string',
    set: "set(state: 'ON' | 'OFF', options?: { loud?: boolean }): Promise<void>",
    get: "get(names: readonly string[]): Promise<{ state: 'ON' | 'OFF'; at: number }>",
    changed: "changed: [state: 'ON' | 'OFF', by: string]",
    states: "{ ON: 'ON'; OFF: 'OFF' }",
  };

  /** @type {[string, Partial<typeof ours>, RegExp][]} */
  const cases = [
    ['a method that is missing', { set: '' }, /\["set", "is missing"\]/],
    ['a parameter that takes less', { set: "set(state: 'ON'): Promise<void>" }, /\["set", "their parameters do not fit"\]/],
    ['a parameter more', { set: 'set(state: string, options: { loud?: boolean }, more: 1): Promise<void>' }, /"set", "their param/],
    ['a result that holds less', { get: 'get(names: string[]): Promise<{}>' }, /\["get", "our result does not fit"\]/],
    ['a result of other texts', { get: "get(names: string[]): Promise<{ state: 'on' }>" }, /\["get", "our result does not fit"\]/],
    ['a property of another type', { id: 'readonly id: number' }, /\["id", "does not fit"\]/],
    ['an event with other arguments', { changed: 'changed: [state: string, by: number]' }, /\["changed", "our arguments do not fit"\]/],
    ['an event that is missing', { changed: 'other: []' }, /\["changed", "is missing"\]/],
    ['a member of another value', { states: "{ ON: 'on'; OFF: 'OFF' }" }, /\["ON", "differs"\]/],
    ['a member that is missing', { states: "{ ON: 'ON' }" }, /\["OFF", "is missing"\]/],
    ['a member too many', { states: "{ ON: 'ON'; OFF: 'OFF'; DIM: 'DIM' }" }, /"DIM"/],
  ];

  /** Compiles a file for each case, and one in which all fits. @returns {string[]} what tsc says of each */
  function compile() {
    const directory = mkdtempSync(join(scratch, 'fits-'));
    writeFileSync(join(directory, 'fits.ts'), fits);
    const files = [{}, ...cases.map(([, changes]) => changes)].map((changes, i) => {
      const { id, set, get, changed, states } = { ...ours, ...changes };
      writeFileSync(
        join(directory, `case${i}.ts`),
        `import { type EnumMisfits, type EventMisfits, fits, type MethodMisfits, type PropertyMisfits } from './fits.js';
        ${theirs}
        interface Ours { ${[id, set, get].filter(Boolean).join(';\n')} }
        fits<MethodMisfits<Ours, Theirs>>();
        fits<PropertyMisfits<Ours, Theirs>>();
        fits<EventMisfits<{ ${changed} }, TheirEvents>>();
        fits<EnumMisfits<${states}, typeof State>>();`,
      );
      return `case${i}.ts`;
    });
    const args = [tsc, '--strict', '--noEmit', '--target', 'es2023', '--module', 'nodenext', ...files];
    const lines = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' }).stdout.split('\n');
    return files.map((file) => lines.filter((line) => line.startsWith(`${file}(`)).join('\n'));
  }

  const said = compile();

  test('passes what fits, however the types are named', () => assert.equal(said[0], ''));

  for (const [i, [name, , want]] of cases.entries()) {
    test(`finds ${name}`, () => assert.match(said[i + 1] ?? '', want));
  }
});

test('an app installs it, imports and requires it', () => {
  const app = mkdtempSync(join(scratch, 'app-'));
  const npm = { cwd: app, stdio: /** @type {const} */ ('pipe') };
  execFileSync('npm', ['pack', '--silent', '--pack-destination', app, web], npm);
  const [tarball = ''] = readdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  execFileSync('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', join(app, tarball)], npm);
  writeFileSync(
    join(app, 'app.js'),
    `import { createRequire } from 'node:module';
    import AgoraRTM1 from 'rtmauth-token-keeper/agora-rtm';
    import AgoraRTM2 from 'rtmauth-token-keeper/agora-rtm-2';
    import { keepRenewed } from 'rtmauth-token-keeper';
    const require = createRequire(import.meta.url);
    globalThis.WebSocket ??= class {};
    globalThis.RTMAUTH_URL = 'http://127.0.0.1:8082';
    const ones = [AgoraRTM1, require('rtmauth-token-keeper/agora-rtm')];
    const twos = [AgoraRTM2, require('rtmauth-token-keeper/agora-rtm-2')];
    console.log(...ones.map((one) => typeof one.createInstance('a').login), ...twos.map((two) => typeof new two.RTM('a', 'b').login),
      typeof keepRenewed);`,
  );
  const out = execFileSync(process.execPath, ['app.js'], { cwd: app, encoding: 'utf8' });
  assert.equal(out, 'function function function function function\n');
});
