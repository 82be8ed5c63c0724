import { Button } from '@mantine/core';
import { Link, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { useApis, useSession } from './api/queries';
import type { Api } from './api/types';
import { Actors } from './pages/Actors';
import { Audit } from './pages/Audit';
import { Clients } from './pages/Clients';
import { Overview } from './pages/Overview';
import { Routes } from './pages/Routes';
import { Users } from './pages/Users';
import { Empty, Page } from './parts/basics';
import { Mark } from './parts/frame';
import { Shell } from './Shell';
import { SignIn } from './SignIn';
import { Who } from './session';
import { NoSessionYet, start } from './start';
import { TokenList } from './tokens/TokenList';
import { TokenPage } from './tokens/TokenPage';

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
    if (session.data === undefined) return <NoSessionYet of={session} />;
    if (!session.data)
        return (
            <SignIn
                mark={<Mark />}
                name="User name"
                about="The console of this gateway is for its operators."
                hint={
                    <>
                        No account yet? On the gateway’s machine: <code>tollgate user add --api tollgate --role owner</code>
                    </>
                }
            />
        );
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

start(<Console />);
