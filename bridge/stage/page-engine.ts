import { BunrakuError } from "../core/errors.ts";
import { AUDIO_RATE } from "../core/frames.ts";
import { micros } from "../core/time.ts";
import type { ClockMap } from "../sync/clock-map.ts";
import type { ClockMessage, EngineReport, Message } from "../wire/messages.ts";
import { Presenter } from "./face/presenter.ts";
import type { LinkState, FromLink } from "./link/link-messages.ts";
import { openLink } from "./link/link.ts";
import type { Link } from "./link/link.ts";
import { every, pageNow } from "./page-clock.ts";
import { openMicrophone } from "./sound/microphone.ts";
import type { Microphone } from "./sound/microphone.ts";
import { silentVoice } from "./sound/silent-voice.ts";
import { startSound } from "./sound/sound-start.ts";
import { speakerVoice } from "./sound/speaker-voice.ts";
import type { Voice } from "./sound/voice.ts";

/** The face is evaluated this often, ms, whether or not anything is drawn. */
const STEP_MS = 1_000 / 60;
const REPORT_MS = 250;

export interface PageEngineOptions {
  readonly url: string;
  readonly puppet: string | undefined;
  /** False for a view that never makes sound. */
  readonly sound: boolean;
  /** Resolves when the daemon lets this page in. */
  readonly admitted: Promise<unknown>;
}

/** What a page does with the news of its engine. */
export interface PageListener {
  /** Every message, after the engine has taken its part. */
  message(message: Message): void;
  link(state: LinkState, reason: string): void;
  /** Sound became possible, or stopped being so. */
  audible(audible: boolean): void;
  /** The user asked for sound, but this machine plays none: the puppet is presented silently, by the clock. */
  soundless(): void;
}

/** The page as an engine: it presents sound and face of one puppet on the daemon's clock, and reports back. */
export class PageEngine {
  readonly presenter = new Presenter();
  readonly #link: Link;
  readonly #listener: PageListener;
  readonly #context: AudioContext | undefined;
  #voice: Voice;
  #map: ClockMap | undefined;
  #bound: number | undefined;
  #state: LinkState = "connecting";
  #drawn = 0;
  #speaking = false;
  /** No sound output: the silent voice presents the puppet, and its reports count as heard. */
  #soundless = false;
  #starting: Promise<boolean> | undefined;

  constructor(options: PageEngineOptions, listener: PageListener) {
    this.#listener = listener;
    const { url, puppet, admitted } = options;
    this.#link = openLink({ url, puppet, admitted, name: pageName() }, (news) => this.#take(news));
    this.#voice = silentVoice((reports) => {
      for (const { turn, state, upTo } of reports)
        this.#link.send({ type: "heard", handle: 0, turn, state, upTo: micros(upTo) });
    });
    this.#context = options.sound
      ? new AudioContext({ sampleRate: AUDIO_RATE, latencyHint: "interactive" })
      : undefined;
    this.#context?.addEventListener("statechange", () => void this.#soundChanged());
    void this.#soundChanged();
    window.addEventListener("pagehide", () =>
      this.#link.send({ type: "bye", body: { reason: "the page was closed" } }),
    );
    every(STEP_MS, () => this.step());
    every(REPORT_MS, () => this.#report());
  }

  /** Asks for sound; only works inside a user's gesture. */
  async unlock(): Promise<void> {
    const context = this.#context;
    if (context === undefined || (await this.#start(context)) || this.#soundless) return;
    this.#soundless = true;
    this.#tellAudible();
    this.#listener.soundless();
  }

  /** True where the puppet's sound is presented to the user: heard, or by the clock where the machine has no output. */
  get audible(): boolean {
    return this.#voice.audible || this.#soundless;
  }

  /** Opens the link now instead of at its next attempt. */
  reopen(): void {
    this.#link.reopen();
  }

  /** Hard bound of the clock's error, µs; undefined before the clocks are matched. */
  get clockBound(): number | undefined {
    return this.#bound;
  }

  /** Frames for another puppet, commands, status: whatever a console says to the daemon. */
  send(message: Message): void {
    this.#link.send(message);
  }

  /**
   * Opens the microphone into the link. `level` gets its RMS, 0..1. Fault `device` where it is refused, or where the
   * browser's sound does not run: without an output there is nothing to time the microphone by.
   */
  async listen(level: (rms: number) => void): Promise<Microphone> {
    const context = this.#context ?? new AudioContext({ sampleRate: AUDIO_RATE });
    if (!(await this.#start(context))) throw new BunrakuError("device", "no sound output");
    const { port1, port2 } = new MessageChannel();
    this.#link.takeMicrophone(port2);
    return openMicrophone(context, port1, level);
  }

  /** The pts being heard now, µs. */
  heardPts(): number | undefined {
    return this.#voice.heard(pageNow())?.pts;
  }

  /** Evaluates the face at what is heard now. */
  step(): void {
    const heard = this.#voice.heard(pageNow());
    if (heard !== undefined) this.presenter.step(heard);
  }

  /** Counts a drawn frame, for the report. */
  drew(): void {
    this.#drawn++;
  }

  /** True while the daemon holds the puppet. */
  get held(): boolean {
    return this.#state === "open" && this.presenter.trace.newest !== undefined;
  }

  /** Gestures come in pairs; they wait for one start. */
  #start(context: AudioContext): Promise<boolean> {
    return (this.#starting ??= startSound(context).finally(() => (this.#starting = undefined)));
  }

  async #soundChanged(): Promise<void> {
    const context = this.#context;
    if (context?.state === "running" && !this.#speaking) {
      this.#speaking = true;
      const { port1, port2 } = new MessageChannel();
      const voice = await speakerVoice(context, port1);
      if (this.#map !== undefined) voice.follow(this.#map);
      this.#link.routeSound(port2);
      this.#voice.close();
      this.#voice = voice;
      this.#soundless = false;
    }
    this.#tellAudible();
  }

  #tellAudible(): void {
    this.#link.setAudible(this.audible);
    this.#listener.audible(this.audible);
    this.#report();
  }

  #take(news: FromLink): void {
    if (news.kind === "state") {
      this.#state = news.state;
      if (news.state === "lost") this.#forget();
      this.#listener.link(news.state, news.reason);
      return;
    }
    if (news.kind === "malformed")
      return this.#listener.message({ type: "error", body: { fault: "protocol", message: news.reason } });
    const { message } = news;
    if (message.type === "clock") this.#follow(message);
    else if (message.type === "static") this.presenter.describe(message.body);
    else if (message.type === "animation") this.presenter.take(message);
    else if (message.type === "audio" || message.type === "finish") this.#voice.take(message);
    else if (message.type === "flush") {
      this.presenter.flush(message.turn);
      this.#voice.take(message);
    }
    this.#listener.message(message);
  }

  /** Nothing is presented before the daemon calls the clocks synchronized; after that every map is followed. */
  #follow(clock: ClockMessage): void {
    this.#bound = clock.bound;
    if (this.#map === undefined && !clock.synchronized) return;
    this.#map = clock;
    this.#voice.follow(clock);
  }

  #forget(): void {
    this.#map = undefined;
    this.#bound = undefined;
    this.presenter.reset();
    this.#voice.reset();
  }

  #report(): void {
    const newest = this.presenter.trace.newest;
    const body: EngineReport = {
      fps: Math.round((this.#drawn * 1_000) / REPORT_MS),
      audible: this.audible,
      paused: document.hidden,
      skewUs: newest === undefined ? 0 : newest.heardPts - newest.presentedPts,
      lateFrames: this.presenter.late,
      underruns: this.#voice.underruns,
      audioLatencyUs: this.#voice.latency,
    };
    this.#drawn = 0;
    if (this.#state === "open") this.#link.send({ type: "status", body });
  }
}

/** Which browser this is, for the daemon's status strip. */
const pageName = (): string => /(Firefox|Edg|Chrome|Safari)\/\d+/.exec(navigator.userAgent)?.[0] ?? "browser";

/** Address of the daemon's link beside this page. */
export const linkUrl = (): string =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/link`;
