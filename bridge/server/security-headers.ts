/**
 * What the page may do: run our scripts, workers and WebAssembly, and talk to us. `connect-src 'self'` covers our own
 * WebSocket (tests/unit/server/page-policy.test.ts tries it in Chromium), so no `ws:` that would let a script talk to anyone.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** On every answer. The two cross-origin policies isolate the page, which gives its clock 5 µs steps instead of 100. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
