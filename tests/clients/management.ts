// A client of the management API whose types openapi-typescript has read from the document that the gateway publishes. tsc checks this
// file; management.test.mjs runs what comes out of it.
import createClient from 'openapi-fetch';
import type { components, paths } from './made/management.js';

type Token = components['schemas']['Token'];

// Gives the name of what went wrong, instead of an exception that says `undefined`.
function had<T>(value: T | undefined, what: string, error: unknown): T {
    if (value === undefined) throw new Error(`${what}: ${JSON.stringify(error)}`);
    return value;
}

export async function lifeOfAToken(address: string, token: string) {
    const client = createClient<paths>({ baseUrl: `${address}/v1/admin`, headers: { authorization: `Bearer ${token}` } });

    const made = await client.POST('/api-tokens', {
        body: { api: 'shop', name: 'Till', scopes: ['buy'], expires_in: '15d' },
        params: { header: { 'Idempotency-Key': 'till-1' } },
    });
    const record = had(made.data, 'create', made.error);
    const secret: string = record.token;

    const listed = await client.GET('/api-tokens', { params: { query: { api: 'shop', state: 'active' } } });
    const page: Token[] = had(listed.data, 'list', listed.error).data;

    const path = { id: record.id };
    const shown = await client.GET('/api-tokens/{id}', { params: { path } });
    const etag = shown.response.headers.get('etag') ?? '';
    const renamed = await client.PATCH('/api-tokens/{id}', { params: { path, header: { 'If-Match': etag } }, body: { name: 'Till 2' } });
    const late = await client.PATCH('/api-tokens/{id}', { params: { path, header: { 'If-Match': etag } }, body: { name: 'Till 3' } });

    const rotated = await client.POST('/api-tokens/{id}/rotate', { params: { path }, body: { grace: '0' } });
    const second: string = had(rotated.data, 'rotate', rotated.error).token;
    const revoked = await client.DELETE('/api-tokens/{id}', { params: { path } });
    const verified = await client.POST('/api-tokens/verify', { body: { token: second } });

    // @ts-expect-error: `name` is demanded
    const nameless = await client.POST('/api-tokens', { body: { api: 'shop' } });
    // @ts-expect-error: a list
    const listless = await client.POST('/api-tokens', { body: { api: 'shop', name: 'x', scopes: 'buy' } });
    // @ts-expect-error: no such operation
    const nowhere = () => client.PUT('/api-tokens', {});
    // @ts-expect-error: no such state
    const stateless = await client.GET('/api-tokens', { params: { query: { state: 'asleep' } } });

    return {
        record,
        secret,
        page,
        renamed: renamed.data?.name,
        late: late.response.status,
        second,
        revoked: revoked.response.status,
        verified: verified.data,
        refusals: [nameless, listless, stateless].map((r) => r.response.status),
        nowhere,
    };
}
