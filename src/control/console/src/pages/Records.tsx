// Records that are few enough for a table that stands in the page whole: actors, users, clients.
import { ActionIcon, Button, Menu, Skeleton, Table } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Api } from '../api/types';
import { Empty, inert, Page, Why } from '../parts/basics';
import { DotsIcon, PlusIcon } from '../parts/icons';

type RowsProps<T> = {
    list: UseInfiniteQueryResult<{ pages: { data: T[] }[] }, Error>;
    columns: { title: string; cell: (row: T) => ReactNode; right?: boolean; menu?: boolean }[];
    label: string;
    empty: ReactNode;
};

type Props<T> = Omit<RowsProps<T>, 'label' | 'empty'> & {
    title: string;
    api?: Api; // whose they are; none: the gateway's own
    about: string;
    one: string; // of them, in the middle of a sentence
    empty: string;
    add?: (onClose: () => void) => ReactNode; // the dialog that adds one; none: whoever looks may not
    children?: ReactNode;
};

// The page of such a table: what they are, one more of them, all of them.
export function Records<T extends { id: string }>({ title, api, about, one, empty, add, children, ...rows }: Props<T>) {
    const [adding, setAdding] = useState(false);
    const button = add && (
        <Button leftSection={<PlusIcon size={16} />} onClick={() => setAdding(true)}>
            Add {one}
        </Button>
    );
    return (
        <Page title={title} trail={api && (api.title || api.name)} about={about} actions={button}>
            <Rows
                {...rows}
                label={title}
                empty={
                    <Empty title={`No ${one}s yet`} action={button}>
                        {empty}
                    </Empty>
                }
            />
            {adding && add?.(() => setAdding(false))}
            {children}
        </Page>
    );
}

function Rows<T extends { id: string }>({ list, columns, label, empty }: RowsProps<T>) {
    const small = useMediaQuery('(max-width: 700px)');
    const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
    if (list.isError) return <Why refused={list.error as never} />;
    if (list.isPending) return <Skeleton height={140} />;
    if (rows.length === 0) return <section className="panel">{empty}</section>;
    return (
        <section className="panel panel-flush">
            <Table.ScrollContainer minWidth={small ? 0 : 640} type="native" tabIndex={0} role="region" aria-label={label}>
                <Table className="records" verticalSpacing="sm">
                    <Table.Thead>
                        <Table.Tr>
                            {columns.map((c) => (
                                <Table.Th key={c.title} ta={c.right ? 'right' : undefined}>
                                    {c.title === 'Actions' ? <span className="hidden">Actions</span> : c.title}
                                </Table.Th>
                            ))}
                        </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                        {rows.map((row) => (
                            <Table.Tr key={row.id}>
                                {columns.map((c) => (
                                    <Table.Td
                                        key={c.title}
                                        ta={c.right && !small ? 'right' : undefined}
                                        className={c.menu ? 'records-menu' : undefined}
                                        data-label={c.right ? undefined : c.title}
                                    >
                                        {c.cell(row)}
                                    </Table.Td>
                                ))}
                            </Table.Tr>
                        ))}
                    </Table.Tbody>
                </Table>
            </Table.ScrollContainer>
            {list.hasNextPage && (
                <Button variant="subtle" m="sm" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
                    Show more
                </Button>
            )}
        </section>
    );
}

// What can be done to a record; what is left out where it is undefined.
type Item = { label: string; onClick: () => void; danger?: boolean };

export function RecordMenu({ of, items }: { of: string; items: (Item | undefined | false)[] }) {
    return (
        <Menu position="bottom-end" shadow="md">
            <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={`More for ${inert(of)}`}>
                    <DotsIcon />
                </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
                {items.map(
                    (item) =>
                        item && (
                            <Menu.Item key={item.label} onClick={item.onClick} color={item.danger ? 'red' : undefined}>
                                {item.label}…
                            </Menu.Item>
                        ),
                )}
            </Menu.Dropdown>
        </Menu>
    );
}
