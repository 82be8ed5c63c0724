// What the console and the portal begin with: somebody signs in, and then comes the rest, which is loaded meanwhile.
import { Button, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, type UseQueryResult } from '@tanstack/react-query';
import { type ComponentType, lazy, type ReactNode, StrictMode, Suspense, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import './mantine.css';
import './styles.css';
import { Refused } from './api/client';
import { session, useApis, useSession } from './api/queries';
import { Why } from './parts/basics';
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

type Load = () => Promise<{ default: ComponentType }>;

// `signIn`: for whom nobody knows yet. `load`: the pages for who is signed in, under the address's hash.
export function start(signIn: ReactNode, load: Load) {
    const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
    Object.assign(globalThis, { __webpack_nonce__: nonce }); // where the library that locks scrolling looks
    void queries.prefetchQuery(session); // asked while the first page is drawn
    const Pages = lazy(load);
    createRoot(document.getElementById('root') as HTMLElement).render(
        <StrictMode>
            <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
                <QueryClientProvider client={queries}>
                    <Session signIn={signIn} load={load}>
                        <Suspense fallback={<Waiting />}>
                            <Router hook={useHashLocation}>
                                <Pages />
                            </Router>
                        </Suspense>
                    </Session>
                </QueryClientProvider>
            </MantineProvider>
        </StrictMode>,
    );
}

function Session({ signIn, load, children }: { signIn: ReactNode; load: Load; children: ReactNode }) {
    const asked = useSession();
    const out = asked.data === null;
    useApis(Boolean(asked.data)); // every page asks for them
    useEffect(() => {
        if (out) setTimeout(() => void load(), 200); // whoever signs in will need it
    }, [out, load]);
    if (asked.data === undefined) return <NotYet of={asked} />;
    return asked.data ? <Who value={asked.data.user}>{children}</Who> : signIn;
}

const Waiting = () => <output className="waiting-page" aria-label="Loading" />;

// The page in place of something that is asked for, or could not be.
export function NotYet({ of }: { of: UseQueryResult }) {
    if (!of.isError) return <Waiting />;
    return (
        <main className="sign-in">
            <div className="sign-in-card">
                <Why refused={of.error as never} />
                <Button mt="md" onClick={() => of.refetch()} loading={of.isFetching}>
                    Try again
                </Button>
            </div>
        </main>
    );
}
