// `@modelcontextprotocol/sdk`, as it comes from npm: refused, it finds the resource's metadata, the server's, registers itself, sends its user
// to sign in, redeems the code, and calls. (PR-8, RFC 9728, 8414, 7591, 8707)
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { allow } from './support/browser.mjs';
import { gateway, shipped, upstream } from './support/gateway.mjs';

const jane = { user: 'jane@example.test', password: 'correct horse battery staple' };
const document = `
openapi: 3.1.0
info: { title: Agents, version: '1' }
security: [ { token: [ billing.agent ] } ]
paths:
  /mcp: { post: { responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { billing.read: Read, billing.write: Write, billing.agent: Full AI billing agent access,
  customers.read: Read, customers.write: Write, products.read: Read, products.write: Write }
`;

// The least of a server with one tool.
function answer(request, response, body) {
    const asked = JSON.parse(body);
    const result = {
        initialize: { protocolVersion: asked.params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'billing', version: '1' } },
        'tools/list': { tools: [{ name: 'invoices', description: 'Lists invoices', inputSchema: { type: 'object' } }] },
    }[asked.method];
    if (!result) return response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result }));
}

// A user's program that keeps everything in memory.
class memory {
    redirectUrl = 'http://127.0.0.1:4711/done';
    clientMetadata = {
        client_name: 'Desk agent',
        redirect_uris: [this.redirectUrl],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        scope: 'billing.agent',
    };
    clientInformation = () => this.client;
    saveClientInformation = (client) => void (this.client = client);
    tokens = () => this.kept;
    saveTokens = (tokens) => void (this.kept = tokens);
    saveCodeVerifier = (verifier) => void (this.verifier = verifier);
    codeVerifier = () => this.verifier;
    redirectToAuthorization = (url) => void (this.url = url);
}

test('an MCP client signs in by itself', async (t) => {
    const up = await upstream(t, answer);
    const apis = `  - { name: payrequest, hosts: [ 127.0.0.1 ], contract: ${shipped}/contracts/payrequest.yaml, openapi: agents.yaml,
      upstream: { servers: [ "http://${up.address}" ] } }\n`;
    const g = await gateway(t, { apis, files: { 'agents.yaml': document } });
    const user = await g.cli(['user', 'add', '--api', 'payrequest', '--email', jane.user, '--password'], { input: `${jane.password}\n` });
    assert.equal(user.code, 0, user.err);
    const where = new URL(`http://127.0.0.1:${g.port}/mcp`);
    const provider = new memory();

    const first = new StreamableHTTPClientTransport(where, { authProvider: provider });
    await assert.rejects(new Client({ name: 'desk', version: '1' }).connect(first), UnauthorizedError);
    assert.match(provider.client.client_id, /^cli_/); // it has registered itself
    assert.equal(provider.url.pathname, '/oauth/authorize');
    assert.equal(new URL(provider.url.searchParams.get('resource')).origin, where.origin);
    const back = await allow(provider.url, { ...jane, saw: (html) => assert.match(html, /registered itself/) });
    await first.finishAuth(back.searchParams.get('code'));
    assert.ok(provider.kept.refresh_token);

    const client = new Client({ name: 'desk', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(where, { authProvider: provider }));
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), ['invoices']);
    assert.match(up.requests.at(-1).headers['x-tollgate-scopes'], /\bbilling\.agent\b/); // it asks for all that the metadata names
    await client.close();

    // A token that ended is refreshed on the way, and nobody is asked.
    provider.kept = { ...provider.kept, access_token: `${provider.kept.access_token}x` };
    const later = new Client({ name: 'desk', version: '1' });
    await later.connect(new StreamableHTTPClientTransport(where, { authProvider: provider }));
    assert.equal((await later.listTools()).tools.length, 1);
    await later.close();
});
