import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { answered, api, Refused } from './api/client';
import { Why } from './parts/basics';

// `name`: what is typed to say who one is.
type Props = { mark: ReactNode; name: string; about: ReactNode; hint?: ReactNode };

export function SignIn({ mark, name: asked, about, hint }: Props) {
    const client = useQueryClient();
    const [name, setName] = useState('');
    const [password, setPassword] = useState('');
    const [code, setCode] = useState('');
    const [factor, setFactor] = useState(false);
    const [busy, setBusy] = useState(false);
    const [refused, setRefused] = useState<Refused | null>(null);

    const submit = async () => {
        setBusy(true);
        setRefused(null);
        try {
            await answered(
                api.POST('/sessions', { body: { user_name: name.trim(), password, ...(factor && { code: code.replaceAll(/\s/g, '') }) } }),
            );
            setPassword('');
            await client.resetQueries();
        } catch (e) {
            const why = e instanceof Refused ? e : new Refused(0, 'Something went wrong in this page', String(e));
            if (!factor && /second factor/i.test(why.message)) setFactor(true);
            else setRefused(why);
        } finally {
            setBusy(false);
        }
    };

    return (
        <main className="sign-in">
            <Paper className="sign-in-card" component="section" aria-label="Sign in">
                <form
                    onSubmit={(e) => {
                        e.preventDefault();
                        void submit();
                    }}
                >
                    <Stack gap="md">
                        <div>
                            {mark}
                            <Title order={1} size="h3" mt="sm">
                                {factor ? 'Your second factor' : 'Sign in'}
                            </Title>
                            <Text size="sm" className="faint">
                                {factor ? 'The code that your app shows now, or a recovery code' : about}
                            </Text>
                        </div>
                        {factor ? (
                            <TextInput
                                label="Code"
                                value={code}
                                onChange={(e) => setCode(e.currentTarget.value)}
                                autoComplete="one-time-code"
                                inputMode="text"
                                required
                                autoFocus
                            />
                        ) : (
                            <>
                                <TextInput
                                    label={asked}
                                    value={name}
                                    onChange={(e) => setName(e.currentTarget.value)}
                                    autoComplete="username"
                                    required
                                    autoFocus
                                />
                                <PasswordInput
                                    label="Password"
                                    value={password}
                                    onChange={(e) => setPassword(e.currentTarget.value)}
                                    autoComplete="current-password"
                                    required
                                />
                            </>
                        )}
                        <Why refused={refused} />
                        <Button
                            type="submit"
                            loading={busy}
                            fullWidth
                            disabled={factor ? code.trim() === '' : name.trim() === '' || password === ''}
                        >
                            {factor ? 'Go on' : 'Sign in'}
                        </Button>
                        {factor && (
                            <Button
                                variant="subtle"
                                color="gray"
                                onClick={() => {
                                    setFactor(false);
                                    setCode('');
                                    setRefused(null);
                                }}
                            >
                                Back
                            </Button>
                        )}
                        {!factor && hint && (
                            <Text size="xs" className="faint">
                                {hint}
                            </Text>
                        )}
                    </Stack>
                </form>
            </Paper>
        </main>
    );
}
