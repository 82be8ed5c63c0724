import { Button, Group, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { memo, useCallback, useMemo, useState } from 'react';
import { useScopes, useTokens } from '../api/queries';
import type { Api, Token } from '../api/types';
import { Empty, Page, Why } from '../parts/basics';
import { PlusIcon, SearchIcon } from '../parts/icons';
import { useMay } from '../session';
import { plural, wordsOf } from '../words';
import { CreateToken } from './CreateToken';
import { type Doing, TokenDialog } from './Dialogs';
import { TokenRows } from './TokenRows';

const states = [
    { value: '', label: 'Any state' },
    { value: 'active', label: 'Active' },
    { value: 'disabled', label: 'Disabled' },
    { value: 'revoked', label: 'Revoked' },
];

const uses = [
    { value: '', label: 'Any use' },
    { value: 'expires', label: 'Ends within 14 days' },
    { value: '90d', label: 'Unused for 90 days' },
    { value: '30d', label: 'Unused for 30 days' },
    { value: 'ever', label: 'Never used' },
];

type Filter = { q: string; state: string; scope: string; use: string };
const everything: Filter = { q: '', state: '', scope: '', use: '' };

export function TokenList({ api }: { api: Api }) {
    const words = wordsOf(api);
    const write = useMay()('tokens:write');
    const [filter, setFilter] = useState(everything);
    const { state, scope, use } = filter;
    const [q] = useDebouncedValue(filter.q, 200);
    const list = useTokens(api.name, {
        q,
        state,
        scope,
        ...(use === 'expires' ? { expires_before: '14d' } : use ? { unused_for: use } : {}),
    });
    const tokens = useMemo(() => list.data?.pages.flatMap((p) => p.data) ?? [], [list.data]);
    const filtered = Boolean(q || state || scope || use);
    const [creating, setCreating] = useState(false);
    const [doing, setDoing] = useState<{ what: Doing; token: Token } | null>(null);
    const act = useCallback((what: Doing, token: Token) => setDoing({ what, token }), []);
    const current = doing && (tokens.find((t) => t.id === doing.token.id) ?? doing.token);
    const { hasNextPage, isFetching, fetchNextPage } = list;
    const fetchMore = useCallback(() => {
        if (hasNextPage && !isFetching) void fetchNextPage();
    }, [hasNextPage, isFetching, fetchNextPage]);
    const create = write && (
        <Button leftSection={<PlusIcon size={16} />} onClick={() => setCreating(true)}>
            {words.create}
        </Button>
    );

    return (
        <Page
            title={words.path.at(-1)}
            trail={[api.title || api.name, ...words.path.slice(0, -1)].join(' › ')}
            about={list.data ? `${plural(tokens.length, words.token)}${hasNextPage ? ' so far; more as you scroll' : ''}` : '\u00a0'}
            actions={create}
        >
            <Filters api={api} filter={filter} onChange={setFilter} />
            {list.isError && <Why refused={list.error as never} />}
            {list.isPending && <Waiting />}
            {list.data && tokens.length === 0 && !hasNextPage && (
                <section className="panel">
                    {filtered ? (
                        <Empty
                            title={`No ${words.token} is like that`}
                            action={
                                <Button variant="default" onClick={() => setFilter(everything)}>
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
            {tokens.length > 0 && <TokenRows api={api} tokens={tokens} write={write} onDo={act} onNear={fetchMore} />}
            {creating && <CreateToken api={api} onClose={() => setCreating(false)} />}
            {doing && current && <TokenDialog doing={doing.what} api={api} token={current} onClose={() => setDoing(null)} />}
        </Page>
    );
}

// Pages that come while one scrolls leave it alone.
const Filters = memo(function Filters({ api, filter, onChange }: { api: Api; filter: Filter; onChange: (next: Filter) => void }) {
    const words = wordsOf(api);
    const scopes = useScopes(api.name).data ?? [];
    const set = (name: keyof Filter) => (value: string | null) => onChange({ ...filter, [name]: value ?? '' });
    return (
        <Group gap="xs" className="filters" role="search">
            <TextInput
                aria-label="Search by name"
                placeholder="Search by name"
                leftSection={<SearchIcon size={16} />}
                value={filter.q}
                onChange={(e) => set('q')(e.currentTarget.value)}
                className="filter-q"
            />
            <Select aria-label="State" data={states} value={filter.state} onChange={set('state')} allowDeselect={false} w={130} />
            {api.scopes > 0 && (
                <Select
                    aria-label={words.scopes}
                    data={[{ value: '', label: `Any ${words.scopes.toLowerCase().replace(/s$/, '')}` }, ...scopes.map((s) => s.name)]}
                    value={filter.scope}
                    onChange={set('scope')}
                    allowDeselect={false}
                    searchable
                    w={180}
                />
            )}
            <Select aria-label="Use and end" data={uses} value={filter.use} onChange={set('use')} allowDeselect={false} w={190} />
            {(filter.q || filter.state || filter.scope || filter.use) && (
                <Button variant="subtle" color="gray" onClick={() => onChange(everything)}>
                    Clear
                </Button>
            )}
        </Group>
    );
});

function Waiting() {
    return (
        <section className="panel panel-flush" aria-busy="true" aria-label="Loading">
            {[0, 1, 2, 3].map((i) => (
                <div className="token-row token-waiting" key={i}>
                    <Skeleton height={14} width="60%" />
                    <Skeleton height={14} width="80%" />
                </div>
            ))}
        </section>
    );
}
