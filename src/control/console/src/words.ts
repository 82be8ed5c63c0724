// An API's own words for its screens; a contract may say them under `console:`.
import type { Api, ConsoleWords } from './api/types';

export type { ConsoleWords };

const usual: ConsoleWords = {
    path: ['Access', 'Tokens'],
    begins: 'navigation',
    token: 'token',
    create: 'Create token',
    submit: 'Create',
    rename: 'Rename',
    revoke: 'Revoke',
    kind: 'Kind',
    scopes: 'Scopes',
    addresses: 'IP addresses (optional)',
    select_all: 'Select all',
    shown_once: 'This is the only time that it is shown. Store it somewhere safe now; nobody can bring it back later.',
    revoke_warning: 'Revoking is permanent. Whoever uses it is refused from this moment on.',
};

export const wordsOf = (api: Api | undefined): ConsoleWords => ({ ...usual, ...(api?.console ?? {}) });

// A span of time as a contract writes it, like 6mo or 24h, in words.
const units: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' };
export const spanned = (text: string) => {
    const [, n, unit] = /^(\d+)(s|m|h|d|w|mo|y)$/.exec(text) ?? [];
    return unit ? plural(Number(n), units[unit] as string) : text;
};

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const plural = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
