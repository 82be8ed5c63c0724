import { Skeleton, Table } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import { useApis, useVerification } from '../api/queries';
import { by, calls, type Moment, own, quantile, type Sample, servers, sum, useMetrics } from '../metrics';
import { Bar, Page, Panel, StateBadge, Why } from '../parts/basics';
import { LazyChart } from '../parts/Charts';
import { useMay } from '../session';
import { once } from '../time';
import { plural, wordsOf } from '../words';

const compact = once(() => new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }));
const percent = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(part === whole ? 0 : 1)} %` : '–');
const ms = (seconds: number | null) =>
    seconds === null ? '–' : seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;

function Figure({ label, value, note, bad }: { label: string; value: ReactNode; note?: ReactNode; bad?: boolean }) {
    return (
        <div className={bad ? 'tile tile-bad' : 'tile'}>
            <span className="tile-label">{label}</span>
            <span className="tile-value">{value}</span>
            <span className="tile-note">{note}</span>
        </div>
    );
}

function Bars({ rows, empty, word }: { rows: [string, number][]; empty: string; word: string }) {
    if (rows.length === 0) return <p className="faint small">{empty}</p>;
    const most = rows[0]?.[1] ?? 1;
    return (
        <ul className="bars">
            {rows.slice(0, 8).map(([name, n]) => (
                <li key={name}>
                    <span className="bar-name">{name.replaceAll('_', ' ')}</span>
                    <span className="bar-count">{plural(n, word)}</span>
                    <Bar good={n} of={most} />
                </li>
            ))}
        </ul>
    );
}

function rates(history: Moment[]) {
    const times: number[] = [];
    const requests: (number | null)[] = [];
    const refusals: (number | null)[] = [];
    for (let i = 1; i < history.length; ++i) {
        const a = history[i - 1] as Moment;
        const b = history[i] as Moment;
        const seconds = Math.max(0.001, b.at - a.at);
        times.push(b.at);
        requests.push(b.requests >= a.requests ? (b.requests - a.requests) / seconds : null);
        refusals.push(b.refusals >= a.refusals ? (b.refusals - a.refusals) / seconds : null);
    }
    return { times, requests, refusals };
}

const about = 'Since the gateway started; anew every five seconds.';

export function Overview() {
    const metrics = useMetrics();
    const apis = useApis();
    const may = useMay();
    const history = metrics.data?.history;
    const live = useMemo(() => rates(history ?? []), [history]);
    const series = useMemo(
        () => [
            { label: 'Requests a second', values: live.requests, colour: '#14907f', fill: true },
            { label: 'Refused a second', values: live.refusals, colour: '#e03131' },
        ],
        [live],
    );
    if (!metrics.data)
        return (
            <Page title="Overview" about={about}>
                {metrics.isError ? <Why refused={metrics.error as never} /> : <Skeleton height={110} />}
            </Page>
        );
    const s = metrics.data.samples;
    const called = calls(apis.data ?? []);
    const requests = sum(s, 'tollgate_requests_total', called);
    const refusals = sum(s, 'tollgate_refusals_total', own);
    const hits = sum(s, 'tollgate_grant_cache_hits_total');
    const looks = hits + sum(s, 'tollgate_grant_cache_misses_total');
    const failures = sum(s, 'tollgate_upstream_failures_total');
    const out = sum(s, 'tollgate_upstream_server_state', (l) => l.state === 'unhealthy' || l.state === 'ejected');
    const sent = sum(s, 'tollgate_upstream_connects_total') + sum(s, 'tollgate_upstream_reuses_total');
    const expiring = sum(s, 'tollgate_tokens_expiring');
    const store = sum(s, 'tollgate_store_open') === 1;
    const ahead = sum(s, 'tollgate_clock_ahead_seconds');
    const changes = sum(s, 'tollgate_change_visible_seconds_count');
    const inForce = quantile(s, 'tollgate_change_visible_seconds', 0.99, () => true);
    const overhead = quantile(s, 'tollgate_gateway_overhead_seconds', 0.99, own);
    return (
        <Page title="Overview" about={about}>
            <div className="tiles">
                <Figure
                    label="Requests"
                    value={compact().format(requests)}
                    note={`${compact().format(live.requests.at(-1) ?? 0)} a second now`}
                />
                <Figure
                    label="Refused"
                    value={compact().format(refusals)}
                    note={requests > 0 ? `${percent(refusals, requests)} of all` : 'nothing came yet'}
                />
                <Figure label="Added latency" value={ms(overhead)} note="99 of 100 requests at most" />
                <Figure
                    label="Cache"
                    value={percent(hits, looks)}
                    note={looks > 0 ? `of ${plural(looks, 'look-up')}` : 'no look-ups yet'}
                />
                <Figure label="Revoked within" value={ms(inForce)} note={changes > 0 ? '99 of 100 changes at most' : 'no change yet'} />
                <Figure
                    label="Upstream"
                    value={out ? `${plural(out, 'server')} out` : failures ? plural(failures, 'failure') : 'Well'}
                    note={`${plural(sent, 'request')} passed on`}
                    bad={failures > 0 || out > 0}
                />
            </div>
            <Alarms>
                {!store && <li className="alarm alarm-bad">The store is closed: nothing can be changed. The operator’s log says why.</li>}
                {ahead > 0 && (
                    <li className="alarm alarm-bad">
                        The clock was set back by {ahead} s: decisions go by the time before. See <code>tollgate clock</code>.
                    </li>
                )}
                {may('audit:read') && <AuditAlarm />}
                {expiring > 0 && (
                    <li className="alarm">
                        {plural(expiring, 'token ends', 'tokens end')} within 14 days; the lists have a filter for them.
                    </li>
                )}
            </Alarms>
            <Panel title="Now">
                {live.times.length < 2 ? (
                    <p className="faint small waiting">Watching; the first figures come in some seconds.</p>
                ) : (
                    <LazyChart
                        times={live.times}
                        series={series}
                        height={180}
                        about={`${compact().format(live.requests.at(-1) ?? 0)} requests a second now`}
                    />
                )}
            </Panel>
            <div className="two">
                <Panel title="Traffic by API">
                    <Bars rows={by(s, 'tollgate_requests_total', 'api', called)} empty="No request has come yet." word="request" />
                </Panel>
                <Panel title="Refusals by reason">
                    <Bars
                        rows={by(s, 'tollgate_refusals_total', 'reason', (l) => l.api !== 'tollgate')}
                        empty="Nothing was refused."
                        word="refusal"
                    />
                </Panel>
            </div>
            <Upstreams samples={s} />
            <Panel title="APIs" flush>
                <ul className="apis">
                    {(apis.data ?? [])
                        .filter((a) => a.name !== 'tollgate')
                        .map((a) => (
                            <li key={a.name}>
                                <Link href={`/apis/${a.name}/tokens`} className="api-link">
                                    <b>{a.title || a.name}</b>
                                    <span className="faint small">{a.hosts.map((h) => h.host).join(', ')}</span>
                                    <span className="faint small api-count">
                                        {plural(a.routes, 'route')}, {a.scopes ? plural(a.scopes, 'scope') : 'no scopes'} ·{' '}
                                        {wordsOf(a).path.at(-1)}
                                    </span>
                                </Link>
                            </li>
                        ))}
                </ul>
            </Panel>
        </Page>
    );
}

// Whether those that the requests go on to are well.
function Upstreams({ samples }: { samples: Sample[] }) {
    const all = servers(samples);
    if (all.length === 0) return null;
    const open = new Set(
        samples.filter((s) => s.name === 'tollgate_upstream_pool_breaker_open' && s.value === 1).map((s) => s.labels.pool ?? ''),
    );
    return (
        <Panel title="Upstream servers" flush>
            <Table className="records">
                <Table.Thead>
                    <Table.Tr>
                        <Table.Th>Server</Table.Th>
                        <Table.Th>State</Table.Th>
                        <Table.Th className="number">Requests</Table.Th>
                        <Table.Th className="number">Failed</Table.Th>
                        <Table.Th className="number">Under way</Table.Th>
                    </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                    {all.map((u) => (
                        <Table.Tr key={`${u.pool} ${u.server} ${u.address}`}>
                            <Table.Td>
                                <b>{u.pool}</b>
                                <div className="mono faint small">
                                    {u.server}
                                    {u.address && !u.server.includes(u.address) && ` (${u.address})`}
                                </div>
                            </Table.Td>
                            <Table.Td data-label="State">
                                <StateBadge of={open.has(u.pool) && u.state === 'up' ? 'not asked' : u.state} />
                            </Table.Td>
                            <Table.Td className="number" data-label="Requests">
                                {u.requests.toLocaleString('en')}
                            </Table.Td>
                            <Table.Td data-label="Failed" className={u.failures ? 'number bad' : 'number'}>
                                {u.failures.toLocaleString('en')}
                            </Table.Td>
                            <Table.Td className="number" data-label="Under way">
                                {u.active.toLocaleString('en')}
                            </Table.Td>
                        </Table.Tr>
                    ))}
                </Table.Tbody>
            </Table>
        </Panel>
    );
}

// Nothing where there is none: CSS leaves out an empty list.
const Alarms = ({ children }: { children: ReactNode }) => <ul className="alarms">{children}</ul>;

function AuditAlarm() {
    const verified = useVerification();
    if (!verified.data || verified.data.good) return null;
    return (
        <li className="alarm alarm-bad">
            The audit log is not as it was written. <Link href="/audit">See what was found</Link>
        </li>
    );
}
