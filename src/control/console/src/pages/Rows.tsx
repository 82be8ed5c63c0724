// A table of records that is short enough to stand in the page whole: actors, users, clients.
import { Button, Skeleton, Table } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Why } from '../parts/basics';

type Props<T> = {
    list: UseInfiniteQueryResult<{ pages: { data: T[] }[] }, Error>;
    columns: { title: string; cell: (row: T) => ReactNode; right?: boolean }[];
    label: string;
    empty: ReactNode;
};

export function Rows<T extends { id: string }>({ list, columns, label, empty }: Props<T>) {
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
