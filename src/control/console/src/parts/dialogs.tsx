// The dialogs that every page asks with: a form, a question before something happens, and a secret that is shown once.
import { Button, Group, Modal, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { answered, type Refused } from '../api/client';
import { useAction } from '../api/queries';
import type { Api } from '../api/types';
import { Secret } from '../tokens/Secret';
import { announce, Confirm, Why } from './basics';

type FormProps = {
    title: string;
    submit: string;
    onSubmit: () => void;
    onClose: () => void;
    busy: boolean;
    refused: Refused | null;
    // Fields that say by themselves why they were refused: the dialog then does not.
    fields?: string[];
    disabled?: boolean;
    // 'xl' takes the whole screen of a telephone, and does not go with a click beside it.
    size?: 'md' | 'lg' | 'xl';
    children: ReactNode;
};

export function FormDialog({ title, submit, onSubmit, onClose, busy, refused, fields = [], disabled, size = 'md', children }: FormProps) {
    const small = useMediaQuery('(max-width: 700px)');
    return (
        <Modal
            opened
            onClose={onClose}
            title={title}
            size={size}
            centered={size !== 'xl'}
            fullScreen={small && size === 'xl'}
            closeOnClickOutside={size === 'md'}
            closeButtonProps={{ 'aria-label': 'Close' }}
        >
            <form
                noValidate
                onSubmit={(e) => {
                    e.preventDefault();
                    if (!disabled) onSubmit();
                }}
            >
                <Stack gap="md">
                    {children}
                    {!fields.some((f) => refused?.what(f)) && <Why refused={refused} />}
                    <Group justify="flex-end" gap="xs" className="form-end">
                        <Button variant="default" onClick={onClose}>
                            Cancel
                        </Button>
                        <Button type="submit" loading={busy} disabled={disabled}>
                            {submit}
                        </Button>
                    </Group>
                </Stack>
            </form>
        </Modal>
    );
}

type ActProps<T> = {
    title: string;
    label: string;
    colour?: string;
    typed?: string;
    said?: string;
    call: () => Promise<{ data?: T; response: Response }>;
    onClose: () => void;
    // What comes after; without it the dialog closes.
    onDone?: (answer: T) => void;
    children: ReactNode;
};

// Asks, and then calls.
export function Act<T>({ title, label, colour, typed, said = 'Done', call, onClose, onDone, children }: ActProps<T>) {
    const { busy, refused, run } = useAction();
    return (
        <Confirm
            opened
            onClose={onClose}
            title={title}
            label={label}
            colour={colour}
            typed={typed}
            busy={busy}
            refused={refused}
            onConfirm={() =>
                run(
                    () => answered(call()),
                    (answer) => {
                        announce(said);
                        if (onDone) onDone(answer);
                        else onClose();
                    },
                )
            }
        >
            {children}
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
