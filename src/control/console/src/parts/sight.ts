// Which rows of a long list are in sight. Rows are equally high and lie where their number says, so that one that stays is never touched.
import { type RefObject, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';

type Sight = { first: number; end: number };
const step = 4; // rows come and go by so many at once
const spare = 6; // so many more than are seen, above and below

// Of `count` rows of so many px in `body`, which scrolls with the page. Follows within the frame in which the page was scrolled, and asks
// the document for nothing while it scrolls but how far.
export function useRowsInSight(body: RefObject<HTMLElement | null>, count: number, height: number): Sight {
    const [sight, setSight] = useState<Sight>({ first: 0, end: 20 });
    useLayoutEffect(() => {
        let top = 0; // of the body in the document
        let shown = 0; // of the document in the window
        const look = () => {
            const from = window.scrollY - top;
            const first = Math.max(0, Math.floor((from / height - spare) / step) * step);
            const end = Math.max(0, Math.ceil(((from + shown) / height + spare) / step) * step);
            setSight((before) => (before.first === first && before.end === end ? before : { first, end }));
        };
        const measure = () => {
            shown = window.innerHeight;
            top = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
            look();
        };
        const scrolled = () => flushSync(look);
        measure();
        const grown = new ResizeObserver(measure); // what stands above may have grown, too
        grown.observe(document.body);
        window.addEventListener('resize', measure);
        window.addEventListener('scroll', scrolled, { passive: true });
        return () => {
            grown.disconnect();
            window.removeEventListener('resize', measure);
            window.removeEventListener('scroll', scrolled);
        };
    }, [body, height]);
    return { first: Math.min(sight.first, count), end: Math.min(sight.end, count) };
}

// The width of an element, px; 0 until it is known.
export function useWidth(of: RefObject<HTMLElement | null>): number {
    const [width, setWidth] = useState(0);
    useLayoutEffect(() => {
        const at = of.current;
        if (!at) return;
        setWidth(Math.floor(at.clientWidth));
        const watch = new ResizeObserver(() => setWidth(Math.floor(at.clientWidth)));
        watch.observe(at);
        return () => watch.disconnect();
    }, [of]);
    return width;
}
