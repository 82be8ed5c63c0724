// What is asked before anybody is signed in.
import { answered, api, keepProof, Refused } from './client';
import type { Session, User } from './types';

export type SignedIn = Omit<Session, 'user'> & { user: User };

// Nobody: null.
export async function askSession(): Promise<SignedIn | null> {
    try {
        const { csrf_token, ...session } = (await answered(api.GET('/session'))) as SignedIn & { csrf_token?: string };
        keepProof(csrf_token ?? '');
        return session;
    } catch (e) {
        if (e instanceof Refused && e.status === 401) return null;
        throw e;
    }
}
