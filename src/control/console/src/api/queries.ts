// What the pages read. Secrets never pass here: what creates one is called by itself (useAction) and keeps nothing.
import { queryOptions, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { answered, api, type Refused, refusedBy, rowsOf } from './client';
import { askSession } from './session';
import type { Actor, Api, AuditEvent, OAuthClient, Route, Scope, Token, User } from './types';

export const session = queryOptions({ queryKey: ['session'], queryFn: askSession, staleTime: 60_000 });
export const useSession = () => useQuery(session);

// The APIs, each with its own words.
export const useApis = () =>
    useQuery({
        queryKey: ['apis'],
        queryFn: async () => {
            const apis = rowsOf<Api>(await answered(api.GET('/apis'))).data;
            const words = await Promise.all(
                apis.map((a) => answered(api.GET('/apis/{api}/words', { params: { path: { api: a.name } } })).catch(() => ({}))),
            );
            return apis.map((a, i) => ({ ...a, console: words[i] as Api['console'] }));
        },
        staleTime: Number.POSITIVE_INFINITY,
    });

export const useRoutes = (name: string, wanted = true) =>
    useQuery({
        queryKey: ['routes', name],
        enabled: wanted,
        queryFn: async () => rowsOf<Route>(await answered(api.GET('/apis/{api}/routes', { params: { path: { api: name } } }))).data,
        staleTime: Number.POSITIVE_INFINITY,
    });

export const useScopes = (name: string, wanted = true) =>
    useQuery({
        queryKey: ['scopes', name],
        enabled: wanted,
        queryFn: async () => rowsOf<Scope>(await answered(api.GET('/apis/{api}/scopes', { params: { path: { api: name } } }))).data,
        staleTime: Number.POSITIVE_INFINITY,
    });

export type TokenFilter = {
    q?: string;
    state?: string;
    scope?: string;
    owner?: string;
    tenant?: string;
    expires_before?: string;
    unused_for?: string;
};

const given = <T extends object>(fields: T): T =>
    Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== '' && v !== undefined)) as T;

const isLong = (list: { pages: unknown[] } | undefined) => (list?.pages.length ?? 0) > 5;

export const useTokens = (name: string, filter: TokenFilter) =>
    useInfiniteQuery({
        queryKey: ['tokens', name, given(filter)],
        initialPageParam: '',
        queryFn: async ({ pageParam, signal }) =>
            rowsOf<Token>(
                await answered(
                    api.GET('/api-tokens', {
                        params: { query: given({ api: name, ...filter, cursor: pageParam }) as { api: string } },
                        signal,
                    }),
                ),
            ),
        getNextPageParam: (last) => last.next ?? undefined,
        // A list that was scrolled far is not fetched again whole, page by page, while nobody asks.
        refetchInterval: (query) => (isLong(query.state.data) ? false : 30_000),
        refetchOnWindowFocus: (query) => !isLong(query.state.data),
        placeholderData: (before, query) => (query?.queryKey[1] === name ? before : undefined),
    });

// Every working token of an API, to say who could call a route; `more` where there are more than are looked at.
export const useWorkingTokens = (name: string, wanted: boolean) =>
    useQuery({
        queryKey: ['tokens', name, 'working'],
        enabled: wanted,
        staleTime: 30_000,
        queryFn: async () => {
            const tokens: Token[] = [];
            let cursor = '';
            for (let page = 0; page < 20; ++page) {
                const got = rowsOf<Token>(
                    await answered(api.GET('/api-tokens', { params: { query: given({ api: name, state: 'active' as const, cursor }) } })),
                );
                tokens.push(...got.data);
                if (!got.next) return { tokens, more: false };
                cursor = got.next;
            }
            return { tokens, more: true };
        },
    });

// Ids of the tokens that stand in a user's name and are not revoked; `state`: only those.
export const useOwnedTokens = (name: string, of: User, state?: 'active') =>
    useQuery({
        queryKey: ['tokens', name, 'owned', of.id, state],
        staleTime: 0,
        queryFn: async () => {
            const ids: string[] = [];
            if (!of.subject) return ids;
            for (let cursor = ''; ; ) {
                const query = given({ api: name, owner: of.subject, tenant: of.tenant, state, cursor });
                const got = rowsOf<Token>(await answered(api.GET('/api-tokens', { params: { query } })));
                ids.push(...got.data.filter((t) => t.state !== 'revoked').map((t) => t.id));
                if (!got.next) return ids;
                cursor = got.next;
            }
        },
    });

export const useToken = (id: string | undefined) =>
    useQuery({
        queryKey: ['token', id],
        enabled: id !== undefined,
        queryFn: async () => (await answered(api.GET('/api-tokens/{id}', { params: { path: { id: id ?? '' } } }))) as Token,
        refetchInterval: 30_000,
    });

export const useUser = (id: string | undefined) =>
    useQuery({
        queryKey: ['user', id],
        enabled: id !== undefined,
        queryFn: async () => (await answered(api.GET('/users/{id}', { params: { path: { id: id ?? '' } } }))) as User,
        staleTime: 60_000,
    });

export type Step = 'minute' | 'hour' | 'day';

export const useUsage = (token: string, step: Step) =>
    useQuery({
        queryKey: ['usage', token, step],
        queryFn: () => answered(api.GET('/usage', { params: { query: { token, step } } })),
        refetchInterval: step === 'minute' ? 15_000 : 60_000,
        placeholderData: (before) => before,
    });

export type AuditFilter = { token?: string; actor?: string; action?: string; since?: string; log?: 'changes' | 'denials' };

export const useAudit = (filter: AuditFilter) =>
    useInfiniteQuery({
        queryKey: ['audit', given(filter)],
        initialPageParam: '',
        queryFn: async ({ pageParam }) =>
            rowsOf<AuditEvent>(
                await answered(api.GET('/audit', { params: { query: given({ ...filter, cursor: pageParam, limit: 50 }) } })),
            ),
        getNextPageParam: (last) => last.next ?? undefined,
        placeholderData: (before) => before,
    });

export const useVerification = () =>
    useQuery({ queryKey: ['verification'], queryFn: () => answered(api.GET('/audit/verify')), staleTime: 60_000 });

const useList = <T>(key: string, name: string, path: '/actors' | '/users' | '/clients') =>
    useInfiniteQuery({
        queryKey: [key, name],
        initialPageParam: '',
        queryFn: async ({ pageParam }) =>
            rowsOf<T>(
                await answered(
                    api.GET(path, { params: { query: given({ api: name, cursor: pageParam }) } }) as Promise<{
                        data?: unknown;
                        response: Response;
                    }>,
                ),
            ),
        getNextPageParam: (last) => last.next ?? undefined,
    });
export const useActors = (name: string) => useList<Actor>('actors', name, '/actors');
export const useUsers = (name: string) => useList<User>('users', name, '/users');
export const useClients = (name: string) => useList<OAuthClient>('clients', name, '/clients');

// Runs what changes something, and has what was read before read again. Keeps no answer.
export function useAction() {
    const client = useQueryClient();
    const [busy, setBusy] = useState(false);
    const [refused, setRefused] = useState<Refused | null>(null);
    const run = useCallback(
        async <T>(change: () => Promise<T>, done?: (answer: T) => void): Promise<Refused | null> => {
            setBusy(true);
            setRefused(null);
            try {
                const answer = await change();
                done?.(answer);
                void client.invalidateQueries({
                    predicate: (q) => !['apis', 'routes', 'scopes', 'session', 'verification'].includes(String(q.queryKey[0])),
                });
                return null;
            } catch (e) {
                const why = refusedBy(e);
                setRefused(why);
                if (why.status === 401) void client.invalidateQueries({ queryKey: ['session'] });
                return why;
            } finally {
                setBusy(false);
            }
        },
        [client],
    );
    const clear = useCallback(() => setRefused(null), []);
    return { busy, refused, run, clear };
}
