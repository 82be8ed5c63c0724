// An API's portal: its users, each with tokens of their own.
import { Button, Group, Menu } from '@mantine/core';
import { type ReactNode, useContext, useEffect } from 'react';
import { Link, Route, Router, Switch, useLocation } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { useApis, usePortalWords, useSession } from '../api/queries';
import type { Api } from '../api/types';
import { Announcements, Copy, Empty, Page, Panel } from '../parts/basics';
import { Me, nameOf, Scheme, Skip } from '../parts/frame';
import { SignIn } from '../SignIn';
import { Who } from '../session';
import { NoSessionYet, start } from '../start';
import { wordsOf } from '../words';
import { Account } from './Account';

function Brand({ title }: { title: string }) {
    return (
        <span className="mark">
            <span className="brand" aria-hidden="true">
                {title.charAt(0).toUpperCase()}
            </span>
            <span>{title}</span>
        </span>
    );
}

// Where the way to the tokens begins, as the contract says: in the navigation, or behind the user's name.
function Frame({ api, children }: { api: Api; children: ReactNode }) {
    const words = wordsOf(api);
    const [place] = useLocation();
    const first = words.path[0] as string;
    // biome-ignore lint/correctness/useExhaustiveDependencies: a new place begins at its top
    useEffect(() => {
        window.scrollTo(0, 0);
    }, [place === '/']);
    return (
        <>
            <Skip />
            <header className="portal-header">
                <Group h="100%" justify="space-between" wrap="nowrap" className="portal-bar">
                    <Group gap="lg" wrap="nowrap">
                        <Link href="/" className="home" aria-label={`${api.title}: start`}>
                            <Brand title={api.title} />
                        </Link>
                        {words.begins === 'navigation' && (
                            <nav aria-label="Main">
                                <Link href="/account" className="portal-link" aria-current={place === '/' ? undefined : 'page'}>
                                    {first}
                                </Link>
                            </nav>
                        )}
                    </Group>
                    <Group gap="xs" wrap="nowrap">
                        <Scheme />
                        <Me>
                            {words.begins === 'account' && (
                                <Menu.Item component={Link} href="/account">
                                    {first}
                                </Menu.Item>
                            )}
                        </Me>
                    </Group>
                </Group>
            </header>
            <main id="content" tabIndex={-1} className="portal-main">
                {children}
            </main>
            <Announcements />
        </>
    );
}

function Start({ api }: { api: Api }) {
    const words = wordsOf(api);
    const who = useContext(Who);
    const host = api.hosts[0]?.host ?? location.hostname;
    const base = `${location.protocol}//${host}${location.port ? `:${location.port}` : ''}`;
    const line = `curl ${base}/… -H "Authorization: Bearer $TOKEN"`;
    return (
        <Page title={`Hello${who ? `, ${nameOf(who)}` : ''}`} about={`What calls ${api.title} in your name is kept here.`}>
            <Panel title={words.path.at(-1)}>
                <Group justify="space-between" gap="md">
                    <p className="small">
                        Make one for each program that calls the API for you: then each can be taken away without the others.
                    </p>
                    <Button component={Link} href="/account/tokens" variant="default">
                        {words.path.join(' › ')}
                    </Button>
                </Group>
            </Panel>
            <Panel title="Calling the API">
                <p className="small faint">A program sends its {words.token} with each request:</p>
                <div className="secret command">
                    <code className="secret-text">{line}</code>
                    <Copy text={line} label="Copy" />
                </div>
                {api.publish === 'public' && (
                    <p className="small">
                        What there is to call:{' '}
                        <a href="/openapi.json" target="_blank" rel="noreferrer">
                            the API’s OpenAPI document
                        </a>
                    </p>
                )}
            </Panel>
        </Page>
    );
}

function Nowhere() {
    return (
        <Page title="There is no such page">
            <section className="panel">
                <Empty
                    title="Nothing is here"
                    action={
                        <Button component={Link} href="/" variant="default">
                            Back to the start
                        </Button>
                    }
                >
                    The address may be cut off.
                </Empty>
            </section>
        </Page>
    );
}

function SignedIn() {
    const apis = useApis();
    const api = apis.data?.[0];
    if (!api) return <NoSessionYet of={apis} />;
    return (
        <Router hook={useHashLocation}>
            <Frame api={api}>
                <Switch>
                    <Route path="/">
                        <Start api={api} />
                    </Route>
                    <Route path="/account/:section?">{({ section }) => <Account api={api} section={section} />}</Route>
                    <Route>
                        <Nowhere />
                    </Route>
                </Switch>
            </Frame>
        </Router>
    );
}

function Portal() {
    const session = useSession();
    const title = usePortalWords().data?.title ?? '';
    useEffect(() => {
        document.title = title || 'Sign in';
    }, [title]);
    if (session.data === undefined) return <NoSessionYet of={session} />;
    if (!session.data)
        return (
            <SignIn mark={<Brand title={title} />} name="User name or email" about={`to see and change what calls ${title} in your name`} />
        );
    return (
        <Who value={session.data.user}>
            <SignedIn />
        </Who>
    );
}

start(<Portal />);
