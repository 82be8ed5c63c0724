// `simple-oauth2`, as it comes from npm, against the shipped contracts: a key exchanged (PA-5), a password, refreshing and revoking
// (PM-9, PM-10).
import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2';
import { gateway, shipped, upstream } from './support/gateway.mjs';

const answer = (request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

// One shipped API on 127.0.0.1, and what stands behind it.
async function site(t, name) {
    const up = await upstream(t, answer);
    const apis = `  - { name: ${name}, hosts: [ 127.0.0.1 ], contract: ${shipped}/contracts/${name}.yaml, openapi: ${shipped}/openapi/${name}.yaml,
      upstream: { servers: [ "http://${up.address}" ] } }\n`;
    const g = await gateway(t, { apis });
    const origin = `http://127.0.0.1:${g.port}`;
    const call = async (path, token) => (await fetch(origin + path, { headers: { authorization: `Bearer ${token}` } })).status;
    return { up, g, origin, call };
}

test('client credentials: key id and key by HTTP Basic, as this client encodes them', async (t) => {
    const s = await site(t, 'partner');
    const made = await s.g.cli(['token', 'create', '--api', 'partner', '--name', 'SDK', '--scope', 'invoices:read', '--json']);
    const key = JSON.parse(made.out);
    const auth = { tokenHost: s.origin, tokenPath: '/oauth/token', revokePath: '/oauth/revoke' };
    for (const authorizationMethod of ['header', 'body'])
        for (const credentialsEncodingMode of ['strict', 'loose']) {
            const client = new ClientCredentials({ client: { id: key.id, secret: key.token }, auth, options: { authorizationMethod, credentialsEncodingMode } });
            const got = await client.getToken({ scope: 'invoices:read' });
            assert.equal(got.token.expires_in, 3600);
            assert.equal(got.expired(), false);
            assert.equal(await s.call('/invoices', got.token.access_token), 200);
            assert.equal(await s.call('/payments', got.token.access_token), 403);
            await got.revoke('access_token');
            assert.equal(await s.call('/invoices', got.token.access_token), 401);
        }
    const wrong = new ClientCredentials({ client: { id: key.id, secret: key.token + 'x' }, auth });
    await assert.rejects(wrong.getToken({}), (e) => e.output.statusCode === 403 && e.data.payload.error === 'invalid_client');
});

test('password, refresh, revoke', async (t) => {
    const s = await site(t, 'paymenter');
    const user = await s.g.cli(['user', 'add', '--api', 'paymenter', '--email', 'john@example.test', '--first-name', 'John', '--last-name', 'Doe', '--password'], {
        input: 'correct horse battery staple\n',
    });
    assert.equal(user.code, 0, user.err);
    const app = JSON.parse(
        (await s.g.cli(['client', 'add', '--api', 'paymenter', '--name', 'App', '--grant', 'password', '--grant', 'refresh_token', '--json'])).out,
    );
    const client = new ResourceOwnerPassword({
        client: { id: app.id, secret: app.client_secret },
        auth: { tokenHost: s.origin, tokenPath: '/api/oauth/token', revokePath: '/api/oauth/revoke' },
    });
    const wish = { username: 'john@example.test', password: 'correct horse battery staple', scope: 'profile' };
    const first = await client.getToken(wish);
    assert.deepEqual(Object.keys(first.token).sort(), ['access_token', 'expires_at', 'expires_in', 'refresh_token', 'token_type']);
    assert.equal(first.token.expires_in, 31536000);
    assert.equal(await s.call('/api/v1/admin/users', first.token.access_token), 403); // known, and no admin
    const second = await first.refresh();
    assert.notEqual(second.token.refresh_token, first.token.refresh_token);
    assert.equal(await s.call('/api/v1/admin/users', second.token.access_token), 403);
    await assert.rejects(first.refresh(), (e) => e.data.payload.error === 'invalid_grant'); // reuse: the family has ended
    assert.equal(await s.call('/api/v1/admin/users', second.token.access_token), 401);
    const third = await client.getToken(wish);
    await third.revokeAll();
    assert.equal(await s.call('/api/v1/admin/users', third.token.access_token), 401);
    await assert.rejects(third.refresh(), (e) => e.data.payload.error === 'invalid_grant');
    await assert.rejects(client.getToken({ ...wish, password: 'wrong' }), (e) => e.output.statusCode === 400 && e.data.payload.error === 'invalid_grant');
});
