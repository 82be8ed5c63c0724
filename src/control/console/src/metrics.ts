// The gateway's figures, read from its Prometheus text, and how they changed while the page was open.
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { Refused } from './api/client';
import { useApis } from './api/queries';
import type { Api } from './api/types';

export type Sample = { name: string; labels: Record<string, string>; value: number };

export function parseMetrics(text: string): Sample[] {
    const out: Sample[] = [];
    for (const line of text.split('\n')) {
        const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
        if (!found) continue;
        const labels: Record<string, string> = {};
        for (const [, name, value] of (found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
            labels[name as string] = (value as string).replace(/\\(.)/g, (_m, c) => (c === 'n' ? '\n' : c));
        out.push({ name: found[1] as string, labels, value: Number(found[3]) });
    }
    return out;
}

export const sum = (samples: Sample[], name: string, keep: (labels: Record<string, string>) => boolean = () => true) =>
    samples.reduce((total, s) => (s.name === name && keep(s.labels) ? total + s.value : total), 0);

export function by(
    samples: Sample[],
    name: string,
    label: string,
    keep: (labels: Record<string, string>) => boolean = () => true,
): [string, number][] {
    const totals = new Map<string, number>();
    for (const s of samples)
        if (s.name === name && keep(s.labels)) totals.set(s.labels[label] ?? '', (totals.get(s.labels[label] ?? '') ?? 0) + s.value);
    return [...totals].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
}

// The value below which `part` of what a histogram counted lies, in its own unit.
export function quantile(samples: Sample[], name: string, part: number, keep: (labels: Record<string, string>) => boolean): number | null {
    const buckets = new Map<number, number>();
    for (const s of samples)
        if (s.name === `${name}_bucket` && keep(s.labels)) {
            const le = s.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(s.labels.le);
            buckets.set(le, (buckets.get(le) ?? 0) + s.value);
        }
    const sorted = [...buckets].sort((a, b) => a[0] - b[0]);
    const total = sorted.at(-1)?.[1] ?? 0;
    if (total === 0) return null;
    let before = 0;
    let from = 0;
    for (const [le, count] of sorted) {
        if (count >= total * part)
            return Number.isFinite(le) ? from + (le - from) * ((total * part - before) / Math.max(1, count - before)) : from;
        before = count;
        from = le;
    }
    return from;
}

export type Server = { pool: string; server: string; address: string; state: string; requests: number; failures: number; active: number };

// The upstream servers, each in the state that it is in.
export function servers(samples: Sample[]): Server[] {
    const figure = (name: string, of: Record<string, string>) =>
        sum(samples, `tollgate_upstream_server_${name}`, (l) => l.pool === of.pool && l.server === of.server && l.address === of.address);
    return samples
        .filter((s) => s.name === 'tollgate_upstream_server_state' && s.value === 1)
        .map(({ labels: l }) => ({
            pool: l.pool ?? '',
            server: l.server ?? '',
            address: l.address ?? '',
            state: l.state ?? '',
            requests: figure('requests_total', l),
            failures: figure('failures_total', l),
            active: figure('active', l),
        }));
}

export type Moment = { at: number; requests: number; refusals: number };
// Of the APIs that are served; not of the management API, nor of hosts that no API has.
export const own = (labels: Record<string, string>) => labels.api !== 'tollgate' && labels.api !== '' && labels.api !== undefined;
// The same without the pages of a portal, which are nobody's calls of the API.
export const calls = (apis: Api[]) => {
    const portals = new Map(apis.filter((a) => a.portal).map((a) => [a.name, a.portal]));
    return (labels: Record<string, string>) => {
        const portal = portals.get(labels.api ?? '');
        return own(labels) && !(portal !== undefined && (labels.route === portal || labels.route?.startsWith(`${portal}/`)));
    };
};
const kPoints = 180;

export function useMetrics() {
    const history = useRef<Moment[]>([]);
    const apis = useApis();
    return useQuery({
        queryKey: ['metrics'],
        enabled: !apis.isPending, // which of the routes are portals
        refetchInterval: () => (history.current.length < 4 ? 1000 : 5000), // the first figures soon
        gcTime: 0,
        queryFn: async () => {
            const answer = await fetch('/metrics').catch(() => {
                throw new Refused(0, 'The gateway does not answer', 'It may be restarting, or the network is down.');
            });
            if (!answer.ok) throw new Refused(answer.status, 'There are no figures', `/metrics answered ${answer.status}.`);
            const samples = parseMetrics(await answer.text());
            const now = {
                at: Date.now() / 1000,
                requests: sum(samples, 'tollgate_requests_total', calls(apis.data ?? [])),
                refusals: sum(samples, 'tollgate_refusals_total', own),
            };
            history.current = [...history.current, now].slice(-kPoints);
            return { samples, history: history.current };
        },
    });
}
