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

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const plural = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
