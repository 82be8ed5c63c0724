// A portal's pages, by their addresses.
import { Button, Group, Menu } from '@mantine/core';
import { type ReactNode, useContext, useEffect } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useApis } from '../api/queries';
import type { Api } from '../api/types';
import { Announcements, Copy, Page, Panel } from '../parts/basics';
import { Me, NotYet, Nowhere, nameOf, Scheme, Skip } from '../parts/frame';
import { Brand } from '../parts/mark';
import { Who } from '../session';
import { start } from '../start';
import { wordsOf } from '../words';
import { Account } from './Account';

// Where the way to the tokens begins, as the contract says: in the navigation, or behind the user's name.
function Frame({ api, children }: { api: Api; children: ReactNode }) {
    const words = wordsOf(api);
    const [place] = useLocation();
    const first = words.path[0] as string;
    useEffect(() => {
        document.title = api.title;
    }, [api.title]);
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
                        <Link href="/" className="home">
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
        <Page title={`Hello${who ? `, ${nameOf(who)}` : ''}`} about={`The tokens with which programs call ${api.title} in your name.`}>
            <Panel title={words.path.at(-1)}>
                <div className="panel-line">
                    <p className="small">
                        Make one for each program that calls the API for you: then each can be taken away without the others.
                    </p>
                    <Button component={Link} href="/account/tokens" variant="default">
                        {words.path.join(' › ')}
                    </Button>
                </div>
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

function Portal() {
    const apis = useApis();
    const api = apis.data?.[0];
    if (!api) return <NotYet of={apis} />;
    return (
        <Frame api={api}>
            <Switch>
                <Route path="/">
                    <Start api={api} />
                </Route>
                <Route path="/account/:section?">{({ section }) => <Account api={api} section={section} />}</Route>
                <Route>
                    <Nowhere start="start">The address may be cut off.</Nowhere>
                </Route>
            </Switch>
        </Frame>
    );
}

export const begin = start(<Portal />);
