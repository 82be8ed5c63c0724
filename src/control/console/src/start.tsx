// What the console and the portal begin with.
import { Button, Loader, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, type UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './mantine.css';
import './styles.css';
import { Refused } from './api/client';
import { Why } from './parts/basics';
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

export function start(page: ReactNode) {
    const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
    Object.assign(globalThis, { __webpack_nonce__: nonce }); // where the library that locks scrolling looks
    createRoot(document.getElementById('root') as HTMLElement).render(
        <StrictMode>
            <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
                <QueryClientProvider client={queries}>{page}</QueryClientProvider>
            </MantineProvider>
        </StrictMode>,
    );
}

// The page in place of a session that is asked for, or could not be.
export function NoSessionYet({ of }: { of: UseQueryResult }) {
    return (
        <main className="sign-in">
            {of.isError ? (
                <div className="sign-in-card">
                    <Why refused={of.error as never} />
                    <Button mt="md" onClick={() => of.refetch()} loading={of.isFetching}>
                        Try again
                    </Button>
                </div>
            ) : (
                <Loader color="gray" size="sm" aria-label="Loading" />
            )}
        </main>
    );
}
