/** Why a token did not open the door. */
export type Refusal = "wrong" | "unreachable" | "no-cookie";

/** Whoever can be asked for the token. */
export interface TokenPrompt {
  /** The token; `refused` says why the last one did not do. */
  ask(refused: Refusal | undefined): Promise<string>;
  close(): void;
}

export interface AdmissionOptions {
  readonly prompt: TokenPrompt;
  /** The token of the page's address, tried first. */
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
}

/**
 * Lets this page in where the daemon asks for a token: shows it once and keeps a cookie. The token stays in memory only,
 * for a daemon that starts again and knows no cookie.
 */
export class Admission {
  readonly #prompt: TokenPrompt;
  readonly #fetch: typeof fetch;
  #token: string | undefined;
  #running: Promise<boolean> | undefined;

  constructor(options: AdmissionOptions) {
    this.#prompt = options.prompt;
    this.#fetch = options.fetch;
    this.#token = options.token;
  }

  /** Resolves when the daemon lets this page in, or is not there at all: true where it took a token to get in. */
  enter(): Promise<boolean> {
    return (this.#running ??= this.#enter().finally(() => (this.#running = undefined)));
  }

  async #enter(): Promise<boolean> {
    if (!(await this.#locked())) return false;
    let refused: Refusal | undefined;
    for (;;) {
      const token = this.#token ?? (await this.#prompt.ask(refused));
      refused = await this.#show(token);
      this.#token = refused === undefined ? token : undefined;
      if (refused !== undefined) continue;
      this.#prompt.close();
      return true;
    }
  }

  /** Undefined when the token was right. */
  async #show(token: string): Promise<Refusal | undefined> {
    const request = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    };
    const answer = await this.#fetch("/v1/login", request).catch(() => undefined);
    if (answer === undefined) return "unreachable";
    if (!answer.ok) return "wrong";
    return (await this.#locked()) ? "no-cookie" : undefined;
  }

  async #locked(): Promise<boolean> {
    const answer = await this.#fetch("/status", { method: "HEAD" }).catch(() => undefined);
    return answer?.status === 401;
  }
}

/** The token in the fragment of an address: a fragment never travels to a server, nor into its log. */
export const tokenIn = (hash: string): string | undefined => {
  const written = /^#(?:.*&)?token=([^&]+)/.exec(hash)?.[1];
  if (written === undefined) return undefined;
  try {
    return decodeURIComponent(written);
  } catch {
    // A stray percent sign: as it stands.
    return written;
  }
};

/** The token of this page's address, which forgets it. One that is pasted later starts the page anew. */
export const takeToken = (): string | undefined => {
  const token = tokenIn(location.hash);
  if (token !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
  window.addEventListener("hashchange", () => {
    if (tokenIn(location.hash) !== undefined) location.reload();
  });
  return token;
};
