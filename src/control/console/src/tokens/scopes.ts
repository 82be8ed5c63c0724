// What scopes mean for routes: which open which.
import type { Route, Scope, Token } from '../api/types';

export type Verb = { scope: Scope; verb: string; writes: boolean };
export type Area = { name: string; verbs: Verb[] };

const reads = new Set(['read', 'view', 'list', 'get', 'show', 'profile']);

// Scopes by area: what stands before the last `:` or `.` of their names.
export function areasOf(scopes: Scope[], wildcard: string | undefined): Area[] {
    const areas: Area[] = [];
    for (const scope of scopes) {
        if (scope.name === wildcard) continue;
        const cut = Math.max(scope.name.lastIndexOf(':'), scope.name.lastIndexOf('.'));
        const name = cut < 0 ? scope.name : scope.name.slice(0, cut);
        const verb = cut < 0 ? 'read' : scope.name.slice(cut + 1);
        let area = areas.find((a) => a.name === name);
        if (!area) {
            area = { name, verbs: [] };
            areas.push(area);
        }
        area.verbs.push({ scope, verb, writes: !reads.has(verb) });
    }
    return areas;
}

export const areaTitle = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ').replaceAll(/[:.]/g, ' › ');

// Everything that these scopes unlock.
export function unlocked(given: Iterable<string>, scopes: Scope[]): Set<string> {
    const out = new Set<string>();
    for (const name of given) {
        out.add(name);
        for (const s of scopes.find((x) => x.name === name)?.includes ?? []) out.add(s);
    }
    return out;
}

export function opens(route: Route, held: Set<string>, wildcard: string | undefined): boolean {
    if (route.public || route.scopes.length === 0) return true;
    if (wildcard && held.has(wildcard)) return true;
    return route.scopes.some((all) => all.every((s) => held.has(s)));
}

export function couldCall(token: Token, route: Route, scopes: Scope[], wildcard: string | undefined): boolean {
    if (route.audiences.length > 0 && !route.audiences.includes(token.audience ?? '')) return false;
    return token.full_access === true || opens(route, unlocked(token.scopes, scopes), wildcard);
}
