// What a list says of a token, as far as it must be worked out.
import type { Token } from '../api/types';

// The texts before the newest that still work.
export const ending = (token: Token, now: number) => (token.generations ?? []).filter((g) => g.ends_at && Date.parse(g.ends_at) > now);

export const soon = (token: Token, now: number) =>
    token.state !== 'revoked' && token.expires_at != null && Date.parse(token.expires_at) - now < 14 * 86_400_000;

// Its state, or `expired` for what would be active.
export const stateOf = (token: Token, now: number) =>
    token.state === 'active' && token.expires_at != null && Date.parse(token.expires_at) <= now ? 'expired' : token.state;

// px, as styles.css has .scope and .more
const letter = 7.23;
const around = 14;
const gap = 4;
const more = 40;

export const lettersIn = (width: number) => (width > 0 ? Math.floor((width - around) / letter) : 40);
export const cut = (scope: string, letters: number) => (scope.length > letters ? `${scope.slice(0, letters - 1)}…` : scope);

// How many of these scopes, from the first, stand in so many lines of so wide a cell; with room for a button where there are others.
export function fitting(scopes: string[], width: number, lines: number): number {
    const stand = (count: number) => {
        let line = 1;
        let x = 0;
        const place = (w: number) => {
            const wide = Math.min(w, width);
            if (x > 0 && x + gap + wide > width) {
                ++line;
                x = 0;
            }
            x += (x > 0 ? gap : 0) + wide;
        };
        for (const scope of scopes.slice(0, count)) place(scope.length * letter + around);
        if (count < scopes.length) place(more);
        return line <= lines;
    };
    if (width === 0) return Math.min(scopes.length, 2);
    let count = Math.min(scopes.length, lines * Math.ceil(width / 60));
    while (count > 0 && !stand(count)) --count;
    return count;
}
