import type { components } from './schema';

export type Token = components['schemas']['Token'] & { scopes: string[] };
export type TokenState = components['schemas']['State'];
export type AuditEvent = components['schemas']['AuditEvent'];
export type Verification = components['schemas']['Verification'];
export type Usage = Omit<components['schemas']['Usage'], 'next_cursor'>;
export type Actor = components['schemas']['Actor'];
export type User = components['schemas']['User'];
export type OAuthClient = components['schemas']['Client'];
export type Session = components['schemas']['Session'];

export type ConsoleWords = {
    path: string[];
    begins: string;
    token: string;
    create: string;
    submit: string;
    rename: string;
    revoke: string;
    kind: string;
    scopes: string;
    addresses: string;
    select_all: string;
    shown_once: string;
    revoke_warning: string;
};

export type Api = {
    name: string;
    title: string;
    hosts: { host: string; environment: string }[];
    environments: string[];
    kinds: { kind: string; audience: string; format: string; lifetime?: string; expiry_allowed?: boolean }[];
    routes: number;
    scopes: number;
    unlisted: string;
    publish: string;
    portal: string; // its path; empty: there is none
    scopes_required?: boolean;
    default_scopes?: string[];
    wildcard?: string;
    rotation_grace?: string;
    acting_as?: boolean;
    rotates?: boolean; // in a portal alone: whether users may
    console?: Partial<ConsoleWords>;
};

export type Route = {
    method: string;
    path: string;
    operation_id: string;
    public: boolean;
    scopes: string[][];
    audiences: string[];
    assurance: number;
    idempotency: string;
    include_scopes: Record<string, string>;
    handler: string;
};

export type Scope = { name: string; description: string; use_case: string; includes: string[] };
