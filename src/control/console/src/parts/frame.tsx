// What stands around every page, in the console and in the portal.
import { ActionIcon, Button, Menu, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useContext } from 'react';
import { Link } from 'wouter';
import { answered, api as http } from '../api/client';
import type { User } from '../api/types';
import { Who } from '../session';
import { Empty, Name, Page, Why } from './basics';
import { MoonIcon, SunIcon } from './icons';

export function Skip() {
    return (
        <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
            Skip to the content
        </button>
    );
}

export function Scheme() {
    const { setColorScheme } = useMantineColorScheme();
    const dark = useComputedColorScheme('light', { getInitialValueInEffect: false }) === 'dark';
    return (
        <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={() => setColorScheme(dark ? 'light' : 'dark')}
            aria-label={dark ? 'Use light colours' : 'Use dark colours'}
        >
            {dark ? <SunIcon /> : <MoonIcon />}
        </ActionIcon>
    );
}

export const nameOf = (who: User) => [who.first_name, who.last_name].filter(Boolean).join(' ') || who.user_name || who.email || 'You';

// Who is signed in, and the way out; `children`: what else stands in that menu.
export function Me({ note, children }: { note?: string; children?: ReactNode }) {
    const who = useContext(Who);
    const client = useQueryClient();
    if (!who) return null;
    const name = nameOf(who);
    const out = async () => {
        try {
            await answered(http.DELETE('/session'));
        } finally {
            client.clear();
            location.hash = '#/';
            location.reload();
        }
    };
    return (
        <Menu position="bottom-end" shadow="md">
            <Menu.Target>
                <UnstyledButton className="me" aria-label={`Signed in as ${name}`}>
                    <span className="avatar" aria-hidden="true">
                        {name.charAt(0).toUpperCase()}
                    </span>
                </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Label>
                    <Name of={name} />
                    {note && ` · ${note}`}
                </Menu.Label>
                {children}
                <Menu.Item onClick={out}>Sign out</Menu.Item>
            </Menu.Dropdown>
        </Menu>
    );
}

// `start`: what the first page is called.
export function Nowhere({ start, children }: { start: string; children: ReactNode }) {
    return (
        <Page title="There is no such page">
            <section className="panel">
                <Empty
                    title="Nothing is here"
                    action={
                        <Button component={Link} href="/" variant="default">
                            Back to the {start}
                        </Button>
                    }
                >
                    {children}
                </Empty>
            </section>
        </Page>
    );
}

export const Waiting = () => <output className="waiting-page" aria-label="Loading" />;

// The page in place of something that is asked for, or could not be.
export function NotYet({ of }: { of: UseQueryResult }) {
    if (!of.isError) return <Waiting />;
    return (
        <main className="portal-main">
            <div>
                <Why refused={of.error as never} />
                <Button mt="md" onClick={() => of.refetch()} loading={of.isFetching}>
                    Try again
                </Button>
            </div>
        </main>
    );
}
