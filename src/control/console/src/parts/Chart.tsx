// Series over time, by uPlot. Loaded when a page first shows one.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { exactly } from '../time';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const apartAtLeast = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000]; // seconds

// A time below an axis, and the day where it is another than before.
const below = (ticks: number[], apart: number) =>
    ticks.map((t, i) => {
        const at = new Date(t * 1000);
        const date = day.format(at);
        if (apart >= 86_400) return date;
        const time = (apart < 60 ? second : clock).format(at);
        return i === 0 || day.format(new Date((ticks[i - 1] as number) * 1000)) !== date ? `${time}\n${date}` : time;
    });

export type Series = { label: string; values: (number | null)[]; colour: string; fill?: boolean; bars?: boolean; unit?: string };

export default function Chart({
    times,
    series,
    height = 200,
    about,
    dark,
}: {
    times: number[];
    series: Series[];
    height?: number;
    about: string;
    dark: boolean;
}) {
    const box = useRef<HTMLDivElement>(null);
    useEffect(() => {
        const at = box.current;
        if (!at) return;
        const line = dark ? '#2c3436' : '#e6eaea';
        const text = dark ? '#9fb0b0' : '#56676a';
        const font = '12px ui-sans-serif, system-ui, sans-serif';
        const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
        const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });
        const plot = new uPlot(
            {
                width: at.clientWidth || 600,
                height,
                cursor: { points: { size: 6 } },
                legend: { live: true },
                scales: { x: { time: true }, y: { range: (_u, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
                axes: [
                    {
                        ...axis,
                        space: (_u, _axis, from, to) => (to - from < 600 ? 66 : 46),
                        incrs: apartAtLeast,
                        values: (_u, ticks, _axis, _space, apart) => below(ticks, apart),
                    },
                    {
                        ...axis,
                        size: series[0]?.unit ? 66 : 52,
                        values: (_u, ticks) => ticks.map((v) => `${short.format(v)}${series[0]?.unit ?? ''}`),
                    },
                ],
                series: [
                    {
                        label: 'Time',
                        value: (_u: uPlot, t: number | null) => (t === null ? '–' : exactly(new Date(t * 1000).toISOString())),
                    },
                    ...series.map((s) => ({
                        label: s.label,
                        stroke: s.colour,
                        width: 2,
                        fill: s.fill ? `${s.colour}26` : s.bars ? `${s.colour}b3` : undefined,
                        points: { show: true, size: 5, fill: s.colour },
                        spanGaps: false,
                        value: (_u: uPlot, v: number | null) =>
                            v === null ? '–' : `${v.toLocaleString('en', { maximumFractionDigits: 2 })}${s.unit ?? ''}`,
                        ...(s.bars && uPlot.paths.bars
                            ? { paths: uPlot.paths.bars({ size: [0.7, 40], radius: 0.15 }), points: { show: false } }
                            : {}),
                    })),
                ],
            },
            [times, ...series.map((s) => s.values)],
            at,
        );
        const watch = new ResizeObserver(() => plot.setSize({ width: at.clientWidth, height }));
        watch.observe(at);
        return () => {
            watch.disconnect();
            plot.destroy();
        };
    }, [times, series, height, dark]);
    return <div ref={box} className="chart" role="img" aria-label={about} style={{ minHeight: height + 34 }} />;
}
