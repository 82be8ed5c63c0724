// What is behind the door: the pages, for who is signed in.
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import './mantine.css';
import './styles.css';
import { Refused } from './api/client';
import { session, useSession } from './api/queries';
import type { SignedIn } from './api/session';
import { Waiting } from './parts/frame';
import { Who } from './session';
import { theme } from './theme';

const queries = new QueryClient({
    defaultOptions: {
        queries: {
            retry: (times, e) => times < 1 && e instanceof Refused && (e.status === 0 || e.status === 503),
            staleTime: 5000,
            refetchOnWindowFocus: true,
        },
    },
});
// Somebody else's session end shows on the next look: ask who is signed in.
queries.getQueryCache().subscribe((event) => {
    if (
        event.type === 'updated' &&
        event.action.type === 'error' &&
        event.action.error instanceof Refused &&
        event.action.error.status === 401 &&
        event.query.queryKey[0] !== 'session'
    )
        void queries.invalidateQueries({ queryKey: ['session'] });
});

// Shows these pages to `who`, under the address's hash.
export const start = (pages: ReactNode) => (who: SignedIn) => {
    const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
    Object.assign(globalThis, { __webpack_nonce__: nonce }); // where the library that locks scrolling looks
    queries.setQueryData(session.queryKey, who);
    createRoot(document.getElementById('root') as HTMLElement).render(
        <StrictMode>
            <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
                <QueryClientProvider client={queries}>
                    <Session>
                        <Router hook={useHashLocation}>{pages}</Router>
                    </Session>
                </QueryClientProvider>
            </MantineProvider>
        </StrictMode>,
    );
};

function Session({ children }: { children: ReactNode }) {
    const who = useSession().data;
    const out = who === null;
    useEffect(() => {
        if (out) location.reload(); // back to the door; the address stays
    }, [out]);
    return who ? <Who value={who.user}>{children}</Who> : <Waiting />;
}
