// A client that openapi-typescript makes from the published document works against the running gateway, and its types are checked.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { gateway, npm } from './support/gateway.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const document = `
openapi: 3.1.0
info: { title: Shop, version: '1' }
security: [ { token: [ buy ] } ]
paths: { /orders: { get: { responses: {} } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { buy: Buy, look: Look }
`;

test('create, list, rename, rotate, revoke', async (t) => {
    const up = '    upstream: { servers: [ "http://127.0.0.1:9" ] } }\n';
    const g = await gateway(t, { apis: `  - { name: shop, hosts: [ shop.test ], openapi: api.yaml,\n${up}`, files: { 'api.yaml': document } });
    const address = `http://127.0.0.1:${g.management}`;
    const made = await npm('openapi-typescript', [`${address}/openapi.json`, '-o', 'made/management.d.ts'], { cwd: here });
    assert.equal(made.code, 0, made.out + made.err);
    const checked = await npm('tsc', ['-p', '.'], { cwd: here });
    assert.equal(checked.code, 0, checked.out);

    const { lifeOfAToken } = await import(path.join(here, 'made/management.js'));
    const by = await g.token(['--api', 'tollgate', '--name', 'Client', '--scope', 'tokens:read', '--scope', 'tokens:write']);
    const life = await lifeOfAToken(address, by);
    assert.match(life.record.id, /^tok_[0-9a-z]{26}$/);
    assert.match(life.secret, /^tg_/);
    assert.deepEqual(life.page.map((r) => [r.id, r.name, r.state, 'token' in r]), [[life.record.id, 'Till', 'active', false]]);
    assert.equal(life.renamed, 'Till 2');
    assert.equal(life.late, 412);
    assert.notEqual(life.second, life.secret);
    assert.equal(life.revoked, 204);
    assert.equal(life.verified.valid, false);
    assert.equal(life.verified.reason, 'revoked');
    assert.deepEqual(life.refusals, [422, 422, 422]);
});
