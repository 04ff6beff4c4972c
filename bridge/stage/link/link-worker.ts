import { EAR_RATE } from "../../core/frames.ts";
import { reasonOf } from "../../core/errors.ts";
import { fromSamples, micros, minus } from "../../core/time.ts";
import { decode } from "../../wire/decode.ts";
import { encode } from "../../wire/encode.ts";
import { PROTOCOL_MINOR } from "../../wire/messages.ts";
import type { Message } from "../../wire/messages.ts";
import { after, pageNow } from "../page-clock.ts";
import { backoff } from "./backoff.ts";
import type { FromLink, SoundReports, ToLink, ToSound, VoicePiece } from "./link-messages.ts";

// The link lives in a worker: it answers clock probes at once, however busy the page is with drawing.

/** Bytes the socket may hold back before the microphone is cut: a dead link must not grow. */
const MAX_BACKLOG = 256 * 1_024;

let target: Extract<ToLink, { kind: "open" }> | undefined;
let socket: WebSocket | undefined;
let audible = false;
let attempt = 0;
let cancelAttempt = (): void => undefined;
let seq = 0;
let handle = 0;
let sound: MessagePort | undefined;

const tell = (message: FromLink, transfer: Transferable[] = []): void =>
  self.postMessage(message, { transfer });

const send = (message: Message): void => {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send(encode(message, seq++) as Uint8Array<ArrayBuffer>);
};

const toSound = (message: ToSound): void => sound?.postMessage(message);

const open = (): void => {
  if (target === undefined) return;
  cancelAttempt();
  tell({ kind: "state", state: "connecting", reason: "" });
  const made = new WebSocket(target.url);
  made.binaryType = "arraybuffer";
  socket = made;
  made.addEventListener("open", () => {
    seq = 0;
    send({ type: "hello", body: { role: "page", name: target?.name ?? "", minor: PROTOCOL_MINOR, audible } });
  });
  made.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => receive(new Uint8Array(data)));
  made.addEventListener("close", ({ reason }) => {
    if (socket !== made) return;
    toSound({ type: "reset" });
    tell({ kind: "state", state: "lost", reason });
    cancelAttempt = after(backoff(attempt++, Math.random()), open);
  });
};

const receive = (bytes: Uint8Array): void => {
  const arrived = pageNow();
  let message: Message | undefined;
  try {
    ({ message } = decode(bytes));
  } catch (error) {
    tell({ kind: "malformed", reason: reasonOf(error) });
    return;
  }
  if (message === undefined) return;
  if (message.type === "ping") {
    send({ type: "pong", chain: message.chain, t1: message.t1, t2: arrived, t3: pageNow() });
    return;
  }
  if (message.type === "welcome") welcome(message.body.puppets);
  if ("handle" in message && message.handle !== handle) return;
  pass(message);
};

/** The puppet this page shows: the one it asked for, else the first. */
const welcome = (puppets: readonly { readonly handle: number; readonly puppet: string }[]): void => {
  attempt = 0;
  const wanted = puppets.find(({ puppet }) => puppet === target?.puppet) ?? puppets[0];
  handle = wanted?.handle ?? 0;
  tell({ kind: "state", state: "open", reason: "" });
};

const pass = (message: Message): void => {
  const isSound = message.type === "audio" || message.type === "finish" || message.type === "flush";
  if (isSound) toSound(message);
  // A flush also concerns the face, which the page holds.
  if (isSound && sound !== undefined && message.type !== "flush") return;
  const transfer =
    message.type === "animation"
      ? [message.curves.buffer as ArrayBuffer, message.bones.buffer as ArrayBuffer]
      : [];
  tell({ kind: "message", message }, transfer);
};

self.addEventListener("message", ({ data }: MessageEvent<ToLink>) => {
  switch (data.kind) {
    case "open":
      target = data;
      return open();
    case "reopen":
      if (socket === undefined || socket.readyState >= WebSocket.CLOSING) open();
      return;
    case "audible":
      audible = data.audible;
      return;
    case "send":
      return send("handle" in data.message ? { ...data.message, handle } : data.message);
    case "sound":
      sound = data.port;
      sound.addEventListener("message", ({ data: { reports } }: MessageEvent<SoundReports>) => {
        for (const { turn, state, upTo } of reports)
          send({ type: "heard", handle, turn, state, upTo: micros(upTo) });
      });
      return sound.start();
    case "microphone":
      data.port.addEventListener("message", ({ data: piece }: MessageEvent<VoicePiece>) => listen(piece));
      data.port.start();
  }
});

/** Sends a piece of the microphone, stamped with when it began. */
const listen = ({ pcm }: VoicePiece): void => {
  if ((socket?.bufferedAmount ?? 0) > MAX_BACKLOG) return;
  const at = minus(pageNow(), fromSamples(pcm.length, EAR_RATE));
  send({ type: "voice", handle, at, sampleRate: EAR_RATE, pcm });
};
