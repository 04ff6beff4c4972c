import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { CURVE, CURVE_COUNT, FACE_CURVES } from "../../bridge/core/arkit.ts";
import type { HeardReport } from "../../bridge/core/engine.ts";
import type { PuppetId, TurnId } from "../../bridge/core/frames.ts";
import { silentLog } from "../../bridge/core/log.ts";
import { Metrics } from "../../bridge/core/metrics.ts";
import { SystemClock, type Micros } from "../../bridge/core/time.ts";
import { Link } from "../../bridge/engines/link.ts";
import { WebSocketLink } from "../../bridge/server/link-socket.ts";
import { Playout } from "../../bridge/sync/playout.ts";
import type { ConsoleCommand } from "../../bridge/wire/messages.ts";

export const PUPPET = "okichi" as PuppetId;

/** The daemon's end of the protocol with one puppet, and nothing behind it: the real link and the real playout. */
export class SmallDaemon {
  readonly clock = new SystemClock();
  readonly reports: HeardReport[] = [];
  readonly commands: ConsoleCommand[] = [];
  readonly voices: { at: Micros; sampleRate: number; pcm: Int16Array }[] = [];
  readonly links: Link[] = [];
  readonly playout: Playout;
  readonly #stop = new AbortController();
  #server: WebSocketServer | undefined;

  constructor(delay: Micros) {
    this.playout = new Playout({
      puppet: PUPPET,
      clock: this.clock,
      poses: {
        frame: (pts) => {
          const curves = new Float32Array(CURVE_COUNT);
          curves[CURVE.jawOpen] = 0.5 + 0.5 * Math.sin(pts / 50_000);
          return {
            kind: "animation",
            puppet: PUPPET,
            pts,
            turn: undefined,
            curves,
            bones: new Float32Array(8),
          };
        },
      },
      log: silentLog,
      metrics: new Metrics(),
      delay,
    });
  }

  /** Opens on a free port; resolves with the address of its link. */
  async open(): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    this.#server = server;
    server.on("connection", (socket) => {
      const link = new Link({
        socket: new WebSocketLink(socket, "test"),
        clock: this.clock,
        log: silentLog,
        session: "0123456789abcdef",
        lang: "en",
        puppets: [{ puppet: PUPPET, subject: "Okichi" }],
        listener: {
          opened: (opened) => {
            opened.describe({
              puppet: PUPPET,
              subject: "Okichi",
              curves: FACE_CURVES,
              bones: [
                { name: "neck_01", parent: -1 },
                { name: "head", parent: 0 },
              ],
            });
            this.playout.addEngine(opened);
          },
          heard: (from, report) => {
            this.reports.push(report);
            this.playout.report(from, report);
          },
          command: (_link, _puppet, command) => void this.commands.push(command),
          voice: (_link, _puppet, sound) => void this.voices.push(sound),
          audibleChanged: () => undefined,
          voiceEnded: () => undefined,
        },
      });
      this.links.push(link);
      void link.run(this.#stop.signal).finally(() => this.playout.removeEngine(link));
    });
    await new Promise<void>((resolve) => server.once("listening", () => resolve()));
    void this.playout.run(this.#stop.signal);
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/link`;
  }

  /** Says a tone of 440 Hz as one turn; its end is still to be told by `playout.finish`. */
  async say(turn: number, seconds: number): Promise<Micros> {
    const rate = 48_000;
    let begin: Micros | undefined;
    for (let offset = 0; offset < seconds; offset += 0.25) {
      await this.playout.room(this.#stop.signal);
      const length = Math.round(Math.min(0.25, seconds - offset) * rate);
      const first = Math.round(offset * rate);
      const pcm = Float32Array.from(
        { length },
        (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * (first + i)) / rate),
      );
      const pts = this.playout.place({
        turn: turn as TurnId,
        clause: 0,
        offset: Math.round(offset * 1e6) as Micros,
        sampleRate: rate,
        pcm,
        text: offset === 0 ? "a long tone" : "",
        lang: "en",
        phonemes: undefined,
      });
      begin ??= pts;
    }
    return begin ?? (0 as Micros);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the test ends"));
    for (const link of this.links) await link.close();
    await new Promise<void>((resolve) => {
      if (this.#server === undefined) return resolve();
      for (const client of this.#server.clients) client.terminate();
      this.#server.close(() => resolve());
    });
  }
}
