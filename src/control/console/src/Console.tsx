// The console's pages, by their addresses.
import { Route, Switch } from 'wouter';
import { useApis } from './api/queries';
import type { Api } from './api/types';
import { Actors } from './pages/Actors';
import { Audit } from './pages/Audit';
import { Clients } from './pages/Clients';
import { Overview } from './pages/Overview';
import { Routes } from './pages/Routes';
import { Users } from './pages/Users';
import { Nowhere } from './parts/frame';
import { Shell } from './Shell';
import { start } from './start';
import { TokenList } from './tokens/TokenList';
import { TokenPage } from './tokens/TokenPage';

const pages: Record<string, (props: { api: Api }) => React.ReactNode> = {
    tokens: TokenList,
    routes: Routes,
    actors: Actors,
    users: Users,
    clients: Clients,
};

const nowhere = <Nowhere start="overview">The address may be cut off, or the API is not configured any more.</Nowhere>;

function ApiPage({ name, page }: { name: string; page: string }) {
    const apis = useApis();
    const api = apis.data?.find((a) => a.name === name);
    const Wanted = pages[page];
    if (apis.isPending) return null;
    return api && Wanted ? <Wanted key={`${name} ${page}`} api={api} /> : nowhere;
}

function Operators() {
    const apis = useApis();
    const api = apis.data?.find((a) => a.name === 'tollgate');
    return api ? <Users api={api} /> : null;
}

function Console() {
    return (
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
                <Route path="/apis/:name/:page">{({ name, page }) => <ApiPage name={decodeURIComponent(name)} page={page} />}</Route>
                <Route>{nowhere}</Route>
            </Switch>
        </Shell>
    );
}

export const begin = start(<Console />);
