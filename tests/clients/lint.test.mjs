// The management API's document under the usual linters: no error.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { npm, scratch, sources } from './support/gateway.mjs';

const document = path.join(sources, 'src/control/management.openapi.yaml');
const here = path.dirname(new URL(import.meta.url).pathname);

test('redocly lint', async () => {
    const said = await npm('redocly', ['lint', '--config', path.join(here, '.redocly.yaml'), '--format', 'json', document], {
        env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    const { totals, problems } = JSON.parse(said.out);
    assert.deepEqual(problems.filter((p) => p.severity === 'error').map((p) => `${p.ruleId}: ${p.message}`), []);
    assert.equal(totals.errors, 0);
    assert.equal(said.code, 0, said.err);
});

test('spectral lint', async () => {
    const said = await npm('spectral', ['lint', '--quiet', '--ruleset', path.join(here, '.spectral.yaml'), '--format', 'json', '--fail-severity', 'error', document]);
    const problems = JSON.parse(said.out.slice(said.out.indexOf('['), said.out.lastIndexOf(']') + 1) || '[]');
    assert.deepEqual(problems.filter((p) => p.severity === 0).map((p) => `${p.code}: ${p.message}`), []);
    assert.equal(said.code, 0, said.out + said.err);
});

// Else the two above could not fail.
test('the linters do find errors', async (t) => {
    const broken = path.join(await scratch(t), 'broken.yaml');
    await writeFile(broken, "openapi: 3.1.0\ninfo: {title: Broken}\npaths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/None'}}}}}\n");
    const one = await npm('redocly', ['lint', '--config', path.join(here, '.redocly.yaml'), broken], { env: { REDOCLY_TELEMETRY: 'off' } });
    assert.notEqual(one.code, 0);
    const two = await npm('spectral', ['lint', '--ruleset', path.join(here, '.spectral.yaml'), broken]);
    assert.notEqual(two.code, 0);
});
