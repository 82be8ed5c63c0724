import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { answered, api as http } from '../api/client';
import { useAction, useActors } from '../api/queries';
import type { Actor, Api } from '../api/types';
import { announce, Confirm, Copy, Empty, inert, Name, Page, StateBadge, When, Why } from '../parts/basics';
import { PlusIcon } from '../parts/icons';
import { useMay } from '../session';
import { Rows } from './Rows';

export function Actors({ api }: { api: Api }) {
    const list = useActors(api.name);
    const may = useMay();
    const [making, setMaking] = useState(false);
    const [removing, setRemoving] = useState<Actor | null>(null);
    const { busy, refused, run, clear } = useAction();
    const create = may('tokens:write') && (
        <Button leftSection={<PlusIcon size={16} />} onClick={() => setMaking(true)}>
            Add actor
        </Button>
    );
    return (
        <Page
            title="Actors"
            trail={api.title || api.name}
            about="For whom a token may act, when it names them with a call."
            actions={create}
        >
            <Rows
                list={list}
                label="Actors"
                empty={
                    <Empty title="No actors yet" action={create}>
                        Add the people for whom a backend makes changes; the audit log then names both.
                    </Empty>
                }
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
                                    {may('tokens:write') && (
                                        <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRemoving(a)}>
                                            Remove
                                        </Button>
                                    )}
                                </Group>
                            ),
                    },
                ]}
            />
            {making && <NewActor api={api} onClose={() => setMaking(false)} />}
            <Confirm
                opened={removing !== null}
                onClose={() => {
                    setRemoving(null);
                    clear();
                }}
                title={`Remove ${inert(removing?.name ?? '')}`}
                label="Remove"
                busy={busy}
                refused={refused}
                onConfirm={() =>
                    removing &&
                    run(
                        () => answered(http.DELETE('/actors/{id}', { params: { path: { id: removing.id } } })),
                        () => {
                            announce('Removed');
                            setRemoving(null);
                        },
                    )
                }
            >
                Calls that name this actor are refused from this moment on, for ever.
            </Confirm>
        </Page>
    );
}

function NewActor({ api, onClose }: { api: Api; onClose: () => void }) {
    const { busy, refused, run } = useAction();
    const [name, setName] = useState('');
    const [tenant, setTenant] = useState('');
    const [environment, setEnvironment] = useState(api.environments[0] ?? '');
    return (
        <Modal opened onClose={onClose} title="Add actor" centered closeButtonProps={{ 'aria-label': 'Close' }}>
            <form
                onSubmit={(e) => {
                    e.preventDefault();
                    void run(
                        () =>
                            answered(
                                http.POST('/actors', {
                                    body: {
                                        api: api.name,
                                        name: name.trim(),
                                        ...(tenant && { tenant }),
                                        ...(environment && { environment }),
                                    },
                                }),
                            ),
                        () => {
                            announce('Added');
                            onClose();
                        },
                    );
                }}
            >
                <Stack gap="md">
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
                    <Why refused={refused} />
                    <Group justify="flex-end" gap="xs">
                        <Button variant="default" onClick={onClose}>
                            Cancel
                        </Button>
                        <Button type="submit" loading={busy} disabled={!name.trim()}>
                            Add
                        </Button>
                    </Group>
                </Stack>
            </form>
        </Modal>
    );
}
