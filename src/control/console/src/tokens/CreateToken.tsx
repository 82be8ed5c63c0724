import { Select, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { api as http } from '../api/client';
import type { Api } from '../api/types';
import { FormDialog, OnceDialog } from '../parts/dialogs';
import { EnvironmentField, NameField, useFields } from '../parts/fields';
import { capital, spanned, wordsOf } from '../words';
import { ScopePicker } from './ScopePicker';

const spans = ['7d', '30d', '90d', '6mo', '12mo'];
const days = (span: string) => {
    const [, n, unit] = /^(\d+)(d|w|mo|y)$/.exec(span) ?? [];
    return Number(n) * { d: 1, w: 7, mo: 30.4, y: 365 }[unit as 'd'];
};

// When it may end: as its kind does where nothing else is chosen, and no later.
function endsOf(lifetime: string | undefined) {
    const most = lifetime && lifetime !== 'never' ? lifetime : null;
    return [
        { value: '', label: most ? `After ${spanned(most)}` : 'Never' },
        ...spans.filter((s) => !most || !(days(s) >= days(most))).map((s) => ({ value: s, label: `In ${spanned(s)}` })),
    ];
}

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
    const form = useFields({
        name: '',
        kind: api.kinds[0]?.kind ?? '',
        environment: api.environments[0] ?? '',
        allowed_ips: '',
        expires_in: '',
        owner: '',
        tenant: '',
    });
    const name = form.values.name.trim();
    const [scopes, setScopes] = useState<string[]>([]);
    const [tried, setTried] = useState(false);
    const repeat = useRef(fresh()); // one form, one token: also where the answer was lost

    const of = api.kinds.find((k) => k.kind === form.values.kind);
    const lacksName = name === '';
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
            call={() => {
                const { kind, allowed_ips, ...given } = form.given();
                return http.POST('/api-tokens', {
                    params: { header: { 'Idempotency-Key': repeat.current } },
                    body: {
                        ...given,
                        api: api.name,
                        name,
                        ...(api.kinds.length > 1 && { kind }),
                        ...(scopes.length > 0 && { scopes }),
                        ...(allowed_ips && { allowed_ips: addressesOf(allowed_ips) }),
                    },
                });
            }}
            onDone={(made) => onMade((made as { token: string }).token)}
            onRefused={(why) => {
                if (why.status !== 0) repeat.current = fresh();
            }}
            onClose={onClose}
            fields={[...form.names, 'scopes']}
            size={api.scopes > 0 ? 'xl' : 'lg'}
        >
            {(what) => (
                <>
                    <NameField
                        placeholder="What it is for, like “Bookkeeping, production”"
                        {...form.text('name', what)}
                        {...(tried && lacksName && { error: 'Give it a name that says what it is for' })}
                    />
                    {(choosesKind || api.environments.length > 1) && (
                        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
                            {choosesKind && (
                                <Select
                                    label={words.kind}
                                    data={api.kinds.map((k) => ({ value: k.kind, label: capital(k.kind) }))}
                                    {...form.choice('kind', what)}
                                />
                            )}
                            <EnvironmentField api={api} {...form.choice('environment', what)} />
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
                            autosize
                            minRows={1}
                            {...form.text('allowed_ips', what)}
                        />
                        {of?.expiry_allowed !== false && (
                            <Select
                                label="Expires"
                                description="It works until then, or until it is revoked"
                                data={endsOf(of?.lifetime)}
                                {...form.choice('expires_in', what)}
                            />
                        )}
                        {!own && (
                            <>
                                <TextInput
                                    label="Owner (optional)"
                                    description="Whom it stands for; the service behind is told"
                                    {...form.text('owner', what)}
                                />
                                <TextInput label="Tenant (optional)" description="Whose data it reaches" {...form.text('tenant', what)} />
                            </>
                        )}
                    </SimpleGrid>
                </>
            )}
        </FormDialog>
    );
}
