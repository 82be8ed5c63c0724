import { Checkbox, Group, PasswordInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api as http } from '../api/client';
import { useOwnedTokens, useUsers } from '../api/queries';
import type { Api, User } from '../api/types';
import { inert, Name, StateBadge, When, Why } from '../parts/basics';
import { Ask, Confirm, FormDialog, type Question } from '../parts/dialogs';
import { useFields } from '../parts/fields';
import { useMay } from '../session';
import { plural, wordsOf } from '../words';
import { RecordMenu, Records } from './Records';

type Doing = { what: 'disable' | 'enable' | 'sign-out' | 'remove' | 'password' | 'factor'; user: User };

export function Users({ api }: { api: Api }) {
    const operators = api.name === 'tollgate';
    const list = useUsers(api.name);
    const write = useMay()('users:write');
    const [doing, setDoing] = useState<Doing | null>(null);
    return (
        <Records
            title={operators ? 'Operators' : 'Users'}
            api={operators ? undefined : api}
            about={
                operators
                    ? 'Who may sign in here, and what their role lets them do.'
                    : 'Who signs in to this API: for its portal, and for OAuth.'
            }
            one={operators ? 'operator' : 'user'}
            empty={
                operators
                    ? 'Add the people who look after this gateway.'
                    : 'Add the people whose data this API serves; they can then sign in, and allow OAuth clients.'
            }
            add={write ? (onClose) => <NewUser api={api} operators={operators} onClose={onClose} /> : undefined}
            list={list}
            columns={[
                {
                    title: 'Name',
                    cell: (u) => (
                        <div>
                            <b>
                                <Name of={u.user_name || u.email || u.id} />
                            </b>
                            <div className="faint small">
                                <Name
                                    of={[u.first_name, u.last_name].filter(Boolean).join(' ') || (u.email !== u.user_name ? u.email : '')}
                                />
                            </div>
                        </div>
                    ),
                },
                operators
                    ? { title: 'Role', cell: (u: User) => u.role ?? '–' }
                    : { title: 'Tenant', cell: (u: User) => <Name of={u.tenant || '–'} /> },
                {
                    title: 'Second factor',
                    cell: (u) => (u.second_factor ? <StateBadge of="on" /> : <span className="faint">off</span>),
                },
                { title: 'State', cell: (u) => <StateBadge of={u.state} /> },
                { title: 'Added', cell: (u) => <When at={u.created_at} /> },
                {
                    title: 'Actions',
                    right: true,
                    menu: true,
                    cell: (u) => {
                        if (!write || u.state === 'removed') return null;
                        const ask = (what: Doing['what'], label: string) => ({ label, onClick: () => setDoing({ what, user: u }) });
                        return (
                            <RecordMenu
                                of={u.user_name || u.id}
                                items={[
                                    ask('password', 'New password'),
                                    u.second_factor && ask('factor', 'Take the second factor away'),
                                    ask('sign-out', 'Sign out everywhere'),
                                    u.state === 'active' ? ask('disable', 'Disable') : ask('enable', 'Enable'),
                                    { ...ask('remove', 'Remove'), danger: true },
                                ]}
                            />
                        );
                    },
                },
            ]}
        >
            {doing && <Sure api={api} {...doing} onClose={() => setDoing(null)} />}
        </Records>
    );
}

const at = (user: User) => ({ params: { path: { id: user.id } } });
const called = (user: User) => inert(user.user_name || user.id);

const questions: Record<'enable' | 'sign-out' | 'factor', (user: User) => Question> = {
    enable: (u) => ({
        title: `Enable ${called(u)}`,
        label: 'Enable',
        text: 'The user can sign in again. Tokens that were disabled meanwhile stay so, until they are enabled in the list.',
        colour: 'teal',
        call: () => http.POST('/users/{id}/enable', at(u)),
    }),
    'sign-out': (u) => ({
        title: `Sign ${called(u)} out`,
        label: 'Sign out',
        text: 'Every session and access token of this user ends now. The password stays.',
        call: () => http.POST('/users/{id}/sign-out', at(u)),
    }),
    factor: (u) => ({
        title: `Take the second factor of ${called(u)} away`,
        label: 'Take away',
        text: 'For a lost device. Sessions end; the next sign-in takes the password alone.',
        call: () => http.DELETE('/users/{id}/totp', at(u)),
    }),
};

function Sure({ api, what, user, onClose }: { api: Api; what: Doing['what']; user: User; onClose: () => void }) {
    if (what === 'password') return <NewPassword user={user} onClose={onClose} />;
    if (what === 'disable' || what === 'remove') return <Stop api={api} what={what} user={user} onClose={onClose} />;
    return <Ask question={questions[what](user)} onClose={onClose} />;
}

// Ends what a user can do. Tokens that were made in the user's name are keys of their own, and go on working unless they are stopped too.
function Stop({ api, what, user, onClose }: { api: Api; what: 'disable' | 'remove'; user: User; onClose: () => void }) {
    const owned = useOwnedTokens(api.name, user, what === 'disable' ? 'active' : undefined);
    const [too, setToo] = useState(true);
    const tokens = owned.data ?? [];
    const words = wordsOf(api);
    const call = async () => {
        // Tokens first: when one cannot be stopped, the user is still there to try again.
        for (const id of too ? tokens : []) {
            const one = { params: { path: { id } } };
            await answered(what === 'disable' ? http.POST('/api-tokens/{id}/disable', one) : http.DELETE('/api-tokens/{id}', one));
        }
        return what === 'disable' ? http.POST('/users/{id}/disable', at(user)) : http.DELETE('/users/{id}', at(user));
    };
    return (
        <Confirm<unknown>
            title={`${what === 'disable' ? 'Disable' : 'Remove'} ${called(user)}`}
            label={what === 'disable' ? 'Disable' : 'Remove'}
            ready={owned.isSuccess}
            call={call}
            onClose={onClose}
        >
            {what === 'disable'
                ? 'Sessions and access tokens end at once; nobody can sign in as this user until it is enabled again.'
                : 'For ever: the user can never sign in again, and everything that was allowed ends.'}
            <Why refused={owned.error as never} />
            {tokens.length > 0 && (
                <Checkbox
                    mt="md"
                    checked={too}
                    onChange={(e) => setToo(e.currentTarget.checked)}
                    label={`${what === 'disable' ? 'Disable' : 'Revoke'} the ${plural(tokens.length, words.token)} in this user’s name too`}
                    description={too ? 'At once.' : 'They go on working.'}
                />
            )}
        </Confirm>
    );
}

function NewPassword({ user, onClose }: { user: User; onClose: () => void }) {
    const form = useFields({ password: '' });
    return (
        <FormDialog
            title={`New password for ${called(user)}`}
            label="Save"
            said="Changed"
            call={() => http.PATCH('/users/{id}', { ...at(user), body: form.values })}
            onClose={onClose}
            fields={form.names}
            ready={form.values.password !== ''}
        >
            {(what) => (
                <PasswordInput
                    label="New password"
                    description="Sessions and access tokens of this user end"
                    data-autofocus
                    {...form.text('password', what)}
                    autoComplete="new-password"
                />
            )}
        </FormDialog>
    );
}

const blank = { user_name: '', email: '', first_name: '', last_name: '', tenant: '', role: 'viewer', password: '' };

function NewUser({ api, operators, onClose }: { api: Api; operators: boolean; onClose: () => void }) {
    const form = useFields(blank);
    const call = () => {
        const { role, ...given } = form.given();
        return http.POST('/users', { body: { ...given, api: api.name, ...(operators && { role: role as 'viewer' }) } });
    };
    return (
        <FormDialog
            title={operators ? 'Add operator' : 'Add user'}
            label="Add"
            said="Added"
            call={call}
            onClose={onClose}
            fields={form.names}
            ready={form.values.user_name.trim() !== ''}
        >
            {(what) => (
                <>
                    <TextInput
                        label="User name"
                        description="What is typed to sign in"
                        required
                        data-autofocus
                        {...form.text('user_name', what)}
                    />
                    <TextInput label="Email" type="email" {...form.text('email', what)} />
                    {operators ? (
                        <Select
                            label="Role"
                            data={[
                                { value: 'viewer', label: 'Viewer: looks at everything' },
                                { value: 'operator', label: 'Operator: looks after tokens and actors too' },
                                { value: 'owner', label: 'Owner: everything' },
                            ]}
                            {...form.choice('role', what)}
                        />
                    ) : (
                        <>
                            <Group grow>
                                <TextInput label="First name" {...form.text('first_name', what)} />
                                <TextInput label="Last name" {...form.text('last_name', what)} />
                            </Group>
                            <TextInput label="Tenant" {...form.text('tenant', what)} />
                        </>
                    )}
                    <PasswordInput label="Password" {...form.text('password', what)} autoComplete="new-password" />
                </>
            )}
        </FormDialog>
    );
}
