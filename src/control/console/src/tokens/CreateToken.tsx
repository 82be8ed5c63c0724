import { Select, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { api as http } from '../api/client';
import type { Api } from '../api/types';
import { FormDialog, OnceDialog } from '../parts/dialogs';
import { capital, spanned, wordsOf } from '../words';
import { ScopePicker } from './ScopePicker';

const ends = [
    { value: '', label: 'As the contract says' },
    { value: '7d', label: 'In 7 days' },
    { value: '30d', label: 'In 30 days' },
    { value: '90d', label: 'In 90 days' },
    { value: '6mo', label: 'In 6 months' },
    { value: '12mo', label: 'In a year' },
];

export const addressesOf = (text: string) => text.split(/[\s,;]+/).filter(Boolean);
const fresh = () => crypto.randomUUID?.() ?? String(Math.random()).slice(2);

// `own`: somebody makes it for themselves; whose it is then goes without saying.
type Props = { api: Api; own?: boolean };

export function CreateToken({ api, own, onClose }: Props & { onClose: () => void }) {
    const words = wordsOf(api);
    const [secret, setSecret] = useState<string | null>(null);
    if (secret !== null) return <OnceDialog api={api} title={`Your new ${words.token}`} text={secret} onDone={onClose} />;
    return <Form api={api} own={own} onMade={setSecret} onClose={onClose} />;
}

function Form({ api, own, onMade, onClose }: Props & { onMade: (text: string) => void; onClose: () => void }) {
    const words = wordsOf(api);
    const [name, setName] = useState('');
    const [kind, setKind] = useState(api.kinds[0]?.kind ?? '');
    const [environment, setEnvironment] = useState(api.environments[0] ?? '');
    const [scopes, setScopes] = useState<string[]>([]);
    const [end, setEnd] = useState('');
    const [addresses, setAddresses] = useState('');
    const [owner, setOwner] = useState('');
    const [tenant, setTenant] = useState('');
    const [tried, setTried] = useState(false);
    const repeat = useRef(fresh()); // one form, one token: also where the answer was lost

    const of = api.kinds.find((k) => k.kind === kind);
    const lacksName = name.trim() === '';
    const lacksScopes = Boolean(api.scopes_required) && api.scopes > 0 && scopes.length === 0;
    const choosesKind = api.kinds.length > 1 || (Boolean(api.console?.kind) && !own);

    return (
        <FormDialog
            title={words.create}
            label={words.submit}
            said={`${capital(words.token)} created`}
            ready={() => {
                setTried(true);
                return !lacksName && !lacksScopes;
            }}
            call={() =>
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
                })
            }
            onDone={(made) => onMade((made as { token: string }).token)}
            onRefused={(why) => {
                if (why.status !== 0) repeat.current = fresh();
            }}
            onClose={onClose}
            fields={['name', 'kind', 'environment', 'scopes', 'allowed_ips', 'expires_in', 'owner', 'tenant']}
            size={api.scopes > 0 ? 'xl' : 'lg'}
        >
            {(what) => (
                <>
                    <TextInput
                        label="Name"
                        placeholder="What it is for, like “Bookkeeping, production”"
                        value={name}
                        onChange={(e) => setName(e.currentTarget.value)}
                        error={tried && lacksName ? 'Give it a name that says what it is for' : what('name')}
                        maxLength={200}
                        required
                        autoComplete="off"
                        data-autofocus
                    />
                    {(choosesKind || api.environments.length > 1) && (
                        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
                            {choosesKind && (
                                <Select
                                    label={words.kind}
                                    data={api.kinds.map((k) => ({ value: k.kind, label: capital(k.kind) }))}
                                    value={kind}
                                    onChange={(v) => v && setKind(v)}
                                    allowDeselect={false}
                                    error={what('kind')}
                                />
                            )}
                            {api.environments.length > 1 && (
                                <Select
                                    label="Environment"
                                    data={api.environments}
                                    value={environment}
                                    onChange={(v) => v && setEnvironment(v)}
                                    allowDeselect={false}
                                    error={what('environment')}
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
                            problem={tried && lacksScopes ? 'are needed: choose at least one' : what('scopes')}
                        />
                    )}
                    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
                        <Textarea
                            label={words.addresses}
                            description="Addresses or networks; any where empty"
                            placeholder="192.0.2.10, 2001:db8::/48"
                            value={addresses}
                            onChange={(e) => setAddresses(e.currentTarget.value)}
                            error={what('allowed_ips')}
                            autosize
                            minRows={1}
                        />
                        {of?.expiry_allowed !== false && (
                            <Select
                                label="Expires"
                                description={
                                    of?.lifetime && of.lifetime !== 'never'
                                        ? `At the latest after ${spanned(of.lifetime)}`
                                        : 'Without an end, it works until it is revoked'
                                }
                                data={ends}
                                value={end}
                                onChange={(v) => setEnd(v ?? '')}
                                allowDeselect={false}
                                error={what('expires_in')}
                            />
                        )}
                        {!own && (
                            <>
                                <TextInput
                                    label="Owner (optional)"
                                    description="Whom it stands for; the service behind is told"
                                    value={owner}
                                    onChange={(e) => setOwner(e.currentTarget.value)}
                                    error={what('owner')}
                                    autoComplete="off"
                                />
                                <TextInput
                                    label="Tenant (optional)"
                                    description="Whose data it reaches"
                                    value={tenant}
                                    onChange={(e) => setTenant(e.currentTarget.value)}
                                    error={what('tenant')}
                                    autoComplete="off"
                                />
                            </>
                        )}
                    </SimpleGrid>
                </>
            )}
        </FormDialog>
    );
}
