import { Button, Loader, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Link, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import './mantine.css';
import './styles.css';
import { Refused } from './api/client';
import { useApis, useSession } from './api/queries';
import type { Api } from './api/types';
import { Actors } from './pages/Actors';
import { Audit } from './pages/Audit';
import { Clients } from './pages/Clients';
import { Overview } from './pages/Overview';
import { Routes } from './pages/Routes';
import { Users } from './pages/Users';
import { Empty, Page, Why } from './parts/basics';
import { Shell } from './Shell';
import { SignIn } from './SignIn';
import { Who } from './session';
import { theme } from './theme';
import { TokenList } from './tokens/TokenList';
import { TokenPage } from './tokens/TokenPage';

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

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
Object.assign(globalThis, { __webpack_nonce__: nonce }); // where the library that locks scrolling looks

const pages: Record<string, (props: { api: Api }) => React.ReactNode> = {
    tokens: TokenList,
    routes: Routes,
    actors: Actors,
    users: Users,
    clients: Clients,
};

function ApiPage({ name, page }: { name: string; page: string }) {
    const apis = useApis();
    const api = apis.data?.find((a) => a.name === name);
    const Wanted = pages[page];
    if (apis.isPending) return null;
    return api && Wanted ? <Wanted key={`${name} ${page}`} api={api} /> : <Nowhere />;
}

function Nowhere() {
    return (
        <Page title="There is no such page">
            <section className="panel">
                <Empty
                    title="Nothing is here"
                    action={
                        <Button component={Link} href="/" variant="default">
                            Back to the overview
                        </Button>
                    }
                >
                    The address may be cut off, or the API is not configured any more.
                </Empty>
            </section>
        </Page>
    );
}

function Operators() {
    const apis = useApis();
    const api = apis.data?.find((a) => a.name === 'tollgate');
    return api ? <Users api={api} /> : null;
}

function Console() {
    const session = useSession();
    if (session.isPending) return <main className="sign-in">{<Loader color="gray" size="sm" aria-label="Loading" />}</main>;
    if (session.isError)
        return (
            <main className="sign-in">
                <div className="sign-in-card">
                    <Why refused={session.error as never} />
                    <Button mt="md" onClick={() => session.refetch()} loading={session.isFetching}>
                        Try again
                    </Button>
                </div>
            </main>
        );
    if (!session.data) return <SignIn />;
    return (
        <Who value={session.data.user}>
            <Router hook={useHashLocation}>
                <Shell>
                    <Switch>
                        <Route path="/">
                            <Overview />
                        </Route>
                        <Route path="/audit">
                            <Audit />
                        </Route>
                        <Route path="/operators">
                            <Operators />
                        </Route>
                        <Route path="/tokens/:id">{({ id }) => <TokenPage key={id} id={id} />}</Route>
                        <Route path="/apis/:name/:page">
                            {({ name, page }) => <ApiPage name={decodeURIComponent(name)} page={page} />}
                        </Route>
                        <Route>
                            <Nowhere />
                        </Route>
                    </Switch>
                </Shell>
            </Router>
        </Who>
    );
}

createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
        <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
            <QueryClientProvider client={queries}>
                <Console />
            </QueryClientProvider>
        </MantineProvider>
    </StrictMode>,
);
