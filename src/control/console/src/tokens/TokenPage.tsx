import { Button, Group, SegmentedControl, Skeleton, Table } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { type Step, useApis, useAudit, useScopes, useToken, useUsage } from '../api/queries';
import type { Api, Token, Usage } from '../api/types';
import { Events } from '../pages/Audit';
import { Bar, Empty, FullAccess, Name, Page, Panel, ScopeBadge, StateBadge, When, Why } from '../parts/basics';
import { LazyChart } from '../parts/Charts';
import { BackIcon } from '../parts/icons';
import { useMay } from '../session';
import { exactly, left, useNow } from '../time';
import { capital, plural, wordsOf } from '../words';
import { ending, stateOf } from './actions';
import { type Doing, TokenDialog } from './Dialogs';
import { unlocked } from './scopes';
import { TokenMenu } from './TokenMenu';

export function TokenPage({ id }: { id: string }) {
    const found = useToken(id);
    const apis = useApis();
    const api = apis.data?.find((a) => a.name === found.data?.api);
    if (found.isError) {
        const gone = (found.error as { status?: number }).status === 404;
        return (
            <Page title="Token">
                {gone ? (
                    <section className="panel">
                        <Empty
                            title="There is no such token"
                            action={
                                <Button component={Link} href="/" variant="default">
                                    Back to the overview
                                </Button>
                            }
                        >
                            The address may be cut off, or it belongs to another gateway.
                        </Empty>
                    </section>
                ) : (
                    <Why refused={found.error as never} />
                )}
            </Page>
        );
    }
    if (!(found.data && apis.data)) return <Page title={<Skeleton height={26} width={240} />}>{<Skeleton height={200} />}</Page>;
    if (!api)
        return (
            <Page title={<Name of={found.data.name} />}>
                <section className="panel">
                    <Empty title={`No API is called ${found.data.api} any more`}>
                        This token was made for one that the configuration does not name now. It opens nothing.
                    </Empty>
                </section>
            </Page>
        );
    return <Found api={api} token={found.data} />;
}

function Found({ api, token }: { api: Api; token: Token }) {
    const words = wordsOf(api);
    const may = useMay();
    const write = may('tokens:write') && token.state !== 'revoked';
    const [doing, setDoing] = useState<Doing | null>(null);
    const now = useNow(1000);
    return (
        <Page
            title={
                <Group gap="sm" component="span">
                    <Name of={token.name} />
                    <StateBadge of={stateOf(token, now)} />
                    {token.full_access && <FullAccess />}
                </Group>
            }
            trail={
                <Link href={`/apis/${token.api}/tokens`} className="back">
                    <BackIcon size={14} /> {api.title || api.name} › {words.path.join(' › ')}
                </Link>
            }
            about={<span className="mono">{token.hint}</span>}
            actions={
                write && (
                    <>
                        <Button variant="default" onClick={() => setDoing('rotate')}>
                            Rotate
                        </Button>
                        {api.scopes > 0 && (
                            <Button variant="default" onClick={() => setDoing('scopes')}>
                                Change {words.scopes.toLowerCase()}
                            </Button>
                        )}
                        <Button variant="light" color="red" onClick={() => setDoing('revoke')}>
                            {words.revoke}
                        </Button>
                        <TokenMenu api={api} token={token} onDo={setDoing} />
                    </>
                )
            }
        >
            <Facts api={api} token={token} />
            <Use api={api} token={token} />
            <Generations token={token} now={now} onFinish={write ? () => setDoing('finish') : undefined} />
            <Trail id={token.id} />
            {doing && <TokenDialog doing={doing} api={api} token={token} onClose={() => setDoing(null)} />}
        </Page>
    );
}

function Facts({ api, token }: { api: Api; token: Token }) {
    const words = wordsOf(api);
    const scopes = useScopes(api.name).data ?? [];
    const more = [...unlocked(token.scopes, scopes)].filter((s) => !token.scopes.includes(s));
    const facts: [string, ReactNode][] = [
        ['Created', <When key="c" at={token.created_at} />],
        ['Expires', <When key="e" at={token.expires_at} none="Never" />],
        [
            'Last used',
            <span key="l">
                <When at={token.last_used_at} />
                {token.last_used_ip && <span className="faint"> from {token.last_used_ip}</span>}
            </span>,
        ],
        [
            'Addresses',
            token.allowed_ips?.length ? (
                <span key="a" className="mono">
                    {token.allowed_ips.join(', ')}
                </span>
            ) : (
                'Any'
            ),
        ],
        ...(token.revoked_at ? ([['Revoked', <When key="r" at={token.revoked_at} />]] as [string, ReactNode][]) : []),
        ...(token.disabled_at ? ([['Disabled', <When key="d" at={token.disabled_at} />]] as [string, ReactNode][]) : []),
        ...(api.kinds.length > 1 ? ([[words.kind, capital(token.kind)]] as [string, ReactNode][]) : []),
        ...(token.environment ? ([['Environment', token.environment]] as [string, ReactNode][]) : []),
        ...(token.owner ? ([['Owner', <Name key="o" of={token.owner} />]] as [string, ReactNode][]) : []),
        ...(token.tenant ? ([['Tenant', <Name key="t" of={token.tenant} />]] as [string, ReactNode][]) : []),
        ...(token.version ? ([['Version', token.version]] as [string, ReactNode][]) : []),
        [
            'Id',
            <span key="i" className="mono">
                {token.id}
            </span>,
        ],
    ];
    return (
        <Panel>
            <dl className="facts">
                {facts.map(([term, value]) => (
                    <div key={term} className={term === 'Id' || term === 'Addresses' ? 'facts-wide' : undefined}>
                        <dt>{term}</dt>
                        <dd>{value}</dd>
                    </div>
                ))}
            </dl>
            {api.scopes > 0 && (
                <div className="facts-scopes">
                    <span className="term">{words.scopes}</span>
                    <span className="scopes">
                        {token.full_access && <FullAccess />}
                        {token.scopes.map((s) => (
                            <ScopeBadge key={s} name={s} title={scopes.find((x) => x.name === s)?.description} />
                        ))}
                        {more.map((s) => (
                            <ScopeBadge key={s} name={`+ ${s}`} title="Included" dimmed />
                        ))}
                    </span>
                </div>
            )}
        </Panel>
    );
}

const spans: { value: Step; label: string; seconds: number; steps: number }[] = [
    { value: 'minute', label: 'Hour', seconds: 60, steps: 60 },
    { value: 'hour', label: 'Day', seconds: 3600, steps: 24 },
    { value: 'day', label: '30 days', seconds: 86_400, steps: 30 },
];

// A point for each step, also for those in which nothing happened.
function filled(usage: Usage | undefined, step: Step) {
    const { seconds, steps } = spans.find((s) => s.value === step) ?? { seconds: 3600, steps: 24 };
    const end = Math.floor(Date.now() / 1000 / seconds) * seconds;
    const by = new Map((usage?.data ?? []).map((d) => [Math.floor(Date.parse(d.start ?? '') / 1000 / seconds) * seconds, d]));
    const times = Array.from({ length: steps }, (_, i) => end - (steps - 1 - i) * seconds);
    return {
        times,
        allowed: times.map((t) => by.get(t)?.requests || null),
        denied: times.map((t) => by.get(t)?.denials || null),
        mean: times.map((t) => (by.get(t)?.latency_mean_us ? (by.get(t)?.latency_mean_us ?? 0) / 1000 : null)),
        most: times.map((t) => (by.get(t)?.latency_max_us ? (by.get(t)?.latency_max_us ?? 0) / 1000 : null)),
    };
}

function Use({ api, token }: { api: Api; token: Token }) {
    const words = wordsOf(api);
    const [step, setStep] = useState<Step>('hour');
    const usage = useUsage(token.id, step);
    const points = useMemo(() => filled(usage.data, step), [usage.data, step]);
    const requests = points.allowed.reduce<number>((a, b) => a + (b ?? 0), 0);
    const denials = points.denied.reduce<number>((a, b) => a + (b ?? 0), 0);
    const counts = useMemo(
        () => [
            { label: 'Requests', values: points.allowed, colour: '#14907f', bars: true },
            { label: 'Denied', values: points.denied, colour: '#e03131', bars: true },
        ],
        [points],
    );
    const latencies = useMemo(
        () => [
            { label: 'Mean', values: points.mean, colour: '#14907f', fill: true, unit: ' ms' },
            { label: 'Longest', values: points.most, colour: '#d9822b', unit: ' ms' },
        ],
        [points],
    );
    const span = spans.find((s) => s.value === step)?.label.toLowerCase();
    return (
        <Panel
            title="Use"
            actions={<SegmentedControl size="xs" data={spans} value={step} onChange={(v) => setStep(v as Step)} aria-label="Span" />}
        >
            <Why refused={usage.error as never} />
            <div className="two">
                <div>
                    <p className="figure">
                        <b>{plural(requests, 'request')}</b>{' '}
                        <span className={denials ? 'bad' : 'faint'}>
                            {denials ? `${denials.toLocaleString('en')} denied` : 'none denied'}
                        </span>
                        <span className="faint"> in the last {span}</span>
                    </p>
                    <LazyChart times={points.times} series={counts} about={`${requests} requests, ${denials} denied in the last ${span}`} />
                </div>
                <div>
                    <p className="figure">
                        <b>Latency</b> <span className="faint">as the caller sees it</span>
                    </p>
                    <LazyChart times={points.times} series={latencies} about={`Latency in the last ${span}`} />
                </div>
            </div>
            <div className="two">
                {api.scopes > 0 && (
                    <div>
                        <h3 className="sub">{words.scopes} that it needed</h3>
                        <ScopeUse token={token} usage={usage.data} />
                    </div>
                )}
                <div>
                    <h3 className="sub">Routes</h3>
                    <RouteUse usage={usage.data} />
                </div>
                <div>
                    <h3 className="sub">Addresses</h3>
                    {usage.data?.addresses.length ? (
                        <Table className="plain">
                            <Table.Thead>
                                <Table.Tr>
                                    <Table.Th>Address</Table.Th>
                                    <Table.Th>Last</Table.Th>
                                    <Table.Th className="number">Requests</Table.Th>
                                    <Table.Th className="number">Denied</Table.Th>
                                </Table.Tr>
                            </Table.Thead>
                            <Table.Tbody>
                                {usage.data.addresses.map((a) => (
                                    <Table.Tr key={a.address}>
                                        <Table.Td className="mono">{a.address}</Table.Td>
                                        <Table.Td>
                                            <When at={a.last_at} />
                                        </Table.Td>
                                        <Table.Td className="number">{a.requests?.toLocaleString('en')}</Table.Td>
                                        <Table.Td className="number">{a.denials?.toLocaleString('en')}</Table.Td>
                                    </Table.Tr>
                                ))}
                            </Table.Tbody>
                        </Table>
                    ) : (
                        <p className="faint small">Nobody has called with it yet.</p>
                    )}
                </div>
            </div>
        </Panel>
    );
}

function RouteUse({ usage }: { usage: Usage | undefined }) {
    const [all, setAll] = useState(false);
    const routes = usage?.routes ?? [];
    if (routes.length === 0) return <p className="faint small">It has called none yet.</p>;
    const shown = all ? routes : routes.slice(0, 8);
    const most = Math.max(...routes.map((r) => r.requests ?? 0)); // those that were denied count too
    return (
        <>
            <Table className="plain">
                <Table.Thead>
                    <Table.Tr>
                        <Table.Th>Route</Table.Th>
                        <Table.Th className="number">Requests</Table.Th>
                        <Table.Th className="number">Denied</Table.Th>
                    </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                    {shown.map((r) => (
                        <Table.Tr key={`${r.method} ${r.path}`}>
                            <Table.Td className="route-cell">
                                <span className={`method method-${r.method}`}>{r.method}</span> <span className="mono">{r.path}</span>
                                <Bar good={(r.requests ?? 0) - (r.denials ?? 0)} bad={r.denials ?? 0} of={most} />
                            </Table.Td>
                            <Table.Td className="number">{r.requests?.toLocaleString('en')}</Table.Td>
                            <Table.Td className={r.denials ? 'number bad' : 'number'}>{r.denials?.toLocaleString('en')}</Table.Td>
                        </Table.Tr>
                    ))}
                </Table.Tbody>
            </Table>
            {shown.length < routes.length && (
                <Button variant="subtle" size="compact-sm" color="gray" onClick={() => setAll(true)}>
                    Show all {routes.length}
                </Button>
            )}
        </>
    );
}

function ScopeUse({ token, usage }: { token: Token; usage: Usage | undefined }) {
    const used = new Map((usage?.scopes ?? []).filter((s) => s.last_used_at).map((s) => [s.scope ?? '', s]));
    const names = [...new Set([...token.scopes, ...used.keys()])];
    if (names.length === 0) return <p className="faint small">It has none by name.</p>;
    const most = Math.max(1, ...[...used.values()].map((s) => s.requests ?? 0));
    return (
        <ul className="scope-use">
            {names.map((s) => {
                const use = used.get(s);
                return (
                    <li key={s}>
                        <ScopeBadge name={s} dimmed={!use} />
                        <span className={use ? 'small' : 'small faint'}>
                            {use ? (
                                <>
                                    {plural(use.requests ?? 0, 'request')}, <When at={use.last_used_at} />
                                </>
                            ) : (
                                'not needed so far'
                            )}
                        </span>
                        {use && <Bar good={use.requests ?? 0} of={most} />}
                    </li>
                );
            })}
        </ul>
    );
}

function Generations({ token, now, onFinish }: { token: Token; now: number; onFinish?: () => void }) {
    const old = ending(token, now);
    return (
        <Panel
            title="Texts"
            actions={
                old.length > 0 &&
                onFinish && (
                    <Button size="compact-sm" variant="light" color="red" onClick={onFinish}>
                        Finish now
                    </Button>
                )
            }
        >
            {old.length > 0 && (
                <p className="countdown-big" role="timer" aria-label="Left of the grace">
                    <b>{left(old.at(-1)?.ends_at as string, now)}</b> until the text before ends
                </p>
            )}
            <Table className="plain">
                <Table.Thead>
                    <Table.Tr>
                        <Table.Th>Text</Table.Th>
                        <Table.Th>Made</Table.Th>
                        <Table.Th>Last used</Table.Th>
                        <Table.Th>Works until</Table.Th>
                    </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                    {[...(token.generations ?? [])].reverse().map((g, i) => (
                        <Table.Tr key={g.number}>
                            <Table.Td>
                                <span className="mono">{g.hint}</span> {i === 0 && <span className="faint">newest</span>}
                            </Table.Td>
                            <Table.Td>
                                <When at={g.created_at} />
                            </Table.Td>
                            <Table.Td>
                                <When at={g.last_used_at} />
                            </Table.Td>
                            <Table.Td>
                                {g.ends_at ? (
                                    Date.parse(g.ends_at) > now ? (
                                        exactly(g.ends_at)
                                    ) : (
                                        <span className="faint">ended</span>
                                    )
                                ) : token.state === 'revoked' ? (
                                    <span className="faint">revoked</span>
                                ) : (
                                    'further notice'
                                )}
                            </Table.Td>
                        </Table.Tr>
                    ))}
                </Table.Tbody>
            </Table>
        </Panel>
    );
}

function Trail({ id }: { id: string }) {
    const may = useMay();
    if (!may('audit:read')) return null;
    return <TrailOf id={id} />;
}

function TrailOf({ id }: { id: string }) {
    const events = useAudit({ token: id });
    const rows = events.data?.pages.flatMap((p) => p.data) ?? [];
    return (
        <Panel title="What was done to it, and by it">
            <Why refused={events.error as never} />
            <Events rows={rows} about={id} />
            {events.hasNextPage && (
                <Button
                    variant="default"
                    size="compact-sm"
                    mt="sm"
                    onClick={() => events.fetchNextPage()}
                    loading={events.isFetchingNextPage}
                >
                    Show more
                </Button>
            )}
        </Panel>
    );
}
