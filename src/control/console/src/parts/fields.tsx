// What forms are filled in with: fields by the names that the management API has for them, so that a refusal finds its own.
import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Api } from '../api/types';

type What = (field: string) => string | undefined; // why it was refused

export function useFields<T extends Record<string, string>>(blank: T) {
    type Field = keyof T & string;
    const [values, setValues] = useState(blank);
    const set = (name: Field, value: string) => setValues((before) => ({ ...before, [name]: value }));
    return {
        values,
        names: Object.keys(blank) as Field[],
        // What was filled in, without spaces around it; a password has its spaces.
        given: () =>
            Object.fromEntries(
                Object.entries(values)
                    .map(([name, value]) => [name, name === 'password' ? value : value.trim()])
                    .filter(([, value]) => value !== ''),
            ) as Partial<T>,
        text: (name: Field, what: What) => ({
            value: values[name] as string,
            onChange: (e: { currentTarget: { value: string } }) => set(name, e.currentTarget.value),
            error: what(name),
            autoComplete: 'off',
        }),
        choice: (name: Field, what: What) => ({
            value: values[name] as string,
            onChange: (value: string | null) => set(name, value ?? ''),
            error: what(name),
            allowDeselect: false,
        }),
    };
}

// What is named stands in lists, and in the dialogs that ask about it.
export function NameField(props: { description?: string; placeholder?: string } & ReturnType<ReturnType<typeof useFields>['text']>) {
    return <TextInput label="Name" maxLength={200} required data-autofocus {...props} />;
}

// Nothing where there is no choice.
export function EnvironmentField({ api, ...field }: { api: Api } & ReturnType<ReturnType<typeof useFields>['choice']>) {
    return api.environments.length > 1 ? <Select label="Environment" data={api.environments} {...field} /> : null;
}
