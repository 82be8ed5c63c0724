// Who is signed in, and what that role may do; the gateway decides, this only leaves out what it would refuse.
import { createContext, useContext } from 'react';
import type { User } from './api/types';

export const Who = createContext<User | null>(null);

const roles: Record<string, string[]> = {
    viewer: ['tokens:read', 'config:read', 'audit:read', 'users:read'],
    operator: ['tokens:read', 'config:read', 'audit:read', 'users:read', 'tokens:write'],
    owner: ['tokens:read', 'config:read', 'audit:read', 'users:read', 'tokens:write', 'users:write'],
};

export function useMay(): (scope: string) => boolean {
    const may = roles[useContext(Who)?.role ?? ''] ?? [];
    return (scope) => may.includes(scope);
}
