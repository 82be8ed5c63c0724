import { useCallback, useState, useSyncExternalStore } from 'react';

// Made when a time is first shown: a page on which one signs in has none, and the browser takes long over its tables.
export const once = <T>(make: () => T) => {
    let made: T | undefined;
    return () => {
        made ??= make();
        return made;
    };
};
const relative = once(() => new Intl.RelativeTimeFormat('en', { numeric: 'auto' }));
const brief = once(() => new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' }));
const full = once(() => new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }));

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['year', 365 * 86_400],
    ['month', 30 * 86_400],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
];

export function ago(at: string, now: number): string {
    const seconds = (Date.parse(at) - now) / 1000;
    for (const [unit, size] of steps)
        if (Math.abs(seconds) >= size)
            return (unit === 'minute' ? brief() : relative()).format(Math.trunc(seconds / size), unit).replace('min.', 'min');
    return seconds > 0 ? 'in a moment' : 'just now';
}

export const exactly = (at: string) => full().format(new Date(at));

// What is left until then: "23 h 59 min".
export function left(at: string, now: number): string {
    const s = Math.max(0, Math.floor((Date.parse(at) - now) / 1000));
    if (s >= 86_400) return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
    if (s >= 3600) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    if (s >= 60) return `${Math.floor(s / 60)} min ${s % 60} s`;
    return `${s} s`;
}

// The time of now, anew each `every` ms: one clock for all who look, since a list has hundreds of them.
const clocks = new Map<number, { now: number; timer: ReturnType<typeof setInterval>; listeners: Set<() => void> }>();

export function useNow(every: number): number {
    const subscribe = useCallback(
        (listener: () => void) => {
            let clock = clocks.get(every);
            if (!clock) {
                const made = { now: Date.now(), listeners: new Set<() => void>(), timer: setInterval(() => tick(), every) };
                const tick = () => {
                    made.now = Date.now();
                    for (const l of made.listeners) l();
                };
                clocks.set(every, made);
                clock = made;
            }
            clock.listeners.add(listener);
            return () => {
                clock.listeners.delete(listener);
                if (clock.listeners.size > 0) return;
                clearInterval(clock.timer);
                clocks.delete(every);
            };
        },
        [every],
    );
    const [first] = useState(Date.now);
    return useSyncExternalStore(subscribe, () => clocks.get(every)?.now ?? first);
}
