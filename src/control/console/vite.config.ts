import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Everything under assets has its hash in its name and never changes; nothing is inlined, since the page's policy allows no inline code.
// Addresses are relative: the portal's page and files lie under a path that the configuration says (embed.mjs).
export default defineConfig({
    base: './',
    plugins: [react()],
    build: {
        outDir: process.env.CONSOLE_OUT ?? 'dist',
        emptyOutDir: true,
        assetsDir: 'assets',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 800,
        target: 'es2022',
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
