// The small parts that every page is made of.
import { Alert, Box, Button, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Refused } from '../api/client';
import type { Token } from '../api/types';
import { ago, exactly, useNow } from '../time';
import { CheckIcon, CopyIcon, WarnIcon } from './icons';

// What someone typed, made inert: control characters and marks that turn the direction of writing are shown, not obeyed.
const marks = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
export const inert = (text: string) => text.replace(marks, (c) => `\u2039${c.charCodeAt(0).toString(16).padStart(4, '0')}\u203a`);

export function Name({ of }: { of: string }) {
    return <bdi className="name">{inert(of)}</bdi>;
}

export function When({ at, none = 'Never' }: { at: string | null | undefined; none?: string }) {
    const now = useNow(20_000);
    if (!at) return <span className="faint">{none}</span>;
    return (
        <time dateTime={at} title={exactly(at)}>
            {ago(at, now)}
        </time>
    );
}

export function Mono({ children }: { children: ReactNode }) {
    return <span className="mono">{children}</span>;
}

export function StateBadge({ of }: { of: string }) {
    return <span className={`state state-${of}`}>{of}</span>;
}

export function ScopeBadge({ name, title, dimmed }: { name: string; title?: string; dimmed?: boolean }) {
    return (
        <span className={dimmed ? 'scope scope-dimmed' : 'scope'} title={title}>
            {inert(name)}
        </span>
    );
}

export function FullAccess() {
    return <span className="scope scope-full">Full access</span>;
}

export function ScopeBadges({ of, most = 4 }: { of: Token; most?: number }) {
    const [open, setOpen] = useState(false);
    const rest = open ? 0 : of.scopes.length - most;
    const listed = rest > 0 ? of.scopes.slice(0, most) : of.scopes;
    return (
        <span className="scopes">
            {of.full_access && <FullAccess />}
            {!(of.full_access && !open) && listed.map((s) => <ScopeBadge key={s} name={s} />)}
            {!of.full_access && of.scopes.length === 0 && <span className="faint">No scopes</span>}
            {!of.full_access && rest > 0 && (
                <button type="button" className="more" onClick={() => setOpen(true)} aria-label={`Show ${rest} more scopes`}>
                    +{rest}
                </button>
            )}
        </span>
    );
}

export function Why({ refused }: { refused: Refused | null | undefined }) {
    if (!refused) return null;
    return (
        <Alert color="red" variant="light" icon={<WarnIcon />} title={refused.message} role="alert">
            {refused.detail && <Text size="sm">{refused.detail}</Text>}
            {refused.fields.map((f) => (
                <Text size="sm" key={f.field + f.what}>
                    <Mono>{f.field}</Mono> {f.what}
                </Text>
            ))}
        </Alert>
    );
}

export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
    return (
        <Stack className="empty" align="center" gap="xs">
            <Text fw={600}>{title}</Text>
            <Text size="sm" className="faint" ta="center" maw={440}>
                {children}
            </Text>
            {action}
        </Stack>
    );
}

export function Page({
    title,
    trail,
    about,
    actions,
    children,
}: {
    title: ReactNode;
    trail?: ReactNode;
    about?: ReactNode;
    actions?: ReactNode;
    children: ReactNode;
}) {
    return (
        <Stack gap="lg" className="page">
            <Group justify="space-between" align="flex-end" gap="md">
                <Box className="page-title">
                    {trail && <div className="trail">{trail}</div>}
                    <Title order={1} size="h2">
                        {title}
                    </Title>
                    {about && (
                        <Text size="sm" className="faint" mt={4}>
                            {about}
                        </Text>
                    )}
                </Box>
                {actions && <Group gap="xs">{actions}</Group>}
            </Group>
            {children}
        </Stack>
    );
}

export function Panel({
    title,
    actions,
    children,
    flush,
}: {
    title?: ReactNode;
    actions?: ReactNode;
    children: ReactNode;
    flush?: boolean;
}) {
    return (
        <section className={flush ? 'panel panel-flush' : 'panel'}>
            {(title || actions) && (
                <Group justify="space-between" className="panel-head" gap="sm">
                    <Title order={2} size="h5">
                        {title}
                    </Title>
                    {actions}
                </Group>
            )}
            {children}
        </section>
    );
}

export function Copy({ text, label = 'Copy', onCopied, big }: { text: string; label?: string; onCopied?: () => void; big?: boolean }) {
    const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(text);
            setCopied('yes');
            onCopied?.();
        } catch {
            setCopied('failed');
        }
    };
    const said = copied === 'yes' ? 'Copied' : copied === 'failed' ? 'Select it and copy by hand' : label;
    return (
        <>
            <Button
                size={big ? 'sm' : 'compact-sm'}
                variant={big ? 'filled' : 'default'}
                leftSection={copied === 'yes' ? <CheckIcon size={15} /> : <CopyIcon size={15} />}
                onClick={copy}
            >
                {said}
            </Button>
            <span className="hidden" role="status">
                {copied === 'yes' ? 'Copied' : ''}
            </span>
        </>
    );
}

// A short word that something has happened, read out too.
let say: (text: string) => void = () => {};
export const announce = (text: string) => say(text);
export function Announcements() {
    const [text, setText] = useState('');
    say = (now) => {
        setText(now);
        setTimeout(() => setText((before) => (before === now ? '' : before)), 5000);
    };
    return (
        <div role="status" aria-live="polite" className={text ? 'toast toast-shown' : 'toast'}>
            {text && <CheckIcon size={16} />} {text}
        </div>
    );
}

// How much of the most something is; decoration beside its figure.
export function Bar({ good, bad = 0, of }: { good: number; bad?: number; of: number }) {
    const share = (n: number) => (n > 0 && of > 0 ? `${Math.max(1, (100 * n) / of)}%` : '0');
    return (
        <span className="bar" aria-hidden="true">
            <span style={{ width: share(good) }} />
            {bad > 0 && <span className="bar-bad" style={{ width: share(bad) }} />}
        </span>
    );
}
