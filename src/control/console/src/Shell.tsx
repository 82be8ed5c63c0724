// The frame around every page: where one is, and where one can go.
import { AppShell, Burger, Group, NavLink, ScrollArea, Select, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useContext, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useApis, useToken } from './api/queries';
import { Announcements } from './parts/basics';
import { Me, Scheme, Skip } from './parts/frame';
import { ActorIcon, AppIcon, BookIcon, GaugeIcon, KeyIcon, PeopleIcon, RouteIcon } from './parts/icons';
import { Mark } from './parts/mark';
import { useMay, Who } from './session';
import { wordsOf } from './words';

export function Shell({ children }: { children: ReactNode }) {
    const [opened, { toggle, close }] = useDisclosure(false);
    const [place, go] = useLocation();
    const apis = useApis();
    const may = useMay();
    const who = useContext(Who);
    const token = useToken(/^\/tokens\/([^/]+)/.exec(place)?.[1]).data; // its page belongs to its API
    const named = token?.api ?? /^\/apis\/([^/]+)/.exec(place)?.[1];
    const [kept, setKept] = useState<string | undefined>(undefined);
    const choices = (apis.data ?? []).filter((a) => a.name !== 'tollgate');
    const chosen = choices.find((a) => a.name === (named ? decodeURIComponent(named) : kept)) ?? choices[0];
    const words = wordsOf(chosen);
    const section = /^\/apis\/[^/]+\/([^/]+)/.exec(place)?.[1] ?? 'tokens';

    useEffect(() => {
        if (named && named !== 'tollgate') setKept(decodeURIComponent(named));
    }, [named]);
    // biome-ignore lint/correctness/useExhaustiveDependencies: a new place closes the menu and begins at its top
    useEffect(() => {
        close();
        window.scrollTo(0, 0);
    }, [place, close]);

    const item = (href: string, label: string, icon: ReactNode, within = false) => (
        <NavLink
            component={Link}
            href={href}
            label={label}
            leftSection={icon}
            active={place === href || within}
            aria-current={place === href ? 'page' : within ? 'true' : undefined}
        />
    );

    return (
        <AppShell
            header={{ height: 56 }}
            navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !opened } }}
            padding={{ base: 'md', md: 'lg' }}
        >
            <Skip />
            <AppShell.Header className="header">
                <Group h="100%" px="md" justify="space-between" wrap="nowrap">
                    <Group gap="sm" wrap="nowrap">
                        <Burger
                            opened={opened}
                            onClick={toggle}
                            hiddenFrom="sm"
                            size="sm"
                            aria-label={opened ? 'Close the menu' : 'Open the menu'}
                            aria-expanded={opened}
                        />
                        <Link href="/" className="home">
                            <Mark />
                        </Link>
                    </Group>
                    <Group gap="xs" wrap="nowrap">
                        <Scheme />
                        <Me note={who?.role ?? undefined} />
                    </Group>
                </Group>
            </AppShell.Header>
            <AppShell.Navbar className="nav" aria-label="Main">
                <AppShell.Section grow component={ScrollArea} p="sm">
                    {item('/', 'Overview', <GaugeIcon />)}
                    {may('audit:read') && item('/audit', 'Audit', <BookIcon />)}
                    {may('users:read') && item('/operators', 'Operators', <PeopleIcon />)}
                    {chosen && (
                        <div className="nav-api">
                            <Select
                                label="API"
                                data={choices.map((a) => ({ value: a.name, label: a.title || a.name }))}
                                value={chosen.name}
                                onChange={(v) => {
                                    if (!v) return;
                                    setKept(v);
                                    go(`/apis/${encodeURIComponent(v)}/${section}`);
                                }}
                                allowDeselect={false}
                                checkIconPosition="right"
                            />
                            {words.path.slice(0, -1).map((part) => (
                                <Text key={part} className="nav-group" component="h2">
                                    {part}
                                </Text>
                            ))}
                            {item(`/apis/${chosen.name}/tokens`, words.path.at(-1) ?? 'Tokens', <KeyIcon />, token !== undefined)}
                            <Text className="nav-group" component="h2">
                                {chosen.title || chosen.name}
                            </Text>
                            {item(`/apis/${chosen.name}/routes`, 'Routes', <RouteIcon />)}
                            {(chosen.acting_as ?? true) && item(`/apis/${chosen.name}/actors`, 'Actors', <ActorIcon />)}
                            {may('users:read') && item(`/apis/${chosen.name}/users`, 'Users', <PeopleIcon />)}
                            {item(`/apis/${chosen.name}/clients`, 'OAuth clients', <AppIcon />)}
                        </div>
                    )}
                </AppShell.Section>
            </AppShell.Navbar>
            <AppShell.Main id="content" tabIndex={-1}>
                {children}
            </AppShell.Main>
            <Announcements />
        </AppShell>
    );
}
