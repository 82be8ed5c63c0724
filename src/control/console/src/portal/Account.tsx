// The page at the end of the contract's path: who is signed in, and the tokens that are theirs.
import { Button, Group, Skeleton, TextInput, Title } from '@mantine/core';
import { type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { answered, api as http } from '../api/client';
import { useAction, useRoutes, useScopes, useTokens } from '../api/queries';
import type { Api, Token } from '../api/types';
import { announce, Empty, inert, Name, Page, Panel, ScopeBadges, StateBadge, When, Why } from '../parts/basics';
import { OnceDialog } from '../parts/dialogs';
import { nameOf } from '../parts/frame';
import { PlusIcon } from '../parts/icons';
import { Who } from '../session';
import { left, useNow } from '../time';
import { ending, soon, stateOf } from '../tokens/actions';
import { CreateToken } from '../tokens/CreateToken';
import { type Doing, TokenDialog } from '../tokens/Dialogs';
import { type Beside, BesideRow, moreAbout } from '../tokens/TokenMenu';
import { capital, wordsOf } from '../words';

export function Account({ api, section }: { api: Api; section: string | undefined }) {
    const words = wordsOf(api);
    const who = useContext(Who);
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        if (section !== 'tokens') return;
        heading.current?.scrollIntoView({ block: 'start' });
        heading.current?.focus({ preventScroll: true });
    }, [section]);
    if (!who) return null;
    const facts: [string, ReactNode][] = [
        ['Name', <Name key="n" of={nameOf(who)} />],
        ['User name', <Name key="u" of={who.user_name ?? ''} />],
        ...(who.email && who.email !== who.user_name ? ([['Email', <Name key="e" of={who.email} />]] as [string, ReactNode][]) : []),
        ['Second factor', who.second_factor ? 'Yes' : 'No'],
    ];
    return (
        <Page title={words.path[0]}>
            <nav className="portal-sections" aria-label={words.path[0]}>
                <Link href="/account" aria-current={section === 'tokens' ? undefined : 'page'}>
                    Account
                </Link>
                <Link href="/account/tokens" aria-current={section === 'tokens' ? 'page' : undefined}>
                    {words.path.at(-1)}
                </Link>
            </nav>
            <Panel title="Account">
                <dl className="facts">
                    {facts.map(([term, value]) => (
                        <div key={term}>
                            <dt>{term}</dt>
                            <dd>{value}</dd>
                        </div>
                    ))}
                </dl>
            </Panel>
            <section className="own-tokens" aria-labelledby="own-tokens">
                <Tokens
                    api={api}
                    heading={
                        <Title order={2} size="h3" id="own-tokens" ref={heading} tabIndex={-1}>
                            {words.path.at(-1)}
                        </Title>
                    }
                />
            </section>
        </Page>
    );
}

function Tokens({ api, heading }: { api: Api; heading: ReactNode }) {
    const words = wordsOf(api);
    const list = useTokens(api.name, {});
    // What the dialog shows is there when it opens.
    useScopes(api.name, api.scopes > 0);
    useRoutes(api.name, api.scopes > 0);
    const [creating, setCreating] = useState(false);
    const [doing, setDoing] = useState<{ what: Doing; token: Token } | null>(null);
    const { hasNextPage, isFetching, fetchNextPage } = list;
    // There are never so many that they would not all be shown.
    useEffect(() => {
        if (hasNextPage && !isFetching) void fetchNextPage();
    }, [hasNextPage, isFetching, fetchNextPage]);
    const tokens = (list.data?.pages.flatMap((p) => p.data) ?? []).toReversed();
    const current = doing && (tokens.find((t) => t.id === doing.token.id) ?? doing.token);
    return (
        <>
            <Group justify="space-between" gap="sm">
                {heading}
                {api.scopes > 0 && (
                    <Button leftSection={<PlusIcon size={16} />} onClick={() => setCreating(true)}>
                        {words.create}
                    </Button>
                )}
            </Group>
            {api.scopes === 0 && <NameOnly api={api} />}
            {list.isError && <Why refused={list.error as never} />}
            {list.isPending && <Skeleton height={120} radius="md" />}
            {list.data && tokens.length === 0 && !hasNextPage && (
                <section className="panel">
                    <Empty title={`You have no ${words.token} yet`}>
                        {api.scopes === 0 ? 'Give one a name above' : `Choose “${words.create}”`}: one for each program that calls{' '}
                        {api.title} for you.
                    </Empty>
                </section>
            )}
            {tokens.length > 0 && <Rows api={api} tokens={tokens} onDo={(what, token) => setDoing({ what, token })} />}
            {creating && <CreateToken api={api} own onClose={() => setCreating(false)} />}
            {doing && current && <TokenDialog doing={doing.what} api={api} token={current} onClose={() => setDoing(null)} />}
        </>
    );
}

// Where tokens have no scopes, a name is all that there is to say.
function NameOnly({ api }: { api: Api }) {
    const words = wordsOf(api);
    const { busy, refused, run } = useAction();
    const [name, setName] = useState('');
    const [secret, setSecret] = useState<string | null>(null);
    const repeat = useRef(false);
    const submit = () => {
        if (repeat.current || name.trim() === '') return;
        repeat.current = true;
        void run(
            () => answered(http.POST('/api-tokens', { body: { api: api.name, name: name.trim() } })),
            (made) => {
                announce(`${capital(words.token)} created`);
                setName('');
                setSecret((made as { token: string }).token);
            },
        ).finally(() => {
            repeat.current = false;
        });
    };
    return (
        <section className="panel">
            <form
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    submit();
                }}
            >
                <Group align="flex-start" gap="sm" className="name-only">
                    <TextInput
                        label="Name"
                        placeholder="What it is for, like “Billing Dashboard”"
                        description={`The ${words.token} is shown in full only once, when it is made.`}
                        value={name}
                        onChange={(e) => setName(e.currentTarget.value)}
                        error={refused?.what('name')}
                        maxLength={200}
                        autoComplete="off"
                    />
                    <Button type="submit" loading={busy} disabled={name.trim() === ''}>
                        {words.submit}
                    </Button>
                </Group>
                {refused?.saysMoreThan(['name']) && <Why refused={refused} />}
            </form>
            {secret !== null && <OnceDialog api={api} title={`Your new ${words.token}`} text={secret} onDone={() => setSecret(null)} />}
        </section>
    );
}

type RowsProps = { api: Api; tokens: Token[]; onDo: (what: Doing, token: Token) => void };

function Rows({ api, tokens, onDo }: RowsProps) {
    const words = wordsOf(api);
    const now = Math.max(useNow(20_000), Date.now()); // a token may have changed since the clock struck
    const scopes = api.scopes > 0;
    const ends = tokens.some((t) => t.expires_at);
    const [beside, setBeside] = useState<Beside | null>(null);
    const close = useCallback(() => setBeside(null), []);
    return (
        <section className="panel panel-flush">
            <table className="own">
                <thead>
                    <tr>
                        <th scope="col">Name</th>
                        {scopes && <th scope="col">{words.scopes}</th>}
                        <th scope="col">Created</th>
                        <th scope="col">Last used</th>
                        {ends && <th scope="col">Expires</th>}
                        <th scope="col">
                            <span className="hidden">Actions</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {tokens.map((token) => {
                        const old = ending(token, now);
                        const state = stateOf(token, now);
                        return (
                            <tr key={token.id} data-testid="token">
                                <td className="own-name">
                                    <span className="name-line">
                                        <b>
                                            <Name of={token.name} />
                                        </b>
                                        <button
                                            type="button"
                                            className="row-icon rename"
                                            aria-label={`${words.rename}: ${inert(token.name)}`}
                                            title={words.rename}
                                            onClick={() => onDo('rename', token)}
                                        />
                                        {state !== 'active' && <StateBadge of={state} />}
                                    </span>
                                    <span className="mono faint hint">{token.hint}</span>
                                    {old.length > 0 && (
                                        <span className="countdown">old text: {left(old.at(-1)?.ends_at as string, now)} left</span>
                                    )}
                                </td>
                                {scopes && (
                                    <td className="own-scopes">
                                        <ScopeBadges of={token} />
                                    </td>
                                )}
                                <td className="own-when" data-label="Created">
                                    <When at={token.created_at} />
                                </td>
                                <td className="own-when" data-label="Last used">
                                    <When at={token.last_used_at} />
                                </td>
                                {ends && (
                                    <td className={soon(token, now) ? 'own-when soon' : 'own-when'} data-label="Expires">
                                        <When at={token.expires_at} />
                                    </td>
                                )}
                                <td className="own-actions">
                                    <Group gap={2} justify="flex-end" wrap="nowrap">
                                        <button
                                            type="button"
                                            className="row-button danger"
                                            onClick={() => onDo('revoke', token)}
                                            aria-label={`${words.revoke}: ${inert(token.name)}`}
                                        >
                                            {words.revoke}
                                        </button>
                                        <button
                                            type="button"
                                            className="row-icon dots"
                                            {...moreAbout(token)}
                                            onClick={(e) => {
                                                const button = e.currentTarget;
                                                setBeside(beside?.button === button ? null : { what: 'menu', token, button });
                                            }}
                                        />
                                    </Group>
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            {beside && (
                <BesideRow key={beside.token.id} api={api} own of={beside} onDo={(what) => onDo(what, beside.token)} onClose={close} />
            )}
        </section>
    );
}
