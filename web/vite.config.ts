import { defineConfig } from "vitest/config";

const server = process.env["TWINBED_SERVER"] ?? "http://127.0.0.1:8765";

export default defineConfig({
  // Pages are found by what follows `#`, so one folder can be served from anywhere.
  base: "./",
  build: {
    outDir: "../twinbed/server/static",
    emptyOutDir: true,
    target: "es2022",
    // Nothing is written into the page itself: it works under `default-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" },
  },
  server: {
    port: 5173,
    // The server checks the origin of what changes something.
    proxy: { "/api": { target: server, ws: true, changeOrigin: true, headers: { origin: server } } },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
