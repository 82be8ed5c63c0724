import { Group, Select, Skeleton, TextInput, UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { useRoutes, useScopes, useWorkingTokens } from '../api/queries';
import type { Api, Route } from '../api/types';
import { Empty, Name, Page, ScopeBadge, Why } from '../parts/basics';
import { ChevronIcon, SearchIcon } from '../parts/icons';
import { couldCall } from '../tokens/scopes';
import { plural, wordsOf } from '../words';

export function Routes({ api }: { api: Api }) {
    const routes = useRoutes(api.name);
    const [q, setQ] = useState('');
    const [scope, setScope] = useState('');
    const names = useMemo(() => [...new Set((routes.data ?? []).flatMap((r) => r.scopes.flat()))].sort(), [routes.data]);
    const shown = (routes.data ?? []).filter(
        (r) =>
            `${r.method} ${r.path} ${r.operation_id}`.toLowerCase().includes(q.toLowerCase()) &&
            (!scope || r.scopes.flat().includes(scope)),
    );
    return (
        <Page
            title="Routes"
            trail={api.title || api.name}
            about={`${plural(api.routes, 'route')} of ${api.hosts.map((h) => h.host).join(', ') || 'the management listener'}; what no route covers is ${api.unlisted === 'forward' ? 'passed on' : 'refused'}.`}
        >
            <Group gap="xs" className="filters" role="search">
                <TextInput
                    aria-label="Search routes"
                    placeholder="Search routes"
                    leftSection={<SearchIcon size={16} />}
                    value={q}
                    onChange={(e) => setQ(e.currentTarget.value)}
                    className="filter-q"
                />
                {names.length > 0 && (
                    <Select
                        aria-label="Demands the scope"
                        data={[{ value: '', label: 'Any scope' }, ...names]}
                        value={scope}
                        onChange={(v) => setScope(v ?? '')}
                        allowDeselect={false}
                        searchable
                        w={200}
                    />
                )}
            </Group>
            <Why refused={routes.error as never} />
            {routes.isPending && <Skeleton height={240} />}
            {routes.data && (
                <section className="panel panel-flush">
                    {shown.length === 0 && <Empty title="No route is like that">Search for a part of its path, like “invoices”.</Empty>}
                    <ul className="routes" aria-label="Routes">
                        {shown.map((r) => (
                            <RouteRow key={r.method + r.path} api={api} route={r} />
                        ))}
                    </ul>
                </section>
            )}
        </Page>
    );
}

function RouteRow({ api, route }: { api: Api; route: Route }) {
    const [open, setOpen] = useState(false);
    return (
        <li className="route">
            <UnstyledButton className="route-line" onClick={() => setOpen(!open)} aria-expanded={open}>
                <span className={open ? 'turn turned' : 'turn'}>
                    <ChevronIcon size={14} />
                </span>
                <span className={`method method-${route.method}`}>{route.method}</span>
                <span className="mono route-path">{route.path}</span>
                <span className="scopes route-demands">
                    {route.public && <span className="scope scope-public">public</span>}
                    {route.scopes.map((all, i) => (
                        <span key={all.join()}>
                            {i > 0 && <span className="faint"> or </span>}
                            {all.map((s) => (
                                <ScopeBadge key={s} name={s} />
                            ))}
                        </span>
                    ))}
                    {!route.public && route.scopes.length === 0 && <span className="faint">any working {wordsOf(api).token}</span>}
                    {route.audiences.length > 0 && <span className="faint small">for {route.audiences.join(', ')}</span>}
                    {route.assurance > 1 && <span className="scope scope-strong">second factor</span>}
                    {route.idempotency === 'required' && <span className="scope scope-dimmed">idempotency key</span>}
                </span>
            </UnstyledButton>
            {open && <Callers api={api} route={route} />}
        </li>
    );
}

function Callers({ api, route }: { api: Api; route: Route }) {
    const words = wordsOf(api);
    const tokens = useWorkingTokens(api.name, !route.public);
    const scopes = useScopes(api.name).data ?? [];
    const can = (tokens.data?.tokens ?? []).filter((t) => couldCall(t, route, scopes, api.wildcard));
    return (
        <div className="callers">
            {Object.keys(route.include_scopes).length > 0 && (
                <p className="small">
                    With <code>?include=</code>:{' '}
                    {Object.entries(route.include_scopes).map(([what, s]) => (
                        <span key={what} className="include">
                            <span className="mono">{what}</span> also needs <ScopeBadge name={s} />
                        </span>
                    ))}
                </p>
            )}
            {route.public ? (
                <p className="small">Everybody may call it, without a {words.token}.</p>
            ) : tokens.isPending ? (
                <Skeleton height={18} width={220} />
            ) : (
                <>
                    <p className="small">
                        <b>{plural(can.length, `active ${words.token}`)}</b> could call it now
                        {tokens.data?.more ? ', of the first 2,000' : ''}
                        {can.length > 0 ? ':' : '.'}
                    </p>
                    <ul className="caller-list">
                        {can.slice(0, 30).map((t) => (
                            <li key={t.id}>
                                <Link href={`/tokens/${t.id}`}>
                                    <Name of={t.name} />
                                </Link>{' '}
                                <span className="mono faint small">{t.hint}</span>
                            </li>
                        ))}
                        {can.length > 30 && <li className="faint small">and {plural(can.length - 30, 'more', 'more')}</li>}
                    </ul>
                </>
            )}
        </div>
    );
}
