// `openid-client` and `oauth4webapi`, as they come from npm, against the shipped PayRequest contract: discovery, a code with PKCE, refreshing,
// introspection, revocation. (PR-8, RFC 8414, 7636, 9207, 7662, 7009)
import assert from 'node:assert/strict';
import test from 'node:test';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { allow } from './support/browser.mjs';
import { gateway, shipped, upstream } from './support/gateway.mjs';

const jane = { user: 'jane@example.test', password: 'correct horse battery staple' };
const redirect = 'http://127.0.0.1:4711/done';

async function site(t) {
    const up = await upstream(t, (request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"invoices":[]}'));
    const apis = `  - { name: payrequest, hosts: [ 127.0.0.1 ], contract: ${shipped}/contracts/payrequest.yaml, openapi: ${shipped}/openapi/payrequest.yaml,
      upstream: { servers: [ "http://${up.address}" ] } }\n`;
    const g = await gateway(t, { apis });
    const user = await g.cli(['user', 'add', '--api', 'payrequest', '--email', jane.user, '--password'], { input: `${jane.password}\n` });
    assert.equal(user.code, 0, user.err);
    const add = ['client', 'add', '--api', 'payrequest', '--name', 'Ledger', '--redirect-uri', redirect, '--json'];
    const client = JSON.parse((await g.cli(add)).out);
    const program = JSON.parse((await g.cli([...add, '--public'])).out);
    const origin = `http://127.0.0.1:${g.port}`;
    const call = (token) => fetch(`${origin}/api/v1/invoices`, { headers: { authorization: `Bearer ${token}` } });
    return { up, g, client, program, origin, call };
}

test('openid-client', async (t) => {
    const s = await site(t);
    const config = await oidc.discovery(new URL(s.origin), s.client.id, s.client.client_secret, undefined, {
        algorithm: 'oauth2',
        execute: [oidc.allowInsecureRequests],
    });
    assert.equal(config.serverMetadata().issuer, s.origin);
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirect,
        scope: 'billing.read',
        state,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
    });
    const back = await allow(url, { ...jane, saw: (html) => assert.match(html, /billing\.read/) });
    const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state });
    assert.equal(tokens.expires_in, 15 * 86400);
    assert.equal((await s.call(tokens.access_token)).status, 200);
    assert.equal(s.up.requests.at(-1).headers['x-tollgate-scopes'], 'billing.read');
    const seen = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.scope, 'billing.read');
    assert.equal(seen.client_id, s.client.id);
    const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal((await s.call(next.access_token)).status, 200);
    await oidc.tokenRevocation(config, next.access_token);
    assert.equal((await s.call(next.access_token)).status, 401);
    assert.equal((await s.call(tokens.access_token)).status, 200);
    await oidc.tokenRevocation(config, next.refresh_token);
    assert.equal((await s.call(tokens.access_token)).status, 401);
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
    await assert.rejects(oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state }), { error: 'invalid_grant' });
});

test('oauth4webapi, a program without a secret', async (t) => {
    const s = await site(t);
    const plain = { [oauth.allowInsecureRequests]: true };
    const issuer = new URL(s.origin);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain }));
    assert.deepEqual(as.code_challenge_methods_supported, ['S256']);
    const resource = await oauth.processResourceDiscoveryResponse(issuer, await oauth.resourceDiscoveryRequest(issuer, plain));
    assert.deepEqual(resource.authorization_servers, [s.origin]);
    const client = { client_id: s.program.id };
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({
        client_id: client.client_id,
        redirect_uri: redirect,
        response_type: 'code',
        scope: 'billing.read customers.read',
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        resource: s.origin,
    });
    const back = await allow(url, jane);
    const parameters = oauth.validateAuthResponse(as, client, back, state); // and `iss`
    const code = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, redirect, verifier, plain);
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, code);
    assert.equal((await s.call(tokens.access_token)).status, 200);
    const got = await oauth.protectedResourceRequest(tokens.access_token, 'GET', new URL(`${s.origin}/api/v1/customers`), undefined, undefined, plain);
    assert.equal(got.status, 200);
    const refreshed = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token, plain);
    const next = await oauth.processRefreshTokenResponse(as, client, refreshed);
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), next.refresh_token, plain));
    assert.equal((await s.call(next.access_token)).status, 401);
});
