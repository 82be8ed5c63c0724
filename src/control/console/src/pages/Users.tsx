import { ActionIcon, Badge, Group, Menu, PasswordInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api as http } from '../api/client';
import { useAction, useUsers } from '../api/queries';
import type { Api, User } from '../api/types';
import { announce, inert, Name, StateBadge, When } from '../parts/basics';
import { Act, FormDialog } from '../parts/dialogs';
import { DotsIcon } from '../parts/icons';
import { useMay } from '../session';
import { Records } from './Records';

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
                    cell: (u) =>
                        u.second_factor ? (
                            <Badge size="sm" variant="light" color="teal">
                                on
                            </Badge>
                        ) : (
                            <span className="faint">off</span>
                        ),
                },
                { title: 'State', cell: (u) => <StateBadge of={u.state} /> },
                { title: 'Added', cell: (u) => <When at={u.created_at} /> },
                {
                    title: 'Actions',
                    right: true,
                    cell: (u) =>
                        write && u.state !== 'removed' ? (
                            <Menu position="bottom-end" shadow="md">
                                <Menu.Target>
                                    <ActionIcon variant="subtle" color="gray" aria-label={`More for ${inert(u.user_name || u.id)}`}>
                                        <DotsIcon />
                                    </ActionIcon>
                                </Menu.Target>
                                <Menu.Dropdown>
                                    <Menu.Item onClick={() => setDoing({ what: 'password', user: u })}>New password…</Menu.Item>
                                    {u.second_factor && (
                                        <Menu.Item onClick={() => setDoing({ what: 'factor', user: u })}>
                                            Take the second factor away…
                                        </Menu.Item>
                                    )}
                                    <Menu.Item onClick={() => setDoing({ what: 'sign-out', user: u })}>Sign out everywhere…</Menu.Item>
                                    {u.state === 'active' ? (
                                        <Menu.Item onClick={() => setDoing({ what: 'disable', user: u })}>Disable…</Menu.Item>
                                    ) : (
                                        <Menu.Item onClick={() => setDoing({ what: 'enable', user: u })}>Enable…</Menu.Item>
                                    )}
                                    <Menu.Divider />
                                    <Menu.Item color="red" onClick={() => setDoing({ what: 'remove', user: u })}>
                                        Remove…
                                    </Menu.Item>
                                </Menu.Dropdown>
                            </Menu>
                        ) : null,
                },
            ]}
        >
            {doing?.what === 'password' && <NewPassword user={doing.user} onClose={() => setDoing(null)} />}
            {doing && doing.what !== 'password' && <Sure what={doing.what} user={doing.user} onClose={() => setDoing(null)} />}
        </Records>
    );
}

function Sure({ what, user, onClose }: { what: Exclude<Doing['what'], 'password'>; user: User; onClose: () => void }) {
    const name = inert(user.user_name || user.id);
    const at = { params: { path: { id: user.id } } };
    const [title, label, text, call] = {
        disable: [
            `Disable ${name}`,
            'Disable',
            'Sessions and access tokens end at once; nobody can sign in as this user until it is enabled again.',
            () => http.POST('/users/{id}/disable', at),
        ],
        enable: [`Enable ${name}`, 'Enable', 'The user can sign in again.', () => http.POST('/users/{id}/enable', at)],
        'sign-out': [
            `Sign ${name} out`,
            'Sign out',
            'Every session and access token of this user ends now. The password stays.',
            () => http.POST('/users/{id}/sign-out', at),
        ],
        remove: [
            `Remove ${name}`,
            'Remove',
            'For ever: the user can never sign in again, and everything that was allowed ends.',
            () => http.DELETE('/users/{id}', at),
        ],
        factor: [
            `Take the second factor of ${name} away`,
            'Take away',
            'For a lost device. Sessions end; the next sign-in takes the password alone.',
            () => http.DELETE('/users/{id}/totp', at),
        ],
    }[what] as [string, string, string, () => Promise<{ data?: unknown; response: Response }>];
    return (
        <Act title={title} label={label} colour={what === 'enable' ? 'teal' : 'red'} call={call} onClose={onClose}>
            {text}
        </Act>
    );
}

function NewPassword({ user, onClose }: { user: User; onClose: () => void }) {
    const { busy, refused, run } = useAction();
    const [password, setPassword] = useState('');
    const save = () =>
        run(
            () => answered(http.PATCH('/users/{id}', { params: { path: { id: user.id } }, body: { password } })),
            () => {
                announce('Changed');
                onClose();
            },
        );
    return (
        <FormDialog
            title={`New password for ${inert(user.user_name || user.id)}`}
            submit="Save"
            onSubmit={save}
            onClose={onClose}
            busy={busy}
            refused={refused}
            fields={['password']}
            disabled={!password}
        >
            <PasswordInput
                label="New password"
                description="Sessions and access tokens of this user end"
                value={password}
                onChange={(e) => setPassword(e.currentTarget.value)}
                error={refused?.what('password')}
                autoComplete="new-password"
                data-autofocus
            />
        </FormDialog>
    );
}

function NewUser({ api, operators, onClose }: { api: Api; operators: boolean; onClose: () => void }) {
    const { busy, refused, run } = useAction();
    const [form, setForm] = useState({ user_name: '', email: '', first_name: '', last_name: '', tenant: '', role: 'viewer', password: '' });
    const field = (name: keyof typeof form) => ({
        value: form[name],
        onChange: (e: { currentTarget: { value: string } }) => setForm({ ...form, [name]: e.currentTarget.value }),
        error: refused?.what(name),
    });
    const add = () => {
        const { role, ...rest } = form;
        const given = Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== ''));
        void run(
            () => answered(http.POST('/users', { body: { api: api.name, ...given, ...(operators && { role: role as 'viewer' }) } })),
            () => {
                announce('Added');
                onClose();
            },
        );
    };
    return (
        <FormDialog
            title={operators ? 'Add operator' : 'Add user'}
            submit="Add"
            onSubmit={add}
            onClose={onClose}
            busy={busy}
            refused={refused}
            fields={Object.keys(form)}
            disabled={!form.user_name.trim()}
        >
            <TextInput
                label="User name"
                description="What is typed to sign in"
                required
                autoComplete="off"
                data-autofocus
                {...field('user_name')}
            />
            <TextInput label="Email" type="email" autoComplete="off" {...field('email')} />
            {operators ? (
                <Select
                    label="Role"
                    data={[
                        { value: 'viewer', label: 'Viewer: looks at everything' },
                        { value: 'operator', label: 'Operator: looks after tokens and actors too' },
                        { value: 'owner', label: 'Owner: everything' },
                    ]}
                    value={form.role}
                    onChange={(v) => v && setForm({ ...form, role: v })}
                    allowDeselect={false}
                    error={refused?.what('role')}
                />
            ) : (
                <>
                    <Group grow>
                        <TextInput label="First name" autoComplete="off" {...field('first_name')} />
                        <TextInput label="Last name" autoComplete="off" {...field('last_name')} />
                    </Group>
                    <TextInput label="Tenant" autoComplete="off" {...field('tenant')} />
                </>
            )}
            <PasswordInput label="Password" autoComplete="new-password" {...field('password')} />
        </FormDialog>
    );
}
