import { createTheme, type MantineColorsTuple } from '@mantine/core';

const teal: MantineColorsTuple = [
    '#e8f6f3',
    '#cfeae4',
    '#a0d5ca',
    '#6dbfae',
    '#43ab97',
    '#289f88',
    '#147d6d',
    '#0f6e60',
    '#0b5e52',
    '#054b41',
];

// The greys of dark colours lean towards the accent, as those of light ones do.
const dark: MantineColorsTuple = [
    '#e8eeee',
    '#c9d7d7',
    '#9db0b0',
    '#6f8285',
    '#3a4548',
    '#2a3235',
    '#20272a',
    '#171c1e',
    '#101415',
    '#0b0e0f',
];

export const theme = createTheme({
    primaryColor: 'teal',
    primaryShade: { light: 7, dark: 7 },
    colors: { teal, dark },
    fontFamily: "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
    fontFamilyMonospace: "ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
    headings: { fontWeight: '650' },
    defaultRadius: 'md',
    cursorType: 'pointer',
    respectReducedMotion: true,
    // Opened, a menu has its first item in focus, and holds items alone: a placeholder is no child that a menu may have.
    components: { Menu: { defaultProps: { withInitialFocusPlaceholder: false } } },
});
