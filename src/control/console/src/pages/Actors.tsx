import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api as http } from '../api/client';
import { useActors } from '../api/queries';
import type { Actor, Api } from '../api/types';
import { Copy, inert, Name, StateBadge, When } from '../parts/basics';
import { Ask, FormDialog, type Question } from '../parts/dialogs';
import { EnvironmentField, NameField, useFields } from '../parts/fields';
import { useMay } from '../session';
import { Records } from './Records';

export function Actors({ api }: { api: Api }) {
    const list = useActors(api.name);
    const write = useMay()('tokens:write');
    const [removing, setRemoving] = useState<Actor | null>(null);
    return (
        <Records
            title="Actors"
            api={api}
            about="For whom a token may act, when it names them with a call."
            one="actor"
            empty="Add the people for whom a backend makes changes; the audit log then names both."
            add={write ? (onClose) => <NewActor api={api} onClose={onClose} /> : undefined}
            list={list}
            columns={[
                { title: 'Name', cell: (a) => <Name of={a.name} /> },
                { title: 'Id', cell: (a) => <span className="mono small">{a.id}</span> },
                { title: 'Tenant', cell: (a) => <Name of={a.tenant || '–'} /> },
                { title: 'Environment', cell: (a) => a.environment || '–' },
                { title: 'Added', cell: (a) => <When at={a.created_at} /> },
                {
                    title: 'Actions',
                    right: true,
                    cell: (a) =>
                        a.removed_at ? (
                            <StateBadge of="removed" />
                        ) : (
                            <Group gap={4} justify="flex-end" wrap="nowrap">
                                <Copy text={a.id} label="Copy id" />
                                {write && (
                                    <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRemoving(a)}>
                                        Remove
                                    </Button>
                                )}
                            </Group>
                        ),
                },
            ]}
        >
            {removing && <Ask question={removal(removing)} onClose={() => setRemoving(null)} />}
        </Records>
    );
}

const removal = (actor: Actor): Question => ({
    title: `Remove ${inert(actor.name)}`,
    label: 'Remove',
    said: 'Removed',
    text: 'Calls that name this actor are refused from this moment on, for ever.',
    call: () => http.DELETE('/actors/{id}', { params: { path: { id: actor.id } } }),
});

function NewActor({ api, onClose }: { api: Api; onClose: () => void }) {
    const form = useFields({ name: '', tenant: '', environment: api.environments[0] ?? '' });
    const name = form.values.name.trim();
    return (
        <FormDialog
            title="Add actor"
            label="Add"
            said="Added"
            call={() => http.POST('/actors', { body: { ...form.given(), api: api.name, name } })}
            onClose={onClose}
            fields={form.names}
            ready={name !== ''}
        >
            {(what) => (
                <>
                    <NameField {...form.text('name', what)} />
                    <TextInput label="Tenant" description="Tokens of the same tenant may name it" {...form.text('tenant', what)} />
                    <EnvironmentField api={api} {...form.choice('environment', what)} />
                </>
            )}
        </FormDialog>
    );
}
