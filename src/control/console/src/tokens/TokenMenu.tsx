import { ActionIcon, Menu } from '@mantine/core';
import type { Api, Token } from '../api/types';
import { inert } from '../parts/basics';
import { DotsIcon } from '../parts/icons';
import { wordsOf } from '../words';
import { ending } from './actions';
import type { Doing } from './Dialogs';

// `own`: of somebody's own token, which is not disabled, and rotated where the contract has a grace for it.
type Props = { api: Api; token: Token; onDo: (what: Doing) => void; own?: boolean };

export function TokenMenu({ api, token, onDo, own }: Props) {
    const words = wordsOf(api);
    if (token.state === 'revoked') return null;
    return (
        <Menu position="bottom-end" shadow="md" withinPortal>
            <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={`More for ${inert(token.name)}`}>
                    <DotsIcon />
                </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
                <Menu.Item onClick={() => onDo('rename')}>{words.rename}…</Menu.Item>
                {api.scopes > 0 && <Menu.Item onClick={() => onDo('scopes')}>Change {words.scopes.toLowerCase()}…</Menu.Item>}
                <Menu.Item onClick={() => onDo('addresses')}>Change addresses…</Menu.Item>
                {(!own || api.rotates) && <Menu.Divider />}
                {(!own || api.rotates) && <Menu.Item onClick={() => onDo('rotate')}>Rotate…</Menu.Item>}
                {ending(token, Date.now()).length > 0 && <Menu.Item onClick={() => onDo('finish')}>Finish the rotation now…</Menu.Item>}
                {!own &&
                    (token.state === 'active' ? (
                        <Menu.Item onClick={() => onDo('disable')}>Disable…</Menu.Item>
                    ) : (
                        <Menu.Item onClick={() => onDo('enable')}>Enable…</Menu.Item>
                    ))}
            </Menu.Dropdown>
        </Menu>
    );
}
