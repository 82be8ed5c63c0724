// The `stripe` SDK, as it comes from npm, against a contract with its header names: it makes its own idempotency keys and tries again
// when a connection breaks, and the service behind sees one POST. (PL-6)
import assert from 'node:assert/strict';
import test from 'node:test';
import Stripe from 'stripe';
import { gateway, upstream, wire } from './support/gateway.mjs';

const version = '2025-08-27.basil';
const contract = `
tokens: [ { kind: key, format: "sk_test_{random:49}" } ]
idempotency: { header: Idempotency-Key }
versions: { header: Stripe-Version, default: "${version}", supported: ["${version}"] }
refusals:
  default: { json: { error: { type: invalid_request_error, code: "{reason}", message: "{title}" } } }
`;
const document = `
openapi: 3.1.0
info: { title: Payments, version: '1' }
security: [ { token: [ write ] } ]
paths:
  /v1/customers:
    post: { x-idempotency: required, responses: {} }
    get: { responses: {} }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { write: Write }
`;

// The gateway, what stands behind it, and an SDK that talks to it over `answered`'s wire.
async function site(t, { answer, answered }) {
    const up = await upstream(t, answer);
    const apis = `  - { name: payments, hosts: [ localhost, 127.0.0.1 ], contract: contract.yaml, openapi: api.yaml,
      upstream: { servers: [ "http://${up.address}" ] } }\n`;
    const g = await gateway(t, { apis, files: { 'contract.yaml': contract, 'api.yaml': document } });
    const line = await wire(t, g.port, answered);
    const key = await g.token(['--api', 'payments', '--name', 'SDK', '--scope', 'write']);
    const sdk = new Stripe(key, { host: '127.0.0.1', port: line.port, protocol: 'http', maxNetworkRetries: 5, telemetry: false, apiVersion: version });
    return { up, g, line, sdk };
}

const customer = (response, number, body) => {
    const text = JSON.stringify({ id: `cus_${number}`, object: 'customer', name: new URLSearchParams(body).get('name') });
    response.writeHead(200, { 'content-type': 'application/json', 'x-number': String(number) }).end(text);
};

test('creates; a broken connection is tried again and gets the replay', async (t) => {
    let cuts = 1;
    const s = await site(t, {
        answer: (request, response, body) => customer(response, s.up.requests.length, body),
        answered: () => cuts-- <= 0, // the first answer never arrives
    });
    const made = await s.sdk.customers.create({ name: 'Jenny Rosen' });
    assert.equal(made.id, 'cus_1');
    assert.equal(made.name, 'Jenny Rosen');
    assert.equal(made.lastResponse.statusCode, 200);
    assert.equal(s.line.connections(), 2, 'the SDK did try again');
    assert.equal(s.up.requests.length, 1);
    assert.equal(s.up.requests[0].headers['stripe-version'], version);
    assert.match(s.up.requests[0].headers['idempotency-key'], /^stripe-node-retry-/);

    const again = await s.sdk.customers.create({ name: 'Jenny Rosen' }, { idempotencyKey: 'of-mine' });
    const replay = await s.sdk.customers.create({ name: 'Jenny Rosen' }, { idempotencyKey: 'of-mine' });
    assert.equal(again.id, 'cus_2');
    assert.equal(replay.id, 'cus_2');
    assert.equal(s.up.requests.length, 2);
    await assert.rejects(s.sdk.customers.create({ name: 'Somebody else' }, { idempotencyKey: 'of-mine' }), { statusCode: 422, code: 'idempotency_mismatch' });
});

test('cut while the service works: told that it runs, then the replay', async (t) => {
    let finish;
    const refused = [];
    const s = await site(t, {
        answer: (request, response, body) => {
            finish = () => customer(response, s.up.requests.length, body);
            s.line.cutAll();
        },
        answered: (connection, bytes) => {
            const status = Number(bytes.toString('latin1').match(/^HTTP\/1\.1 (\d+)/)?.[1]);
            if (status === 409) {
                refused.push(connection.number);
                finish();
            }
            return true;
        },
    });
    const made = await s.sdk.customers.create({ name: 'Jenny Rosen' });
    assert.equal(made.id, 'cus_1');
    assert.equal(refused.length, 1, 'one try came while the first was running');
    assert.equal(s.up.requests.length, 1);
});

test('a wrong key is an authentication error', async (t) => {
    const s = await site(t, { answer: (request, response) => response.end('{}'), answered: () => true });
    const sdk = new Stripe('sk_test_nothing', { host: '127.0.0.1', port: s.line.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
    await assert.rejects(sdk.customers.list(), { type: 'StripeAuthenticationError', statusCode: 401 });
    assert.equal(s.up.requests.length, 0);
});
