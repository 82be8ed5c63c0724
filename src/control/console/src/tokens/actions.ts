import type { Token } from '../api/types';

// The texts before the newest that still work.
export const ending = (token: Token, now: number) => (token.generations ?? []).filter((g) => g.ends_at && Date.parse(g.ends_at) > now);

export const soon = (token: Token, now: number) =>
    token.state !== 'revoked' && token.expires_at != null && Date.parse(token.expires_at) - now < 14 * 86_400_000;

export const expired = (token: Token, now: number) => token.expires_at != null && Date.parse(token.expires_at) <= now;
