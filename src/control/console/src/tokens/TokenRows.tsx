// The rows of the list of tokens. There may be ten thousand: the document holds those in sight, each of few plain elements of a fixed height,
// and whatever opens beside a row is one for all (TokenMenu).
import { useMediaQuery } from '@mantine/hooks';
import { type MouseEvent, memo, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Api, Token } from '../api/types';
import { inert, Name, ScopeBadge } from '../parts/basics';
import { useRowsInSight, useWidth } from '../parts/sight';
import { ago, exactly, left, useNow } from '../time';
import { type ConsoleWords, wordsOf } from '../words';
import { cut, ending, fitting, lettersIn, soon, stateOf } from './actions';
import type { Doing } from './Dialogs';
import { type Beside, BesideRow, moreAbout } from './TokenMenu';

type Props = { api: Api; tokens: Token[]; write: boolean; onDo: (what: Doing, token: Token) => void; onNear: () => void };

const near = 300; // rows that are fetched before they are seen

export function TokenRows({ api, tokens, write, onDo, onNear }: Props) {
    const words = useMemo(() => wordsOf(api), [api]);
    const body = useRef<HTMLDivElement>(null);
    const probe = useRef<HTMLSpanElement>(null);
    const narrow = useMediaQuery('(max-width: 1100px)', undefined, { getInitialValueInEffect: false }) ?? false;
    const height = narrow ? 148 : 68; // as .token-row has it
    const width = useWidth(probe);
    const letters = lettersIn(width);
    const { first, end } = useRowsInSight(body, tokens.length, height);
    const now = useNow(20_000);
    const [beside, setBeside] = useState<Beside | null>(null);
    useEffect(() => {
        if (end >= tokens.length - near) onNear();
    }, [end, tokens.length, onNear]);

    const clicked = (e: MouseEvent) => {
        const button = (e.target as Element).closest<HTMLElement>('button[data-do]');
        const token = tokens[Number(button?.closest<HTMLElement>('[data-index]')?.dataset.index)];
        if (!button || !token) return;
        const what = button.dataset.do as Doing | Beside['what'];
        if (what !== 'menu' && what !== 'all') onDo(what, token);
        else setBeside(beside?.button === button ? null : { what, token, button });
    };
    const close = useCallback(() => setBeside(null), []);
    // The exact time of what is pointed at; worked out for all of them, it would be most of what a row costs.
    const pointed = (e: PointerEvent) => {
        const time = (e.target as Element).closest('time');
        if (time && !time.title) time.title = exactly(time.dateTime);
    };

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
                    <div className="token-row token-probe" aria-hidden="true">
                        <span className="cell-scopes" ref={probe} />
                    </div>
                </div>
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: what is clicked are the rows' buttons, which the keyboard clicks too */}
                <div
                    role="rowgroup"
                    ref={body}
                    className="token-body"
                    style={{ height: tokens.length * height }}
                    onClick={clicked}
                    onPointerOver={pointed}
                >
                    {tokens.slice(first, end).map((token, i) => (
                        <Row
                            key={token.id}
                            index={first + i}
                            top={(first + i) * height}
                            shown={fitting(token.scopes, width, narrow ? 1 : 2)}
                            {...{ api, words, token, letters, write, now }}
                        />
                    ))}
                </div>
            </div>
            {beside && (
                <BesideRow
                    key={`${beside.what} ${beside.token.id}`}
                    api={api}
                    of={beside}
                    onDo={(what) => onDo(what, beside.token)}
                    onClose={close}
                />
            )}
        </section>
    );
}

type RowProps = {
    api: Api;
    words: ConsoleWords;
    token: Token;
    index: number;
    top: number;
    shown: number; // scopes for which there is room
    letters: number; // of a scope, for which there is room
    write: boolean;
    now: number;
};

// Drawn once, and anew when its token is another, or time goes on.
const Row = memo(function Row({ api, words, token, index, top, shown, letters, write, now: clock }: RowProps) {
    const now = Math.max(clock, Date.now()); // a token may have changed since the clock struck
    const old = ending(token, now).at(-1)?.ends_at;
    const state = stateOf(token, now);
    const changes = write && token.state !== 'revoked';
    const name = inert(token.name);
    const rest = token.full_access ? 0 : token.scopes.length - shown;
    return (
        <div
            role="row"
            aria-rowindex={index + 2}
            data-index={index}
            data-testid="token"
            className={token.state === 'active' ? 'token-row' : 'token-row token-off'}
            style={{ top }}
        >
            <span role="cell" className="cell-name">
                <span className="name-line">
                    <a href={`#/tokens/${token.id}`} className="token-name" dir="auto" title={name}>
                        {name}
                    </a>
                    {changes && (
                        <button
                            type="button"
                            className="row-icon rename"
                            data-do="rename"
                            aria-label={`${words.rename}: ${name}`}
                            title={words.rename}
                        />
                    )}
                </span>
                <span className="hint">
                    {token.hint}
                    {token.environment ? ` · ${token.environment}` : ''}
                    {api.kinds.length > 1 ? ` · ${token.kind}` : ''}
                </span>
            </span>
            <span role="cell" className="cell-scopes">
                {api.scopes === 0 ? (
                    token.owner ? (
                        <Name of={token.owner} />
                    ) : (
                        <span className="faint">Nobody in particular</span>
                    )
                ) : token.full_access ? (
                    <span className="scope scope-full">Full access</span>
                ) : (
                    token.scopes
                        .slice(0, shown)
                        .map((s) => <ScopeBadge key={s} name={cut(s, letters)} title={s.length > letters ? s : undefined} />)
                )}
                {api.scopes > 0 && !token.full_access && token.scopes.length === 0 && <span className="faint">No scopes</span>}
                {rest > 0 && (
                    <button type="button" className="more" data-do="all" aria-label={`Show ${rest} more scopes of ${name}`}>
                        +{rest}
                    </button>
                )}
            </span>
            <span role="cell" className="cell-state">
                <span className={`state state-${state}`}>{state}</span>
                {old && (
                    <span className="countdown" title="A text that was replaced still works until then">
                        old text: {left(old, now)} left
                    </span>
                )}
            </span>
            <Moment label="Created" at={token.created_at} now={now} />
            <Moment label="Last used" at={token.last_used_at} now={now} />
            <Moment label="Expires" at={token.expires_at} now={now} soon={state !== 'expired' && soon(token, now)} />
            <span role="cell" className="cell-actions">
                {changes && (
                    <>
                        <button type="button" className="row-button danger" data-do="revoke" aria-label={`${words.revoke}: ${name}`}>
                            {words.revoke}
                        </button>
                        <button type="button" className="row-icon dots" data-do="menu" {...moreAbout(token)} />
                    </>
                )}
            </span>
        </div>
    );
});

function Moment({ label, at, now, soon }: { label: string; at: string | null | undefined; now: number; soon?: boolean }) {
    if (!at)
        return (
            <span role="cell" className="cell-when faint" data-label={label}>
                Never
            </span>
        );
    return (
        <time role="cell" className={soon ? 'cell-when soon' : 'cell-when'} data-label={label} dateTime={at}>
            {ago(at, now)}
        </time>
    );
}
