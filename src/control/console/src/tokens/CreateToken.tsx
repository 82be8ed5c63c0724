import { Button, Group, Modal, Select, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { answered, api as http } from '../api/client';
import { useAction } from '../api/queries';
import type { Api } from '../api/types';
import { announce, Why } from '../parts/basics';
import { capital, wordsOf } from '../words';
import { ScopePicker } from './ScopePicker';
import { Secret } from './Secret';

const ends = [
    { value: '', label: 'As the contract says' },
    { value: '7d', label: 'In 7 days' },
    { value: '30d', label: 'In 30 days' },
    { value: '90d', label: 'In 90 days' },
    { value: '6mo', label: 'In 6 months' },
    { value: '12mo', label: 'In a year' },
];

export const addressesOf = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

export function CreateToken({ api, opened, onClose }: { api: Api; opened: boolean; onClose: () => void }) {
    const words = wordsOf(api);
    const small = useMediaQuery('(max-width: 700px)');
    const [secret, setSecret] = useState<string | null>(null);
    const close = () => {
        setSecret(null);
        onClose();
    };
    const shown = secret !== null;
    return (
        <Modal
            opened={opened}
            onClose={shown ? () => {} : close}
            withCloseButton={!shown}
            closeOnClickOutside={false}
            closeOnEscape={!shown}
            title={shown ? `Your new ${words.token}` : words.create}
            size={shown ? 'lg' : api.scopes > 0 ? 'xl' : 'lg'}
            fullScreen={small}
            closeButtonProps={{ 'aria-label': 'Close' }}
        >
            {shown ? <Secret api={api} text={secret} onDone={close} /> : <Form api={api} onMade={setSecret} onClose={close} />}
        </Modal>
    );
}

function Form({ api, onMade, onClose }: { api: Api; onMade: (text: string) => void; onClose: () => void }) {
    const words = wordsOf(api);
    const { busy, refused, run } = useAction();
    const [name, setName] = useState('');
    const [kind, setKind] = useState(api.kinds[0]?.kind ?? '');
    const [environment, setEnvironment] = useState(api.environments[0] ?? '');
    const [scopes, setScopes] = useState<string[]>([]);
    const [end, setEnd] = useState('');
    const [addresses, setAddresses] = useState('');
    const [owner, setOwner] = useState('');
    const [tenant, setTenant] = useState('');
    const [tried, setTried] = useState(false);
    const repeat = useRef(crypto.randomUUID?.() ?? String(Math.random()).slice(2)); // one form, one token: also where the answer was lost

    const of = api.kinds.find((k) => k.kind === kind);
    const noName = tried && name.trim() === '' ? 'Give it a name that says what it is for' : undefined;
    const noScopes = tried && api.scopes_required && api.scopes > 0 && scopes.length === 0 ? 'are needed: choose at least one' : undefined;

    const submit = () => {
        setTried(true);
        if (name.trim() === '' || (api.scopes_required && api.scopes > 0 && scopes.length === 0)) return;
        void run(
            async () =>
                answered(
                    http.POST('/api-tokens', {
                        params: { header: { 'Idempotency-Key': repeat.current } },
                        body: {
                            api: api.name,
                            name: name.trim(),
                            ...(api.kinds.length > 1 && { kind }),
                            ...(environment && { environment }),
                            ...(scopes.length > 0 && { scopes }),
                            ...(end && { expires_in: end }),
                            ...(addresses.trim() && { allowed_ips: addressesOf(addresses) }),
                            ...(owner.trim() && { owner: owner.trim() }),
                            ...(tenant.trim() && { tenant: tenant.trim() }),
                        },
                    }),
                ),
            (made) => {
                announce(`${capital(words.token)} created`);
                onMade((made as { token: string }).token);
            },
        ).then((why) => {
            if (why && why.status !== 0) repeat.current = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
        });
    };

    return (
        <form
            noValidate
            onSubmit={(e) => {
                e.preventDefault();
                submit();
            }}
        >
            <Stack gap="md">
                <TextInput
                    label="Name"
                    placeholder="What it is for, like “Bookkeeping, production”"
                    value={name}
                    onChange={(e) => setName(e.currentTarget.value)}
                    error={noName ?? refused?.what('name')}
                    maxLength={200}
                    required
                    autoComplete="off"
                    data-autofocus
                />
                {(api.kinds.length > 1 || api.environments.length > 1 || api.console?.kind) && (
                    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
                        {(api.kinds.length > 1 || api.console?.kind) && (
                            <Select
                                label={words.kind}
                                data={api.kinds.map((k) => ({ value: k.kind, label: capital(k.kind) }))}
                                value={kind}
                                onChange={(v) => v && setKind(v)}
                                allowDeselect={false}
                                error={refused?.what('kind')}
                            />
                        )}
                        {api.environments.length > 1 && (
                            <Select
                                label="Environment"
                                data={api.environments}
                                value={environment}
                                onChange={(v) => v && setEnvironment(v)}
                                allowDeselect={false}
                                error={refused?.what('environment')}
                            />
                        )}
                    </SimpleGrid>
                )}
                {api.scopes > 0 && (
                    <ScopePicker
                        api={api}
                        value={scopes}
                        onChange={setScopes}
                        audience={of?.audience}
                        problem={noScopes ?? refused?.what('scopes')}
                    />
                )}
                <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
                    <Textarea
                        label={words.addresses}
                        description="Addresses or networks that it may be used from; any where empty"
                        placeholder="192.0.2.10, 2001:db8::/48"
                        value={addresses}
                        onChange={(e) => setAddresses(e.currentTarget.value)}
                        error={refused?.what('allowed_ips')}
                        autosize
                        minRows={1}
                    />
                    {of?.expiry_allowed !== false && (
                        <Select
                            label="Expires"
                            description={
                                of?.lifetime && of.lifetime !== 'never'
                                    ? `At the latest after ${of.lifetime}`
                                    : 'Without an end, it works until it is revoked'
                            }
                            data={ends}
                            value={end}
                            onChange={(v) => setEnd(v ?? '')}
                            allowDeselect={false}
                            error={refused?.what('expires_in')}
                        />
                    )}
                    <TextInput
                        label="Owner (optional)"
                        description="Whom it stands for; the service behind is told"
                        value={owner}
                        onChange={(e) => setOwner(e.currentTarget.value)}
                        error={refused?.what('owner')}
                        autoComplete="off"
                    />
                    <TextInput
                        label="Tenant (optional)"
                        description="Whose data it reaches"
                        value={tenant}
                        onChange={(e) => setTenant(e.currentTarget.value)}
                        error={refused?.what('tenant')}
                        autoComplete="off"
                    />
                </SimpleGrid>
                <Why refused={refused} />
                <Group justify="flex-end" gap="xs" className="form-end">
                    <Button variant="default" onClick={onClose}>
                        Cancel
                    </Button>
                    <Button type="submit" loading={busy}>
                        {words.submit}
                    </Button>
                </Group>
            </Stack>
        </form>
    );
}
