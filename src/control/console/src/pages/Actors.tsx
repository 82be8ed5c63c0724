import { Button, Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api as http } from '../api/client';
import { useAction, useActors } from '../api/queries';
import type { Actor, Api } from '../api/types';
import { announce, Copy, inert, Name, StateBadge, When } from '../parts/basics';
import { Act, FormDialog } from '../parts/dialogs';
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
            {removing && (
                <Act
                    title={`Remove ${inert(removing.name)}`}
                    label="Remove"
                    said="Removed"
                    call={() => http.DELETE('/actors/{id}', { params: { path: { id: removing.id } } })}
                    onClose={() => setRemoving(null)}
                >
                    Calls that name this actor are refused from this moment on, for ever.
                </Act>
            )}
        </Records>
    );
}

function NewActor({ api, onClose }: { api: Api; onClose: () => void }) {
    const { busy, refused, run } = useAction();
    const [name, setName] = useState('');
    const [tenant, setTenant] = useState('');
    const [environment, setEnvironment] = useState(api.environments[0] ?? '');
    const add = () =>
        run(
            () =>
                answered(
                    http.POST('/actors', {
                        body: { api: api.name, name: name.trim(), ...(tenant && { tenant }), ...(environment && { environment }) },
                    }),
                ),
            () => {
                announce('Added');
                onClose();
            },
        );
    return (
        <FormDialog
            title="Add actor"
            submit="Add"
            onSubmit={add}
            onClose={onClose}
            busy={busy}
            refused={refused}
            fields={['name', 'tenant']}
            disabled={!name.trim()}
        >
            <TextInput
                label="Name"
                value={name}
                onChange={(e) => setName(e.currentTarget.value)}
                error={refused?.what('name')}
                required
                maxLength={200}
                data-autofocus
                autoComplete="off"
            />
            <TextInput
                label="Tenant"
                description="Tokens of the same tenant may name it"
                value={tenant}
                onChange={(e) => setTenant(e.currentTarget.value)}
                error={refused?.what('tenant')}
                autoComplete="off"
            />
            {api.environments.length > 1 && (
                <Select
                    label="Environment"
                    data={api.environments}
                    value={environment}
                    onChange={(v) => v && setEnvironment(v)}
                    allowDeselect={false}
                />
            )}
        </FormDialog>
    );
}
