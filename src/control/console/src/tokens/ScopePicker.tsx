import { Box, Checkbox, Collapse, Group, Skeleton, Stack, Text, UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useRoutes, useScopes } from '../api/queries';
import type { Api, Scope } from '../api/types';
import { ScopeBadge } from '../parts/basics';
import { ChevronIcon } from '../parts/icons';
import { plural, wordsOf } from '../words';
import { type Area, areasOf, areaTitle, opens, unlocked, type Verb } from './scopes';

type Props = { api: Api; value: string[]; onChange: (scopes: string[]) => void; audience?: string; problem?: string };

export function ScopePicker({ api, value, onChange, audience, problem }: Props) {
    const words = wordsOf(api);
    const catalogue = useScopes(api.name);
    const scopes = catalogue.data ?? [];
    const routes = useRoutes(api.name).data ?? [];
    const [endpoints, setEndpoints] = useState(false);
    const areas = useMemo(() => areasOf(scopes, api.wildcard), [scopes, api.wildcard]);
    const chosen = new Set(value);
    const all = areas.flatMap((a) => a.verbs.map((v) => v.scope.name));
    const wild = api.wildcard !== undefined && chosen.has(api.wildcard);
    const held = unlocked(value, scopes);
    const count = all.filter((s) => chosen.has(s)).length;
    const reached = routes.filter(
        (r) => !r.public && opens(r, held, api.wildcard) && (!audience || r.audiences.length === 0 || r.audiences.includes(audience)),
    );
    const protectedRoutes = routes.filter((r) => !r.public);

    const toggle = (names: string[], on: boolean) => {
        const next = new Set(value);
        for (const n of names) on ? next.add(n) : next.delete(n);
        onChange([...(api.wildcard ? [api.wildcard] : []), ...all].filter((s) => next.has(s)));
    };

    return (
        <fieldset className="picker" aria-describedby={problem ? 'picker-problem' : undefined}>
            <legend>{words.scopes}</legend>
            {problem && (
                <Text id="picker-problem" size="sm" c="red" role="alert" mb="xs">
                    {words.scopes} {problem}
                </Text>
            )}
            {api.wildcard && (
                <Checkbox
                    className="picker-wild"
                    checked={wild}
                    onChange={(e) => onChange(e.currentTarget.checked ? [api.wildcard as string] : [])}
                    label={
                        <>
                            Everything <span className="scope scope-full">{api.wildcard}</span>
                        </>
                    }
                    description="Every scope of today and of later. Prefer the few that it needs."
                />
            )}
            <div className="picker-table" role="group" aria-label={`${words.scopes} by area`}>
                <div className="picker-row picker-head">
                    <Checkbox
                        checked={count === all.length && all.length > 0}
                        indeterminate={count > 0 && count < all.length}
                        disabled={wild}
                        onChange={(e) => toggle(all, e.currentTarget.checked)}
                        label={<b>{words.select_all}</b>}
                        data-testid="select-all"
                    />
                    <span>Read</span>
                    <span>Write</span>
                </div>
                {catalogue.isPending && <Skeleton height={44 * Math.min(8, api.scopes)} />}
                {areas.map((area) => (
                    <Row key={area.name} area={area} chosen={chosen} held={held} wild={wild} toggle={toggle} />
                ))}
            </div>
            {(routes.length > 0 || value.length === 0) && (
                <UnstyledButton className="picker-opens" onClick={() => setEndpoints(!endpoints)} aria-expanded={endpoints}>
                    <span className={endpoints ? 'turn turned' : 'turn'}>
                        <ChevronIcon size={14} />
                    </span>
                    {value.length === 0 && (api.default_scopes?.length ?? 0) > 0
                        ? `Nothing chosen: it gets ${api.default_scopes?.join(', ')}`
                        : `Opens ${reached.length} of ${plural(protectedRoutes.length, 'endpoint')}`}
                </UnstyledButton>
            )}
            <Collapse expanded={endpoints}>
                <ul className="endpoints" tabIndex={0} aria-label="Endpoints">
                    {protectedRoutes.map((r) => (
                        <li key={r.method + r.path} className={reached.includes(r) ? 'endpoint' : 'endpoint endpoint-closed'}>
                            <span className={`method method-${r.method}`}>{r.method}</span>
                            <span className="mono endpoint-path">{r.path}</span>
                            <span className="scopes">
                                {r.scopes.map((any) => (
                                    <ScopeBadge
                                        key={any.join(' ')}
                                        name={any.join(' + ')}
                                        dimmed={!any.every((s) => held.has(s)) && !wild}
                                    />
                                ))}
                                {r.scopes.length === 0 && <span className="faint">any scope</span>}
                            </span>
                            <span className="hidden">{reached.includes(r) ? 'can be called' : 'cannot be called'}</span>
                        </li>
                    ))}
                </ul>
            </Collapse>
        </fieldset>
    );
}

type RowProps = { area: Area; chosen: Set<string>; held: Set<string>; wild: boolean; toggle: (names: string[], on: boolean) => void };

function Row({ area, chosen, held, wild, toggle }: RowProps) {
    const names = area.verbs.map((v) => v.scope.name);
    const on = names.filter((n) => chosen.has(n)).length;
    const cell = (verbs: Verb[]) => (
        <Stack gap={6} className="picker-cell">
            {verbs.map((v) => (
                <ScopeBox
                    key={v.scope.name}
                    verb={v}
                    area={area.name}
                    checked={chosen.has(v.scope.name)}
                    included={wild || (held.has(v.scope.name) && !chosen.has(v.scope.name))}
                    toggle={toggle}
                />
            ))}
            {verbs.length === 0 && <span className="faint">–</span>}
        </Stack>
    );
    return (
        <div className="picker-row" role="group" aria-label={areaTitle(area.name)}>
            {area.verbs.length > 1 ? (
                <Checkbox
                    className="picker-area"
                    checked={on === names.length}
                    indeterminate={on > 0 && on < names.length}
                    disabled={wild}
                    onChange={(e) => toggle(names, e.currentTarget.checked)}
                    label={areaTitle(area.name)}
                    aria-label={`${areaTitle(area.name)}: everything`}
                />
            ) : (
                <span className="picker-area picker-single">{areaTitle(area.name)}</span>
            )}
            {cell(area.verbs.filter((v) => !v.writes))}
            {cell(area.verbs.filter((v) => v.writes))}
        </div>
    );
}

function about(scope: Scope): string {
    if (scope.includes.length === 0) return scope.description;
    return `${scope.description.replace(/[^.]$/, '$&.')} Includes ${scope.includes.join(' and ')}.`;
}

function ScopeBox({
    verb,
    area,
    checked,
    included,
    toggle,
}: {
    verb: Verb;
    area: string;
    checked: boolean;
    included: boolean;
    toggle: RowProps['toggle'];
}) {
    const { scope } = verb;
    return (
        <Box>
            <Checkbox
                checked={checked || included}
                disabled={included}
                onChange={(e) => toggle([scope.name], e.currentTarget.checked)}
                aria-label={scope.name}
                label={
                    <Group gap={6} component="span">
                        <span>{verb.verb}</span>
                        {included && <span className="faint">included</span>}
                    </Group>
                }
                description={
                    <>
                        {about(scope) || `${area} ${verb.verb}`}
                        {scope.use_case && <em className="use"> {scope.use_case}</em>}
                    </>
                }
                value={scope.name}
            />
        </Box>
    );
}
