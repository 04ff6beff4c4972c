import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Builds both pages into `.build/stage/`. Everything is a file of its own, so that the page runs under `default-src 'self'`. */
export default defineConfig({
  root: here("."),
  base: "/",
  publicDir: false,
  build: {
    outDir: here("../../.build/stage"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // What is bundled loses its licence comments: three.js asks for its notice to be kept.
    license: { fileName: "licences.md" },
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { index: here("index.html"), puppet: here("puppet.html") },
    },
  },
  worker: { format: "es" },
});
