// The dialogs that every page asks with: a form, a question before something happens, and a secret that is shown once. A form and a question
// make one call, say why it was refused, and close when it is done.
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { answered, type Refused } from '../api/client';
import { useAction } from '../api/queries';
import type { Api } from '../api/types';
import { Secret } from '../tokens/Secret';
import { announce, inert, Why } from './basics';

export type Call<T> = () => Promise<{ data?: T; error?: unknown; response: Response }>;

type AskProps<T> = {
    title: string;
    label: string; // of the button that does it
    said?: string; // when it is done
    call: Call<T>;
    onClose: () => void;
    // What comes after; without it the dialog closes.
    onDone?: (answer: T) => void;
};

function useAsk<T>({ said = 'Done', call, onClose, onDone }: Pick<AskProps<T>, 'said' | 'call' | 'onClose' | 'onDone'>) {
    const { busy, refused, run } = useAction();
    const ask = () =>
        run(
            () => answered(call()),
            (answer) => {
                announce(said);
                if (onDone) onDone(answer);
                else onClose();
            },
        );
    return { busy, refused, ask };
}

const close = { 'aria-label': 'Close' };

type FormProps<T> = AskProps<T> & {
    // Fields that say by themselves why they were refused: the dialog then does not.
    fields?: string[];
    // Whether it may be sent; what is missing is said beside the fields.
    ready?: boolean | (() => boolean);
    // 'xl' takes the whole screen of a telephone, and does not go with a click beside it.
    size?: 'md' | 'lg' | 'xl';
    onRefused?: (why: Refused) => void;
    children: (what: (field: string) => string | undefined) => ReactNode;
};

export function FormDialog<T>({ title, label, fields = [], ready = true, size = 'md', onRefused, children, ...rest }: FormProps<T>) {
    const small = useMediaQuery('(max-width: 700px)');
    const { busy, refused, ask } = useAsk(rest);
    const send = async () => {
        if (typeof ready === 'function' ? !ready() : !ready) return;
        const why = await ask();
        if (why) onRefused?.(why);
    };
    return (
        <Modal
            opened
            onClose={rest.onClose}
            title={title}
            size={size}
            centered={size !== 'xl'}
            fullScreen={small && size === 'xl'}
            closeOnClickOutside={size === 'md'}
            closeButtonProps={close}
        >
            <form
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    void send();
                }}
            >
                <Stack gap="md">
                    {children((field) => refused?.what(field))}
                    {refused?.saysMoreThan(fields) && <Why refused={refused} />}
                    <Group justify="flex-end" gap="xs" className="form-end">
                        <Button variant="default" onClick={rest.onClose}>
                            Cancel
                        </Button>
                        <Button type="submit" loading={busy} disabled={ready === false}>
                            {label}
                        </Button>
                    </Group>
                </Stack>
            </form>
        </Modal>
    );
}

// Asks before something happens. `typed`: what must be typed first.
export function Confirm<T>({
    title,
    label,
    colour = 'red',
    typed,
    ready = true,
    children,
    ...rest
}: AskProps<T> & { colour?: string; typed?: string; ready?: boolean; children: ReactNode }) {
    const { busy, refused, ask } = useAsk(rest);
    const [text, setText] = useState('');
    const may = ready && (typed === undefined || [typed, inert(typed)].some((t) => text.trim() === t.trim()));
    return (
        <Modal opened onClose={rest.onClose} title={title} centered closeButtonProps={close}>
            <form
                onSubmit={(e) => {
                    e.preventDefault();
                    if (may) void ask();
                }}
            >
                <Stack gap="md">
                    <Text size="sm" component="div">
                        {children}
                    </Text>
                    {typed !== undefined && (
                        <TextInput
                            label={
                                <>
                                    Type its name to go on: <b className="mono">{inert(typed)}</b>
                                </>
                            }
                            value={text}
                            onChange={(e) => setText(e.currentTarget.value)}
                            autoComplete="off"
                            data-autofocus
                        />
                    )}
                    <Why refused={refused} />
                    <Group justify="flex-end" gap="xs">
                        <Button variant="default" onClick={rest.onClose} data-autofocus={typed === undefined || undefined}>
                            Cancel
                        </Button>
                        <Button type="submit" color={colour} loading={busy} disabled={!may}>
                            {label}
                        </Button>
                    </Group>
                </Stack>
            </form>
        </Modal>
    );
}

// What a page may ask about one of its records.
export type Question<T = unknown> = { title: string; label: string; text: ReactNode; call: Call<T>; colour?: string; said?: string };

export function Ask<T>({ question, onClose, onDone }: { question: Question<T>; onClose: () => void; onDone?: (answer: T) => void }) {
    const { text, ...rest } = question;
    return (
        <Confirm {...rest} onClose={onClose} onDone={onDone}>
            {text}
        </Confirm>
    );
}

// Stays until its reader says that the text is stored.
export function OnceDialog({
    api,
    title,
    text,
    note,
    onDone,
}: {
    api: Api;
    title: string;
    text: string;
    note?: string;
    onDone: () => void;
}) {
    return (
        <Modal
            opened
            onClose={() => {}}
            withCloseButton={false}
            closeOnClickOutside={false}
            closeOnEscape={false}
            title={title}
            size="lg"
            centered
        >
            <Secret api={api} text={text} note={note} onDone={onDone} />
        </Modal>
    );
}
