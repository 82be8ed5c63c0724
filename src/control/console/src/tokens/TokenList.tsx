import { ActionIcon, Button, Group, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { useScopes, useTokens } from '../api/queries';
import type { Api, Token } from '../api/types';
import { Empty, inert, Name, Page, ScopeBadges, StateBadge, When, Why } from '../parts/basics';
import { PenIcon, PlusIcon, SearchIcon } from '../parts/icons';
import { useMay } from '../session';
import { left, useNow } from '../time';
import { plural, wordsOf } from '../words';
import { ending, expired, soon } from './actions';
import { CreateToken } from './CreateToken';
import { type Doing, TokenDialog } from './Dialogs';
import { TokenMenu } from './TokenMenu';

const uses = [
    { value: '', label: 'Any use' },
    { value: 'expires', label: 'Ends within 14 days' },
    { value: '90d', label: 'Unused for 90 days' },
    { value: '30d', label: 'Unused for 30 days' },
    { value: 'ever', label: 'Never used' },
];

export function TokenList({ api }: { api: Api }) {
    const words = wordsOf(api);
    const may = useMay();
    const [q, setQ] = useState('');
    const [state, setState] = useState('');
    const [scope, setScope] = useState('');
    const [use, setUse] = useState('');
    const [asked] = useDebouncedValue(q, 200);
    const scopes = useScopes(api.name).data ?? [];
    const list = useTokens(api.name, {
        q: asked,
        state,
        scope,
        ...(use === 'expires' ? { expires_before: '14d' } : use ? { unused_for: use } : {}),
    });
    const tokens = list.data?.pages.flatMap((p) => p.data) ?? [];
    const filtered = Boolean(asked || state || scope || use);
    const [creating, setCreating] = useState(false);
    const [doing, setDoing] = useState<{ what: Doing; token: Token } | null>(null);
    const current = doing && (tokens.find((t) => t.id === doing.token.id) ?? doing.token);
    const clear = () => {
        setQ('');
        setState('');
        setScope('');
        setUse('');
    };
    const create = may('tokens:write') && (
        <Button leftSection={<PlusIcon size={16} />} onClick={() => setCreating(true)}>
            {words.create}
        </Button>
    );

    return (
        <Page
            title={words.path.at(-1)}
            trail={[api.title || api.name, ...words.path.slice(0, -1)].join(' › ')}
            about={list.data ? `${plural(tokens.length, words.token)}${list.hasNextPage ? ' so far; more as you scroll' : ''}` : ' '}
            actions={create}
        >
            <Group gap="xs" className="filters" role="search">
                <TextInput
                    aria-label="Search by name"
                    placeholder="Search by name"
                    leftSection={<SearchIcon size={16} />}
                    value={q}
                    onChange={(e) => setQ(e.currentTarget.value)}
                    className="filter-q"
                />
                <Select
                    aria-label="State"
                    data={[{ value: '', label: 'Any state' }, 'active', 'disabled', 'revoked']}
                    value={state}
                    onChange={(v) => setState(v ?? '')}
                    allowDeselect={false}
                    w={130}
                />
                {api.scopes > 0 && (
                    <Select
                        aria-label={words.scopes}
                        data={[{ value: '', label: `Any ${words.scopes.toLowerCase().replace(/s$/, '')}` }, ...scopes.map((s) => s.name)]}
                        value={scope}
                        onChange={(v) => setScope(v ?? '')}
                        allowDeselect={false}
                        searchable
                        w={180}
                    />
                )}
                <Select aria-label="Use and end" data={uses} value={use} onChange={(v) => setUse(v ?? '')} allowDeselect={false} w={190} />
                {filtered && (
                    <Button variant="subtle" color="gray" onClick={clear}>
                        Clear
                    </Button>
                )}
            </Group>
            {list.isError && <Why refused={list.error as never} />}
            {list.isPending && <Waiting />}
            {list.data && tokens.length === 0 && !list.hasNextPage && (
                <section className="panel">
                    {filtered ? (
                        <Empty
                            title={`No ${words.token} is like that`}
                            action={
                                <Button variant="default" onClick={clear}>
                                    Clear the filters
                                </Button>
                            }
                        >
                            Names are found by how they, or a word in them, begin.
                        </Empty>
                    ) : (
                        <Empty title={`No ${words.token} yet`} action={create}>
                            Whoever calls {api.title || api.name} needs one. Make one for each integration, with only what it needs: then
                            one can be taken away without the others.
                        </Empty>
                    )}
                </section>
            )}
            {tokens.length > 0 && (
                <Rows
                    api={api}
                    tokens={tokens}
                    write={may('tokens:write')}
                    onDo={(what, token) => setDoing({ what, token })}
                    onEnd={() => {
                        if (list.hasNextPage && !list.isFetching) void list.fetchNextPage();
                    }}
                />
            )}
            {creating && <CreateToken api={api} onClose={() => setCreating(false)} />}
            {doing && current && <TokenDialog doing={doing.what} api={api} token={current} onClose={() => setDoing(null)} />}
        </Page>
    );
}

function Waiting() {
    return (
        <section className="panel panel-flush" aria-busy="true" aria-label="Loading">
            {[0, 1, 2, 3].map((i) => (
                <div className="token-row" key={i}>
                    <Skeleton height={14} width="60%" />
                    <Skeleton height={14} width="80%" />
                </div>
            ))}
        </section>
    );
}

type RowsProps = { api: Api; tokens: Token[]; write: boolean; onDo: (what: Doing, token: Token) => void; onEnd: () => void };

function Rows({ api, tokens, write, onDo, onEnd }: RowsProps) {
    const words = wordsOf(api);
    const body = useRef<HTMLDivElement>(null);
    const [top, setTop] = useState(0);
    useEffect(() => setTop(body.current?.offsetTop ?? 0), []);
    const rows = useWindowVirtualizer({
        count: tokens.length,
        estimateSize: () => 68,
        overscan: 8,
        scrollMargin: top,
        getItemKey: (i) => tokens[i]?.id ?? i,
    });
    const items = rows.getVirtualItems();
    const last = items.at(-1)?.index ?? 0;
    useEffect(() => {
        if (last >= tokens.length - 20) onEnd();
    }, [last, tokens.length, onEnd]);
    return (
        <section className="panel panel-flush">
            <div role="table" aria-label={words.path.at(-1)} aria-rowcount={tokens.length + 1}>
                <div role="rowgroup">
                    <div role="row" className="token-row token-head" aria-rowindex={1}>
                        <span role="columnheader">Name</span>
                        <span role="columnheader">{api.scopes > 0 ? words.scopes : 'Owner'}</span>
                        <span role="columnheader">State</span>
                        <span role="columnheader">Created</span>
                        <span role="columnheader">Last used</span>
                        <span role="columnheader">Expires</span>
                        <span role="columnheader">
                            <span className="hidden">Actions</span>
                        </span>
                    </div>
                </div>
                <div role="rowgroup" ref={body} className="token-body" style={{ height: rows.getTotalSize() }}>
                    {items.map((item) => {
                        const token = tokens[item.index] as Token;
                        return (
                            <div
                                key={item.key}
                                data-index={item.index}
                                ref={rows.measureElement}
                                role="row"
                                aria-rowindex={item.index + 2}
                                className={token.state === 'active' ? 'token-row' : 'token-row token-off'}
                                style={{ transform: `translateY(${item.start - rows.options.scrollMargin}px)` }}
                                data-testid="token"
                            >
                                <Row api={api} token={token} write={write} onDo={onDo} />
                            </div>
                        );
                    })}
                </div>
            </div>
        </section>
    );
}

function Row({ api, token, write, onDo }: { api: Api; token: Token; write: boolean; onDo: RowsProps['onDo'] }) {
    const words = wordsOf(api);
    const now = useNow(1000 * 20);
    const old = ending(token, now);
    return (
        <>
            <span role="cell" className="cell-name">
                <span className="name-line">
                    <Link href={`/tokens/${token.id}`} className="token-name">
                        <Name of={token.name} />
                    </Link>
                    {write && token.state !== 'revoked' && (
                        <ActionIcon
                            size="sm"
                            variant="subtle"
                            color="gray"
                            className="rename"
                            aria-label={`${words.rename}: ${inert(token.name)}`}
                            title={words.rename}
                            onClick={() => onDo('rename', token)}
                        >
                            <PenIcon size={14} />
                        </ActionIcon>
                    )}
                </span>
                <span className="mono faint hint">
                    {token.hint}
                    {token.environment ? ` · ${token.environment}` : ''}
                    {api.kinds.length > 1 ? ` · ${token.kind}` : ''}
                </span>
            </span>
            <span role="cell" className="cell-scopes">
                {api.scopes > 0 ? (
                    <ScopeBadges of={token} />
                ) : token.owner ? (
                    <Name of={token.owner} />
                ) : (
                    <span className="faint">Nobody in particular</span>
                )}
            </span>
            <span role="cell" className="cell-state">
                {expired(token, now) && token.state === 'active' ? <StateBadge of="expired" /> : <StateBadge of={token.state} />}
                {old.length > 0 && (
                    <span className="countdown" title="A text that was replaced still works until then">
                        old text: {left(old.at(-1)?.ends_at as string, now)} left
                    </span>
                )}
            </span>
            <span role="cell" className="cell-when" data-label="Created">
                <When at={token.created_at} />
            </span>
            <span role="cell" className="cell-when" data-label="Last used">
                <When at={token.last_used_at} />
            </span>
            <span role="cell" className={soon(token, now) && !expired(token, now) ? 'cell-when soon' : 'cell-when'} data-label="Expires">
                <When at={token.expires_at} none="Never" />
            </span>
            <span role="cell" className="cell-actions">
                {write && token.state !== 'revoked' && (
                    <>
                        <Button
                            size="compact-sm"
                            variant="subtle"
                            color="red"
                            onClick={() => onDo('revoke', token)}
                            aria-label={`${words.revoke}: ${inert(token.name)}`}
                        >
                            {words.revoke}
                        </Button>
                        <TokenMenu api={api} token={token} onDo={(what) => onDo(what, token)} />
                    </>
                )}
            </span>
        </>
    );
}
