// Records that are few enough for a table that stands in the page whole: actors, users, clients.
import { Button, Skeleton, Table } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Api } from '../api/types';
import { Empty, Page, Why } from '../parts/basics';
import { PlusIcon } from '../parts/icons';

type RowsProps<T> = {
    list: UseInfiniteQueryResult<{ pages: { data: T[] }[] }, Error>;
    columns: { title: string; cell: (row: T) => ReactNode; right?: boolean }[];
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
    const rows = list.data?.pages.flatMap((p) => p.data) ?? [];
    if (list.isError) return <Why refused={list.error as never} />;
    if (list.isPending) return <Skeleton height={140} />;
    if (rows.length === 0) return <section className="panel">{empty}</section>;
    return (
        <section className="panel panel-flush">
            <Table.ScrollContainer minWidth={640} type="native" tabIndex={0} role="region" aria-label={label}>
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
                                    <Table.Td key={c.title} ta={c.right ? 'right' : undefined}>
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
