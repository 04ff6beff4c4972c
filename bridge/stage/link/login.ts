/**
 * Shows the daemon the token of this page's address, `#token=…` as `bunraku start` prints it, for a cookie that the link
 * carries; and takes it out of the address, so that no bookmark or screen shot holds it. Never throws: a link without
 * the cookie is refused, and says so.
 */
export const logIn = async (): Promise<void> => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  };
  await fetch("/v1/login", request).catch(() => undefined);
};
