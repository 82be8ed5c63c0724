import { Alert, Button, Group, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'wouter';
import { type AuditFilter, useAudit, useToken, useUser, useVerification } from '../api/queries';
import type { AuditEvent } from '../api/types';
import { Empty, inert, Name, Page, Panel, When, Why } from '../parts/basics';
import { ShieldIcon, WarnIcon } from '../parts/icons';
import { useMay } from '../session';
import { exactly } from '../time';
import { plural } from '../words';

const verbs: Record<string, string> = {
    'token.create': 'created a token',
    'token.update': 'changed a token',
    'token.rotate': 'rotated a token',
    'token.finish_grace': 'finished a rotation',
    'token.disable': 'disabled a token',
    'token.enable': 'enabled a token',
    'token.revoke': 'revoked a token',
    'token.import': 'imported a token',
    'actor.create': 'made an actor',
    'actor.remove': 'removed an actor',
    'session.open': 'signed in',
    'session.end': 'ended a session',
    'user.create': 'made a user',
    'user.update': 'changed a user',
    'user.remove': 'removed a user',
    'client.create': 'made an OAuth client',
    'client.update': 'changed an OAuth client',
    'client.remove': 'removed an OAuth client',
};

const reasonOf = (e: AuditEvent) => String((e.details as { reason?: unknown } | null)?.reason ?? e.action).replaceAll('_', ' ');
const said = (e: AuditEvent) => (e.log === 'denials' ? `was refused: ${inert(reasonOf(e))}` : (verbs[e.action] ?? e.action));
const isItself = (e: AuditEvent) => e.actor === `token:${e.subject}` || e.actor === `user:${e.subject}`;

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const shownValue = (v: unknown): string => {
    if (v === null || v === undefined || v === '') return '–';
    if (typeof v === 'string') return moment.test(v) ? exactly(v) : inert(v);
    if (Array.isArray(v) && v.every((one) => typeof one === 'string')) return v.length > 0 ? v.map(inert).join(', ') : 'none';
    return inert(JSON.stringify(v));
};

// What is different between before and after; everything that was set where there was nothing.
export function changes(details: unknown): { field: string; before?: string; after?: string }[] {
    if (typeof details === 'string') return details ? [{ field: 'note', after: inert(details) }] : [];
    const d = (details ?? {}) as Record<string, unknown>;
    const { before, after } = d as { before?: Record<string, unknown> | null; after?: Record<string, unknown> | null };
    if (before === undefined && after === undefined) return Object.entries(d).map(([field, v]) => ({ field, after: shownValue(v) }));
    const dull = new Set(['epoch', 'created_at', 'updated_at', 'assurance']);
    const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter((f) => !dull.has(f));
    return fields
        .filter((f) => JSON.stringify(before?.[f]) !== JSON.stringify(after?.[f]))
        .filter((f) => before || !['', false, null].includes(after?.[f] as never))
        .filter((f) => before || JSON.stringify(after?.[f]) !== '[]')
        .map((field) => ({
            field,
            ...(before && { before: shownValue(before[field]) }),
            ...(after && { after: shownValue(after[field]) }),
        }));
}

// Who it was: a name where one is known, else the id. `onWho`: shows what else it did.
function Who({ of, onWho }: { of: string; onWho?: (actor: string) => void }) {
    const [, kind, id] = /^(user|token):(.+)$/.exec(of) ?? [];
    const sees = useMay();
    const user = useUser(kind === 'user' && sees('users:read') ? id : undefined);
    const token = useToken(kind === 'token' ? id : undefined);
    const name = user.data ? user.data.user_name || user.data.email : token.data?.name;
    const asked = user.isLoading || token.isLoading; // an id takes more room than the name that will stand there
    const shown = name ? <Name of={name} /> : asked ? '…' : <span className="mono">{inert(of)}</span>;
    if (!onWho) return <span title={inert(of)}>{shown}</span>;
    return (
        <button type="button" className="event-who" title={inert(of)} onClick={() => onWho(of)}>
            {shown}
        </button>
    );
}

export function Events({ rows, about, onWho }: { rows: AuditEvent[]; about?: string; onWho?: (actor: string) => void }) {
    if (rows.length === 0) return <p className="faint small">Nothing yet.</p>;
    return (
        <ol className="events">
            {rows.map((e) => (
                <li key={`${e.log}${e.revision}${e.link}`} className={e.log === 'denials' ? 'event event-denied' : 'event'}>
                    <div className="event-line">
                        <Who of={e.actor} onWho={onWho} />{' '}
                        {e.acting_as && (
                            <>
                                for <span className="mono">{inert(e.acting_as)}</span>{' '}
                            </>
                        )}
                        <b>{said(e)}</b>{' '}
                        {e.subject && e.subject !== about && !isItself(e) && e.subject.startsWith('tok_') ? (
                            <Link href={`/tokens/${e.subject}`} className="mono">
                                {e.subject}
                            </Link>
                        ) : (
                            e.subject && e.subject !== about && !isItself(e) && <span className="mono">{inert(e.subject)}</span>
                        )}
                        <span className="event-when">
                            {e.from && <span className="faint">from {inert(e.from)} · </span>}
                            <When at={e.at} />
                        </span>
                    </div>
                    <dl className="event-changes">
                        {changes(e.details)
                            .filter((c) => e.log !== 'denials' || c.field !== 'reason')
                            .map((c) => (
                                <div key={c.field}>
                                    <dt>{c.field.replaceAll('_', ' ')}</dt>
                                    <dd>
                                        {c.before !== undefined && <del>{c.before}</del>}
                                        {c.before !== undefined && c.after !== undefined && <span aria-hidden="true"> → </span>}
                                        {c.after !== undefined && <ins>{c.after}</ins>}
                                    </dd>
                                </div>
                            ))}
                    </dl>
                </li>
            ))}
        </ol>
    );
}

function Verified() {
    const found = useVerification();
    if (found.isPending) return <Skeleton height={74} />;
    if (found.isError) return <Why refused={found.error as never} />;
    const faults = found.data.logs.flatMap((l) => l.findings ?? []);
    return (
        <Alert
            color={found.data.good ? 'teal' : 'red'}
            variant="light"
            icon={found.data.good ? <ShieldIcon /> : <WarnIcon />}
            title={found.data.good ? 'Nothing was edited, taken out, moved or cut off' : 'This log is not as it was written'}
        >
            <Group justify="space-between" gap="sm">
                <span className="small">
                    {found.data.logs.map((l) => `${plural(l.rows ?? 0, 'row')} of ${l.log}`).join(', ')}, each linked to the one before.
                    {faults.slice(0, 5).map((f) => (
                        <span key={`${f.fault}${f.revision}`} className="mono">
                            {' '}
                            {f.fault}: {f.text}
                        </span>
                    ))}
                </span>
                <Button size="compact-sm" variant="default" onClick={() => found.refetch()} loading={found.isFetching}>
                    Verify again
                </Button>
            </Group>
        </Alert>
    );
}

const spans = [
    { value: '', label: 'Any time' },
    { value: '1h', label: 'Last hour' },
    { value: '24h', label: 'Last 24 hours' },
    { value: '7d', label: 'Last 7 days' },
    { value: '30d', label: 'Last 30 days' },
];

export function Audit() {
    const [filter, setFilter] = useState<AuditFilter>({});
    const [asked] = useDebouncedValue(filter, 250);
    const events = useAudit(asked);
    const rows = events.data?.pages.flatMap((p) => p.data) ?? [];
    const filtered = Object.values(filter).some(Boolean);
    return (
        <Page title="Audit" about="Who did what, when and from where; and which known tokens were refused.">
            <Verified />
            <Group gap="xs" className="filters" role="search">
                <Select
                    aria-label="Log"
                    data={[
                        { value: '', label: 'Everything' },
                        { value: 'changes', label: 'Changes' },
                        { value: 'denials', label: 'Refusals' },
                    ]}
                    value={filter.log ?? ''}
                    onChange={(v) => setFilter({ ...filter, log: (v || undefined) as AuditFilter['log'] })}
                    allowDeselect={false}
                    w={150}
                />
                <Select
                    aria-label="Action"
                    placeholder="Any action"
                    data={Object.keys(verbs)}
                    value={filter.action ?? null}
                    onChange={(v) => setFilter({ ...filter, action: v ?? undefined })}
                    clearable
                    searchable
                    w={180}
                />
                <Select
                    aria-label="Since"
                    data={spans}
                    value={filter.since ?? ''}
                    onChange={(v) => setFilter({ ...filter, since: v || undefined })}
                    allowDeselect={false}
                    w={150}
                />
                <TextInput
                    aria-label="Who"
                    placeholder="Who"
                    value={filter.actor ?? ''}
                    onChange={(e) => setFilter({ ...filter, actor: e.currentTarget.value || undefined })}
                    className="filter-q"
                />
            </Group>
            <Panel>
                <Why refused={events.error as never} />
                {events.isPending && <Skeleton height={160} />}
                {events.data && rows.length === 0 ? (
                    <Empty
                        title="Nothing is like that"
                        action={
                            filtered && (
                                <Button variant="default" onClick={() => setFilter({})}>
                                    Clear the filters
                                </Button>
                            )
                        }
                    >
                        What is created, changed or refused from now on stands here.
                    </Empty>
                ) : (
                    events.data && <Events rows={rows} onWho={(actor) => setFilter({ ...filter, actor })} />
                )}
                {events.hasNextPage && (
                    <Button variant="default" mt="md" onClick={() => events.fetchNextPage()} loading={events.isFetchingNextPage}>
                        Show more
                    </Button>
                )}
            </Panel>
        </Page>
    );
}
