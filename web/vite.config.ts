import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import type { ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the sources and hands /v1 and /tlog on to a ledger that runs beside it.
const ledger = process.env.LATCHKEY_URL ?? 'https://127.0.0.1:8443';

const beside: ProxyOptions = {
  target: ledger,
  secure: false,
  changeOrigin: true,
  // The ledger judges what changes something by its origin (docs/access.md): a page of this
  // server passes for one of its own, and no other page does.
  configure: (proxy) => {
    proxy.on('proxyReq', (ahead, request) => {
      const { origin, host } = request.headers;
      if (origin === `http://${host}`) ahead.setHeader('origin', new URL(ledger).origin);
    });
    // A stream is open before its first event.
    proxy.on('proxyRes', (_answer, _request, back) => {
      setImmediate(() => back.flushHeaders());
    });
  },
};

export default defineConfig({
  plugins: [
    react(),
    // React Aria speaks thirty languages; the console speaks two.
    { ...optimizeLocales.vite({ locales: ['en-US', 'fr-FR'] }), enforce: 'pre' },
  ],
  build: {
    target: 'es2022',
    // The server's Content-Security-Policy allows no script or font out of a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1', // and no name that a bare machine may not know
    proxy: { '/v1': beside, '/tlog': beside },
  },
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    setupFiles: ['tests/support/webcrypto.mjs'],
  },
});
