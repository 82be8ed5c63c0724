// The management API, typed by its own document.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

// An API's portal has what it needs of it under its own path, in the same shapes.
const root = document.querySelector<HTMLMetaElement>('meta[name="root"]')?.content;
export const api = createClient<paths>({ baseUrl: root ?? '/v1/admin', credentials: 'same-origin' });

// What a portal's session told its own page, and changes must carry. Lives here alone.
let proof = '';
export const keepProof = (text: string) => {
    proof = text;
};
api.use({
    onRequest({ request }) {
        if (proof && request.method !== 'GET') request.headers.set('x-csrf-token', proof);
        return request;
    },
});

export type FieldProblem = { field: string; what: string };

const isOf = (problem: FieldProblem, field: string) => problem.field === field || problem.field.startsWith(`${field}[`);

// A refusal, in the words of the problem document that came with it.
export class Refused extends Error {
    readonly status: number;
    readonly fields: FieldProblem[];
    readonly detail: string;
    constructor(status: number, title: string, detail = '', fields: FieldProblem[] = []) {
        super(title);
        this.status = status;
        this.detail = detail;
        this.fields = fields;
    }
    // Why a field was refused, or items of it.
    what(field: string): string | undefined {
        const found = this.fields.filter((f) => isOf(f, field)).map((f) => f.what);
        return found.length > 0 ? found.join('; ') : undefined;
    }
    // Whether there is more to say than these fields do.
    saysMoreThan(fields: string[]): boolean {
        return this.fields.length === 0 || !this.fields.every((f) => fields.some((name) => isOf(f, name)));
    }
}

export const refusedBy = (e: unknown) => (e instanceof Refused ? e : new Refused(0, 'Something went wrong in this page', String(e)));

type Answer<T> = { data?: T; error?: unknown; response: Response };

const words: Record<number, string> = {
    401: 'You are not signed in',
    403: 'Your role does not allow this',
    429: 'Too many requests; wait a moment',
    503: 'The gateway cannot answer now',
};

// The answer's data, or the refusal as an exception.
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
    let got: Answer<T>;
    try {
        got = await call;
    } catch {
        throw new Refused(0, 'The gateway does not answer', 'It may be restarting, or the network is down.');
    }
    if (got.response.ok) return got.data as T;
    const problem = (typeof got.error === 'object' && got.error !== null ? got.error : {}) as Partial<components['schemas']['Problem']>;
    const wait = got.response.headers.get('Retry-After');
    const title = problem.title ?? words[got.response.status] ?? `The gateway answered ${got.response.status}`;
    throw new Refused(got.response.status, title, problem.detail ?? (wait ? `Try again in ${wait} s.` : ''), problem.errors ?? []);
}

export const rowsOf = <T>(page: unknown): { data: T[]; next: string | null } => {
    const { data, next_cursor } = page as { data: T[]; next_cursor: string | null };
    return { data, next: next_cursor };
};
