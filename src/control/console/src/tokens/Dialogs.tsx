// What can be done to a token: rename, scopes, addresses, rotate, finish, disable, enable, revoke.
import { Alert, Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import { answered, api as http } from '../api/client';
import { useAction, useUsage } from '../api/queries';
import type { Api, Token } from '../api/types';
import { announce, Confirm, inert, Name, ScopeBadge, Why } from '../parts/basics';
import { capital, wordsOf } from '../words';
import { addressesOf } from './CreateToken';
import { ScopePicker } from './ScopePicker';
import { Secret } from './Secret';

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
            return <Simple doing={doing} {...rest} />;
    }
}

const at = (token: Token) => ({ params: { path: { id: token.id } } });

function Rename({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    const { busy, refused, run } = useAction();
    const [name, setName] = useState(token.name);
    const save = () =>
        run(
            () => answered(http.PATCH('/api-tokens/{id}', { ...at(token), body: { name: name.trim() } })),
            () => {
                announce('Renamed');
                onClose();
            },
        );
    return (
        <Modal opened onClose={onClose} title={words.rename} centered closeButtonProps={{ 'aria-label': 'Close' }}>
            <form
                onSubmit={(e) => {
                    e.preventDefault();
                    void save();
                }}
            >
                <Stack gap="md">
                    <TextInput
                        label="Name"
                        description="Its text stays the same"
                        value={name}
                        onChange={(e) => setName(e.currentTarget.value)}
                        error={refused?.what('name')}
                        maxLength={200}
                        autoComplete="off"
                        data-autofocus
                    />
                    {refused && !refused.what('name') && <Why refused={refused} />}
                    <Buttons onClose={onClose} busy={busy} label="Save" disabled={name.trim() === '' || name === token.name} />
                </Stack>
            </form>
        </Modal>
    );
}

function Buttons({ onClose, busy, label, disabled }: { onClose: () => void; busy: boolean; label: string; disabled?: boolean }) {
    return (
        <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
                Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={disabled}>
                {label}
            </Button>
        </Group>
    );
}

function Scopes({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    const small = useMediaQuery('(max-width: 700px)');
    const { busy, refused, run } = useAction();
    const used = (useUsage(token.id, 'day').data?.scopes ?? []).filter((s) => s.last_used_at && s.scope).map((s) => s.scope as string);
    const [scopes, setScopes] = useState(token.scopes);
    const proposal = used.length > 0 && used.join(' ') !== scopes.join(' ');
    return (
        <Modal
            opened
            onClose={onClose}
            title={`${words.scopes} of ${inert(token.name)}`}
            size="xl"
            fullScreen={small}
            closeOnClickOutside={false}
            closeButtonProps={{ 'aria-label': 'Close' }}
        >
            <form
                onSubmit={(e) => {
                    e.preventDefault();
                    void run(
                        () => answered(http.PATCH('/api-tokens/{id}', { ...at(token), body: { scopes } })),
                        () => {
                            announce('Changed; in force already');
                            onClose();
                        },
                    );
                }}
            >
                <Stack gap="md">
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
                    <ScopePicker
                        api={api}
                        value={scopes}
                        onChange={setScopes}
                        audience={token.audience}
                        problem={refused?.what('scopes')}
                    />
                    <Why refused={refused} />
                    <Buttons onClose={onClose} busy={busy} label="Save" disabled={scopes.length === 0} />
                </Stack>
            </form>
        </Modal>
    );
}

function Addresses({ api, token, onClose }: Props) {
    const { busy, refused, run } = useAction();
    const [text, setText] = useState((token.allowed_ips ?? []).join('\n'));
    return (
        <Modal opened onClose={onClose} title={wordsOf(api).addresses} centered closeButtonProps={{ 'aria-label': 'Close' }}>
            <form
                onSubmit={(e) => {
                    e.preventDefault();
                    void run(
                        () => answered(http.PATCH('/api-tokens/{id}', { ...at(token), body: { allowed_ips: addressesOf(text) } })),
                        () => {
                            announce('Changed; in force already');
                            onClose();
                        },
                    );
                }}
            >
                <Stack gap="md">
                    <Textarea
                        label="May be used from"
                        description="Addresses or networks, one a line; any where empty"
                        value={text}
                        onChange={(e) => setText(e.currentTarget.value)}
                        autosize
                        minRows={3}
                        error={refused?.what('allowed_ips')}
                        data-autofocus
                    />
                    {refused && !refused.what('allowed_ips') && <Why refused={refused} />}
                    <Buttons onClose={onClose} busy={busy} label="Save" />
                </Stack>
            </form>
        </Modal>
    );
}

function Rotate({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    const { busy, refused, run } = useAction();
    const [grace, setGrace] = useState('');
    const [secret, setSecret] = useState<string | null>(null);
    const usual = api.rotation_grace && api.rotation_grace !== '0' ? api.rotation_grace : null;
    const graces = [
        { value: '', label: usual ? `${usual}, as the contract says` : 'It ends at once, as the contract says' },
        { value: '0', label: 'It ends at once: the text may have leaked' },
        { value: '1h', label: '1 hour' },
        { value: '24h', label: '24 hours' },
        { value: '7d', label: '7 days' },
        { value: '30d', label: '30 days' },
    ].filter((g) => usual !== null || g.value !== '0');
    const shown = secret !== null;
    const ends = grace || usual || '0';
    return (
        <Modal
            opened
            onClose={shown ? () => {} : onClose}
            withCloseButton={!shown}
            closeOnClickOutside={!shown}
            closeOnEscape={!shown}
            title={shown ? `The new text of ${inert(token.name)}` : `Rotate ${inert(token.name)}`}
            size="lg"
            centered
            closeButtonProps={{ 'aria-label': 'Close' }}
        >
            {shown ? (
                <Secret
                    api={api}
                    text={secret}
                    onDone={onClose}
                    note={
                        ends === '0'
                            ? 'The text before does not work any more.'
                            : `The text before goes on working for ${ends}. Put the new one in place by then.`
                    }
                />
            ) : (
                <form
                    onSubmit={(e) => {
                        e.preventDefault();
                        void run(
                            () => answered(http.POST('/api-tokens/{id}/rotate', { ...at(token), body: grace ? { grace } : {} })),
                            (made) => {
                                announce('Rotated');
                                setSecret((made as { token: string }).token);
                            },
                        );
                    }}
                >
                    <Stack gap="md">
                        <Text size="sm">
                            It gets a new text under the same name, scopes and history. Texts that were replaced earlier keep the ends that
                            they have.
                        </Text>
                        <Select
                            label={`How long the text of today (${token.hint}) goes on working`}
                            data={graces}
                            value={grace}
                            onChange={(v) => setGrace(v ?? '')}
                            allowDeselect={false}
                            error={refused?.what('grace')}
                            data-autofocus
                        />
                        <Why refused={refused} />
                        <Buttons onClose={onClose} busy={busy} label={`Rotate ${words.token}`} />
                    </Stack>
                </form>
            )}
        </Modal>
    );
}

function Revoke({ api, token, onClose }: Props) {
    const words = wordsOf(api);
    const { busy, refused, run } = useAction();
    return (
        <Confirm
            opened
            onClose={onClose}
            title={`${words.revoke} ${inert(token.name)}`}
            label={words.revoke}
            busy={busy}
            refused={refused}
            typed={token.full_access ? token.name : undefined}
            onConfirm={() =>
                run(
                    () => answered(http.DELETE('/api-tokens/{id}', at(token))),
                    () => {
                        announce(`${capital(words.token)} revoked`);
                        onClose();
                    },
                )
            }
        >
            <p>
                <b>
                    <Name of={token.name} />
                </b>{' '}
                <span className="mono faint">{token.hint}</span>
            </p>
            {words.revoke_warning}
        </Confirm>
    );
}

function Simple({ doing, token, onClose }: Props & { doing: Doing }) {
    const { busy, refused, run } = useAction();
    const [title, label, path, text, colour] =
        doing === 'disable'
            ? ([
                  `Disable ${inert(token.name)}`,
                  'Disable',
                  '/api-tokens/{id}/disable',
                  'It is refused from this moment on, until somebody enables it again. Nothing else about it changes.',
                  'yellow.8',
              ] as const)
            : doing === 'enable'
              ? ([
                    `Enable ${inert(token.name)}`,
                    'Enable',
                    '/api-tokens/{id}/enable',
                    'It works again at once, with what it may do now.',
                    'teal',
                ] as const)
              : ([
                    `Finish the rotation of ${inert(token.name)}`,
                    'Finish now',
                    '/api-tokens/{id}/finish-grace',
                    'Every text before the newest one ends now. Whoever still uses one is refused.',
                    'red',
                ] as const);
    return (
        <Confirm
            opened
            onClose={onClose}
            title={title}
            label={label}
            colour={colour}
            busy={busy}
            refused={refused}
            onConfirm={() =>
                run(
                    () => answered(http.POST(path, at(token))),
                    () => {
                        announce('Done; in force already');
                        onClose();
                    },
                )
            }
        >
            {text}
        </Confirm>
    );
}
