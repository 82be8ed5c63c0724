import { Menu, Popover } from '@mantine/core';
import { useEffect, useLayoutEffect } from 'react';
import type { Api, Token } from '../api/types';
import { inert, ScopeBadge } from '../parts/basics';
import { wordsOf } from '../words';
import { ending } from './actions';
import type { Doing } from './Dialogs';

// `own`: of somebody's own token, which is not disabled, and rotated where the contract has a grace for it.
type Props = { api: Api; token: Token; onDo: (what: Doing) => void; own?: boolean };

function Items({ api, token, onDo, own }: Props) {
    const words = wordsOf(api);
    return (
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
    );
}

export const moreAbout = (token: Token) => ({ 'aria-label': `More for ${inert(token.name)}`, 'aria-haspopup': 'menu' as const });

// A token's own button, with its menu.
export function TokenMenu(props: Props) {
    return (
        <Menu position="bottom-end" shadow="md">
            <Menu.Target>
                <button type="button" className="row-icon dots" {...moreAbout(props.token)} />
            </Menu.Target>
            <Items {...props} />
        </Menu>
    );
}

// What a list shows beside one of its rows: one for all of them, at the button that asked for it.
export type Beside = { what: 'menu' | 'all'; token: Token; button: HTMLElement };

export function BesideRow({ api, own, of, onDo, onClose }: Omit<Props, 'token'> & { of: Beside; onClose: () => void }) {
    const { token, button } = of;
    const close = () => {
        onClose();
        button.focus({ preventScroll: true });
    };
    // The row may be scrolled away.
    useEffect(() => {
        const look = () => !button.isConnected && onClose();
        window.addEventListener('scroll', look, { passive: true });
        return () => window.removeEventListener('scroll', look);
    }, [onClose, button]);
    return of.what === 'menu' ? (
        <Menu opened position="bottom-end" shadow="md" onClose={close} returnFocus={false}>
            <Menu.Target>
                <There button={button} />
            </Menu.Target>
            <Items api={api} token={token} own={own} onDo={onDo} />
        </Menu>
    ) : (
        <Popover opened position="bottom-start" shadow="md" trapFocus onChange={(opened) => !opened && close()} width={300}>
            <Popover.Target>
                <There button={button} />
            </Popover.Target>
            <Popover.Dropdown data-autofocus>
                <span className="scopes">
                    {token.scopes.map((s) => (
                        <ScopeBadge key={s} name={s} />
                    ))}
                </span>
            </Popover.Dropdown>
        </Popover>
    );
}

// Stands for a button that is in the page already: gives it the attributes that the target of a menu has, while that is open.
function There({ button, ref, ...rest }: { button: HTMLElement; ref?: (node: HTMLElement | null) => void; id?: string }) {
    const about = Object.entries(rest).filter(([name, value]) => /^(id$|aria-)/.test(name) && value !== undefined);
    const attributes = JSON.stringify(about);
    useLayoutEffect(() => {
        const given = JSON.parse(attributes) as [string, unknown][];
        const before = given.map(([name]) => [name, button.getAttribute(name)] as const);
        for (const [name, value] of given) button.setAttribute(name, String(value));
        return () => {
            for (const [name, value] of before) value === null ? button.removeAttribute(name) : button.setAttribute(name, value);
        };
    }, [button, attributes]);
    useLayoutEffect(() => {
        ref?.(button);
        return () => ref?.(null);
    }, [button, ref]);
    return null;
}
