import { Checkbox, MultiSelect, Textarea } from '@mantine/core';
import { useState } from 'react';
import { api as http } from '../api/client';
import { useClients, useScopes } from '../api/queries';
import type { Api, OAuthClient } from '../api/types';
import { inert, Name, ScopeBadge, StateBadge, When } from '../parts/basics';
import { Ask, FormDialog, OnceDialog, type Question } from '../parts/dialogs';
import { NameField, useFields } from '../parts/fields';
import { useMay } from '../session';
import { RecordMenu, Records } from './Records';

type Doing = { what: 'secret' | 'disable' | 'enable' | 'remove'; client: OAuthClient };
type Grant = 'authorization_code' | 'refresh_token' | 'password' | 'client_credentials';

export function Clients({ api }: { api: Api }) {
    const list = useClients(api.name);
    const write = useMay()('tokens:write');
    const [doing, setDoing] = useState<Doing | null>(null);
    return (
        <Records
            title="OAuth clients"
            api={api}
            about="Programs that get access tokens of this API, for themselves or for a user who allows it."
            one="OAuth client"
            empty="Add one for each program that signs users in, or gets access tokens by itself."
            add={write ? (onClose) => <NewClient api={api} onClose={onClose} /> : undefined}
            list={list}
            columns={[
                {
                    title: 'Name',
                    cell: (c) => (
                        <div>
                            <b>
                                <Name of={c.name} />
                            </b>{' '}
                            {c.public && <StateBadge of="public" />}
                            <div className="mono faint small">{c.id}</div>
                        </div>
                    ),
                },
                {
                    title: 'Grants',
                    cell: (c) => <span className="small">{c.grants.map((g) => g.replaceAll('_', ' ')).join(', ')}</span>,
                },
                {
                    title: 'Scopes',
                    cell: (c) => (
                        <span className="scopes">
                            {c.scopes.length ? (
                                c.scopes.map((s) => <ScopeBadge key={s} name={s} />)
                            ) : (
                                <span className="faint">every one</span>
                            )}
                        </span>
                    ),
                },
                { title: 'State', cell: (c) => <StateBadge of={c.state} /> },
                { title: 'Added', cell: (c) => <When at={c.created_at} /> },
                {
                    title: 'Actions',
                    right: true,
                    menu: true,
                    cell: (c) => {
                        if (!write || c.state === 'removed') return null;
                        const ask = (what: Doing['what'], label: string) => ({ label, onClick: () => setDoing({ what, client: c }) });
                        return (
                            <RecordMenu
                                of={c.name}
                                items={[
                                    !c.public && ask('secret', 'New secret'),
                                    c.state === 'active' ? ask('disable', 'Disable') : ask('enable', 'Enable'),
                                    { ...ask('remove', 'Remove'), danger: true },
                                ]}
                            />
                        );
                    },
                },
            ]}
        >
            {doing && <Sure api={api} doing={doing} onClose={() => setDoing(null)} />}
        </Records>
    );
}

const at = (client: OAuthClient) => ({ params: { path: { id: client.id } } });
const once = (api: Api): Api => ({ ...api, hosts: [], console: { ...api.console, token: 'secret' } });

const questions: Record<Doing['what'], (client: OAuthClient) => Question<OAuthClient | undefined>> = {
    secret: (c) => ({
        title: `New secret for ${inert(c.name)}`,
        label: 'Make a new secret',
        text: 'The secret before ends at once.',
        call: () => http.POST('/clients/{id}/secret', at(c)),
    }),
    disable: (c) => ({
        title: `Disable ${inert(c.name)}`,
        label: 'Disable',
        text: 'It and its access tokens are refused until it is enabled again.',
        call: () => http.POST('/clients/{id}/disable', at(c)),
    }),
    enable: (c) => ({
        title: `Enable ${inert(c.name)}`,
        label: 'Enable',
        text: 'It can get access tokens again.',
        colour: 'teal',
        call: () => http.POST('/clients/{id}/enable', at(c)),
    }),
    remove: (c) => ({
        title: `Remove ${inert(c.name)}`,
        label: 'Remove',
        text: 'For ever; its access tokens end at once.',
        call: () => http.DELETE('/clients/{id}', at(c)),
    }),
};

function Sure({ api, doing, onClose }: { api: Api; doing: Doing; onClose: () => void }) {
    const [secret, setSecret] = useState<string | null>(null);
    const { what, client } = doing;
    if (secret !== null)
        return <OnceDialog api={once(api)} title={`The new secret of ${inert(client.name)}`} text={secret} onDone={onClose} />;
    return (
        <Ask
            question={questions[what](client)}
            onClose={onClose}
            onDone={(made) => {
                if (what === 'secret' && made?.client_secret) setSecret(made.client_secret);
                else onClose();
            }}
        />
    );
}

const grants: { value: Grant; label: string }[] = [
    { value: 'authorization_code', label: 'authorization code: a user signs in and allows it' },
    { value: 'refresh_token', label: 'refresh token' },
    { value: 'client_credentials', label: 'client credentials: for itself' },
    { value: 'password', label: "password: it takes the user's password" },
];

function NewClient({ api, onClose }: { api: Api; onClose: () => void }) {
    const scopes = useScopes(api.name).data ?? [];
    const form = useFields({ name: '', redirect_uris: '' });
    const name = form.values.name.trim();
    const [open, setOpen] = useState(false);
    const [wanted, setWanted] = useState<Grant[]>(['authorization_code', 'refresh_token']);
    const [may, setMay] = useState<string[]>([]);
    const [secret, setSecret] = useState<string | null>(null);
    if (secret !== null) return <OnceDialog api={once(api)} title="Its secret" text={secret} onDone={onClose} />;
    return (
        <FormDialog
            title="Add OAuth client"
            label="Add"
            said="Added"
            call={() =>
                http.POST('/clients', {
                    body: {
                        api: api.name,
                        name,
                        public: open,
                        grants: wanted,
                        redirect_uris: form.values.redirect_uris.split(/\s+/).filter(Boolean),
                        ...(may.length && { scopes: may }),
                    },
                })
            }
            onDone={(made) => {
                if (made.client_secret) setSecret(made.client_secret);
                else onClose();
            }}
            onClose={onClose}
            fields={[...form.names, 'grants', 'scopes']}
            ready={name !== ''}
            size="lg"
        >
            {(what) => (
                <>
                    <NameField description="The consent page shows it" {...form.text('name', what)} />
                    <Checkbox
                        label="Public"
                        description="It runs where it can keep no secret: in a browser, on a phone"
                        checked={open}
                        onChange={(e) => setOpen(e.currentTarget.checked)}
                    />
                    <MultiSelect
                        label="Grants"
                        data={grants}
                        value={wanted}
                        onChange={(v) => setWanted(v as Grant[])}
                        error={what('grants')}
                    />
                    <Textarea
                        label="Redirect URIs"
                        description="Exactly as it sends them, one a line"
                        autosize
                        minRows={2}
                        {...form.text('redirect_uris', what)}
                    />
                    {scopes.length > 0 && (
                        <MultiSelect
                            label="Scopes"
                            description="That it may ask for; every one where none is chosen"
                            data={scopes.map((s) => s.name)}
                            value={may}
                            onChange={setMay}
                            searchable
                            error={what('scopes')}
                        />
                    )}
                </>
            )}
        </FormDialog>
    );
}
