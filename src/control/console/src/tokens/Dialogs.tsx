// What can be done to a token: rename, scopes, addresses, rotate, finish, disable, enable, revoke.
import { Alert, Button, Group, Select, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { api as http } from '../api/client';
import { useUsage } from '../api/queries';
import type { Api, Token } from '../api/types';
import { inert, Name, ScopeBadge } from '../parts/basics';
import { Ask, Confirm, FormDialog, OnceDialog, type Question } from '../parts/dialogs';
import { NameField, useFields } from '../parts/fields';
import { capital, spanned, wordsOf } from '../words';
import { addressesOf } from './CreateToken';
import { ScopePicker } from './ScopePicker';

export type Doing = 'rename' | 'scopes' | 'addresses' | 'rotate' | 'finish' | 'disable' | 'enable' | 'revoke';
type Props = { api: Api; token: Token; onClose: () => void };

export function TokenDialog({ doing, ...rest }: Props & { doing: Doing }) {
    switch (doing) {
        case 'rename':
            return <Rename {...rest} />;
        case 'scopes':
            return <Scopes {...rest} />;
        case 'addresses':
            return <Addresses {...rest} />;
        case 'rotate':
            return <Rotate {...rest} />;
        case 'revoke':
            return <Revoke {...rest} />;
        default:
            return <Ask question={questions[doing](rest.token)} onClose={rest.onClose} />;
    }
}

const at = (token: Token) => ({ params: { path: { id: token.id } } });
const inForce = 'Done; in force already';

const questions: Record<'disable' | 'enable' | 'finish', (token: Token) => Question> = {
    disable: (token) => ({
        title: `Disable ${inert(token.name)}`,
        label: 'Disable',
        text: 'It is refused from this moment on, until somebody enables it again. Nothing else about it changes.',
        colour: 'yellow.8',
        said: inForce,
        call: () => http.POST('/api-tokens/{id}/disable', at(token)),
    }),
    enable: (token) => ({
        title: `Enable ${inert(token.name)}`,
        label: 'Enable',
        text: 'It works again at once, with what it may do now.',
        colour: 'teal',
        said: inForce,
        call: () => http.POST('/api-tokens/{id}/enable', at(token)),
    }),
    finish: (token) => ({
        title: `Finish the rotation of ${inert(token.name)}`,
        label: 'Finish now',
        text: 'Every text before the newest one ends now. Whoever still uses one is refused.',
        said: inForce,
        call: () => http.POST('/api-tokens/{id}/finish-grace', at(token)),
    }),
};

function Rename({ api, token, onClose }: Props) {
    const form = useFields({ name: token.name });
    const name = form.values.name.trim();
    return (
        <FormDialog
            title={wordsOf(api).rename}
            label="Save"
            said="Renamed"
            call={() => http.PATCH('/api-tokens/{id}', { ...at(token), body: { name } })}
            onClose={onClose}
            fields={form.names}
            ready={name !== '' && name !== token.name}
        >
            {(what) => <NameField description="Its text stays the same" {...form.text('name', what)} />}
        </FormDialog>
    );
}

function Scopes({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    const used = useUsage(token.id, 'day').data?.proposed_scopes ?? [];
    const [scopes, setScopes] = useState(token.scopes);
    const proposal = used.length > 0 && [...used].sort().join(' ') !== [...scopes].sort().join(' ');
    return (
        <FormDialog
            title={`${words.scopes} of ${inert(token.name)}`}
            label="Save"
            said="Changed; in force already"
            call={() => http.PATCH('/api-tokens/{id}', { ...at(token), body: { scopes } })}
            onClose={onClose}
            fields={['scopes']}
            ready={scopes.length > 0}
            size="xl"
        >
            {(what) => (
                <>
                    {token.full_access && (
                        <Text size="sm">
                            This {words.token} has <b>Full access</b>. Choose what it needs, and it is narrowed to that at once; its text
                            stays.
                        </Text>
                    )}
                    {proposal && (
                        <Alert color="teal" variant="light" title="From its use">
                            <Group justify="space-between" gap="sm">
                                <span className="scopes">
                                    So far it needed{' '}
                                    {used.map((s) => (
                                        <ScopeBadge key={s} name={s} />
                                    ))}
                                </span>
                                <Button size="compact-sm" variant="default" onClick={() => setScopes(used)}>
                                    Take these
                                </Button>
                            </Group>
                        </Alert>
                    )}
                    <ScopePicker api={api} value={scopes} onChange={setScopes} audience={token.audience} problem={what('scopes')} />
                </>
            )}
        </FormDialog>
    );
}

function Addresses({ api, token, onClose }: Props) {
    const form = useFields({ allowed_ips: (token.allowed_ips ?? []).join('\n') });
    return (
        <FormDialog
            title={wordsOf(api).addresses}
            label="Save"
            said="Changed; in force already"
            call={() => http.PATCH('/api-tokens/{id}', { ...at(token), body: { allowed_ips: addressesOf(form.values.allowed_ips) } })}
            onClose={onClose}
            fields={form.names}
        >
            {(what) => (
                <Textarea
                    label="May be used from"
                    description="Addresses or networks, one a line; any where empty"
                    autosize
                    minRows={3}
                    data-autofocus
                    {...form.text('allowed_ips', what)}
                />
            )}
        </FormDialog>
    );
}

function Rotate({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    const [grace, setGrace] = useState('');
    const [secret, setSecret] = useState<string | null>(null);
    const usual = api.rotation_grace && api.rotation_grace !== '0' ? api.rotation_grace : null;
    const graces = [
        { value: '', label: usual ? `${spanned(usual)}, as the contract says` : 'It ends at once, as the contract says' },
        { value: '0', label: 'It ends at once: the text may have leaked' },
        { value: '1h', label: '1 hour' },
        { value: '24h', label: '24 hours' },
        { value: '7d', label: '7 days' },
        { value: '30d', label: '30 days' },
    ].filter((g) => usual !== null || g.value !== '0');
    const ends = grace || usual || '0';
    if (secret !== null)
        return (
            <OnceDialog
                api={api}
                title={`The new text of ${inert(token.name)}`}
                text={secret}
                onDone={onClose}
                note={
                    ends === '0'
                        ? 'The text before does not work any more.'
                        : `The text before goes on working for ${spanned(ends)}. Put the new one in place by then.`
                }
            />
        );
    return (
        <FormDialog
            title={`Rotate ${inert(token.name)}`}
            label={`Rotate ${words.token}`}
            said="Rotated"
            call={() => http.POST('/api-tokens/{id}/rotate', { ...at(token), body: grace ? { grace } : {} })}
            onDone={(made) => setSecret((made as { token: string }).token)}
            onClose={onClose}
            fields={['grace']}
            size="lg"
        >
            {(what) => (
                <>
                    <Text size="sm">
                        It gets a new text under the same name, scopes and history. Texts that were replaced earlier keep the ends that they
                        have.
                    </Text>
                    <Select
                        label={`How long the text of today (${token.hint}) goes on working`}
                        data={graces}
                        value={grace}
                        onChange={(v) => setGrace(v ?? '')}
                        allowDeselect={false}
                        error={what('grace')}
                        data-autofocus
                    />
                </>
            )}
        </FormDialog>
    );
}

function Revoke({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    return (
        <Confirm
            title={`${words.revoke} ${inert(token.name)}`}
            label={words.revoke}
            typed={token.full_access ? token.name : undefined}
            said={`${capital(words.token)} revoked`}
            call={() => http.DELETE('/api-tokens/{id}', at(token))}
            onClose={onClose}
        >
            <p className="asked-about">
                <b>
                    <Name of={token.name} />
                </b>{' '}
                <span className="mono faint">{token.hint}</span>
            </p>
            {words.revoke_warning}
        </Confirm>
    );
}
