import { useComputedColorScheme } from '@mantine/core';
import { type ComponentProps, lazy, Suspense } from 'react';

const Chart = lazy(() => import('./Chart'));

export function LazyChart(props: Omit<ComponentProps<typeof Chart>, 'dark'>) {
    const dark = useComputedColorScheme('light') === 'dark';
    return (
        <Suspense fallback={<div style={{ height: (props.height ?? 200) + 34 }} />}>
            <Chart {...props} dark={dark} />
        </Suspense>
    );
}
