import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Api } from '../api/types';
import { Copy } from '../parts/basics';
import { WarnIcon } from '../parts/icons';
import { wordsOf } from '../words';

// The text of a token, once. It lives in the state of whoever shows this, and goes when that closes.
export function Secret({ api, text, note, onDone }: { api: Api; text: string; note?: string; onDone: () => void }) {
    const words = wordsOf(api);
    const [stored, setStored] = useState(false);
    const host = api.hosts[0]?.host;
    return (
        <Stack gap="md">
            <Alert color="yellow" variant="light" icon={<WarnIcon />} title="Copy it now">
                {words.shown_once}
            </Alert>
            <div className="secret">
                <code data-testid="secret" className="secret-text">
                    {text}
                </code>
                <Copy text={text} big label={`Copy ${words.token}`} />
            </div>
            {note && <Text size="sm">{note}</Text>}
            {host && (
                <Text size="sm" className="faint">
                    Send it as <code>Authorization: Bearer …</code> to <code>{host}</code>.
                </Text>
            )}
            <Group justify="space-between" gap="sm">
                <Checkbox checked={stored} onChange={(e) => setStored(e.currentTarget.checked)} label="I have stored it" />
                <Button onClick={onDone} disabled={!stored}>
                    Done
                </Button>
            </Group>
        </Stack>
    );
}
