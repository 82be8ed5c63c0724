// gateway.mjs - the real binary as a child process, an upstream of the test's own, and a wire that can be cut.
//
// Lifetime: whatever is started here ends with the test that it was given to (`t.after`), by its own handle.
// Bounds: servers listen on loopback, on ports that the system picks.
import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

export const binary = process.env.TOLLGATE_BINARY;
export const sources = process.env.TOLLGATE_SOURCE_DIR;
export const shipped = path.join(sources, 'conf'); // contracts and documents

// Runs a program to its end. Answers { code, out, err }.
export function run(program, args, { input = '', cwd, env } = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
        const said = { out: '', err: '' };
        child.stdout.setEncoding('utf8').on('data', (d) => (said.out += d));
        child.stderr.setEncoding('utf8').on('data', (d) => (said.err += d));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, ...said }));
        child.stdin.on('error', () => {}); // a program may end without reading
        child.stdin.end(input);
    });
}

// A program of npm's, by its name.
export const npm = (name, args, options) => run(process.execPath, [path.join(modules, '.bin', name), ...args], options);
export const modules = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../node_modules');

export async function scratch(t) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'tollgate-client-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    return directory;
}

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

// `answer(request, response, body)`, once the request is whole. `requests`: what has come by now.
export async function upstream(t, answer) {
    const requests = [];
    const server = http.createServer((request, response) => {
        const parts = [];
        request.on('error', () => {});
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            const body = Buffer.concat(parts).toString();
            requests.push({ method: request.method, url: request.url, headers: request.headers, body });
            answer(request, response, body);
        });
    });
    const port = await listen(server);
    t.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return { address: `127.0.0.1:${port}`, requests };
}

// Passes bytes on to `port`. `answered(connection, bytes)` sees each piece of an answer before it goes on, and cuts the connection by
// answering false. `connection` counts from 0 and has `cut()`.
export async function wire(t, port, answered) {
    let count = 0;
    const open = new Set();
    const server = net.createServer((caller) => {
        const there = net.connect(port, '127.0.0.1');
        const cut = () => {
            caller.resetAndDestroy();
            there.destroy();
        };
        const connection = { number: count++, cut };
        open.add(connection);
        for (const end of [caller, there]) end.on('error', () => {}).on('close', () => (caller.destroy(), there.destroy(), open.delete(connection)));
        caller.on('data', (bytes) => there.write(bytes));
        there.on('data', (bytes) => (answered(connection, bytes) === false ? cut() : caller.write(bytes)));
    });
    const here = await listen(server);
    t.after(() => {
        for (const connection of open) connection.cut();
        server.close();
    });
    return { port: here, connections: () => count, cutAll: () => open.forEach((c) => c.cut()) };
}

// `tollgate serve` with `apis` (the items of `apis:`, YAML) and `files` (name -> text) beside its configuration.
export async function gateway(t, { apis = '', files = {}, more = '' }) {
    const directory = await scratch(t);
    for (const [name, text] of Object.entries({ 'master.key': 'ab'.repeat(32), ...files })) {
        await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
        await writeFile(path.join(directory, name), text, { mode: 0o600 });
    }
    const socket = path.join(directory, 't.sock');
    const config = path.join(directory, 'tollgate.yaml');
    await writeFile(config, `listeners: [ { address: 127.0.0.1, port: 0, treat_as_secure: true } ]
management: { socket: "${socket}", listener: { address: 127.0.0.1, port: 0 } }
store: { path: "${directory}/store", cache: 8MiB }
keys: { master: "file:master.key" }
access_log: { path: off }
threads: 2
${more}${apis ? `apis:\n${apis}` : 'apis: []\n'}`);
    const child = spawn(binary, ['serve', '--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    t.after(async () => {
        child.kill('SIGTERM');
        await ended;
    });
    let said = '';
    const ports = {};
    for await (const line of readline.createInterface({ input: child.stderr })) {
        said += line + '\n';
        ports.port ??= line.match(/ listening address="127\.0\.0\.1:(\d+)"/)?.[1];
        ports.management ??= line.match(/ ready management="127\.0\.0\.1:(\d+)"/)?.[1];
        if (ports.management) break;
    }
    if (!ports.management) throw new Error(`the gateway does not start:\n${said}`);
    child.stderr.resume();
    const cli = (args, options) => run(binary, [...args, '--socket', socket], options);
    return { port: Number(ports.port), management: Number(ports.management), directory, config, socket, cli, token: (args) => token(cli, args) };
}

// A new token's text.
async function token(cli, args) {
    const made = await cli(['token', 'create', ...args]);
    if (made.code !== 0) throw new Error(made.err);
    return made.out.trim();
}
