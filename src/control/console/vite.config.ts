import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// What the form says with which one signs in (src/door); `%TITLE%` is the gateway's to fill in.
const doors: Record<string, Record<string, string>> = {
    '/index.html': {
        mark: '<img src="/src/icon.svg" width="24" height="24" alt="" />',
        title: 'Tollgate',
        about: 'The console of this gateway is for its operators.',
        name: 'User name',
        hint:
            '<p class="faint sign-in-hint">No account yet? On the gateway’s machine: ' +
            '<code>tollgate user add --api tollgate --role owner</code></p>',
    },
    '/portal.html': {
        mark: '<span class="brand" aria-hidden="true" data-part="letter"></span>',
        title: '%TITLE%',
        about: 'to see and change what calls %TITLE% in your name',
        name: 'User name or email',
        hint: '',
    },
};
const door: Plugin = {
    name: 'door',
    transformIndexHtml: {
        order: 'pre',
        handler: (html, { path, server }) => {
            if (server) html = html.replaceAll('%DOOR%', 'asking');
            const form = readFileSync(new URL('src/door/door.html', import.meta.url), 'utf8');
            return html.replace('<!-- door -->', () => form.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => doors[path]?.[name] ?? ''));
        },
    },
};

// Everything under assets has its hash in its name and never changes; nothing is inlined, since the page's policy allows no inline code.
// Addresses are relative: the portal's page and files lie under a path that the configuration says (embed.mjs).
export default defineConfig({
    base: './',
    plugins: [react(), door],
    build: {
        outDir: process.env.CONSOLE_OUT ?? 'dist',
        emptyOutDir: true,
        assetsDir: 'assets',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 800,
        target: 'es2022',
        cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // know light-dark()
        rolldownOptions: { input: ['index.html', 'portal.html'] },
    },
    server: {
        // `npm run dev` works on a gateway that runs: CONSOLE_GATEWAY=http://127.0.0.1:8081
        proxy: {
            '/v1': process.env.CONSOLE_GATEWAY ?? 'http://127.0.0.1:8081',
            '/metrics': process.env.CONSOLE_GATEWAY ?? 'http://127.0.0.1:8081',
        },
    },
});
