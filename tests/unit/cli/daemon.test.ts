import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Session } from "../../support/session.ts";

const ENTRY = fileURLToPath(
  new URL("../../../.build/inference/dialogue/tts/espeak-process.js", import.meta.url),
);
/** Children of this process that are alive. */
const children = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "ProcessWrap").length;

describe.skipIf(!existsSync(ENTRY))("a daemon (needs the built voice)", () => {
  const mindless = { provider: "openai", model: "any", keyEnv: "A_KEY_THAT_IS_NOT_SET" };

  test("that cannot start for want of a key leaves no voice behind", async () => {
    await expect(Session.start({ llm: mindless })).rejects.toMatchObject({ fault: "config" });
    await expect.poll(children, { timeout: 5_000 }).toBe(0);
  });

  test("that finds its port in use leaves no voice behind", async () => {
    const squatter = createServer();
    const port = await new Promise<number>((resolve) =>
      squatter.listen(0, "127.0.0.1", () => {
        const address = squatter.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      }),
    );
    await expect(Session.start({ listen: { port } })).rejects.toMatchObject({ fault: "config" });
    await expect.poll(children, { timeout: 5_000 }).toBe(0);
    await new Promise((resolve) => squatter.close(resolve));
  });

  test("with a remote voice closes both of its voices", async () => {
    const tts = { provider: "openai", baseUrl: "http://127.0.0.1:9/v1", model: "any", voice: "any" };
    await expect(Session.start({ tts, llm: mindless })).rejects.toMatchObject({ fault: "config" });
    await expect.poll(children, { timeout: 5_000 }).toBe(0);
  });

  test("of several puppets tells of each one's mind", async () => {
    const session = await Session.start({
      puppets: [
        { id: "chanter", character: "default" },
        { id: "player", character: "default", subject: "Player" },
      ],
    });
    try {
      const minds = [...session.senses()].filter(([name]) => name.startsWith("mind"));
      expect(minds.map(([name, { status }]) => [name, status])).toEqual([
        ["mind", "ready"],
        ["mind:player", "ready"],
      ]);
    } finally {
      await session.close();
    }
  });
});
